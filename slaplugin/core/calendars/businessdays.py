"""Due times that are told by days: `2bd` and `by` (details 25, 26).

A day here is the day a shift belongs to, so 02:00 in a night shift is 26:00 of the day before,
and an open day is one that owns at least one shift that is not empty.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from slaplugin.core.calendars.schedule import Schedule
from slaplugin.core.calendars.values import Span
from slaplugin.core.calendars.walltime import instant_at, midnight_wall, wall_at

SEARCH_DAYS = 14_610
"""Forty years: where nothing is found by then, there is no due time (details 39)."""


def business_days_after(schedule: Schedule, opening: int, days: int) -> int | None:
    """The same local wall time `days` open days after the shift open at `opening` (details 25)."""
    day = schedule.shift_day(opening)
    if day is None:
        raise ValueError("business days count from an open instant")
    wall = wall_at(schedule.zones.on(day), opening) - midnight_wall(day)
    target = _nth_open_day(schedule, day, days)
    if target is None:
        return None
    return _into_shifts(schedule.shifts(target), _on(schedule, target, wall))


def by_time(schedule: Schedule, start: int, wall: int | None, after: int | None) -> int | None:
    """The due of `{by: wall, after: Nbd}`; `wall` None is the day's last closing (details 26)."""
    day = schedule.shift_day(start) or schedule.zones.local_date(start)
    if after is not None:
        target = _nth_open_day(schedule, day, after)
        return None if target is None else _time_on(schedule, target, wall)
    dues = (_time_on(schedule, each, wall) for each in _open_days(schedule, day))
    return next((due for due in dues if due >= start), None)


def _time_on(schedule: Schedule, day: date, wall: int | None) -> int:
    return schedule.shifts(day)[-1][1] if wall is None else _on(schedule, day, wall)


def _on(schedule: Schedule, day: date, wall: int) -> int:
    return instant_at(schedule.zones.on(day), midnight_wall(day) + wall)


def _into_shifts(shifts: tuple[Span, ...], at: int) -> int:
    # A closing is still part of its shift: due times are the earliest instant (R2).
    for opening, closing in shifts:
        if at <= closing:
            return max(at, opening)
    return shifts[-1][1]


def _nth_open_day(schedule: Schedule, day: date, count: int) -> date | None:
    if count < 1:
        raise ValueError(f"business days count from 1, not {count}")
    following = _open_days(schedule, day + timedelta(days=1))
    return next((each for index, each in enumerate(following, 1) if index == count), None)


def _open_days(schedule: Schedule, first: date) -> Iterator[date]:
    for ahead in range(SEARCH_DAYS):
        day = first + timedelta(days=ahead)
        if schedule.shifts(day):
            yield day
