"""The OTRS family's own SLAs, from results of the SQL box and exports of the configuration."""

from __future__ import annotations

from datetime import date

import pytest

from slaplugin.app.agreements import Promise
from slaplugin.app.errors import ConfigurationError
from slaplugin.core.conditions import Test
from slaplugin.hosts.otrs.agreements import STATEMENTS, from_files, how

HOUR = 3600

_KINDS = ("first_response", "update", "solution")
_TARGETS = [f"{kind}_{column}" for kind in _KINDS for column in ("time", "notify")]
COLUMNS = ["calendar_name", *_TARGETS, "valid_id"]
QUEUES = (
    ";".join(f'"{column}"' for column in ("queue", *COLUMNS))
    + '''
"Raw";"";"0";"0";"0";"0";"0";"0";"1"
"Support";"1";"60";"80";"120";"0";"480";"60";"1"
"Support::2nd ""Level""";"1";"60";"80";"120";"0";"480";"60";"1"
"Post";"";"30";"";"";"";"";"";"1"
"Old";"";"30";"";"";"";"";"";"2"
'''
)
SLAS = (
    "\t".join(("sla", "service", *COLUMNS)).upper()
    + """
Gold\tWeb\tNULL\t15\t0\t0\t50\t240\t90\t1
Gold\tMail\tNULL\t15\t0\t0\t50\t240\t90\t1
"""
)
EXPORT = """\
---
Modified:
  TimeWorkingHours::Calendar1:
    DefaultID: 602
    EffectiveValue:
      Fri:
      - '9'
      - '10'
      Mon:
      - '0'
      - '22'
      - '23'
    IsValid: 1
    Name: TimeWorkingHours::Calendar1
  TimeVacationDays::Calendar1:
    EffectiveValue:
      '5':
        '1': May Day
        '32': never
  TimeVacationDaysOneTime::Calendar1:
    EffectiveValue:
      '2026':
        '5':
          '14': Ascension
  TimeZone::Calendar1:
    EffectiveValue: Europe/Berlin
  TimeZone::Calendar1Name:
    EffectiveValue: Office
"""
DEFAULTS = """\
default_setting,effective_value,is_valid
TimeWorkingHours,"---
Mon:
- '8'
- '9'
",1
TimeVacationDays,"--- {}
",1
TimeVacationDaysOneTime,"--- {}
",1
OTRSTimeZone,"--- UTC
",1
TimeZone::Calendar2Name,"--- Night
",1
"""
CHANGES = """\
modified_setting,effective_value,is_valid
OTRSTimeZone,"--- Europe/Vienna
",1
TimeZone::Calendar1Name,"--- Office
",0
"""


def test_queues_and_slas() -> None:
    found = from_files({"q.csv": QUEUES, "s.csv": SLAS, "export.yml": EXPORT}, "UTC")
    gold, support, post = found.agreements
    assert (gold.name, gold.when) == ("SLA Gold", Test("fields.sla", "is", "Gold"))
    assert gold.promises == {
        "first_response": Promise(900, "Default"),
        "resolution": Promise(4 * HOUR, "Default"),
    }
    assert gold.warnings == {"resolution": 90}
    assert support.name == "Queue Support and 1 more"
    assert support.when == Test("group", "in", ("Support", 'Support::2nd "Level"'))
    assert support.promises == {
        "first_response": Promise(HOUR, "Office"),
        "update": Promise(2 * HOUR, "Office"),
        "resolution": Promise(8 * HOUR, "Office"),
    }
    assert support.warnings == {"first_response": 80, "resolution": 60}
    assert (post.when, post.promises) == (
        Test("group", "is", "Post"),
        {"first_response": Promise(1800, "Default")},
    )


def test_what_is_left_out_is_told() -> None:
    found = from_files({"q.csv": QUEUES, "s.csv": SLAS, "export.yml": EXPORT}, "UTC")
    assert found.remarks == (
        "SLAs belong to services (Mail, Web): here the ticket's SLA alone decides",
        "queues without targets of their own: 1",
        "queues and SLAs that are not valid: 1",
        "who is told of an escalation: notifications stay with the helpdesk",
        "the export does not tell the system's time zone, UTC is taken",
    )


