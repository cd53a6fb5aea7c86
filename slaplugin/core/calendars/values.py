"""What a calendar is made of, as plain values: the input of `compile_calendars`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

ALWAYS = "24x7"
"""The calendar that always exists and never closes; its zone is UTC (details 27)."""

Interval = tuple[int, int]
"""One shift: (start, end) in wall seconds since local midnight of the day it belongs to.

`0 <= start < 86400` and `start < end <= start + 86400`; an end beyond 86400 lies in the next day.
"""

Span = tuple[int, int]
"""Half-open [start, end) in UTC epoch seconds."""


@dataclass(frozen=True, slots=True)
class CalendarVersion:
    """The hours of a calendar from one local date on (details 39)."""

    zone: str
    """IANA name."""
    hours: tuple[tuple[Interval, ...], ...]
    """Seven entries, Monday first."""
    closed: frozenset[date] = frozenset()
    """Public holidays and all-day closures, already resolved to dates."""
    exceptions: Mapping[date, tuple[Interval, ...]] = field(default_factory=dict, hash=False)
    """Hours of single days, `()` for closed; they win over `closed` and over the weekday."""
    closures: tuple[Span, ...] = ()
    """Timed closings, UTC epoch seconds, in any order."""
    start: date | None = None
    """First local day of this version; None: since ever."""


@dataclass(frozen=True, slots=True)
class CalendarSpec:
    """A named calendar: dated versions in order of their start, or a union of other calendars."""

    name: str
    versions: tuple[CalendarVersion, ...] = ()
    members: tuple[str, ...] = ()
    """Names of the united calendars; unions of unions are allowed."""
    zone: str | None = None
    """A union's own zone; without it that of its first member."""


DayKind = Literal["closed", "exception", "closure", "version"]
"""A public holiday or an all-day closing; hours of that day alone; a timed closing; the first day
of other weekly hours."""


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day on which a calendar has other hours than on that weekday, or on which that begins."""

    day: date
    calendar: str
    kind: DayKind
    hours: tuple[Span, ...]
    """What of the day is open, UTC epoch seconds."""


def closed_dates(calendars: Mapping[str, CalendarSpec]) -> dict[str, list[dict[str, Any]]]:
    """What was resolved for each version of each calendar, as JSON-able values.

    `start` and the dates of `closed` are ISO text, `closures` [start, end] in UTC epoch seconds:
    what holiday tables and ICS files said on the day a set was loaded. Everything else about a
    calendar stands in the set's text.
    """
    return {
        name: [
            {
                "start": version.start and version.start.isoformat(),
                "closed": [day.isoformat() for day in sorted(version.closed)],
                "closures": [list(span) for span in version.closures],
            }
            for version in spec.versions
        ]
        for name, spec in sorted(calendars.items())
    }
