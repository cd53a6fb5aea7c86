"""The compiled calendar: open time between two instants, and the way back (R1, R2)."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import Protocol
from zoneinfo import ZoneInfo

from slaplugin.core.calendars import timetable
from slaplugin.core.calendars.businessdays import SEARCH_DAYS, business_days_after, by_time
from slaplugin.core.calendars.schedule import Schedule, Zones
from slaplugin.core.calendars.spans import merge
from slaplugin.core.calendars.timetable import Timetable
from slaplugin.core.calendars.values import (
    ALWAYS,
    CalendarSpec,
    CalendarVersion,
    Span,
    SpecialDay,
)
from slaplugin.core.calendars.walltime import DAY, zone_named

_MONTH = 30 * DAY
_SEARCH = SEARCH_DAYS * DAY
# Some days inside what datetime can express, for zones and shifts that reach over its edges.
_FIRST_INSTANT = -62_135_596_800 + 7 * DAY
_LAST_INSTANT = 253_402_300_800 - 7 * DAY


class _Source(Protocol):
    """Where a calendar's open time comes from."""

    @property
    def zones(self) -> Zones: ...

    def open_between(self, start: int, end: int) -> list[Span]: ...

    def has_open_time(self) -> bool: ...


class _Union:
    """Open whenever one of its members is; it has a zone but no days (details 27)."""

    __slots__ = ("_members", "zones")

    def __init__(self, members: Sequence["Calendar"], zone: ZoneInfo | None) -> None:
        self._members = members
        self.zones = members[0].zones if zone is None else Zones([(None, zone)])

    def open_between(self, start: int, end: int) -> list[Span]:
        parts = (member.intervals(start, end) for member in self._members)
        return merge(span for part in parts for span in part)

    def has_open_time(self) -> bool:
        return any(member.has_open_time() for member in self._members)

    def special_days(self, start: int, end: int) -> list[SpecialDay]:
        """Those of its members, each under its member's name."""
        return [day for member in self._members for day in member.special_days(start, end)]


