"""The calendar rules of policy-language §2 and §3 and of details 25, 26, 27 and 39, one by one."""

import pickle
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from slaplugin.core.calendars import (
    ALWAYS,
    Calendar,
    CalendarSpec,
    CalendarVersion,
    Interval,
    compile_calendars,
)
from tests.core.calendar_samples import (
    BERLIN,
    DAY,
    DAY_SHIFT,
    NIGHT,
    OFFICE,
    WITH_LUNCH,
    H,
    at,
    berlin,
    one,
    week,
)


def spans(calendar: Calendar, start: str, end: str) -> list[str]:
    """Open spans as `start/end` in UTC, to the minute."""
    found = calendar.intervals(at(start), at(end))
    return ["/".join(_shown(edge) for edge in span) for span in found]


def _shown(instant: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=instant)).strftime("%dT%H:%M")


def test_seconds_count_and_closed_time_does_not() -> None:
    calendar = berlin()
    friday, monday = at("2026-03-13T16:59:59+01:00"), at("2026-03-16T09:30:00+01:00")
    assert calendar.elapsed(friday, monday) == 30 * 60 + 1
    assert calendar.elapsed(monday, friday) == 0
    assert calendar.elapsed(monday, monday) == 0


def test_due_is_closing_time_and_not_the_next_opening() -> None:
    start = at("2026-03-09T09:00:00+01:00")
    calendar = berlin()
    assert calendar.due(start, 8 * H) == at("2026-03-09T17:00:00+01:00")
    assert calendar.due(start, 8 * H + 1) == at("2026-03-10T09:00:01+01:00")
    assert berlin(week(weekdays=WITH_LUNCH)).due(start, 3 * H) == at("2026-03-09T12:00:00+01:00")


def test_no_duration_is_due_at_once_and_a_negative_one_is_refused() -> None:
    saturday = at("2026-03-14T11:00:00+01:00")
    assert berlin().due(saturday, 0) == saturday
    with pytest.raises(ValueError, match="-1"):
        berlin().due(saturday, -1)


@pytest.mark.parametrize(
    ("instant", "is_open", "next_open"),
    [
        ("2026-03-09T08:59:59+01:00", False, "2026-03-09T09:00:00+01:00"),
        ("2026-03-09T09:00:00+01:00", True, "2026-03-09T09:00:00+01:00"),
        ("2026-03-09T16:59:59+01:00", True, "2026-03-09T16:59:59+01:00"),
        ("2026-03-09T17:00:00+01:00", False, "2026-03-10T09:00:00+01:00"),
        ("2026-03-14T12:00:00+01:00", False, "2026-03-16T09:00:00+01:00"),
    ],
)
def test_openings_are_open_and_closings_are_not(
    instant: str, is_open: bool, next_open: str
) -> None:
    calendar = berlin()
    assert calendar.is_open(at(instant)) is is_open
    assert calendar.next_open(at(instant)) == at(next_open)


@pytest.mark.parametrize(
    ("why", "zone", "shift", "start", "end", "expected"),
    [
        ("a missing opening is the transition", BERLIN, (9000, 23400), "2026-03-29T00:00Z",
         "2026-03-29T12:00Z", ["29T01:00/29T04:30"]),
        ("a missing closing is the transition", BERLIN, (H, 9000), "2026-03-29T00:00Z",
         "2026-03-29T12:00Z", ["29T00:00/29T01:00"]),
        ("nothing is left inside the gap", BERLIN, (7500, 9900), "2026-03-29T00:00Z",
         "2026-03-29T12:00Z", []),
        ("a repeated opening is the first one", BERLIN, (9000, 3 * H), "2026-10-25T00:00Z",
         "2026-10-25T12:00Z", ["25T00:30/25T02:00"]),
        ("a repeated closing is the first one", BERLIN, (H, 9000), "2026-10-24T23:00Z",
         "2026-10-25T12:00Z", ["24T23:00/25T00:30"]),
        ("half an hour goes missing", "Australia/Lord_Howe", (0, 4 * H), "2026-10-03T12:00Z",
         "2026-10-03T20:00Z", ["03T13:30/03T17:00"]),
        ("half an hour is repeated", "Australia/Lord_Howe", (0, 4 * H), "2026-04-04T12:00Z",
         "2026-04-04T20:00Z", ["04T13:00/04T17:30"]),
        ("midnight itself is missing", "America/Sao_Paulo", (0, 8 * H), "2018-11-04T02:00Z",
         "2018-11-04T12:00Z", ["04T03:00/04T10:00"]),
        ("midnight is repeated", "America/Havana", (0, 2 * H), "2026-11-01T03:00Z",
         "2026-11-01T12:00Z", ["01T04:00/01T07:00"]),
    ],
)  # fmt: skip
def test_wall_times_that_a_clock_change_removes_or_repeats(
    why: str, zone: str, shift: Interval, start: str, end: str, expected: list[str]
) -> None:
    calendar = one(CalendarVersion(zone, ((shift,),) * 7))
    assert spans(calendar, start, end) == expected, why


