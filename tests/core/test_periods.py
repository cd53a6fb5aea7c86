"""Calendar periods by their labels, and their bounds where clocks change."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slaplugin.core.periods import (
    CalendarPeriod,
    Period,
    Periods,
    parse_period,
    period_around,
)

ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago"]
)
PERS: st.SearchStrategy[Period] = st.sampled_from(["day", "week", "month", "quarter", "year"])
INSTANTS = st.integers(1_500_000_000, 2_000_000_000)


@pytest.mark.parametrize(
    ("label", "per", "first"),
    [
        ("2026-03-09", "day", date(2026, 3, 9)),
        ("2026-W01", "week", date(2025, 12, 29)),
        ("2026-W11", "week", date(2026, 3, 9)),
        ("2026-03", "month", date(2026, 3, 1)),
        ("2026-Q1", "quarter", date(2026, 1, 1)),
        ("2026-Q4", "quarter", date(2026, 10, 1)),
        ("2026", "year", date(2026, 1, 1)),
    ],
)
def test_labels(label: str, per: Period, first: date) -> None:
    assert parse_period(label) == CalendarPeriod(per, first)
    assert CalendarPeriod(per, first).label == label


@pytest.mark.parametrize("label", ["2026q1", "2026w11", " 2026-03 "])
def test_labels_as_people_write_them(label: str) -> None:
    assert parse_period(label).label.startswith("2026-")


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("last month", "write a day as 2026-03-09"),
        ("2026-13", "there is no month 2026-13"),
        ("2026-W54", "there is no week"),
        ("0001-01", "1970 to 2199"),
        ("9999", "1970 to 2199"),
        ("2200-W01", "1970 to 2199"),
    ],
)
def test_what_is_no_period_is_refused(label: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_period(label)


@pytest.mark.parametrize(
    ("zone", "label", "hours"),
    [
        ("Europe/Berlin", "2026-03", 31 * 24 - 1),
        ("Europe/Berlin", "2026-10", 31 * 24 + 1),
        ("America/New_York", "2026-03", 31 * 24 - 1),
        ("America/New_York", "2026-11", 30 * 24 + 1),
        ("Europe/Berlin", "2026", 365 * 24),
        ("America/New_York", "2026-03-08", 23),
    ],
)
def test_length_where_clocks_change(zone: str, label: str, hours: int) -> None:
    start, end = parse_period(label).bounds(zone)
    assert end - start == hours * 3600


def test_bounds_are_local_midnights() -> None:
    start, end = parse_period("2026-03").bounds("America/New_York")
    assert start == datetime.fromisoformat("2026-03-01T00:00:00-05:00").timestamp()
    assert end == datetime.fromisoformat("2026-04-01T00:00:00-04:00").timestamp()


@settings(deadline=None)
@given(PERS, ZONES, INSTANTS)
def test_periods_tile_the_time(per: Period, zone: str, at: int) -> None:
    period = CalendarPeriod.around(per, zone, at)
    start, end = period.bounds(zone)
    assert start <= at < end
    assert period.following.bounds(zone)[0] == end
    assert period.before.bounds(zone)[1] == start
    assert parse_period(period.label) == period
    assert period_around(per, zone, at) == (start, end)


@settings(deadline=None)
@given(PERS, st.lists(st.tuples(ZONES, INSTANTS), max_size=20))
def test_remembered_periods_are_the_same(per: Period, asked: list[tuple[str, int]]) -> None:
    periods = Periods(per)
    wanted = [CalendarPeriod.around(per, zone, at) for zone, at in asked]
    assert [periods.at(zone, at) for zone, at in asked] == wanted


def test_without_a_length_all_time_is_one_period() -> None:
    assert Periods(None).at("Europe/Berlin", 0) is None
