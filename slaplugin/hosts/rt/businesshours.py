"""A schedule of ``%ServiceBusinessHours``, in the spelling of the ``Business::Hours`` module.

Days are 0 (Sunday) to 6; ``Start`` and ``End`` are wall times, an end that is not after the start
lies in the next day; ``Breaks`` are taken out; ``holidays`` are ``MM-DD`` or ``YYYY-MM-DD``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from slaplugin.app.agreements import HostCalendar, Week
from slaplugin.core.calendars import Interval

DEFAULT_HOURS = "Default"
_NINE, _SIX, _DAY = 9 * 3600, 18 * 3600, 86400
_MODULE_HOURS: Week = (*(((_NINE, _SIX),) for _ in range(5)), (), ())
"""Monday to Friday, 9:00 to 18:00: what counts where no schedule is written."""
_DAYS = ("1", "2", "3", "4", "5", "6", "0")
"""Monday to Sunday in the module's numbers."""
_WALL = re.compile(r"(\d+)\D(\d+)")
_HOLIDAY = re.compile(r"(?:(\d{4})\D)?(\d\d)\D(\d\d)")


def calendar_name(hours: str, zone: str) -> str:
    """A schedule has no zone of its own: the level, the queue or the server gives it one."""
    return f"{hours} hours in {zone}"


def calendar_of(name: str, zone: str, raw: Any) -> HostCalendar:
    """One schedule in one zone; ``raw`` None: not written, the module's hours count."""
    if not isinstance(raw, Mapping):
        said = f"no schedule '{name}' is written: Monday to Friday 9:00 to 18:00 count"
        return HostCalendar(calendar_name(name, zone), zone, _MODULE_HOURS, remarks=(said,))
    closed: dict[date, str] = {}
    yearly: dict[tuple[int, int], str] = {}
    remarks = list(_note_holidays(raw.get("holidays"), closed, yearly))
    hours = tuple(_day(raw.get(day)) for day in _DAYS)
    if (closed or yearly) and any(end > _DAY for day in hours for _, end in day):
        remarks.append(
            "a holiday closes the whole shift that begins on it, on the helpdesk the day itself"
        )
    return HostCalendar(calendar_name(name, zone), zone, hours, closed, yearly, tuple(remarks))


def _note_holidays(
    given: Any, closed: dict[date, str], yearly: dict[tuple[int, int], str]
) -> Iterator[str]:
    for each in given if isinstance(given, list) else ():
        found = _HOLIDAY.fullmatch(str(each))
        try:
            year, month, day = (int(part or 2000) for part in found.groups()) if found else (0,) * 3
            valid = date(year, month, day)
        except ValueError:
            yield f"the holiday '{each}' is no date"
            continue
        if found is not None and found[1]:
            closed[valid] = ""
        else:
            yearly[valid.month, valid.day] = ""


def _day(raw: Any) -> tuple[Interval, ...]:
    span = _span(raw)
    if span is None:
        return ()
    open_ones = [span]
    breaks = raw.get("Breaks") if isinstance(raw, Mapping) else None
    for each in breaks if isinstance(breaks, list) else ():
        gap = _span(each)
        if gap is not None:
            open_ones = [part for one in open_ones for part in _without(one, gap)]
    return tuple(open_ones)


def _span(raw: Any) -> Interval | None:
    if not isinstance(raw, Mapping):
        return None
    start, end = _seconds(raw.get("Start")), _seconds(raw.get("End"))
    if start is None or end is None:
        return None
    return start, end if end > start else end + _DAY


def _seconds(text: Any) -> int | None:
    found = _WALL.fullmatch(str(text)) if text else None
    return int(found[1]) * 3600 + int(found[2]) * 60 if found else None


def _without(span: Interval, gap: Interval) -> Iterator[Interval]:
    """A break of a shift over midnight may lie in the next day."""
    if gap[0] < span[0] and gap[1] + _DAY <= span[1]:
        gap = (gap[0] + _DAY, gap[1] + _DAY)
    if span[0] < min(gap[0], span[1]):
        yield span[0], min(gap[0], span[1])
    if max(gap[1], span[0]) < span[1]:
        yield max(gap[1], span[0]), span[1]