def test_a_day_that_never_was_has_no_shifts() -> None:
    samoa = one(CalendarVersion("Pacific/Apia", (DAY_SHIFT,) * 7))
    assert samoa.shifts(date(2011, 12, 30)) == ()
    assert len(samoa.intervals(at("2011-12-29T00:00-10:00"), at("2012-01-01T00:00+14:00"))) == 2


def test_whole_days_leave_no_seam_at_midnight() -> None:
    calendar = one(CalendarVersion("America/Sao_Paulo", (((0, DAY),),) * 7))
    start, end = at("2016-01-01T00:00Z"), at("2019-01-01T00:00Z")
    assert calendar.intervals(start, end) == [(start, end)]
    assert calendar.elapsed(start, end) == end - start


def test_touching_shifts_are_one_interval() -> None:
    calendar = berlin(week(weekdays=((9 * H, 12 * H), (12 * H, 17 * H))))
    assert spans(calendar, "2026-03-09T00:00+01:00", "2026-03-10T00:00+01:00") == [
        "09T08:00/09T16:00"
    ]


def test_a_night_shift_belongs_to_the_day_it_starts_on() -> None:
    holiday_on_friday = berlin(NIGHT, closed=["2026-05-01"])
    assert spans(holiday_on_friday, "2026-04-30T12:00+02:00", "2026-05-05T00:00+02:00") == [
        "30T20:00/01T04:00",
        "04T20:00/04T22:00",
    ]
    thursday = at("2026-05-01T02:00+02:00")
    assert holiday_on_friday.shift_day(thursday) == date(2026, 4, 30)
    assert holiday_on_friday.local_date(thursday) == date(2026, 5, 1)
    assert holiday_on_friday.shift_day(at("2026-05-01T06:00+02:00")) is None


@pytest.mark.parametrize(
    ("why", "day", "expected"),
    [
        ("a holiday closes", "2026-04-03", []),
        ("an exception opens a holiday", "2026-04-06", ["06T08:00/06T12:00"]),
        ("an exception replaces the weekday's hours", "2026-04-07", ["07T07:00/07T11:00"]),
        ("an exception closes", "2026-04-08", []),
        ("an exception opens a Saturday", "2026-04-11", ["11T08:00/11T12:00"]),
        ("any other day keeps its hours", "2026-04-09", ["09T07:00/09T15:00"]),
    ],
)
def test_exception_then_holiday_then_weekday(why: str, day: str, expected: list[str]) -> None:
    calendar = berlin(
        closed=["2026-04-03", "2026-04-06"],
        exceptions={
            "2026-04-06": ((10 * H, 14 * H),),
            "2026-04-07": ((9 * H, 13 * H),),
            "2026-04-08": (),
            "2026-04-11": ((10 * H, 14 * H),),
        },
    )
    assert spans(calendar, f"{day}T00:00+02:00", f"{day}T23:00+02:00") == expected, why


def test_an_overlap_caused_by_an_exception_is_merged() -> None:
    calendar = berlin(NIGHT, exceptions={"2026-03-10": ((5 * H, 10 * H),)})
    assert spans(calendar, "2026-03-09T12:00+01:00", "2026-03-10T12:00+01:00") == [
        "09T21:00/10T09:00"
    ]
    assert calendar.shift_day(at("2026-03-10T05:30+01:00")) == date(2026, 3, 9)
    assert calendar.shift_day(at("2026-03-10T06:00+01:00")) == date(2026, 3, 10)


def test_timed_closures_cut_holes() -> None:
    calendar = berlin(
        closures=[
            ("2026-03-10T14:00+01:00", "2026-03-10T15:00+01:00"),
            ("2026-03-09T16:00+01:00", "2026-03-10T10:00+01:00"),
            ("2026-03-10T14:30+01:00", "2026-03-10T15:30+01:00"),
            ("2026-03-11T08:00+01:00", "2026-03-11T18:00+01:00"),
        ]
    )
    assert spans(calendar, "2026-03-09T00:00+01:00", "2026-03-12T12:00+01:00") == [
        "09T08:00/09T15:00",
        "10T09:00/10T13:00",
        "10T14:30/10T16:00",
        "12T08:00/12T11:00",
    ]
    # A day that closures cover wholly is no open day.
    assert calendar.business_days_due(at("2026-03-10T11:00+01:00"), 1) == at(
        "2026-03-12T11:00+01:00"
    )


