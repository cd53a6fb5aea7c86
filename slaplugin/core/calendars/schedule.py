"""Which day owns which shifts: the dated versions of one calendar (details 39)."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from slaplugin.core.calendars.spans import clip, merge, subtract
from slaplugin.core.calendars.values import CalendarVersion, DayKind, Interval, Span
from slaplugin.core.calendars.walltime import (
    instant_at,
    midnight_wall,
    steady_offset,
    wall_at,
    wall_date,
    zone_named,
)

_ONE_DAY = timedelta(days=1)


class Zones:
    """The zone of a calendar day by day; a plain calendar has one for all days."""

    __slots__ = ("_starts", "_zones")

    def __init__(self, dated: Sequence[tuple[date | None, ZoneInfo]]) -> None:
        """`dated`: (first local day, zone) in order; the first zone also holds before its day."""
        self._zones = tuple(zone for _, zone in dated)
        self._starts = tuple(start or date.min for start, _ in dated)

    @property
    def latest(self) -> ZoneInfo:
        """The zone of the last version."""
        return self._zones[-1]

    def on(self, day: date) -> ZoneInfo:
        """The zone whose local day this is."""
        return self._zones[max(0, bisect_right(self._starts, day) - 1)]

    def local_date(self, at: int) -> date:
        """The local date at an instant, by the newest version that has begun in its own zone."""
        for start, zone in zip(reversed(self._starts), reversed(self._zones), strict=True):
            day = wall_date(wall_at(zone, at))
            if day >= start:
                return day
        return wall_date(wall_at(self._zones[0], at))

    def midnight(self, day: date) -> int:
        """The instant at which the local day begins."""
        return instant_at(self.on(day), midnight_wall(day))


class _Version:
    """One version ready for use: zone loaded, closures merged, first and last day known."""

    __slots__ = ("_closures", "_spec", "first", "last", "zone")

    def __init__(self, spec: CalendarVersion, following: CalendarVersion | None) -> None:
        if len(spec.hours) != 7:
            raise ValueError(f"hours need 7 weekdays, Monday first; got {len(spec.hours)}")
        self._spec = spec
        self._closures = merge(spec.closures)
        self.zone = zone_named(spec.zone)
        self.first = spec.start or date.min
        self.last = date.max
        if following is not None:
            if following.start is None or following.start <= self.first:
                raise ValueError("only the first version may lack a start; starts must rise")
            self.last = following.start - _ONE_DAY

    def wall_shifts(self, day: date) -> tuple[Interval, ...]:
        """The day's shifts as written: exception, else holiday, else weekday."""
        dated = self._spec.exceptions.get(day)
        if dated is not None:
            return dated
        return () if day in self._spec.closed else self._spec.hours[day.weekday()]

    def shifts(self, day: date) -> Iterator[Span]:
        """The day's shifts as instants, closures not yet taken off, some perhaps empty."""
        wall_shifts = self.wall_shifts(day)
        if not wall_shifts:
            return
        midnight = midnight_wall(day)
        offset = steady_offset(self.zone, midnight)
        for start, end in wall_shifts:
            if offset is None:
                yield instant_at(self.zone, midnight + start), instant_at(self.zone, midnight + end)
            else:
                yield midnight + start - offset, midnight + end - offset

    def open_on(self, day: date) -> tuple[Span, ...]:
        """What of the day's shifts is open."""
        return tuple(subtract(merge(self.shifts(day)), self._closures))

    def special(self, day: date) -> DayKind | None:
        """Why the day's hours are not those of its weekday, if they are not."""
        usual = self._spec.hours[day.weekday()]
        if self.wall_shifts(day) != usual:
            return "exception" if day in self._spec.exceptions else "closed"
        return "closure" if self.open_on(day) != tuple(merge(self.shifts(day))) else None

    def open_between(self, start: int, end: int) -> list[Span]:
        """The open spans of the days it owns, within [start, end)."""
        # A shift may end almost two days after its day began.
        day = max(self.first, wall_date(wall_at(self.zone, start)) - 2 * _ONE_DAY)
        last = min(self.last, wall_date(wall_at(self.zone, end)))
        spans: list[Span] = []
        while day <= last:
            spans += self.shifts(day)
            day += _ONE_DAY
        return clip(subtract(merge(spans), self._closures), start, end)

    def has_open_time(self) -> bool:
        """Whether any weekday or any dated opening of its own days has hours."""
        dated = (day for day, shifts in self._spec.exceptions.items() if shifts)
        return any(self._spec.hours) or any(self.first <= day <= self.last for day in dated)


class Schedule:
    """A calendar's shifts by the day they belong to, across its versions."""

    __slots__ = ("_days", "_firsts", "_versions", "_zones")

    def __init__(self, versions: Sequence[CalendarVersion]) -> None:
        """ValueError without versions, with an unknown zone, or where the starts do not rise."""
        if not versions:
            raise ValueError("a calendar needs at least one version or members to unite")
        following = (*versions[1:], None)
        pairs = zip(versions, following, strict=True)
        self._versions = tuple(_Version(version, after) for version, after in pairs)
        self._firsts = tuple(version.first for version in self._versions)
        self._days: dict[date, tuple[Span, ...]] = {}
        self._zones = Zones([(version.first, version.zone) for version in self._versions])

    @property
    def zones(self) -> Zones:
        """The zone of each day."""
        return self._zones

    def shifts(self, day: date) -> tuple[Span, ...]:
        """The open spans that belong to a local day, in order; empty on a closed one."""
        known = self._days.get(day)
        if known is None:
            index = bisect_right(self._firsts, day) - 1
            known = self._versions[index].open_on(day) if index >= 0 else ()
            self._days[day] = known
        return known

    def special(self, day: date) -> DayKind | None:
        """Why the day's hours are not those of its weekday, if they are not."""
        index = bisect_right(self._firsts, day) - 1
        if index < 0:
            return None
        begins = index > 0 and self._firsts[index] == day
        return self._versions[index].special(day) or ("version" if begins else None)

    def shift_day(self, at: int) -> date | None:
        """The day of the shift that is open at the instant; the earlier day where two overlap."""
        # Two versions in zones a day apart may own the instant, hence a day more either side.
        first = self.zones.local_date(at) - 2 * _ONE_DAY
        for day in (first + back * _ONE_DAY for back in range(4)):
            if any(start <= at < end for start, end in self.shifts(day)):
                return day
        return None

    def open_between(self, start: int, end: int) -> list[Span]:
        """All open spans within [start, end), merged."""
        parts = (version.open_between(start, end) for version in self._versions)
        return merge(span for part in parts for span in part)

    def has_open_time(self) -> bool:
        """Whether there is any opening at all, weekly or dated."""
        return any(version.has_open_time() for version in self._versions)
