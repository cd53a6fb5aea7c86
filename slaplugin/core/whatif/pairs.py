"""One clock instance before and after: how it stands, what moved, and why."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from slaplugin.core.model import ClockInstance
from slaplugin.core.objectives import Objective, Verdict, verdict_on

Standing = Verdict | Literal["none"]
"""How an instance counts (details 46); ``none``: no such instance, or no target to be judged by."""
Reason = Literal["clock", "target", "calendar", "pause", "hours", "record"]
"""Why an outcome is another: the clock has a target on one side only, another target, another
calendar, other waiting, other hours of the same calendar; or only the record differs (a waiver, a
change of policies while it ran)."""
_WHOLE = Fraction(1)
REASONS: tuple[Reason, ...] = ("clock", "target", "calendar", "pause", "hours", "record")


@dataclass(frozen=True, slots=True)
class Change:
    """An instance of one ticket that counts otherwise under the draft."""

    id: str
    """The ticket's, on the helpdesk."""
    number: str
    title: str
    was: Standing
    now: Standing
    before: ClockInstance | None
    after: ClockInstance | None
    reasons: tuple[Reason, ...]

    @property
    def clock(self) -> str:
        """The clock's name."""
        either = self.after or self.before
        return either.clock if either else ""

    @property
    def moved(self) -> int:
        """By how many seconds the due time moved; 0 where one side has none."""
        return moved_by(self.before, self.after)

    @property
    def rank(self) -> tuple[int, int, str, str, str]:
        """Sort key: new misses first, then what is no longer one; the widest move first."""
        either = self.after or self.before
        start = either.start_event if either else ""
        weight = rank_of(self.was, self.now)
        return (weight, -abs(self.moved), self.id, self.clock, start)


def rank_of(was: Standing, now: Standing) -> int:
    """0 for a new miss, 1 for one that is none any more, 2 for everything else."""
    return 0 if now == "misses" else 1 if was == "misses" else 2


def moved_by(before: ClockInstance | None, after: ClockInstance | None) -> int:
    """Seconds from the due time before to the one after; 0 where one side has none."""
    if before is None or after is None or before.due_at is None or after.due_at is None:
        return 0
    return after.due_at - before.due_at


class Standings:
    """Says how instances stand under one policy set; remembers what it has worked out."""

    def __init__(self, count_unanswered: frozenset[str]) -> None:
        """``count_unanswered``: the policies with that key (R5)."""
        self.count_unanswered = count_unanswered
        self._known: dict[tuple[object, ...], Standing] = {}

    def of(self, instance: ClockInstance | None) -> Standing:
        """``none`` without an instance, a start or a target."""
        if instance is None:
            return "none"
        counting = instance.policy in self.count_unanswered
        key = (
            instance.status,
            instance.outcome,
            instance.waived,
            instance.confidence,
            instance.target is None,
            counting,
        )
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = standing_of(instance, counting)
        return found


def standing_of(instance: ClockInstance, count_unanswered: bool) -> Standing:
    """How an instance counts by its own target; a breach stays one when that is taken away (R8)."""
    measured = instance.target is None and instance.outcome != "breached"
    if instance.status == "not_applicable" or measured:
        return "none"
    objective = Objective(_WHOLE, instance.clock, count_unanswered=count_unanswered)
    return verdict_on(objective, instance)


def reasons_of(before: ClockInstance | None, after: ClockInstance | None) -> tuple[Reason, ...]:
    """Why two sides of one instance differ, in the order of :data:`REASONS`."""
    if before is None or after is None or (before.target is None) != (after.target is None):
        return ("clock",)
    same_calendar = before.calendar == after.calendar
    wall = before.elapsed + before.paused, after.elapsed + after.paused
    found: dict[Reason, bool] = {
        "target": before.target != after.target,
        "calendar": not same_calendar,
        "pause": same_calendar and before.paused != after.paused,
        "hours": same_calendar and wall[0] != wall[1],
    }
    return tuple(reason for reason, holds in found.items() if holds) or ("record",)