def test_a_version_owns_the_shifts_of_its_days() -> None:
    shorter = week(weekdays=((22 * H, 26 * H),))
    calendar = one(
        CalendarVersion(BERLIN, NIGHT),
        CalendarVersion(BERLIN, shorter, start=date(2026, 3, 11)),
    )
    assert spans(calendar, "2026-03-10T12:00+01:00", "2026-03-12T12:00+01:00") == [
        "10T21:00/11T05:00",
        "11T21:00/12T01:00",
    ]


def test_versions_may_differ_in_zone() -> None:
    calendar = one(
        CalendarVersion(BERLIN, OFFICE),
        CalendarVersion("America/New_York", OFFICE, start=date(2026, 3, 11)),
    )
    assert spans(calendar, "2026-03-10T00:00Z", "2026-03-12T00:00Z") == [
        "10T08:00/10T16:00",
        "11T13:00/11T21:00",
    ]
    assert calendar.zone == "America/New_York"
    assert calendar.local_date(at("2026-03-11T02:00Z")) == date(2026, 3, 11)  # Berlin's day
    assert calendar.local_date(at("2026-03-12T02:00Z")) == date(2026, 3, 11)  # New York's
    assert calendar.midnight(date(2026, 3, 10)) == at("2026-03-10T00:00+01:00")
    assert calendar.midnight(date(2026, 3, 11)) == at("2026-03-11T00:00-04:00")


def test_versions_in_zones_a_day_apart_overlap_and_merge() -> None:
    every_day = ((0, DAY),)
    calendar = one(
        CalendarVersion("Pacific/Pago_Pago", (every_day,) * 7),
        CalendarVersion("Pacific/Kiritimati", (every_day,) * 7, start=date(2026, 3, 11)),
    )
    start, end = at("2026-03-08T00:00Z"), at("2026-03-14T00:00Z")
    assert calendar.intervals(start, end) == [(start, end)]


def test_before_a_first_version_with_a_date_nothing_is_open() -> None:
    calendar = one(CalendarVersion(BERLIN, OFFICE, start=date(2026, 3, 11)))
    assert calendar.next_open(at("2025-01-01T00:00Z")) == at("2026-03-11T09:00+01:00")
    assert calendar.local_date(at("2025-01-01T23:30Z")) == date(2025, 1, 2)


def union(zone: str | None = None) -> Mapping[str, Calendar]:
    return compile_calendars(
        [
            CalendarSpec("all", members=("sun", "weekend"), zone=zone),
            CalendarSpec("sun", members=("berlin", "nyc")),
            CalendarSpec(
                "berlin",
                (CalendarVersion(BERLIN, OFFICE, closed=frozenset({date(2026, 3, 10)})),),
            ),
            CalendarSpec("nyc", (CalendarVersion("America/New_York", OFFICE),)),
            CalendarSpec("weekend", (CalendarVersion("UTC", week(sat=DAY_SHIFT)),)),
        ]
    )


def test_a_union_is_open_when_any_member_is() -> None:
    calendar = union()["all"]
    # The holiday closes Berlin alone; the afternoon overlap counts once.
    assert spans(calendar, "2026-03-09T00:00Z", "2026-03-11T00:00Z") == [
        "09T08:00/09T21:00",
        "10T13:00/10T21:00",
    ]
    assert spans(calendar, "2026-03-14T00:00Z", "2026-03-15T00:00Z") == ["14T09:00/14T17:00"]
    assert calendar.elapsed(at("2026-03-09T00:00Z"), at("2026-03-10T00:00Z")) == 13 * H
    assert calendar.has_open_time()


def test_a_union_has_a_zone_but_no_days() -> None:
    calendar = union()["all"]
    assert calendar.zone == BERLIN
    assert union("Asia/Tokyo")["all"].zone == "Asia/Tokyo"
    assert calendar.local_date(at("2026-03-09T23:30Z")) == date(2026, 3, 10)
    for ask in (
        lambda: calendar.business_days_due(0, 1),
        lambda: calendar.by_due(0, 12 * H, None),
        lambda: calendar.shifts(date(2026, 3, 9)),
    ):
        with pytest.raises(ValueError, match="'all' is a union"):
            ask()


def test_around_the_clock_never_closes() -> None:
    always = compile_calendars([])[ALWAYS]
    start = at("2026-03-28T20:00+01:00")
    assert always.zone == "UTC"
    assert always.due(start, 12 * H) == at("2026-03-29T09:00+02:00")
    assert always.elapsed(-5, 10**10) == 10**10 + 5
    assert always.business_days_due(start, 2) == start + 2 * DAY


