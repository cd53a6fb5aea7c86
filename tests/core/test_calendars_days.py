"""Due times told by days, `bd` and `by`: policy-language §3, details 25 and 26."""

from datetime import date

import pytest

from slaplugin.core.calendars import CalendarVersion
from tests.core.calendar_samples import (
    BERLIN,
    DAY_SHIFT,
    NIGHT,
    NIGHT_SHIFT,
    OFFICE,
    WITH_LUNCH,
    H,
    Shifts,
    at,
    berlin,
    one,
    week,
)


@pytest.mark.parametrize(
    ("why", "hours", "start", "days", "due"),
    [
        ("next day", OFFICE, "2026-03-12T15:30+01:00", 1, "2026-03-13T15:30+01:00"),
        ("over the weekend", OFFICE, "2026-03-13T15:00+01:00", 1, "2026-03-16T15:00+01:00"),
        ("closed start moves on", OFFICE, "2026-03-14T11:30+01:00", 1, "2026-03-17T09:00+01:00"),
        ("after closing", OFFICE, "2026-03-12T17:00+01:00", 1, "2026-03-16T09:00+01:00"),
        ("summer time keeps the wall time", OFFICE, "2026-03-27T15:00+01:00", 1,
         "2026-03-30T15:00+02:00"),
        ("early close", week(weekdays=DAY_SHIFT, fri=((9 * H, 14 * H),)),
         "2026-03-12T15:30+01:00", 1, "2026-03-13T14:00+01:00"),
        ("late opening", week(weekdays=DAY_SHIFT, fri=((11 * H, 17 * H),)),
         "2026-03-12T10:00+01:00", 1, "2026-03-13T11:00+01:00"),
        ("into a break", week(weekdays=DAY_SHIFT, fri=WITH_LUNCH), "2026-03-12T12:30+01:00", 1,
         "2026-03-13T13:00+01:00"),
        ("at the start of a break", week(weekdays=DAY_SHIFT, fri=WITH_LUNCH),
         "2026-03-12T12:00+01:00", 1, "2026-03-13T12:00+01:00"),
        ("a night shift's small hours", NIGHT, "2026-03-10T02:00+01:00", 1,
         "2026-03-11T02:00+01:00"),
        ("Friday's small hours are Saturday's date", NIGHT, "2026-03-13T02:00+01:00", 1,
         "2026-03-14T02:00+01:00"),
        ("Saturday 02:00 is still Friday", NIGHT, "2026-03-14T02:00+01:00", 1,
         "2026-03-17T02:00+01:00"),
        ("a wall time that is missing", NIGHT, "2026-03-26T02:30+01:00", 2,
         "2026-03-28T02:30+01:00"),
        ("missing on the day itself", (NIGHT_SHIFT,) * 7, "2026-03-28T02:30+01:00", 1,
         "2026-03-29T03:00+02:00"),
        ("repeated on the day itself", (NIGHT_SHIFT,) * 7, "2026-10-24T02:30+02:00", 1,
         "2026-10-25T02:30+02:00"),
        ("from the second pass", (NIGHT_SHIFT,) * 7, "2026-10-25T02:30+01:00", 1,
         "2026-10-26T02:30+01:00"),
    ],
)  # fmt: skip
def test_business_days(
    why: str, hours: tuple[Shifts, ...], start: str, days: int, due: str
) -> None:
    assert berlin(hours).business_days_due(at(start), days) == at(due), why


def test_business_days_skip_holidays_and_follow_versions() -> None:
    holiday = berlin(closed=["2026-03-13", "2026-03-16"])
    assert holiday.business_days_due(at("2026-03-12T10:00+01:00"), 1) == at(
        "2026-03-17T10:00+01:00"
    )
    moved = one(
        CalendarVersion(BERLIN, OFFICE),
        CalendarVersion("America/New_York", OFFICE, start=date(2026, 3, 11)),
    )
    assert moved.business_days_due(at("2026-03-10T10:00+01:00"), 1) == at("2026-03-11T10:00-04:00")


@pytest.mark.parametrize("days", [0, -1])
def test_business_days_count_from_one(days: int) -> None:
    with pytest.raises(ValueError, match="from 1"):
        berlin().business_days_due(at("2026-03-10T10:00+01:00"), days)


@pytest.mark.parametrize(
    ("why", "hours", "start", "wall", "after", "due"),
    [
        ("the next open day", OFFICE, "2026-03-13T15:00+01:00", 12, 1, "2026-03-16T12:00+01:00"),
        ("from Saturday", OFFICE, "2026-03-14T10:00+01:00", 12, 1, "2026-03-16T12:00+01:00"),
        ("before opening", OFFICE, "2026-03-16T08:59+01:00", 12, 1, "2026-03-17T12:00+01:00"),
        ("second open day", OFFICE, "2026-03-13T15:00+01:00", 12, 2, "2026-03-17T12:00+01:00"),
        ("today", OFFICE, "2026-03-16T08:00+01:00", 12, None, "2026-03-16T12:00+01:00"),
        ("exactly now", OFFICE, "2026-03-16T12:00+01:00", 12, None, "2026-03-16T12:00+01:00"),
        ("past that time", OFFICE, "2026-03-13T12:01+01:00", 12, None, "2026-03-16T12:00+01:00"),
        ("outside opening hours", OFFICE, "2026-03-13T12:00+01:00", 20, None,
         "2026-03-13T20:00+01:00"),
        ("close", OFFICE, "2026-03-13T15:00+01:00", None, None, "2026-03-13T17:00+01:00"),
        ("close of the day, not of the morning", week(weekdays=WITH_LUNCH),
         "2026-03-13T10:00+01:00", None, None, "2026-03-13T17:00+01:00"),
        ("close after closing", OFFICE, "2026-03-13T17:01+01:00", None, None,
         "2026-03-16T17:00+01:00"),
        ("close of the next open day", OFFICE, "2026-03-13T15:00+01:00", None, 1,
         "2026-03-16T17:00+01:00"),
        ("a night shift's close", NIGHT, "2026-03-10T02:00+01:00", None, None,
         "2026-03-10T06:00+01:00"),
        ("inside a shift its own day counts", NIGHT, "2026-03-10T02:00+01:00", 23, 1,
         "2026-03-10T23:00+01:00"),
        ("outside a shift the date counts", NIGHT, "2026-03-10T07:00+01:00", 23, 1,
         "2026-03-11T23:00+01:00"),
        ("a missing wall time", (DAY_SHIFT,) * 7, "2026-03-28T12:00+01:00", 2.5, None,
         "2026-03-29T03:00+02:00"),
    ],
)  # fmt: skip
def test_by_targets(
    why: str,
    hours: tuple[Shifts, ...],
    start: str,
    wall: float | None,
    after: int | None,
    due: str,
) -> None:
    seconds = None if wall is None else int(wall * H)
    assert berlin(hours).by_due(at(start), seconds, after) == at(due), why
