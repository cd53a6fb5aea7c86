"""reconcile on the demo helpdesk, which notes answers and closes but computes no deadlines."""

from __future__ import annotations

import pytest

from slaplugin.settings import load_settings
from slaplugin.wiring.sides import KINDS, natives_of
from tests.cli.conftest import PLAIN, VIP, Helpdesk, Program


@pytest.fixture
def answered(helpdesk: Helpdesk) -> str:
    """A ticket with a public note, then a mail, then a close."""
    ticket = helpdesk.open("Printer", PLAIN)
    for at, kind in (("09T08:30", "note"), ("09T10:00", "email")):
        helpdesk.at(at)
        said = {"ticket_id": ticket, "type": kind, "sender": "Agent", "body": "Looking."}
        helpdesk.api("POST", "ticket_articles", {**said, "internal": False})
    helpdesk.at("09T14:00")
    helpdesk.api("PUT", f"tickets/{ticket}", {"state": "closed"})
    helpdesk.at("12T10:00")
    return ticket


def test_a_note_that_was_no_answer(program: Program, answered: str) -> None:
    told = program.quick("reconcile", "--ticket", answered, "--json")
    assert told.code == 0
    (ticket,) = told.json["tickets"]
    first, resolution = ticket["clocks"]
    assert (first["clock"], first["verdict"]) == ("first_response", "explained")
    assert first["ours"]["stopped_at"] == "2026-03-09T08:30:00Z"
    assert first["host"]["stopped_at"] == "2026-03-09T10:00:00Z"
    (reason,) = first["reasons"]
    assert (reason["reason"], reason["kind"]) == ("reply", "proved")
    assert "a public message of an agent (note)" in reason["text"]
    assert (resolution["clock"], resolution["verdict"]) == ("resolution", "equal")
    assert resolution["ours"]["stopped_at"] == resolution["host"]["stopped_at"]
    assert told.json["summary"] == {
        "tickets": 1,
        "compared": 2,
        "equal": 1,
        "explained": 1,
        "unexplained": 0,
    }


def test_what_the_store_knows_is_compared(
    helpdesk: Helpdesk, program: Program, answered: str
) -> None:
    helpdesk.open("Another", VIP)
    program.quick("sync")
    told = program.quick("reconcile")
    assert told.code == 0
    assert "77002 Another" in told.out
    assert "no target of the helpdesk applies to the ticket" in told.out
    assert "1 tickets, 2 clocks compared: 0 equal, 2 explained, 0 unexplained" in told.out
    later = program.quick("reconcile", "--since", "2026-03-13", "--json")
    assert later.json["tickets"] == []
    assert "shows none of these tickets" in later.err
    one = program.quick("reconcile", "--clock", "resolution", "--json").json["tickets"]
    assert [clock["clock"] for clock in one[0]["clocks"]] == ["resolution"]


def test_a_profile_makes_it_equal(program: Program, answered: str) -> None:
    policies = program.folder / "policies" / "standard.yaml"
    policies.write_text(f"profile: zammad\n{policies.read_text(encoding='utf-8')}", "utf-8")
    told = program.quick("reconcile", "--ticket", answered, "--all")
    assert told.code == 0
    assert "1 tickets, 2 clocks compared: 2 equal" in told.out


def test_a_difference_without_a_reason(helpdesk: Helpdesk, program: Program, answered: str) -> None:
    odd = "UPDATE tickets SET first_response_at = first_response_at + 1234567"
    helpdesk.server.desk.db.execute(odd, ())
    told = program.quick("reconcile", "--ticket", answered)
    assert told.code == 1
    assert "no reason found for: stopped" in told.out


def test_a_clock_that_nobody_has(helpdesk: Helpdesk, program: Program, answered: str) -> None:
    told = program.quick("reconcile", "--ticket", answered, "--clock", "repair")
    assert told.code == 2
    assert "one of first_response, next_response" in told.err


def test_without_a_store_tickets_must_be_named(program: Program) -> None:
    told = program.quick("reconcile")
    assert told.code == 5
    assert "slaplugin sync" in told.err


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_tells_its_own_numbers(kind: str) -> None:
    environ = {
        "SLAPLUGIN_HOST": kind,
        "SLAPLUGIN_URL": "https://desk.example.org",
        "SLAPLUGIN_USER": "sla",
        "SLAPLUGIN_PASSWORD": "secret",
    }
    natives = natives_of(load_settings(None, environ=environ))
    assert natives is not None
    assert natives.family == kind
    natives.close()