@pytest.mark.parametrize(
    ("why", "specs", "message"),
    [
        ("itself", [CalendarSpec("a", members=("a",))], "'a' is a union of itself: a > a"),
        ("a ring", [CalendarSpec("a", members=("b",)), CalendarSpec("b", members=("a",))],
         "a > b > a"),
        ("unknown member", [CalendarSpec("a", members=("b",))], "'a' unites 'b'"),
        ("twice", [CalendarSpec("a", (CalendarVersion("UTC", OFFICE),))] * 2,
         "'a' is defined twice"),
        ("reserved", [CalendarSpec("24x7", (CalendarVersion("UTC", OFFICE),))], "24x7"),
        ("no such zone", [CalendarSpec("a", (CalendarVersion("Europe/Berlyn", OFFICE),))],
         "'a': unknown time zone 'Europe/Berlyn'"),
        ("a path is no zone", [CalendarSpec("a", (CalendarVersion("../etc", OFFICE),))],
         "unknown time zone"),
        ("a folder is no zone", [CalendarSpec("a", (CalendarVersion("Europe", OFFICE),))],
         "unknown time zone"),
        ("nothing", [CalendarSpec("a")], "at least one version"),
        ("six days", [CalendarSpec("a", (CalendarVersion("UTC", OFFICE[:6]),))], "7 weekdays"),
        ("starts fall", [CalendarSpec("a", (
            CalendarVersion("UTC", OFFICE, start=date(2026, 1, 2)),
            CalendarVersion("UTC", OFFICE, start=date(2026, 1, 1))))], "starts must rise"),
    ],
)  # fmt: skip
def test_what_cannot_be_compiled(why: str, specs: list[CalendarSpec], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compile_calendars(specs)


@pytest.mark.parametrize(
    ("why", "calendar", "expected"),
    [
        ("weekly hours", berlin(), True),
        ("only a dated opening", berlin(week(), exceptions={"2026-03-14": DAY_SHIFT}), True),
        ("nothing", berlin(week()), False),
        ("only dated closings", berlin(week(), exceptions={"2026-03-14": ()}), False),
    ],
)
def test_whether_there_is_any_opening(why: str, calendar: Calendar, expected: bool) -> None:
    assert calendar.has_open_time() is expected, why


def test_nothing_within_forty_years_is_no_due_time() -> None:
    dated = berlin(week(), exceptions={"2026-03-14": DAY_SHIFT, "2070-03-14": DAY_SHIFT})
    start = at("2026-03-01T00:00Z")
    assert dated.due(start, 8 * H) == at("2026-03-14T17:00+01:00")
    assert dated.due(start, 8 * H + 1) is None
    assert dated.business_days_due(start, 1) is None
    assert dated.by_due(start, 12 * H, 2) is None
    assert dated.by_due(at("2026-04-01T00:00Z"), 12 * H, None) is None
    assert dated.next_open(at("2026-03-15T00:00Z")) is None
    assert berlin(week()).next_open(start) is None
    # A horizon that has been carried further by other questions changes no answer.
    assert dated.elapsed(start, at("2071-01-01T00:00Z")) == 16 * H
    assert dated.due(start, 8 * H + 1) is None
    assert dated.next_open(at("2026-03-15T00:00Z")) is None


def test_the_horizon_grows_both_ways_and_never_clamps() -> None:
    calendar = berlin()
    middle = calendar.elapsed(at("2026-03-09T00:00Z"), at("2026-03-16T00:00Z"))
    assert middle == 40 * H
    assert calendar.elapsed(at("1969-12-29T00:00Z"), at("1970-01-05T00:00Z")) == middle
    assert calendar.elapsed(at("2199-12-02T00:00Z"), at("2199-12-09T00:00Z")) == middle
    assert calendar.due(at("1900-01-01T12:00Z"), 2600 * H) is not None
    assert calendar.elapsed(at("1999-01-04T00:00Z"), at("2026-12-28T00:00Z")) == 1460 * 40 * H


def test_a_calendar_can_be_sent_to_another_process() -> None:
    calendar, start = berlin(), at("2026-03-09T09:00:00+01:00")
    fresh = pickle.loads(pickle.dumps(calendar))
    assert fresh.elapsed(start, start + 7 * DAY) == calendar.elapsed(start, start + 7 * DAY)
    used = pickle.loads(pickle.dumps(calendar))
    assert used.due(start, 2000 * H) == calendar.due(start, 2000 * H)


def test_instants_that_no_date_can_express_are_refused() -> None:
    with pytest.raises(ValueError, match="years 1 to 9999"):
        berlin().elapsed(0, 10**12)


def test_midnight_may_be_missing_or_repeated() -> None:
    brazil = one(CalendarVersion("America/Sao_Paulo", OFFICE))
    assert brazil.midnight(date(2018, 11, 4)) == at("2018-11-04T01:00-02:00")
    cuba = one(CalendarVersion("America/Havana", OFFICE))
    assert cuba.midnight(date(2026, 11, 1)) == at("2026-11-01T00:00-04:00")
