"""Opening hours of a helpdesk in the spelling of a policy file."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping
from datetime import date

from slaplugin.app.agreements import HostCalendar, Week
from slaplugin.core.calendars import Interval
from slaplugin.policyfiles.calendars import DAYS
from slaplugin.policyfiles.importing.spelling import comment, text
from slaplugin.policyfiles.scalars import wall_text

_DAY = 86400
YEARS_BACK, YEARS_AHEAD = 5, 10
"""A day that is closed every year is written out for these years around the present one (0110)."""


def tidy(hours: Week) -> Week:
    """The same open time without overlaps, which a policy file does not allow."""
    week = [_merged(sorted(day)) for day in hours]
    for _ in range(2):  # a shift cut at the next day's may make that day's reach the one after
        for day, intervals in enumerate(week):
            _cut_tail(intervals, week[(day + 1) % 7])
    return tuple(tuple(day) for day in week)


def _merged(intervals: list[Interval]) -> list[Interval]:
    found: list[Interval] = []
    for start, end in intervals:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif end > start:
            found.append((start, end))
    return found


def _cut_tail(today: list[Interval], tomorrow: list[Interval]) -> None:
    """A shift over midnight ends where the next day's hours begin, which go on as long."""
    if not today or not tomorrow:
        return
    (start, end), (opens, closes) = today[-1], tomorrow[0]
    if end - _DAY > opens:
        today[-1] = (start, opens + _DAY)
        tomorrow[0] = (opens, max(closes, end - _DAY))


def ever_open(found: HostCalendar) -> bool:
    """Whether there is any open time, without which a calendar is an error."""
    return any(found.hours)


def calendar_lines(found: HostCalendar, today: date) -> Iterator[str]:
    """The entry below ``calendars:``, indented by two."""
    for remark in found.remarks:
        yield f"  # {comment(remark)}"
    yield f"  {text(found.name)}:"
    yield f"    timezone: {text(found.zone)}"
    yield "    hours:"
    for days, intervals in _grouped(tidy(found.hours)):
        yield f'      {days}: "{intervals}"'
    yield from _exceptions(found, today)


def _grouped(hours: Week) -> Iterator[tuple[str, str]]:
    """Neighbouring days with equal hours together: ``mon-thu``."""
    day = 0
    while day < len(hours):
        last = day
        while last + 1 < len(hours) and hours[last + 1] == hours[day]:
            last += 1
        if hours[day]:
            name = DAYS[day] if last == day else f"{DAYS[day]}-{DAYS[last]}"
            yield name, ", ".join(_interval(each) for each in hours[day])
        day = last + 1


def _interval(interval: Interval) -> str:
    start, end = interval
    return f"{wall_text(start)}-{'24:00' if end == _DAY else wall_text(end)}"


def _exceptions(found: HostCalendar, today: date) -> Iterator[str]:
    """Closed days; where some come every year as one braced block with a line for each year."""
    dated = [(f"{day}: closed", comment(why)) for day, why in sorted(found.closed.items())]
    told = "   # {}".format
    if not found.yearly:
        yield from ["    exceptions:"] if dated else []
        yield from (f"      {day}{told(why) if why else ''}" for day, why in dated)
        return
    yield "    exceptions: {"
    yield from (f"      {day},{told(why) if why else ''}" for day, why in dated)
    yield from _yearly_lines(found, today)
    yield "      }"


def _yearly_lines(found: HostCalendar, today: date) -> Iterator[str]:
    last = today.year + YEARS_AHEAD
    named = "; ".join(
        f"{month:02}-{day:02} {why}".strip() for (month, day), why in sorted(found.yearly.items())
    )
    yield f"      # every year, written out until {last}: {comment(named)}"
    for year in range(today.year - YEARS_BACK, last + 1):
        days = [day for day in _days_of(found.yearly, year) if day not in found.closed]
        if days:
            yield "      " + " ".join(f"{day}: closed," for day in days)


def _days_of(yearly: Mapping[tuple[int, int], str], year: int) -> Iterator[date]:
    for month, day in sorted(yearly):
        if day <= calendar.monthrange(year, month)[1]:
            yield date(year, month, day)
