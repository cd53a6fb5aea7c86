"""timeline, explain and status as whole processes: documents, pages, what if."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.cli.conftest import PLAIN, VIP, Helpdesk, Program


def seconds(span: dict[str, str]) -> float:
    start, end = (datetime.fromisoformat(span[key]) for key in ("from", "to"))
    return (end - start).total_seconds()


@pytest.fixture
def lived(helpdesk: Helpdesk) -> str:
    """A ticket that was answered, waited on the customer, and is late by now."""
    ticket = helpdesk.open("Billing page <b>broken</b>", VIP)
    helpdesk.at("09T08:30")
    answer = {"ticket_id": ticket, "type": "web", "sender": "Agent", "body": "Looking."}
    helpdesk.api("POST", "ticket_articles", answer)
    helpdesk.at("09T10:00")
    waiting = {"state": "pending reminder", "pending_time": "2026-03-10T09:00:00.000Z"}
    helpdesk.api("PUT", f"tickets/{ticket}", waiting)
    helpdesk.at("12T10:00")
    return ticket


def test_explain(helpdesk: Helpdesk, program: Program, lived: str) -> None:
    from_host = program.quick("explain", lived, "--json").json
    assert from_host["source"] == "host"
    program.quick("sync")
    told = program.quick("explain", lived, "--json", "--html", "page.html")
    document = told.json
    assert document["source"] == "store"
    assert [item["clock"] for item in document["instances"]] == ["first_response", "resolution"]
    for item in document["instances"]:
        parts = {"counted": 0, "closed": 0, "paused": 0}
        for span in item["spans"]:
            assert span["seconds"] == seconds(span)
            parts[span["kind"]] += span["seconds"]
        end = datetime.fromisoformat(item["stopped_at"] or document["as_of"])
        wall = (end - datetime.fromisoformat(item["started_at"])).total_seconds()
        assert sum(parts.values()) == wall
        assert parts["counted"] == item["elapsed"]
        assert parts["paused"] == item["paused"]
        assert [layer["policy"] for layer in item["trace"] if layer["gave_target"]] == [
            item["policy"]
        ]
        assert all(layer["why"] for layer in item["trace"])
    page = (program.folder / "page.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;broken" in page
    assert "<b>broken" not in page

    text = program.quick("explain", lived)
    assert text.code == 0
    assert "first_response #1  MET" in text.out
    assert max(len(line) for line in text.out.splitlines()) <= 80


def test_explain_another_moment_and_another_set(
    helpdesk: Helpdesk, program: Program, lived: str
) -> None:
    program.quick("sync")
    past = program.quick("explain", lived, "--as-of", "2026-03-09T08:10:00Z", "--json").json
    assert [item["status"] for item in past["instances"]] == ["running", "running"]
    draft = program.folder / "draft"
    draft.mkdir()
    (draft / "all.yaml").write_text(
        "policies: [{name: draft, targets: {first_response: 10m}}]\n", encoding="utf-8"
    )
    other = program.quick("explain", lived, "--policies", "draft", "--json").json
    (clock,) = other["instances"]
    assert (clock["policy"], clock["outcome"]) == ("draft", "breached")
    assert other["draft"] == "draft"


def test_timeline(helpdesk: Helpdesk, program: Program, lived: str) -> None:
    document = program.quick("timeline", lived, "--json").json
    assert document["ticket"]["customer.email"] == VIP
    kinds = [event["event"] for event in document["events"]]
    assert kinds[0] == "created"
    assert {"agent_reply", "state_changed"} <= set(kinds)
    waiting = next(item for item in document["events"] if item.get("to") == "pending reminder")
    assert waiting["until"] == "2026-03-10T09:00:00Z"
    number = document["ticket"]["number"]
    for _ in ("from the helpdesk", "from the store"):
        by_number = program.quick("timeline", number)
        assert by_number.code == 0
        assert "agent_reply" in by_number.out
        program.quick("sync")


def test_status(helpdesk: Helpdesk, program: Program) -> None:
    slow, late = helpdesk.open("Slow", PLAIN), helpdesk.open("Late", VIP)
    helpdesk.at("09T08:05")
    program.quick("sync")
    helpdesk.at("09T11:30")
    document = program.quick("status", "--json").json
    urgent = [(item["ticket"], item["clock"], item["mark"]) for item in document["instances"]]
    assert urgent == [(late, "first_response", "breached"), (slow, "first_response", "at_risk")]
    assert [item["left"] for item in document["instances"]] == [-9000, 1800]
    assert "2h 30m over" in program.quick("status").out


def test_status_without_steps(helpdesk: Helpdesk, program: Program) -> None:
    """A policy that only observes has no steps: the last quarter of the time is at risk."""
    policy = program.folder / "policies" / "standard.yaml"
    text = policy.read_text(encoding="utf-8")
    policy.write_text(
        text.replace("    when:", "    mode: observe\n    when:", 1), encoding="utf-8"
    )
    helpdesk.open("Slow")
    program.quick("sync")
    for moment, marks in (("09T10:55", []), ("09T11:05", ["at_risk"]), ("09T12:30", ["breached"])):
        helpdesk.at(moment)
        found = program.quick("status", "--json").json["instances"]
        assert [item["mark"] for item in found] == marks


def test_status_watches_until_interrupted(helpdesk: Helpdesk, program: Program) -> None:
    helpdesk.open("Slow")
    program.quick("sync")
    helpdesk.at("09T11:30")
    seen = program.interrupted(helpdesk.interrupt_at(1), "status", "--watch")
    assert seen.code in (0, 130)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_times_are_in_the_display_zone(
    helpdesk: Helpdesk, program: Program, lived: str, zone: str
) -> None:
    text = program.quick("--set", f"timezone={zone}", "timeline", lived)
    assert f"all times in {zone}" in text.out


def test_ascii_terminals_are_served(helpdesk: Helpdesk, program: Program, lived: str) -> None:
    program.environ.update(PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    text = program("explain", lived)
    assert text.code == 0
    assert text.out.isascii()
    assert "#" in text.out


@pytest.mark.parametrize("command", ["explain", "timeline"])
@pytest.mark.parametrize("ticket", ["4711", "no-such", "../users/me", "1/../2", "7?x=1", ""])
def test_a_ticket_that_does_not_exist_is_wrong_use(
    helpdesk: Helpdesk, program: Program, command: str, ticket: str
) -> None:
    helpdesk.open("The only one")
    told = program.quick(command, ticket)
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith(f"slaplugin: there is no ticket {ticket}")


def test_explain_shows_the_ticket_as_our_own_writes_left_it(
    helpdesk: Helpdesk, program: Program
) -> None:
    ticket = helpdesk.open("Moved")
    program.quick("sync")
    helpdesk.at("09T13:30")
    program.quick("sync")
    told = program.quick("explain", ticket).out
    assert "group Escalations | priority 3 high" in told
