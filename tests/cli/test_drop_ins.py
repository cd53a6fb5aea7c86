"""Drop-ins beside the settings file, in whole cycles: a calendar, facts that change, a failure."""

from __future__ import annotations

from typing import Any

from tests.cli.conftest import POLICY, Helpdesk, Program

CALENDAR = """\
def slaplugin_calendars():
    return {"nights": {"timezone": "Europe/Berlin", "hours": {"mon-sun": "20:00-24:00"}}}
"""
FACTS = """\
def slaplugin_ticket_facts(ticket):
    if "broken" in ticket.title:
        raise KeyError("no such customer")
    return {"tier": "TIER"}
"""
NIGHTLY = POLICY.replace(
    "    steps:",
    "    calendar: office\n    steps:",
).replace(
    "when: {customer.vip: true}\n        targets: {first_response: 1h}",
    "when: {facts.tier: gold}\n        calendar: nights\n        targets: {first_response: 1h}",
)


def write(program: Program, name: str, text: str) -> None:
    """A drop-in; the folder is made when it is first needed."""
    (program.folder / "hooks").mkdir(exist_ok=True)
    (program.folder / "hooks" / name).write_text(text, encoding="utf-8")


def clock_of(program: Program, ticket: str) -> dict[str, Any]:
    instances = program("explain", ticket, "--json").json["instances"]
    return next(item for item in instances if item["clock"] == "first_response")


def test_a_calendar_and_facts_of_drop_ins(helpdesk: Helpdesk, program: Program) -> None:
    (program.folder / "policies" / "standard.yaml").write_text(NIGHTLY, encoding="utf-8")
    ticket = helpdesk.open("Plain")
    assert "calendar" in program("sync").err
    write(program, "nights.py", CALENDAR)
    write(program, "crm.py", FACTS.replace("TIER", "silver"))
    assert program("sync").code == 0
    assert (clock_of(program, ticket)["policy"], clock_of(program, ticket)["calendar"]) == (
        "standard",
        "office",
    )

    write(program, "crm.py", FACTS.replace("TIER", "gold"))
    helpdesk.at("09T08:30")
    helpdesk.api("PUT", f"tickets/{ticket}", {"title": "Plain, and touched"})
    assert program("sync").code == 0
    clock = clock_of(program, ticket)
    assert (clock["policy"], clock["calendar"]) == ("vip", "nights")
    assert clock["due_at"] == "2026-03-09T19:30:00Z"  # half an hour was counted by day
    events = program("timeline", ticket, "--json").json["events"]
    told = [(e["field"], e["to"], e["at"]) for e in events if e["event"] == "field_changed"]
    assert ("facts.tier", "gold", "2026-03-09T08:30:00Z") in told


def test_a_failing_drop_in_holds_its_ticket_alone(helpdesk: Helpdesk, program: Program) -> None:
    bad, good = helpdesk.open("The broken one"), helpdesk.open("Another")
    write(program, "crm.py", FACTS)
    held = program("sync")
    assert held.code == 1
    assert "crm.py:3" in "".join(held.out.split())
    assert [item["ticket"] for item in program("status", "--json").json["held"]] == [bad]
    assert clock_of(program, good)["status"] == "running"

    write(program, "crm.py", FACTS.replace("broken", "nothing"))
    helpdesk.at("09T09:00")
    assert program("sync").code == 0
    assert clock_of(program, bad)["status"] == "running"
