"""Status, timeline and cycles as text and JSON; instants and durations."""

from __future__ import annotations

from dataclasses import replace

import pytest

from slaplugin.report import Look, StatusRow, times
from slaplugin.report.cycle import cycle_text, write_phrase
from slaplugin.report.explain_json import status_json
from slaplugin.report.status import status_text, urgency
from slaplugin.report.timeline import timeline_json, timeline_text
from tests.report.conftest import BERLIN, EVENTS, RESOLUTION, TICKET, at

NOW = at("11T12:30")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0s"),
        (45, "45s"),
        (90, "1m 30s"),
        (1800, "30m"),
        (3600, "1h"),
        (3605, "1h 00m 05s"),
        (6600, "1h 50m"),
        (-7500, "-2h 05m"),
        (360000, "100h"),
    ],
)
def test_durations(seconds: int, said: str) -> None:
    assert times.duration(seconds) == said


def test_instants_name_their_zone() -> None:
    assert times.full(at("11T12:30"), BERLIN) == "Wed 11 Mar 2026 12:30 CET"
    assert times.iso(at("11T12:30")) == "2026-03-11T11:30:00Z"
    assert times.iso_ms(at("11T12:30") * 1000 + 7) == "2026-03-11T11:30:00.007Z"


def row(hours: int | None, **changes: object) -> StatusRow:
    due = None if hours is None else NOW + hours * 3600
    instance = replace(RESOLUTION, due_at=due)
    return replace(StatusRow(TICKET, instance, "breached", True), **changes)  # type: ignore[arg-type]


def test_most_urgent_first() -> None:
    rows = [row(3), row(None), row(-2), row(1)]
    assert [item.instance.due_at for item in sorted(rows, key=urgency)] == [
        NOW - 7200,
        NOW + 3600,
        NOW + 10800,
        None,
    ]


@pytest.mark.parametrize(
    ("hours", "left"), [(-2, "2h over"), (3, "3h"), (0, "under 1m"), (None, "")]
)
def test_status_says_what_is_left(look: Look, hours: int | None, left: str) -> None:
    line = status_text([row(hours)], NOW, look).splitlines()[3]
    assert line.strip().startswith(left)
    assert "25017" in line


@pytest.mark.parametrize("width", [60, 80, 140])
def test_status_fits_the_page(width: int) -> None:
    rows = [row(-2, owner="somebody.with.a.long.login@example.org", group="Support")]
    page = status_text(rows, NOW, Look(BERLIN, "Europe/Berlin", width=width))
    assert width < 80 or max(map(len, page.splitlines())) <= width


def test_status_json_counts_real_seconds() -> None:
    document = status_json(row(-2), NOW)
    assert (document["left"], document["mark"], document["ticket"]) == (-7200, "breached", "17")


def test_nothing_at_risk_is_a_sentence(look: Look) -> None:
    assert status_text([], NOW, look).startswith("No clock is at risk or breached")


def test_timeline_json() -> None:
    document = timeline_json(TICKET, EVENTS)
    assert document["ticket"]["group"] == "Support"
    assert document["ticket"]["id"] == "17"
    assert document["events"][2] == {
        "id": "history-7",
        "at": "2026-03-10T12:00:00Z",
        "event": "state_changed",
        "by": "agent",
        "actor": {"id": "4", "name": "Ben Vogel"},
        "to": "pending reminder",
        "kind": "waiting_customer",
        "until": "2026-03-12T08:00:00Z",
    }
    assert document["events"][0]["by"] == "customer"
    assert document["events"][1]["at"] == "2026-03-10T09:20:00.250Z"


def test_timeline_text(look: Look) -> None:
    page = timeline_text(TICKET, EVENTS, look)
    assert "Tue 10 Mar 2026" in page
    assert "until Thu 12 Mar 09:00" in page
    assert "tag sla-breach, ours [history-9]" in page


DOCUMENT = {
    "cycle": 3,
    "as_of": "2026-03-11T11:30:00Z",
    "changed_tickets": 4,
    "evaluated": 5,
    "requests": 17,
    "writes": [
        {
            "ticket": "17",
            "action": "add_tag",
            "field": "tags",
            "from": None,
            "to": "sla-breach",
            "why": "resolution missed its target",
            "status": "done",
            "error": None,
        },
        {
            "ticket": "17",
            "action": "set_group",
            "field": "group",
            "from": "Support",
            "to": "Escalations",
            "why": "2h after due",
            "status": "failed",
            "error": "the host refused it",
        },
    ],
    "expected": {"history_rows": 2, "agent_mails": 0},
    "limits": [
        {
            "limit": "reassignments_per_cycle",
            "allowed": 5,
            "used": 0,
            "wanted": 9,
            "reached": True,
            "way_on": "raise limits.reassignments_per_cycle",
        }
    ],
    "problems": [{"ticket": "9", "number": "25009", "error": "unknown state mystery"}],
    "notices": ["writes are paused"],
}


@pytest.mark.parametrize(
    "said",
    [
        "4 changed tickets, 5 evaluated, 17 requests; writes: 1 done, 1 failed",
        "done     add tag sla-breach",
        "failed   set group: Support -> Escalations",
        "the host refused it",
        "ticket 25009: unknown state mystery",
        "Expected on the helpdesk: 2 history rows, 0 agent mails",
        "Limit reassignments_per_cycle reached:",
        "raise limits.reassignments_per_cycle",
        "writes are paused",
    ],
)
def test_cycle_text(look: Look, said: str) -> None:
    assert said in cycle_text(DOCUMENT, look)


def test_an_idle_cycle_is_told_in_two_lines(look: Look) -> None:
    numbers = {"changed_tickets": 0, "evaluated": 0, "requests": 3}
    idle = {**dict.fromkeys(DOCUMENT, ()), **numbers, "as_of": DOCUMENT["as_of"]}
    first, second = cycle_text(idle, look).splitlines()
    assert "writes: none" in first
    assert second == "as of Wed 11 Mar 2026 12:30 CET; all times in Europe/Berlin"


def test_instants_in_sentences_are_local(look: Look) -> None:
    said = "breach at 2026-03-11T09:30:00Z, note 2026-03-11T09:30:00.5Z"
    assert look.told(said) == "breach at Wed 11 Mar 10:30, note 2026-03-11T09:30:00.5Z"


@pytest.mark.parametrize(
    ("write", "said"),
    [
        ({"action": "add_note", "to": None}, "add an internal note"),
        ({"action": "remove_tag", "from": None, "to": "sla-risk"}, "remove tag sla-risk"),
        ({"action": "set_owner", "from": "ben", "to": None}, "set owner: ben -> none"),
        (
            {"action": "set_field", "field": "due", "from": None, "to": at("11T12:30")},
            "set due: none -> 2026-03-11T11:30:00Z",
        ),
        ({"action": "set_field", "field": "tries", "from": 3, "to": 0}, "set tries: 3 -> 0"),
        (
            {"action": "set_field", "field": "flag", "from": True, "to": ""},
            "set flag: True -> none",
        ),
        ({"action": "notify", "to": ["chat", "duty"]}, "notify chat, duty"),
    ],
)
def test_one_write_as_a_phrase(write: dict[str, object], said: str) -> None:
    assert write_phrase(write) == said
