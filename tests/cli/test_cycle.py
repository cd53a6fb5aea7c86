"""plan, sync, undo and what they leave on the helpdesk; a day of them as whole processes."""

from __future__ import annotations

import os
import signal
import socket
from typing import Any

from slaplugin.store import SqliteStore
from tests.cli.conftest import MONDAY, PLAIN, VIP, Helpdesk, Program


def told(document: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The writes of a cycle without what becomes of them."""
    keys = ("ticket", "action", "field", "from", "to", "why")
    return [tuple(write[key] for key in keys) for write in document["writes"]]


def test_a_day_of_cycles(helpdesk: Helpdesk, program: Program) -> None:
    plain, vip = helpdesk.open("Router is slow"), helpdesk.open("Router is off", VIP)
    before = {ticket: helpdesk.shown(ticket) for ticket in (plain, vip)}

    first = program("sync", "--json")
    assert (first.code, first.json["writes"]) == (0, [])
    assert first.json["loaded"] == 2

    helpdesk.at("09T11:30")  # 12:30 in Berlin: the VIP's hour is over, the other's is 7/8 gone
    planned = program("plan", "--json")
    assert planned.code == 0
    assert {write["status"] for write in planned.json["writes"]} == {"planned"}
    assert [helpdesk.shown(ticket) for ticket in (plain, vip)] == list(before.values())

    done = program("sync", "--json")
    assert done.code == 0
    assert told(done.json) == told(planned.json)
    assert {write["status"] for write in done.json["writes"]} == {"done"}
    assert helpdesk.shown(plain)["tags"] == ["sla-risk"]
    moved = helpdesk.shown(vip)
    assert moved["tags"] == ["sla-breach"]
    assert (moved["group"], moved["priority"]) == ("Escalations", "3 high")
    assert moved["owner"] != "-"

    assert program("sync", "--json").json["writes"] == []
    assert program("plan", "--json").json["writes"] == []

    asked = program("undo", "--all", "--plan", "--json")
    assert {write["status"] for write in asked.json["writes"]} == {"planned"}
    assert helpdesk.shown(vip) == moved
    undone = program("undo", "--all", "--json")
    assert undone.code == 0
    assert told(undone.json) == told(asked.json)
    assert {ticket: helpdesk.shown(ticket) for ticket in (plain, vip)} == before
    assert program("sync", "--json").json["writes"] == []
    assert program("audit", "verify").code == 0


def test_undo_needs_to_know_what(program: Program) -> None:
    assert program.quick("undo").code == 2
    assert program.quick("undo", "--all", "--policy", "vip").code == 2


def test_a_ticket_of_an_unknown_state_is_held_alone(helpdesk: Helpdesk, program: Program) -> None:
    helpdesk.open("One"), helpdesk.open("Two", VIP)
    odd = helpdesk.open("Odd")
    program.quick("sync")
    helpdesk.at("09T09:00")
    helpdesk.of_unknown_state(odd)

    held = program.quick("sync", "--json")
    assert held.code == 1
    (problem,) = held.json["problems"]
    assert problem["ticket"] == odd
    assert "pending close" in problem["error"]

    helpdesk.at("09T11:30")
    later = program.quick("sync", "--json")
    assert {write["ticket"] for write in later.json["writes"]} == {"1", "2"}
    listed = program.quick("status", "--json").json
    assert [item["ticket"] for item in listed["held"]] == [odd]


def test_a_limit_stops_the_rest_with_a_way_on(helpdesk: Helpdesk, program: Program) -> None:
    for number in range(4):
        helpdesk.open(f"Slow {number}", VIP)
    program.quick("sync")
    helpdesk.at("09T11:30")
    braked = program.quick("--set", "limits.reassignments_per_cycle=2", "sync")
    assert braked.code == 4
    assert "limits.reassignments_per_cycle" in braked.out


def test_nothing_is_written_for_what_was_overdue_before(
    helpdesk: Helpdesk, program: Program
) -> None:
    tickets = [helpdesk.open(f"Old {n}", VIP if n % 3 else PLAIN) for n in range(30)]
    for ticket in tickets[::4]:
        helpdesk.api("PUT", f"tickets/{ticket}", {"owner": "sana.iqbal", "group": "Billing"})
    before = [helpdesk.shown(ticket) for ticket in tickets]
    helpdesk.at("13T11:30")
    assert (program.quick("plan", "--json").json["writes"]) == []
    first = program("sync", "--json")
    assert (first.code, first.json["loaded"], first.json["writes"]) == (0, 30, [])
    helpdesk.at("13T14:00")
    later = program.quick("sync", "--json")
    assert (later.code, later.json["writes"]) == (0, [])
    assert [helpdesk.shown(ticket) for ticket in tickets] == before


def test_backfill_is_interrupted_and_goes_on(helpdesk: Helpdesk, program: Program) -> None:
    tickets = [helpdesk.open(f"Past {number}") for number in range(6)]
    begin = helpdesk.interrupt_at(12)
    cut = program.interrupted(begin, "backfill", "--since", "2026-03-01")
    assert cut.code == 130
    assert "safe to run" in cut.err
    whole = program.quick("backfill", "--since", "2026-03-01", "--json")
    assert (whole.code, whole.json["problems"]) == (0, [])
    assert program.quick("store", "info", "--json").json["tickets"] == len(tickets)
    assert all(helpdesk.shown(ticket)["tags"] == [] for ticket in tickets)


def test_a_killed_run_keeps_nobody_out(helpdesk: Helpdesk, program: Program) -> None:
    for number in range(4):
        helpdesk.open(f"Ticket {number}")
    killed = program.interrupted(helpdesk.interrupt_at(8, signal.SIGKILL), "sync")
    assert killed.code == -signal.SIGKILL
    lease = program("store", "info", "--json").json["lease"]
    assert "process" in lease["holder"]
    again = program("sync", "--json")
    assert (again.code, again.json["problems"]) == (0, [])


def test_a_running_cycle_is_left_alone(helpdesk: Helpdesk, program: Program) -> None:
    helpdesk.open("Ticket")
    program("sync")
    with SqliteStore(program.folder / "slaplugin.db") as store:
        here = f"slaplugin on {socket.gethostname()} (process {os.getpid()})"
        assert store.acquire(here, int(MONDAY.timestamp()), 300)
    told = program("sync")
    assert told.code == 5
    assert "another slaplugin is writing" in told.err


def test_recalc_is_recorded_with_who_and_why(helpdesk: Helpdesk, program: Program) -> None:
    ticket = helpdesk.open("Answered late")
    program.quick("sync")
    helpdesk.at("09T11:00")
    article = {"ticket_id": ticket, "type": "web", "sender": "Agent", "body": "Try again."}
    helpdesk.api("POST", "ticket_articles", article)
    program.quick("sync")
    policy = program.folder / "policies" / "standard.yaml"
    stricter = policy.read_text(encoding="utf-8").replace(
        "first_response: 4h", "first_response: 2h"
    )
    policy.write_text(stricter, encoding="utf-8")

    asked = program.quick("recalc", "--why", "agreed late", "--plan", "--json")
    assert (asked.code, asked.json["recorded"]) == (0, False)
    assert program.quick("recalc").code == 2
    (revision,) = asked.json["revisions"]
    assert (revision["old"]["outcome"], revision["new"]["outcome"]) == ("met", "breached")
    assert program.quick("recalc", "--why", "agreed late", "--who", "ada", "--yes").code == 0
    log = program.quick("audit", "log", "--json").json["entries"]
    (entry,) = [entry for entry in log if entry["kind"] == "recalc"]
    assert (entry["payload"]["who"], entry["payload"]["why"]) == ("ada", "agreed late")


def test_many_missing_tickets_are_believed_when_told_so(
    helpdesk: Helpdesk, program: Program
) -> None:
    tickets = [helpdesk.open(f"Ticket {number}") for number in range(12)]
    program.quick("sync")
    for ticket in tickets:
        helpdesk.delete(ticket)
    helpdesk.at("09T10:00")
    stopped = program.quick("sync")
    assert stopped.code == 4
    assert "12 of 12 open tickets" in stopped.err
    assert "sync --accept-missing" in stopped.err
    assert program.quick("sync", "--accept-missing").code == 0
    assert program.quick("sync", "--json").code == 0
    assert program.quick("status", "--all", "--json").json["instances"] == []
