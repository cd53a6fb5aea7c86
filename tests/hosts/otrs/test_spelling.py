"""Names of history entries: marks inside of values, cut ends, and what neighbours tell."""

from __future__ import annotations

import itertools

import pytest

from slaplugin.hosts.otrs.timeline.spelling import (
    CUT,
    Customer,
    FieldChange,
    Named,
    customer,
    field_change,
    first_values,
    named,
    pending_until,
    titles,
)
from tests.hosts.otrs.test_timeline import ANNA, Story

LONG = "Ein sehr langer Titel über 𝔘nicode und ‘Anführung’, " * 4
FIELD = "%%FieldName%%Region%%Value%%{}%%OldValue%%{}"


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("%%Escalations%%8%%Support%%5", Named("Escalations", 8), Named("Support", 5)),
        ("%%a%%b%%8%%Support%%5", Named("a%%b", 8), Named("Support", 5)),
        ("%%Support%%8%%a%%b%%5", Named("Support", 8), Named("a%%b", 5)),
        ("%%NULL%%%%NULL%%", Named("NULL", 0), Named("NULL", 0)),
        ("%%NULL%%%%Gold%%1", Named("NULL", 0), Named("Gold", 1)),
        ("%%Incident%%2", Named("Incident", 2), Named("", 0)),
        ('%%o\'neill "x"%%4', Named('o\'neill "x"', 4), Named("", 0)),
        ("%%Long::Na", Named("Long::Na", 0), Named("", 0)),
    ],
)
def test_names_and_ids(name: str, first: Named, second: Named) -> None:
    assert named(name) == (first, second)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("%%2026%%Support%%3 normal%%new%%1", ("Support", "3 normal", "new")),
        ("%%2026%%Sup%%port%%3 normal%%new%%1", ("Sup%%port", "3 normal", "new")),
        ("%%2026%%Support%%3 nor", ("Support", "3 nor", "")),
    ],
)
def test_values_of_a_creation(name: str, values: tuple[str, str, str]) -> None:
    assert first_values(name) == values


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (FIELD.format("north", ""), FieldChange("Region", "north", "")),
        (FIELD.format("a%%b", "c"), FieldChange("Region", "a%%b", "c")),
        (FIELD.format("no[...]", "south"), FieldChange("Region", None, "south")),
        (FIELD.format("north", "so[...]"), FieldChange("Region", "north", None)),
        (FIELD.format("north", "x" * 200)[:CUT], FieldChange("Region", "north", None)),
        (FIELD.format("x" * 200, "")[:CUT], FieldChange("Region", None, None)),
        ("%%FieldName%%Region%%Val", FieldChange("Region", None, None)),
        ("nothing", None),
    ],
)
def test_changes_of_fields(name: str, told: FieldChange | None) -> None:
    assert field_change(name) == told


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("%%CustomerID=NORD;CustomerUser=tom;", Customer("tom", "NORD")),
        ("%%CustomerID=NORD;", Customer(None, "NORD")),
        ("%%CustomerUser=tom;", Customer("tom", None)),
        ("%%CustomerID=;CustomerUser=tom;x;", Customer("tom;x", "")),
    ],
)
def test_customers(name: str, told: Customer) -> None:
    assert customer(name) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-11-05 09:00", "2026-11-05T09:00:00"),
        ("2026-11-5 9:0", "2026-11-05T09:00:00"),
        ("00-00-00 00:00", None),
        ("0000-00-00 00:00", None),
        ("", None),
    ],
)
def test_pending_dates(text: str, told: str | None) -> None:
    found = pending_until(text)
    assert (found and found.isoformat()) == told


@pytest.mark.parametrize("text", ["2026-11-", "next week", "2026-02-31 10:00"])
def test_what_is_no_pending_date(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        pending_until(text)


@pytest.mark.parametrize(
    "told",
    [
        ["VPN", "VPN down"],
        ["100%%", "a%%b", "%%", "c"],
        ["a", "a%%a", "a"],
        ["VPN", LONG[:190], "VPN again"],
        [LONG[:150], f"{LONG[:150]}!", LONG[:120]],
    ],
    ids=["plain", "marks", "alike", "long", "long after long"],
)
@pytest.mark.parametrize("dots", [False, True], ids=["whole", "shortened"])
def test_titles_are_read_from_todays_backwards(told: list[str], dots: bool) -> None:
    """Some versions of the family shorten the new title of an entry to 50 characters and dots."""
    pairs = list(itertools.pairwise(told))
    short = [after[:50] + "..." if dots and len(after) >= 50 else after for _, after in pairs]
    names = [f"%%{old}%%{new}"[:CUT] for (old, _), new in zip(pairs, short, strict=True)]
    assert titles(names, told[-1]) == pairs


def test_a_title_changed_after_the_history_was_read_changes_no_past() -> None:
    assert titles(["%%VPN%%VPN down"], "Something else") == [("VPN", "VPN down")]


# ------------------------------------------------------------------ in a timeline


def test_a_value_that_history_cut_is_told_by_the_next_change() -> None:
    long = "x" * 150
    story = Story(fields={"Region": long + "2"}).opened()
    cut = long[:70] + "[...]"
    story.did("10:00:00", ANNA, "TicketDynamicFieldUpdate", FIELD.format(cut, ""))
    story.did("11:00:00", ANNA, "TicketDynamicFieldUpdate", FIELD.format("north", cut))
    story.did("12:00:00", ANNA, "TicketDynamicFieldUpdate", FIELD.format("south", "north"))
    story.did("13:00:00", ANNA, "TicketDynamicFieldUpdate", FIELD.format(cut, "south"))
    told = story.told()
    changes = [event.data["to"] for event in told.events if event.kind == "field_changed"]
    assert changes == ["north", "south", long + "2"]
    assert "fields.Region" not in told.ticket.facts


def test_tags_that_history_cut_end_as_the_ticket_shows_them() -> None:
    tags = [f"tag-{number:02d}" for number in range(20)]
    cut = ", ".join(tags)[:60] + "[...]"
    story = Story(fields={"SLATags": tags}).opened()
    name = "%%FieldName%%SLATags%%Value%%{}%%OldValue%%{}"
    story.did("10:00:00", ANNA, "TicketDynamicFieldUpdate", name.format("tag-00", ""))
    story.did("11:00:00", ANNA, "TicketDynamicFieldUpdate", name.format(cut, "tag-00"))
    events = [event for event in story.events() if event.kind == "tag_added"]
    assert [event.data["tag"] for event in events] == tags


def test_a_job_that_sets_the_login_alone_keeps_the_company() -> None:
    story = Story()
    story.did("09:00:00", 1, "NewTicket", "%%2026110310000013%%Support%%3 normal%%new%%1")
    story.did("09:00:00", 1, "CustomerUpdate", "%%CustomerID=NORDWIND;CustomerUser=tom.nord;")
    story.did("10:00:00", 1, "CustomerUpdate", "%%CustomerUser=lena.nord;")
    assert story.one("customer_changed").data == {
        "to": {"login": "lena.nord"},
        "organization": {"id": "NORDWIND", "name": "NORDWIND"},
    }
