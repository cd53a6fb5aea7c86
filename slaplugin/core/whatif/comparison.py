"""Counting two sides of the past: what can be added up without remembering tickets."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from slaplugin.core.model import ClockInstance, Ticket
from slaplugin.core.rulebook import RuleBook
from slaplugin.core.suggest import MINUTE, has_ended
from slaplugin.core.whatif.pairs import (
    Change,
    Reason,
    Standing,
    Standings,
    moved_by,
    rank_of,
    reasons_of,
)

TOP = 20
"""Changed instances that are kept with their ticket."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The period that is looked at: instances decided in it. UTC epoch seconds; None: no bound."""

    since: int | None = None
    until: int | None = None
    """Exclusive."""

    def hold(self, at: int) -> bool:
        """Whether the instant lies within."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)

    @property
    def open(self) -> bool:
        """There are none."""
        return self.since is None and self.until is None


@dataclass(frozen=True, slots=True)
class Terms:
    """What of a policy set decides how instances count."""

    count_unanswered: frozenset[str] = frozenset()
    """The policies with that key (R5)."""


def terms_of(rules: RuleBook) -> Terms:
    """The terms of a compiled set."""
    return Terms(frozenset(layer.name for layer in rules.layers if layer.count_unanswered))


class Comparison:
    """Both sides of one ticket after the other; parts add up by :meth:`merge`.

    ``as_of`` in UTC epoch seconds is when both sides were judged.
    """

    def __init__(self, before: Terms, after: Terms, bounds: Bounds, as_of: int) -> None:
        self.bounds = bounds
        self.as_of = as_of
        self.standings = (Standings(before.count_unanswered), Standings(after.count_unanswered))
        self.counts: tuple[Counter[Any], Counter[Any]] = (Counter(), Counter())
        """Of each side: (policy, clock, standing) -> instances."""
        self.spent: Counter[tuple[str, str, int, bool]] = Counter()
        """Under the draft: (policy, clock, minutes, came to its stop) -> instances."""
        self.moved: Counter[tuple[str, bool]] = Counter()
        """(clock, later) -> due times that moved."""
        self.moved_seconds: Counter[tuple[str, bool]] = Counter()
        """The same, by how much in all."""
        self.changed: Counter[tuple[str, Standing, Standing, tuple[Reason, ...]]] = Counter()
        self.tickets = 0
        self.changed_tickets = 0
        self._top: list[Change] = []

    # ------------------------------------------------------------------ adding

    def add(
        self,
        ticket: Ticket,
        before: Iterable[ClockInstance],
        after: Iterable[ClockInstance],
    ) -> None:
        """Take in one ticket: its instances as they count today, and under the draft."""
        self.tickets += 1
        was = {(each.clock, each.start_event): each for each in before}
        now = {(each.clock, each.start_event): each for each in after}
        keys = was if was.keys() == now.keys() else {**was, **now}
        changed = [self._pair(ticket, was.get(key), now.get(key)) for key in keys]
        self.changed_tickets += any(changed)

    def _pair(
        self, ticket: Ticket, before: ClockInstance | None, after: ClockInstance | None
    ) -> bool:
        """Whether it counts otherwise."""
        was = self._side(0, before)
        now = self._side(1, after)
        if before is not None and after is not None and before.due_at != after.due_at:
            self._moved(before, after)
        either = after or before
        if was == now or either is None:
            return False
        reasons = reasons_of(before, after)
        self.changed[either.clock, was, now, reasons] += 1
        if self.would_keep(was, now, moved_by(before, after)):
            names = (ticket.id, ticket.number, ticket.title)
            self.keep((Change(*names, was, now, before, after, reasons),))
        return True

    def _side(self, side: int, instance: ClockInstance | None) -> Standing:
        standing = self.standings[side].of(instance)
        if instance is None or standing == "none":
            return "none"
        if not self.bounds.open and not self.bounds.hold(decided(instance, self.as_of)):
            return "none"
        self.counts[side][instance.policy, instance.clock, standing] += 1
        if side and standing not in ("waived", "low_confidence"):
            minutes = -(-instance.elapsed // MINUTE)
            self.spent[instance.policy or "", instance.clock, minutes, has_ended(instance)] += 1
        return standing

    def _moved(self, before: ClockInstance, after: ClockInstance) -> None:
        if before.due_at is None or after.due_at is None or not self._looked_at(before, after):
            return
        by = moved_by(before, after)
        self.moved[after.clock, by > 0] += 1
        self.moved_seconds[after.clock, by > 0] += abs(by)

    def _looked_at(self, *sides: ClockInstance) -> bool:
        return any(self.bounds.hold(decided(each, self.as_of)) for each in sides)

    # ------------------------------------------------------------------ the changed ones

    def keep(self, changes: Iterable[Change]) -> None:
        """Remember those of the changes that belong to the first :data:`TOP`."""
        bare = (
            replace(each, before=_bare(each.before), after=_bare(each.after)) for each in changes
        )
        self._top = heapq.nsmallest(TOP, (*self._top, *bare), key=lambda each: each.rank)

    def would_keep(self, was: Standing, now: Standing, moved: int) -> bool:
        """Whether a change of this kind may belong to them."""
        return len(self._top) < TOP or (rank_of(was, now), -abs(moved)) <= self._top[-1].rank[:2]

    @property
    def top(self) -> tuple[Change, ...]:
        """The changed instances that say most."""
        return tuple(self._top)

    # ------------------------------------------------------------------ merging

    def merge(self, other: Comparison) -> None:
        """Take in what was counted elsewhere under the same terms, of other tickets."""
        for mine, theirs in zip(self.counts, other.counts, strict=True):
            mine.update(theirs)
        self.spent.update(other.spent)
        self.moved.update(other.moved)
        self.moved_seconds.update(other.moved_seconds)
        self.changed.update(other.changed)
        self.tickets += other.tickets
        self.changed_tickets += other.changed_tickets
        self.keep(other.top)


def _bare(instance: ClockInstance | None) -> ClockInstance | None:
    if instance is None or not (instance.spans or instance.trace or instance.steps):
        return instance
    return replace(instance, spans=(), trace=(), steps=())


def decided(instance: ClockInstance, now: int) -> int:
    """The instant whose period an instance belongs to, by its own target (details 46)."""
    if instance.outcome == "breached" and instance.breached_at is not None:
        return instance.breached_at
    return now if instance.stopped_at is None else instance.stopped_at
