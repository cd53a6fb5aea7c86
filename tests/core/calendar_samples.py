"""Calendars to test with, and a short way to write instants."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from slaplugin.core.calendars import (
    Calendar,
    CalendarSpec,
    CalendarVersion,
    Interval,
    compile_calendars,
)

H = 3600
DAY = 24 * H
Shifts = tuple[Interval, ...]
DAY_SHIFT: Shifts = ((9 * H, 17 * H),)
WITH_LUNCH: Shifts = ((9 * H, 12 * H), (13 * H, 17 * H))
NIGHT_SHIFT: Shifts = ((22 * H, 30 * H),)
BERLIN = "Europe/Berlin"


def week(**days: Shifts) -> tuple[Shifts, ...]:
    """Hours by weekday; `weekdays` stands for Monday to Friday, a day not named is closed."""
    usual = days.get("weekdays", ())
    named = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return tuple(days.get(day, usual if index < 5 else ()) for index, day in enumerate(named))


OFFICE = week(weekdays=DAY_SHIFT)
NIGHT = week(weekdays=NIGHT_SHIFT)


def one(*versions: CalendarVersion) -> Calendar:
    return compile_calendars([CalendarSpec("c", versions)])["c"]


def berlin(
    hours: tuple[Shifts, ...] = OFFICE,
    closed: Iterable[str] = (),
    exceptions: Mapping[str, Shifts] | None = None,
    closures: Iterable[tuple[str, str]] = (),
) -> Calendar:
    dated = {date.fromisoformat(day): shifts for day, shifts in (exceptions or {}).items()}
    return one(
        CalendarVersion(
            BERLIN,
            hours,
            closed=frozenset(map(date.fromisoformat, closed)),
            exceptions=dated,
            closures=tuple((at(start), at(end)) for start, end in closures),
        )
    )


def at(text: str) -> int:
    instant = datetime.fromisoformat(text)
    assert instant.tzinfo is not None, f"{text} needs an offset"
    return int(instant.timestamp())
