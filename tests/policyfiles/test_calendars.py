"""Calendars: hours, exceptions, versions, unions, holidays and ICS files."""

# ruff: noqa: E501 - one case a line, however long its text

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from textwrap import dedent

import pytest

from slaplugin.core.calendars import closed_dates
from slaplugin.core.policies import PolicySet
from slaplugin.policyfiles import closeddays
from slaplugin.policyfiles.loader import Loaded, load_policy_dir, load_policy_texts

Valid = Callable[[str], PolicySet]
HOUR = 3600


def hours(valid: Valid, written: str) -> tuple[tuple[tuple[int, int], ...], ...]:
    found = valid(f"calendars: {{c: {{timezone: UTC, hours: {written}}}}}").calendars["c"]
    return tuple(
        tuple((start // HOUR, end // HOUR) for start, end in day) for day in found.versions[0].hours
    )


NONE: tuple[tuple[int, int], ...] = ()
OFFICE = ((9, 17),)


@pytest.mark.parametrize(
    ("written", "week"),
    [
        ('{mon-fri: "09:00-17:00"}', (OFFICE,) * 5 + (NONE, NONE)),
        ('{mon: "9:00-12:00, 13:00-17:00"}', (((9, 12), (13, 17)),) + (NONE,) * 6),
        ('{fri-mon: "09:00-17:00"}', (OFFICE, NONE, NONE, NONE, OFFICE, OFFICE, OFFICE)),
        ('{"mon, wed": "09:00-17:00"}', (OFFICE, NONE, OFFICE, NONE, NONE, NONE, NONE)),
        ('{"mon-tue, sun": "09:00-17:00"}', (OFFICE, OFFICE, NONE, NONE, NONE, NONE, OFFICE)),
        ('{mon: "13:00-17:00", mon-tue: "09:00-12:00"}', (((9, 12), (13, 17)), ((9, 12),)) + (NONE,) * 5),
        ('{mon: "22:00-06:00"}', (((22, 30),),) + (NONE,) * 6),
        ('{mon: "00:00-24:00"}', (((0, 24),),) + (NONE,) * 6),
        ('{mon: "08:00-08:00"}', (((8, 32),),) + (NONE,) * 6),
        ('{mon: "22:00-06:00", tue: "06:00-14:00"}', (((22, 30),), ((6, 14),)) + (NONE,) * 5),
        ('{mon: "09:00-17:00", tue: closed}', (OFFICE,) + (NONE,) * 6),
    ],
)  # fmt: skip
def test_weekly_hours(
    valid: Valid, written: str, week: tuple[tuple[tuple[int, int], ...], ...]
) -> None:
    assert hours(valid, written) == week


def test_only_dated_openings_are_enough(valid: Valid) -> None:
    found = valid(
        'calendars: {fair: {timezone: UTC, exceptions: {2026-03-14: "10:00-14:00", 2026-03-15: closed}}}'
    )
    assert found.calendars["fair"].versions[0].exceptions == {
        date(2026, 3, 14): ((10 * HOUR, 14 * HOUR),),
        date(2026, 3, 15): (),
    }


def test_versions_come_in_order_of_their_dates(valid: Valid) -> None:
    found = valid(
        """
        calendars:
          sydney:
            - {timezone: Australia/Sydney, hours: {mon: "09:00-17:00"}}
            - {from: 2026-06-01, timezone: UTC, hours: {}}
            - {from: 2026-03-11, timezone: Australia/Sydney, hours: {mon: "09:00-15:00"}}
        """
    ).calendars["sydney"]
    assert [version.start for version in found.versions] == [
        None,
        date(2026, 3, 11),
        date(2026, 6, 1),
    ]


def test_unions_of_unions(valid: Valid) -> None:
    found = valid(
        """
        calendars:
          a: {timezone: UTC, hours: {mon: "09:00-17:00"}}
          b: {union: [a, 24x7], timezone: Europe/Berlin}
          c: {union: [b, a]}
        """
    ).calendars
    assert (found["b"].members, found["b"].zone) == (("a", "24x7"), "Europe/Berlin")
    assert (found["c"].members, found["c"].zone) == (("b", "a"), None)


# ---------------------------------------------------------------------- holidays


def with_holidays(code: str) -> str:
    return (
        "calendars: {c: {timezone: Europe/Berlin, hours: {mon-fri: '09:00-17:00'}, "
        f"holidays: [{code}]}}}}"
    )


@pytest.mark.parametrize(
    ("code", "day", "closed"),
    [
        ("DE-BE", date(2027, 3, 8), True),
        ("DE-BY", date(2027, 3, 8), False),
        ("DE-BE", date(2065, 12, 25), True),
        ("GB-ENG", date(2026, 12, 28), True),  # Boxing Day observed
        ("US-NY", date(2026, 6, 19), True),
        ("DE-BE", date(2026, 12, 24), False),
    ],
)
def test_public_holidays(valid: Valid, code: str, day: date, closed: bool) -> None:
    version = valid(with_holidays(code)).calendars["c"].versions[0]
    assert (day in version.closed) is closed


def test_dates_are_frozen_with_the_set(monkeypatch: pytest.MonkeyPatch) -> None:
    text = {"sla.yaml": with_holidays("DE-BE")}
    first = load_policy_texts(text)
    kept = json.loads(json.dumps(first.frozen))

    def changed(_: str) -> frozenset[date]:
        return frozenset()

    monkeypatch.setattr(closeddays, "holiday_dates", changed)
    today, then = load_policy_texts(text), load_policy_texts(text, closed=kept)
    assert not today.required().calendars["c"].versions[0].closed
    assert then.required().calendars["c"] == first.required().calendars["c"]
    assert then.required().hash == first.required().hash != today.required().hash


def test_the_stores_copy_gives_the_same_set() -> None:
    text = {"sla.yaml": with_holidays("GB-ENG")}
    first = load_policy_texts(text).required()
    copy = json.loads(json.dumps(closed_dates(first.calendars), default=date.isoformat))
    again = load_policy_texts(dict(first.text), closed=copy).required()
    assert again.calendars == first.calendars
    assert again.hash == first.hash


# ---------------------------------------------------------------------- ICS

EVENTS = """\
    BEGIN:VCALENDAR
    VERSION:2.0
    PRODID:-//example//closures//EN
    BEGIN:VEVENT
    UID:retreat
    DTSTAMP:20260101T000000Z
    DTSTART;VALUE=DATE:20260507
    DTEND;VALUE=DATE:20260509
    END:VEVENT
    BEGIN:VEVENT
    UID:monthly
    DTSTAMP:20260101T000000Z
    DTSTART;TZID=Europe/Berlin:20260302T120000
    DTEND;TZID=Europe/Berlin:20260302T140000
    RRULE:FREQ=MONTHLY;COUNT=3
    EXDATE;TZID=Europe/Berlin:20260402T120000
    END:VEVENT
    BEGIN:VEVENT
    UID:local
    DTSTAMP:20260101T000000Z
    DTSTART:20260310T090000
    DURATION:PT30M
    END:VEVENT
    BEGIN:VEVENT
    UID:off
    DTSTAMP:20260101T000000Z
    STATUS:CANCELLED
    DTSTART;VALUE=DATE:20260601
    END:VEVENT
    END:VCALENDAR
    """


def with_ics(folder: Path, events: str) -> Loaded:
    (folder / "closures.ics").write_text(dedent(events).replace("\n", "\r\n"), encoding="utf-8")
    (folder / "sla.yaml").write_text(
        "calendars:\n"
        "  c: {timezone: Europe/Berlin, hours: {mon-fri: '09:00-17:00'}, ics: closures.ics}\n",
        encoding="utf-8",
    )
    return load_policy_dir(folder)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def test_events_of_an_ics_file_close_the_calendar(tmp_path: Path) -> None:
    version = with_ics(tmp_path, EVENTS).required().calendars["c"].versions[0]
    assert version.closed == {date(2026, 5, 7), date(2026, 5, 8)}
    assert version.closures == (
        (at("2026-03-02T11:00"), at("2026-03-02T13:00")),
        (at("2026-03-10T08:00"), at("2026-03-10T08:30")),
        (at("2026-05-02T10:00"), at("2026-05-02T12:00")),
    )


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (("DTSTART;VALUE=DATE:20260507", "DTSTART;VALUE=DATE:2026-05"), ["closures.ics:5", "retreat"]),
        (("DTSTART;VALUE=DATE:20260507", "X-A:1"), ["closures.ics:5", "retreat"]),
        (("DTEND;VALUE=DATE:20260509", "DTEND;VALUE=DATE:20260501"), ["retreat", "before it starts"]),
        (("RRULE:FREQ=MONTHLY;COUNT=3", "RRULE:FREQ=SOMETIMES"), ["monthly", "RRULE"]),
        (("BEGIN:VCALENDAR", "BEGIN:NOTHING"), ["closures.ics"]),
        (("END:VCALENDAR", ""), ["closures.ics"]),
    ],
)  # fmt: skip
def test_a_broken_ics_file_is_told_with_its_event(
    tmp_path: Path, broken: tuple[str, str], said: list[str]
) -> None:
    loaded = with_ics(tmp_path, EVENTS.replace(*broken))
    assert loaded.policy_set is None
    text = str(loaded.problems[0])
    assert text.startswith(f"{tmp_path / 'sla.yaml'}:2:"), text
    missing = [part for part in said if part not in text]
    assert not missing, text


def test_a_missing_ics_file(tmp_path: Path) -> None:
    (tmp_path / "sla.yaml").write_text("calendars: {c: {timezone: UTC, ics: gone.ics}}")
    text = str(load_policy_dir(tmp_path).problems[0])
    assert "gone.ics" in text
    assert "no such file" in text
