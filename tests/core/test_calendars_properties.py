"""Calendars against a minute counter, around every kind of clock change."""

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slaplugin.core.calendars import Calendar, CalendarSpec, CalendarVersion, compile_calendars
from tests.core.minute_counter import MinuteCounter, Week

H = 3600
DAY = 24 * H
OFFICE: Week = (((9 * H, 12 * H), (13 * H, 17 * H)),) * 5 + ((), ())
NIGHT: Week = (((22 * H, 30 * H),),) * 7
EARLY: Week = (((0, 8 * H),),) * 7
# Openings and closings inside the hours that clock changes remove or repeat.
INSIDE: Week = (((H // 2, 3 * H // 2), (9 * H // 4, 11 * H // 4), (23 * H, 26 * H + H // 4)),) * 7
WEEKS = {"office": OFFICE, "night": NIGHT, "early": EARLY, "inside": INSIDE}

# (zone, local day of a clock change): whole and half hours, midnight and daylight changes,
# negative DST, Ramadan, a skipped day, a repeated evening, a change of the standard offset.
CHANGES = [
    ("Europe/Berlin", "2026-03-29"),
    ("Europe/Berlin", "2026-10-25"),
    ("America/New_York", "2026-03-08"),
    ("America/New_York", "2026-11-01"),
    ("Australia/Lord_Howe", "2026-04-05"),
    ("Australia/Lord_Howe", "2026-10-04"),
    ("Europe/Dublin", "2026-03-29"),
    ("Europe/Dublin", "2026-10-25"),
    ("America/Sao_Paulo", "2018-11-04"),
    ("America/Sao_Paulo", "2018-02-18"),
    ("America/Havana", "2026-03-08"),
    ("America/Havana", "2026-11-01"),
    ("Africa/Casablanca", "2026-02-15"),
    ("Africa/Casablanca", "2026-03-22"),
    ("Asia/Kolkata", "2026-03-29"),
    ("Pacific/Apia", "2011-12-30"),
    ("Asia/Pyongyang", "2018-05-05"),
    ("Antarctica/Troll", "2026-03-29"),
    ("Antarctica/Troll", "2026-10-25"),
    ("Europe/Berlin", "1945-05-24"),
    ("Europe/Berlin", "2090-03-26"),
]


@cache
def yardstick(zone: str, day: str, hours: str) -> tuple[Calendar, MinuteCounter]:
    """A calendar and its counter over the seven days around a clock change."""
    change = int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())
    week = WEEKS[hours]
    spec = CalendarSpec("c", (CalendarVersion(zone, week),))
    window = (change - 3 * DAY, change + 4 * DAY)
    return compile_calendars([spec])["c"], MinuteCounter(zone, week, window)


PARTS = st.floats(min_value=0, max_value=1)


def within(counter: MinuteCounter, part: float) -> int:
    return counter.start + int(part * (counter.end - counter.start))


@pytest.mark.parametrize("hours", sorted(WEEKS))
@pytest.mark.parametrize(("zone", "day"), CHANGES)
def test_every_half_hour_of_a_week_with_a_clock_change(zone: str, day: str, hours: str) -> None:
    calendar, counter = yardstick(zone, day, hours)
    start = counter.start
    for at in range(start, counter.end, 1800):
        assert calendar.elapsed(start, at) == counter.elapsed(start, at), at
        assert calendar.is_open(at) == counter.is_open(at), at


@settings(max_examples=150, deadline=None)
@given(
    change=st.sampled_from(CHANGES),
    hours=st.sampled_from(sorted(WEEKS)),
    first=PARTS,
    second=PARTS,
)
def test_elapsed_equals_the_counted_minutes(
    change: tuple[str, str], hours: str, first: float, second: float
) -> None:
    calendar, counter = yardstick(*change, hours)
    start, end = sorted((within(counter, first), within(counter, second)))
    assert calendar.elapsed(start, end) == counter.elapsed(start, end)
    spans = calendar.intervals(start, end)
    assert sum(closing - opening for opening, closing in spans) == counter.elapsed(start, end)


@settings(max_examples=150, deadline=None)
@given(
    change=st.sampled_from(CHANGES),
    hours=st.sampled_from(sorted(WEEKS)),
    part=PARTS,
    seconds=st.integers(min_value=1, max_value=40 * DAY),
)
def test_due_is_the_earliest_instant_by_which_the_time_has_passed(
    change: tuple[str, str], hours: str, part: float, seconds: int
) -> None:
    calendar, counter = yardstick(*change, hours)
    start = within(counter, part)
    due = calendar.due(start, seconds)
    assert due is not None
    assert calendar.elapsed(start, due) == seconds
    assert calendar.elapsed(start, due - 1) == seconds - 1
    if due <= counter.end:
        assert counter.elapsed(start, due) == seconds


@settings(max_examples=25, deadline=None)
@given(
    hours=st.sampled_from(sorted(WEEKS)),
    instants=st.lists(st.integers(-(3 * 10**8), 3 * 10**8), min_size=3, max_size=3).map(sorted),
)
def test_elapsed_adds_up_however_far_the_horizon_must_grow(hours: str, instants: list[int]) -> None:
    spec = CalendarSpec("c", (CalendarVersion("Europe/Berlin", WEEKS[hours]),))
    first, middle, last = instants
    whole, parts = (compile_calendars([spec])["c"] for _ in range(2))
    # One grows outwards from the middle, the other is asked for everything at once.
    later = parts.elapsed(middle, last)
    assert parts.elapsed(first, middle) + later == whole.elapsed(first, last)


@settings(max_examples=100, deadline=None)
@given(change=st.sampled_from(CHANGES[:8]), part=PARTS, days=st.integers(1, 30))
def test_a_business_day_due_lies_in_the_shift_of_that_later_day(
    change: tuple[str, str], part: float, days: int
) -> None:
    calendar, counter = yardstick(*change, "night")
    start = within(counter, part)
    opening = calendar.next_open(start)
    due = calendar.business_days_due(start, days)
    assert opening is not None
    assert due is not None
    assert calendar.is_open(due) or calendar.is_open(due - 1)
    first_day = calendar.shift_day(opening)
    last_day = calendar.shift_day(due) or calendar.shift_day(due - 1)
    assert first_day is not None
    assert last_day == first_day + timedelta(days=days)
