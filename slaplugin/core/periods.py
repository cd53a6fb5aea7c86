"""Calendar periods: the days, weeks, months, quarters and years in which attainment is told.

A period is the same day of the calendar everywhere, but begins at another instant in each zone:
local midnight (policy-language §8, details 46). Instants are UTC epoch seconds.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from slaplugin.core.calendars import Span
from slaplugin.core.calendars.walltime import (
    instant_at,
    midnight_wall,
    wall_at,
    wall_date,
    zone_named,
)

Period = Literal["day", "week", "month", "quarter", "year"]
LENGTHS: tuple[Period, ...] = get_args(Period)
"""The shortest first."""

FIRST_YEAR, LAST_YEAR = 1970, 2199
"""What anybody may ask about: no helpdesk has earlier instants, no contract reaches further."""

_LONGEST: Mapping[Period, int] = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
_FORMS: tuple[tuple[str, Period], ...] = (
    (r"(\d{4})-(\d\d)-(\d\d)", "day"),
    (r"(\d{4})-?W(\d\d)", "week"),
    (r"(\d{4})-(\d\d)", "month"),
    (r"(\d{4})-?Q([1-4])", "quarter"),
    (r"(\d{4})", "year"),
)


@dataclass(frozen=True, slots=True)
class CalendarPeriod:
    """One day, week (from Monday), month, quarter or year of the calendar, in no zone yet."""

    per: Period
    first: date
    """Its first day."""

    @classmethod
    def on(cls, per: Period, day: date) -> CalendarPeriod:
        """The one that holds a day."""
        return cls(per, _first_day(per, day))

    @classmethod
    def around(cls, per: Period, zone: str, at: int) -> CalendarPeriod:
        """The one that holds an instant in a zone. ValueError for an unknown zone."""
        return cls.on(per, wall_date(wall_at(zone_named(zone), at)))

    @property
    def label(self) -> str:
        """``2026-03-09``, ``2026-W11``, ``2026-03``, ``2026-Q1``, ``2026``."""
        day = self.first
        if self.per == "week":
            year, week, _ = day.isocalendar()
            return f"{year:04d}-W{week:02d}"
        if self.per == "quarter":
            return f"{day.year:04d}-Q{(day.month + 2) // 3}"
        return day.isoformat()[: {"month": 7, "year": 4}.get(self.per, 10)]

    @property
    def following(self) -> CalendarPeriod:
        """The one after it."""
        # Any period is over a few days before its longest length has passed twice.
        return CalendarPeriod.on(self.per, _days_after(self.first, _LONGEST[self.per]))

    @property
    def before(self) -> CalendarPeriod:
        """The one before it."""
        return CalendarPeriod.on(self.per, _days_after(self.first, -1))

    def bounds(self, zone: str) -> Span:
        """Its local midnights, end exclusive. ValueError for an unknown zone."""
        local = zone_named(zone)
        ends = (self.first, self.following.first)
        start, end = (instant_at(local, midnight_wall(day)) for day in ends)
        return start, end

    def until(self, last: CalendarPeriod) -> Iterator[CalendarPeriod]:
        """This one and those after it up to and with the last."""
        found = self
        while found.first <= last.first:
            yield found
            found = found.following


def period_around(per: Period, zone: str, at: int) -> Span:
    """The bounds of the period that holds an instant. ValueError for an unknown zone."""
    return CalendarPeriod.around(per, zone, at).bounds(zone)


def parse_period(text: str) -> CalendarPeriod:
    """The period of a label; ValueError names the allowed forms."""
    for form, per in _FORMS:
        found = re.fullmatch(form, text.strip().upper())
        if found:
            try:
                return CalendarPeriod(per, _first_named(per, *map(int, found.groups())))
            except ValueError as error:
                raise ValueError(f"there is no {per} {text}: {error}") from error
    raise ValueError(
        f"'{text}' is no period: write a day as 2026-03-09, a week as 2026-W11, a month as"
        " 2026-03, a quarter as 2026-Q1 or a year as 2026"
    )


class Periods:
    """Finds the period of many instants, one lookup each; without ``per`` all time is one."""

    def __init__(self, per: Period | None) -> None:
        self._per = per
        self._known: dict[str, tuple[list[int], list[tuple[int, CalendarPeriod]]]] = {}

    def at(self, zone: str, at: int) -> CalendarPeriod | None:
        """The period that holds an instant in a zone; None: all time is one.

        ``at`` in UTC epoch seconds. ValueError for an unknown zone.
        """
        if self._per is None:
            return None
        starts, found = self._known.setdefault(zone, ([], []))
        place = bisect_right(starts, at) - 1
        if place >= 0 and at < found[place][0]:
            return found[place][1]
        period = CalendarPeriod.around(self._per, zone, at)
        start, end = period.bounds(zone)
        place = bisect_right(starts, start)
        starts.insert(place, start)
        found.insert(place, (end, period))
        return period


def _first_named(per: Period, year: int, part: int = 1, day: int = 1) -> date:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"periods are those of {FIRST_YEAR} to {LAST_YEAR}")
    if per == "week":
        return date.fromisocalendar(year, part, 1)
    return date(year, 3 * part - 2 if per == "quarter" else part, day)


def _first_day(per: Period, day: date) -> date:
    if per == "day":
        return day
    if per == "week":
        return _days_after(day, -day.weekday())
    months: Mapping[str, int] = {"quarter": 3, "year": 12}
    length = months.get(per, 1)
    return date(day.year, (day.month - 1) // length * length + 1, 1)


def _days_after(day: date, days: int) -> date:
    return date.fromordinal(day.toordinal() + days)
