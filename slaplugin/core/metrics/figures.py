"""What totals are told in: frozen values, exact, each figure with tickets behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from slaplugin.core.dimensions import Dimension, Values
from slaplugin.core.metrics.backlog import AGES, BacklogDay
from slaplugin.core.metrics.series import Behind, Summary
from slaplugin.core.metrics.values import Elapsed, EscalationEnd, EscalationKind
from slaplugin.core.periods import CalendarPeriod, Period

ESCALATION_KINDS: tuple[EscalationKind, ...] = ("functional", "hierarchical", "automatic")
ESCALATION_ENDS: tuple[EscalationEnd, ...] = ("solved", "returned", "passed_on", "open")


@dataclass(frozen=True, slots=True)
class Question:
    """What the totals are about."""

    zone: str = "UTC"
    """IANA zone of periods, days and hours of the week."""
    per: Period | None = None
    """None: all time as one."""
    dimensions: tuple[Dimension, ...] = ()
    """Those of clocks (policy, clock …) tell nothing of tickets and are passed over."""
    since: int | None = None
    """UTC epoch seconds: what belongs to an earlier instant is left out."""
    until: int | None = None
    """UTC epoch seconds, exclusive."""

    @property
    def of_tickets(self) -> tuple[Dimension, ...]:
        """The dimensions that tickets have."""
        return tuple(each for each in self.dimensions if not each.of_clock)

    def holds(self, at: int) -> bool:
        """Whether an instant lies within its bounds."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Timing:
    """A figure in seconds."""

    wall: Summary
    open: Summary
    longest: tuple[Behind, ...]
    """By wall time, the longest first."""


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number that tickets have."""

    summary: Summary
    largest: tuple[Behind, ...]


@dataclass(frozen=True, slots=True)
class Rate:
    """A share with both its numbers."""

    count: int
    of: int

    @property
    def share(self) -> Fraction | None:
        """Exact; None of nothing."""
        return Fraction(self.count, self.of) if self.of else None


@dataclass(frozen=True, slots=True)
class PartTotal:
    """The time that solved tickets spent in one state or group, or with one owner."""

    of: str
    """``state``, ``state_kind``, ``group`` or ``owner``."""
    name: str | None
    tickets: int
    elapsed: Elapsed


@dataclass(frozen=True, slots=True)
class Escalated:
    """The escalations of one kind, and what has become of them."""

    kind: EscalationKind
    count: int
    ends: Mapping[EscalationEnd, int]
    """They add up to ``count``."""
    after_miss: int
    """Made when a target had been missed already."""
    in_time: int
    """Solved there before any target was missed."""
    latest: tuple[Behind, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything about the tickets of one place; names are those of the glossary."""

    times: Mapping[str, Timing]
    numbers: Mapping[str, Number]
    counts: Mapping[str, int]
    """``created``, ``closed``, ``solved``, ``reopened`` …; what never happened is missing."""
    rates: Mapping[str, Rate]
    channels: Mapping[str, int]
    """Tickets created by channel; they add up to ``counts["created"]``."""
    parts: tuple[PartTotal, ...]
    escalations: tuple[Escalated, ...]
    """One for each kind."""
    latest: Mapping[str, tuple[Behind, ...]]
    """For each of ``counts`` the tickets that counted last, with the instant."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The figures of one period and one combination of values."""

    period: CalendarPeriod | None
    """None: all time is one."""
    values: Values
    figures: Figures


@dataclass(frozen=True, slots=True)
class WeekHours:
    """Messages by hour of the local week; 168 numbers each, Monday 00:00 the first."""

    arrivals: tuple[int, ...]
    replies: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BacklogNow:
    """The backlog at one instant, for one combination of values."""

    values: Values
    by_age: tuple[int, ...] = (0,) * len(AGES)
    oldest: tuple[Behind, ...] = ()
    """By age in seconds, the oldest first."""

    @property
    def total(self) -> int:
        """Open tickets of every age."""
        return sum(self.by_age)


@dataclass(frozen=True, slots=True)
class Totals:
    """The answer of :class:`slaplugin.core.metrics.totals.MetricTotals`."""

    question: Question
    as_of: int | None
    """UTC epoch seconds; None: no ticket at all."""
    whole: Figures
    """Everything within the question's bounds, whatever the period and the values."""
    cells: tuple[Cell, ...]
    """In order of period, then values; empty places are left out."""
    backlog: tuple[BacklogDay, ...]
    """The end of every local day within the bounds, up to ``as_of``."""
    backlog_now: tuple[BacklogNow, ...]
    """As of the question's end or ``as_of``, whichever is earlier; in order of values."""
    hours: WeekHours
    left_out: Mapping[str, int]
    """Tickets that count nowhere: ``merged``, ``removed``, ``void``, ``without_creation``."""