def test_a_calendar_of_the_export() -> None:
    found = from_files({"q.csv": QUEUES, "export.yml": EXPORT}, "UTC")
    office = next(each for each in found.calendars if each.name == "Office")
    assert office.zone == "Europe/Berlin"
    assert office.hours[0] == ((0, HOUR), (22 * HOUR, 24 * HOUR))
    assert office.hours[1:5] == ((), (), (), ((9 * HOUR, 11 * HOUR),))
    assert office.closed == {date(2026, 5, 14): "Ascension"}
    assert office.yearly == {(5, 1): "May Day"}
    assert office.remarks == ("the yearly day 5-32 is no date",)


def test_what_the_export_does_not_hold_is_what_the_products_are_shipped_with() -> None:
    found = from_files({"q.csv": QUEUES, "export.yml": EXPORT}, "UTC")
    default = next(each for each in found.calendars if each.name == "Default")
    assert default.hours == (*[((8 * HOUR, 21 * HOUR),)] * 5, (), ())
    assert (12, 24) in default.yearly
    assert [each.split(" ")[0] for each in default.remarks] == [
        "TimeWorkingHours",
        "TimeVacationDays",
    ]


def test_changed_settings_stand_in_for_shipped_ones_whatever_the_order_of_the_files() -> None:
    rows = QUEUES.replace('"Post";""', '"Post";"2"')
    found = from_files({"c.csv": CHANGES, "q.csv": rows, "d.csv": DEFAULTS}, "UTC")
    names = {each.name: each for each in found.calendars}
    # Calendar 1 is switched off, so that the default one counts.
    assert sorted(names) == ["Default", "Night"]
    assert {each.zone for each in names.values()} == {"Europe/Vienna"}
    assert names["Default"].hours == (((8 * HOUR, 10 * HOUR),), (), (), (), (), (), ())
    assert names["Default"].remarks == ()


@pytest.mark.parametrize(
    ("value", "zone"),
    [
        ("+2", "Etc/GMT-2"),
        ("-5", "Etc/GMT+5"),
        ("0", "UTC"),
        ("Nowhere/At-all", "UTC"),
        ("Asia/Tokyo", "Asia/Tokyo"),
    ],
)
def test_zones_of_old_and_new_versions(value: str, zone: str) -> None:
    settings = f"TimeZone::Calendar1: '{value}'\nTimeZone::Calendar1Name: One\n"
    found = from_files({"q.csv": QUEUES, "values.yml": settings}, "UTC")
    assert {each.name: each.zone for each in found.calendars}["One"] == zone


def test_two_calendars_of_one_name_stay_two() -> None:
    rows = QUEUES.replace('"Post";""', '"Post";"2"')
    settings = "TimeZone::Calendar1Name: Same\nTimeZone::Calendar2Name: Same\n"
    found = from_files({"q.csv": rows, "values.yml": settings}, "UTC")
    assert [each.name for each in found.calendars] == ["Same", "Same (2)"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"x.csv": "id,name\n1,a\n"}, "x.csv:1: holds none of the columns"),
        ({"x.csv": "queue,valid_id\n" + "a" * 200_000}, r"x.csv:\d: is no CSV"),
        ({"x.yml": "- a\n"}, "x.yml: holds no settings"),
        ({"x.yml": "a: [b\n"}, "x.yml:2: is no YAML"),
        ({"export.yml": EXPORT}, "no queues and no SLAs in export.yml"),
    ],
)
def test_files_of_another_kind(files: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        from_files(files, "UTC")


def test_the_statements_to_run_are_told_and_their_columns_are_those_read() -> None:
    told = how()
    for file, statement in STATEMENTS.items():
        assert f"--from {file}" in told
        assert statement.split("\n")[0] in told
    for file in ("queues.csv", "slas.csv"):
        assert all(column in STATEMENTS[file] for column in COLUMNS)