class Calendar:
    """Open time in one calendar; all instants are UTC epoch seconds, all durations seconds.

    Opening instants are open, closing instants are not. The stretch of time that is worked out
    grows with the questions asked and is replaced as a whole, so threads may share a calendar.
    Instants outside the years 1 to 9999 raise ValueError.
    """

    __slots__ = ("_schedule", "_source", "_table", "name")

    def __init__(self, name: str, source: "_Source") -> None:
        """`source` tells when it is open; only a `Schedule` also tells it by days."""
        self.name = name
        self._source = source
        self._schedule = source if isinstance(source, Schedule) else None
        self._table: Timetable = timetable.NOTHING

    def __repr__(self) -> str:
        return f"Calendar({self.name!r}, {self.zone})"

    @property
    def zone(self) -> str:
        """The IANA name; of the last version where versions differ."""
        return str(self._source.zones.latest)

    @property
    def zones(self) -> Zones:
        """The zone of each day, for calendars whose versions differ in it."""
        return self._source.zones

    def elapsed(self, start: int, end: int) -> int:
        """Open seconds in [start, end); 0 where the end is not after the start."""
        if end <= start:
            return 0
        covered_from, covered_to, edges, base, _ = self._table
        if start < covered_from or end > covered_to:
            _, _, edges, base, _ = self._covering(start, end)
        first = bisect_right(edges, start)
        last = bisect_right(edges, end, first)
        counted = base[last] + end if last & 1 else base[last]
        return counted - (base[first] + start if first & 1 else base[first])

    def due(self, start: int, seconds: int) -> int | None:
        """The earliest instant from start on with `elapsed(start, due) == seconds` (R2).

        None where that is more than 40 years away (details 39). ValueError for a negative duration.
        """
        if seconds <= 0:
            return self._at_once(start, seconds)
        covered_from, covered_to, edges, base, totals = self._table
        if start < covered_from or start > covered_to:
            _, _, edges, base, totals = self._covering(start, start)
        first = bisect_right(edges, start)
        wanted = (base[first] + start if first & 1 else base[first]) + seconds
        if not totals or wanted > totals[-1]:
            return self._distant_due(start, seconds)
        due = wanted - base[2 * bisect_left(totals, wanted) + 1]
        return due if due - start <= _SEARCH else None

    def table(self, start: int, end: int) -> Timetable:
        """Open time over at least [start, end], for working out many answers at once."""
        return self._covering(start, end)

    def is_open(self, at: int) -> bool:
        """Whether the instant is open: true at the opening, false at the closing."""
        _, _, edges, _, _ = self._covering(at, at + 1)
        return bisect_right(edges, at) & 1 == 1

    def next_open(self, at: int) -> int | None:
        """The earliest open instant from `at` on; None where the next 40 years have none."""
        _, covered_to, edges, _, _ = self._covering(at, at + 1)
        index = bisect_right(edges, at)
        if index & 1:
            return at
        if index < len(edges):
            return edges[index] if edges[index] - at <= _SEARCH else None
        if covered_to >= _search_end(at):
            return None
        self._covering(at, covered_to + 1)
        return self.next_open(at)

    def intervals(self, start: int, end: int) -> list[Span]:
        """The merged open spans within [start, end), in order."""
        if end <= start:
            return []
        _, _, edges, _, _ = self._covering(start, end)
        inside = edges[bisect_right(edges, start) : bisect_left(edges, end)]
        if bisect_right(edges, start) & 1:
            inside.insert(0, start)
        if len(inside) & 1:
            inside.append(end)
        return list(zip(inside[::2], inside[1::2], strict=True))

    def has_open_time(self) -> bool:
        """Whether there is any opening at all, weekly or dated; a union's: of any member."""
        return self._source.has_open_time()

    def local_date(self, at: int) -> date:
        """The date that the calendar's local clock shows."""
        return self._source.zones.local_date(at)

    def midnight(self, day: date) -> int:
        """The instant at which a local day begins."""
        return self._source.zones.midnight(day)

    def shift_day(self, at: int) -> date | None:
        """The day that owns the shift open at the instant; None while closed."""
        return self._days().shift_day(at)

    def shifts(self, day: date) -> tuple[Span, ...]:
        """The open spans that belong to a local day, also those after its midnight."""
        return self._days().shifts(day)

    def special_days(self, start: int, end: int) -> list[SpecialDay]:
        """The days between two instants on which other hours hold than on their weekdays, in order;
        of a union those of its members."""
        if isinstance(self._source, _Union):
            return self._source.special_days(start, end)
        days = self._days()
        first, last = self.local_date(start), self.local_date(end)
        span = range(min((last - first).days + 1, SEARCH_DAYS))
        return [
            SpecialDay(day, self.name, kind, days.shifts(day))
            for day in (first + timedelta(days=ahead) for ahead in span)
            for kind in (days.special(day),)
            if kind is not None
        ]

    def business_days_due(self, start: int, days: int) -> int | None:
        """The due time of `Nbd` (details 25), N at least 1; None beyond 40 years."""
        schedule = self._days()
        opening = self.next_open(start)
        return None if opening is None else business_days_after(schedule, opening, days)

    def by_due(self, start: int, wall: int | None, after: int | None) -> int | None:
        """The due time of `by` (details 26): `wall` seconds since local midnight, None: close.

        `after`: on the Nth open day after the start's day; None: on the first open day on which
        that time is not before the start. None beyond 40 years.
        """
        return by_time(self._days(), start, wall, after)

    def _days(self) -> Schedule:
        if self._schedule is None:
            raise ValueError(
                f"calendar {self.name!r} is a union and has no business days;"
                " use a duration, or one of its members"
            )
        return self._schedule

    def _at_once(self, start: int, seconds: int) -> int:
        if seconds < 0:
            raise ValueError(f"a due time needs a duration of 0 or more seconds, not {seconds}")
        return start

    def _distant_due(self, start: int, seconds: int) -> int | None:
        covered_to = self._table[1]
        if covered_to >= _search_end(start):
            return None
        self._covering(start, covered_to + 1)
        return self.due(start, seconds)

    def _covering(self, start: int, end: int) -> Timetable:
        """A table over at least [start, end], doubled by each extension."""
        table = self._table
        if table[0] <= start and end <= table[1]:
            return table
        if not _FIRST_INSTANT <= start <= end <= _LAST_INSTANT:
            raise ValueError(
                f"calendar {self.name!r}: {start}..{end} is not in the years 1 to 9999"
            )
        self._table = table = self._extended(table, start, end)
        return table

    def _extended(self, table: Timetable, start: int, end: int) -> Timetable:
        covered_from, covered_to, _, _, _ = table
        if covered_from > covered_to:  # nothing is covered yet
            first, last = _bounded(start - _MONTH), _bounded(end + 4 * _MONTH)
            return timetable.build(first, last, self._source.open_between(first, last))
        step = covered_to - covered_from
        first = covered_from if start >= covered_from else _bounded(start - step)
        last = covered_to if end <= covered_to else _bounded(end + step)
        before = self._source.open_between(first, covered_from)
        after = self._source.open_between(covered_to, last)
        return timetable.build(first, last, merge([*before, *timetable.spans_of(table), *after]))


def compile_calendars(specs: Iterable[CalendarSpec]) -> Mapping[str, Calendar]:
    """All calendars by name, `24x7` among them; open time is worked out when first asked for.

    ValueError, naming the calendar: a name given twice or reserved, an unknown zone or member,
    a union of itself, a plain calendar without versions.
    """
    named: dict[str, CalendarSpec] = {}
    for spec in (_ALWAYS_SPEC, *specs):
        if spec.name in named:
            raise ValueError(f"calendar {spec.name!r} is defined twice")
        named[spec.name] = spec
    done: dict[str, Calendar] = {}
    for name in named:
        _compile(name, named, done, ())
    return MappingProxyType(done)


def _compile(
    name: str, named: Mapping[str, CalendarSpec], done: dict[str, Calendar], path: tuple[str, ...]
) -> Calendar:
    if name in done:
        return done[name]
    if name in path:
        raise ValueError(f"calendar {name!r} is a union of itself: {' > '.join((*path, name))}")
    if name not in named:
        raise ValueError(f"calendar {path[-1]!r} unites {name!r}, which does not exist")
    spec = named[name]
    try:
        zone = None if spec.zone is None else zone_named(spec.zone)
        schedule = None if spec.members else Schedule(spec.versions)
    except ValueError as error:
        raise ValueError(f"calendar {name!r}: {error}") from error
    members = [_compile(member, named, done, (*path, name)) for member in spec.members]
    done[name] = Calendar(name, schedule or _Union(members, zone))
    return done[name]


def _search_end(start: int) -> int:
    return _bounded(start + _SEARCH)


def _bounded(at: int) -> int:
    return min(max(at, _FIRST_INSTANT), _LAST_INSTANT)


_ALWAYS_SPEC = CalendarSpec(ALWAYS, (CalendarVersion("UTC", (((0, DAY),),) * 7),))
