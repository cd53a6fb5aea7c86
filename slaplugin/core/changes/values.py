"""What moved a clock's due time, and how the due time in force comes about.

All instants are UTC epoch seconds, all durations whole seconds.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any, Literal, TypeVar

from slaplugin.core.calendars import SpecialDay
from slaplugin.core.model import ClockInstance, Event

ChangeKind = Literal[
    "target",
    "calendar",
    "policy",
    "policy_left",
    "policy_returned",
    "extended",
    "excluded",
    "pause_corrected",
    "merged",
    "split",
    "late_start",
    "adopted",
]
"""``target``: another target (R8); ``calendar``: the same on other hours (R9); ``policy``: the same
of another policy; ``adopted``: another policy set (R11); ``merged`` and ``split``: another start,
or an end that came earlier (R12); ``late_start``: it had begun while the ticket was closed (16)."""
Rule = Literal["retroactive", "floor", "restart", "extend", "keep"]
"""What became of the target in force (R8): the first three where it was tightened."""
Identity = tuple[str, str]
"""(clock, identity of the start event)."""
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a clock had to keep at an instant."""

    policy: str | None
    calendar: str
    target: int | str | None
    """As an instance shows it (details 13)."""
    allowed: int | None
    """Counted seconds at which a duration is due, with floor, restart and extensions; None: a
    ``bd`` or ``by`` target, or none."""
    started_at: int
    due_at: int | None
    """None where the clock stood still, was void or had no target."""


@dataclass(frozen=True, slots=True)
class FactChange:
    """A fact that an event changed; None: no value."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Cause:
    """What brought a change about."""

    event: Event | None = None
    """None: a date was reached, or the policy set was replaced."""
    facts: tuple[FactChange, ...] = ()
    """Of those that decide about targets, or else whatever the event itself is about."""
    sets: tuple[str, str] | None = None
    """Hashes of the policy sets before and after (R11)."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of what a running clock has to keep."""

    at: int
    kind: ChangeKind
    cause: Cause
    before: Terms
    after: Terms
    rule: Rule | None = None
    breached: bool = False
    """The due that it brought had passed: the clock broke at the change (``retarget``)."""
    refused: int | str | None = None
    """The target that the policy has and that does not count (``keep``)."""
    asleep: Cause | None = None
    """What had changed the target while the clock stood still; it counts from here on."""


@dataclass(frozen=True, slots=True)
class Wait:
    """From ``at`` on the ticket waited on the customer, or a clock's own pause held; or no more."""

    at: int
    waits: bool
    cause: Cause


@dataclass(frozen=True, slots=True)
class Reckoning:
    """How the due time in force comes about."""

    counts_from: int
    """The start, or the change after which the target began anew (``restart``)."""
    restarted: bool
    calendar: str
    """The present one; of a ``bd`` or ``by`` target the one that came with it (details 25)."""
    started_by: Event | None
    allowed: int | None
    """As :attr:`Terms.allowed`."""
    live_since: int | None = None
    """Steps due before it are adopted (details 43); None: every step is live."""
    extended: int = 0
    raised: int = 0
    """Seconds of ``allowed`` beyond the target: counted before a restart, or left by a floor."""
    ahead: tuple[tuple[int, int], ...] = ()
    """Open time that is still to be counted, up to the due."""
    opens: int | None = None
    """The next opening, where a ``bd`` clock began in closed time."""
    after: int | None = None
    """Of ``by``: on which open day after the start's day; None: on the first that is not over."""
    days: tuple[date, ...] = ()
    """The business days counted, the last of them the day of the due; of ``by`` that day alone."""
    moved: int = 0
    """Open seconds by which standstills moved a ``bd`` due."""
    special: tuple[SpecialDay, ...] = ()
    """Days between the start and the due (or the end) on which other hours held than on their
    weekdays."""


NOTHING: Mapping[Identity, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Story:
    """What the verdict on a ticket leaves out: how its clocks' due times came about."""

    changes: Mapping[Identity, tuple[Change, ...]] = field(default_factory=lambda: NOTHING)
    reckonings: Mapping[Identity, Reckoning] = field(default_factory=lambda: NOTHING)
    ends: Mapping[Identity, Cause] = field(default_factory=lambda: NOTHING)
    """What stopped or voided the clocks that have ended."""
    pauses: Mapping[Identity, tuple[Wait, ...]] = field(default_factory=lambda: NOTHING)
    """Of custom clocks with a pause condition of their own."""
    waits: tuple[Wait, ...] = ()

    def of(self, instances: Iterable[ClockInstance]) -> Story:
        """The same for a verdict: a change has broken a clock only where that is on record.

        Each set by itself would break it anew; what was broken before stays broken then (R11).
        """
        breaches = {
            (each.clock, each.start_event): (each.breached_at, each.breach_reason)
            for each in instances
        }
        changes = {
            name: tuple(
                replace(each, breached=breaches.get(name) == (each.at, "retarget")) for each in told
            )
            for name, told in self.changes.items()
        }
        return replace(self, changes=changes)

    def with_those_of(self, other: Story, names: Container[Identity]) -> Story:
        """The same with what another says about some of the clocks."""
        return replace(
            self,
            changes=_merged(self.changes, other.changes, names),
            reckonings=_merged(self.reckonings, other.reckonings, names),
            ends=_merged(self.ends, other.ends, names),
            pauses=_merged(self.pauses, other.pauses, names),
        )


def _merged(
    own: Mapping[Identity, Value], others: Mapping[Identity, Value], names: Container[Identity]
) -> dict[Identity, Value]:
    kept = {name: value for name, value in own.items() if name not in names}
    return kept | {name: value for name, value in others.items() if name in names}
