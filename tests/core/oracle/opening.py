"""Calendars as one long list of open stretches, laid out day by day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from slaplugin.core.calendars import ALWAYS, CalendarSpec

FIRST_DAY = date(2025, 10, 1)
DAYS = 1300
"""Every test lies well inside these days."""
DAY = 86_400
BEGIN = int(datetime(2025, 10, 1, tzinfo=UTC).timestamp())
END = BEGIN + DAYS * DAY


def instant(zone: ZoneInfo, day: date, seconds: int) -> int:
    """UTC seconds of a wall time; a missing one is the transition, a double one its first."""
    wall = datetime.combine(day, datetime.min.time()) + timedelta(seconds=seconds)
    guess = int(wall.replace(tzinfo=zone).timestamp())
    if local(zone, guess) == wall:
        return guess
    # In a gap: the first minute whose local time is not before the wanted one.
    return next(at for at in range(guess - 4 * 3600, guess + 60, 60) if local(zone, at) >= wall)


def local(zone: ZoneInfo, at: int) -> datetime:
    return datetime.fromtimestamp(at, zone).replace(tzinfo=None)


@dataclass(frozen=True)
class Shift:
    start: int
    end: int
    day: date


class Opening:
    """One calendar: its shifts with the day each belongs to, and its merged open stretches."""

    def __init__(self, name: str, zone: str, shifts: list[Shift]) -> None:
        self.name = name
        self.zone = ZoneInfo(zone)
        self.shifts = sorted(shifts, key=lambda shift: (shift.start, shift.end))
        self.open = merged([(shift.start, shift.end) for shift in self.shifts])
        self._starts = [start for start, _ in self.open]
        self._before = [0]
        for start, end in self.open:
            self._before.append(self._before[-1] + end - start)

    def _until(self, at: int) -> int:
        place = bisect_right(self._starts, at)
        if not place:
            return 0
        start, end = self.open[place - 1]
        return self._before[place - 1] + min(at, end) - start

    def seconds(self, start: int, end: int) -> int:
        """Open seconds in [start, end)."""
        return self._until(end) - self._until(start) if end > start else 0

    def is_open(self, at: int) -> bool:
        return self.seconds(at, at + 1) == 1

    def after(self, start: int, seconds: int) -> int | None:
        """The earliest instant at or after start with that much open time since."""
        if seconds <= 0:
            return start
        for first, end in self.open[max(0, bisect_right(self._starts, start) - 1) :]:
            begin = max(first, start)
            if end <= begin:
                continue
            if end - begin >= seconds:
                return begin + seconds
            seconds -= end - begin
        return None

    def next_open(self, at: int) -> int | None:
        for start, end in self.open[max(0, bisect_right(self._starts, at) - 1) :]:
            if end > at:
                return max(start, at)
        return None

    def local_day(self, at: int) -> date:
        return local(self.zone, at).date()

    def day_of(self, at: int) -> date:
        """The day of the shift that is on, else the local date."""
        for shift in self.shifts:
            if shift.start <= at < shift.end:
                return shift.day
        return self.local_day(at)

    def of_day(self, day: date) -> list[Shift]:
        return [shift for shift in self.shifts if shift.day == day and shift.end > shift.start]

    def open_days_after(self, day: date) -> list[date]:
        return sorted({s.day for s in self.shifts if s.day > day and s.end > s.start})

    def midnight(self, day: date) -> int:
        return instant(self.zone, day, 0)

    # -------------------------------------------------------------- days and wall times

    def business_days(self, start: int, days: int) -> int | None:
        moved = self.next_open(start)
        if moved is None:
            return None
        day = self.day_of(moved)
        wall = local(self.zone, moved) - datetime.combine(day, datetime.min.time())
        target = self.open_days_after(day)[days - 1]
        shifts = self.of_day(target)
        at = instant(self.zone, target, int(wall.total_seconds()))
        if at >= shifts[-1].end:
            return max(shift.end for shift in shifts)
        for shift in shifts:
            if at < shift.end:
                return max(at, shift.start)
        raise AssertionError

    def by(self, start: int, wall: int | None, after: int | None) -> int | None:
        day = self.day_of(start)
        if after is not None:
            return self._wall_of(self.open_days_after(day)[after - 1], wall)
        for each in [*([day] if self.of_day(day) else []), *self.open_days_after(day)]:
            at = self._wall_of(each, wall)
            if at >= start:
                return at
        return None

    def _wall_of(self, day: date, wall: int | None) -> int:
        if wall is None:
            return max(shift.end for shift in self.of_day(day))
        return instant(self.zone, day, wall)


def merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def _shifts(spec: CalendarSpec) -> list[Shift]:
    found = []
    for offset in range(DAYS):
        day = FIRST_DAY + timedelta(days=offset)
        version = None
        for each in spec.versions:
            if each.start is None or each.start <= day:
                version = each
        if version is None:
            continue
        if day in version.exceptions:
            hours = version.exceptions[day]
        elif day in version.closed:
            hours = ()
        else:
            hours = version.hours[day.weekday()]
        zone = ZoneInfo(version.zone)
        for start, end in hours:
            first, last = instant(zone, day, start), instant(zone, day, end)
            if last > first:
                found.append(Shift(first, last, day))
        assert not version.closures, "timed closings are not the oracle's business"
    return found


_KNOWN: dict[str, Opening] = {}


def openings(specs: Mapping[str, CalendarSpec]) -> dict[str, Opening]:
    found = {ALWAYS: _always()}
    for name in specs:
        found[name] = _opening(name, specs)
    return found


def _always() -> Opening:
    if ALWAYS not in _KNOWN:
        shifts = [
            Shift(BEGIN + place * DAY, BEGIN + (place + 1) * DAY, FIRST_DAY + timedelta(days=place))
            for place in range(DAYS)
        ]
        _KNOWN[ALWAYS] = Opening(ALWAYS, "UTC", shifts)
    return _KNOWN[ALWAYS]


def _opening(name: str, specs: Mapping[str, CalendarSpec]) -> Opening:
    if name == ALWAYS:
        return _always()
    spec = specs[name]
    if spec.members:
        members = [_opening(member, specs) for member in spec.members]
        zone = spec.zone or members[0].zone.key
        return Opening(name, zone, [shift for member in members for shift in member.shifts])
    key = repr(spec)
    if key not in _KNOWN:
        _KNOWN[key] = Opening(name, spec.versions[0].zone, _shifts(spec))
    return _KNOWN[key]
