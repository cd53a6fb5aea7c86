"""The calendars of the OTRS family: the default one and nine numbered ones (facts 14).

``TimeWorkingHours`` names whole hours of a weekday, ``TimeVacationDays`` closes month and day of
every year, ``TimeVacationDaysOneTime`` one date. A numbered calendar counts while it has a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from slaplugin.app.agreements import HostCalendar, Week, calendar_named
from slaplugin.core.calendars import Interval

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SHIPPED_HOURS = {day: [str(hour) for hour in range(8, 21)] for day in _DAYS[:5]}
_SHIPPED_DAYS = {
    "1": {"1": "New Year's Day"},
    "5": {"1": "International Workers' Day"},
    "12": {
        "24": "Christmas Eve",
        "25": "First Christmas Day",
        "26": "Second Christmas Day",
        "31": "New Year's Eve",
    },
}
_SYSTEM_ZONES = ("OTRSTimeZone", "OTOBOTimeZone")
_OFFSET = re.compile(r"([+-]?)(\d{1,2})")
_HOUR = 3600


class Calendars:
    """Calendars by the number that queues and SLAs name; read when first asked for."""

    def __init__(self, settings: Mapping[str, Any], zone: str) -> None:
        self._settings = settings
        told = next((settings[name] for name in _SYSTEM_ZONES if settings.get(name)), None)
        self._zone = _zone_of(told) or zone
        self._known: dict[str, HostCalendar] = {}
        self.remarks: list[str] = []
        """What had to be guessed."""
        if told is None:
            self.remarks.append(f"the export does not tell the system's time zone, {zone} is taken")

    def name(self, number: str | None) -> str:
        """The name of calendar ``1`` to ``9``, or of the default one for anything else."""
        number = number if number and self._named(number) else ""
        if number not in self._known:
            self._known[number] = self._read(number)
        return self._known[number].name

    def used(self) -> tuple[HostCalendar, ...]:
        """The calendars that :meth:`name` was asked for."""
        return tuple(self._known.values())

    def _named(self, number: str) -> str | None:
        """Its name; None where the admin emptied it or switched it off."""
        found = self._settings.get(f"TimeZone::Calendar{number}Name", f"Calendar {number}")
        return str(found) if found else None

    def _read(self, number: str) -> HostCalendar:
        suffix = f"::Calendar{number}" if number else ""
        name = calendar_named((number and self._named(number)) or "Default")
        if any(each.name == name for each in self._known.values()):
            name = f"{name} ({number or 'default'})"
        yearly, wrong = _yearly(self._value("TimeVacationDays", suffix, _SHIPPED_DAYS))
        return HostCalendar(
            name,
            _zone_of(self._settings.get(f"TimeZone{suffix}")) or self._zone,
            _week(self._value("TimeWorkingHours", suffix, _SHIPPED_HOURS)),
            closed=dict(_dates(self._value("TimeVacationDaysOneTime", suffix, {}))),
            yearly=yearly,
            remarks=(*self._guessed(suffix), *wrong),
        )

    def _value(self, setting: str, suffix: str, shipped: Mapping[str, Any]) -> Mapping[str, Any]:
        found = self._settings.get(setting + suffix, shipped)
        return found if isinstance(found, Mapping) else {}

    def _guessed(self, suffix: str) -> Iterator[str]:
        for setting in ("TimeWorkingHours", "TimeVacationDays"):
            if setting + suffix not in self._settings:
                yield f"{setting}{suffix} is not in the export: the value it is shipped with"


def _zone_of(value: Any) -> str | None:
    """An IANA name; old versions write an offset in hours."""
    text = str(value or "").strip()
    found = _OFFSET.fullmatch(text)
    if found is not None:
        hours = int(found[2])
        sign = "+" if found[1] == "-" else "-"  # Etc/GMT counts westwards
        return f"Etc/GMT{sign}{hours}" if hours else None
    try:
        ZoneInfo(text)
    except (ValueError, OSError, LookupError):
        return None
    return text


def _week(hours: Mapping[str, Any]) -> Week:
    return tuple(_day(hours.get(day)) for day in _DAYS)


def _day(hours: Any) -> tuple[Interval, ...]:
    """Whole hours, neighbouring ones joined: 8 to 20 are 08:00 to 21:00."""
    found: list[Interval] = []
    for hour in sorted({int(each) for each in hours or () if str(each).strip().isdecimal()}):
        start, end = hour * _HOUR, (hour + 1) * _HOUR
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], end)
        elif hour < 24:
            found.append((start, end))
    return tuple(found)


def _yearly(months: Mapping[str, Any]) -> tuple[dict[tuple[int, int], str], tuple[str, ...]]:
    found: dict[tuple[int, int], str] = {}
    wrong = []
    for month, days in months.items():
        for day, why in (days if isinstance(days, Mapping) else {}).items():
            valid = _date(2000, month, day)
            if valid is None:
                wrong.append(f"the yearly day {month}-{day} is no date")
            else:
                found[valid.month, valid.day] = str(why or "")
    return found, tuple(wrong)


def _dates(years: Mapping[str, Any]) -> Iterator[tuple[date, str]]:
    for year, months in years.items():
        for month, days in (months if isinstance(months, Mapping) else {}).items():
            for day, why in (days if isinstance(days, Mapping) else {}).items():
                valid = _date(year, month, day)
                if valid is not None:
                    yield valid, str(why or "")


def _date(year: Any, month: Any, day: Any) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except (TypeError, ValueError):
        return None
