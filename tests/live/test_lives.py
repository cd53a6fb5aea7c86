"""Tickets that end otherwise than by an answer, and such as are out of reach for a while."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live.rt import TAGS, LiveRt
from tests.live.site import PLAIN, VIP, Site


def test_an_older_ticket_is_merged_into_a_younger_one(site: Site, server: LiveRt) -> None:
    """The survivor takes over the absorbed ticket's creation (R12), and no write meets it twice."""
    older = site.mail(PLAIN, "Mail is down")
    site.at("mon 11:00")
    younger = site.mail(PLAIN, "Mail is still down")
    site.at("mon 11:05")
    site.ask("sync")
    site.at("mon 11:30")
    server.agent("anna").merge(older, younger)
    site.at("mon 11:40")
    site.ask("sync")
    absorbed = site.clocks(older)["first_response"]
    assert (absorbed["status"], absorbed["void_reason"]) == ("void", "merged")
    assert site.clocks(younger)["first_response"]["due_at"] == site.iso("mon 13:00")

    site.at("mon 13:01")
    site.ask("sync")
    assert server.shown(younger)[TAGS] == ["sla-breach"]
    assert len(server.texts(younger)) == 1
    site.rests()
    site.at("mon 15:00")
    site.ask("sync")
    assert server.shown(younger)["Queue"] == "Escalations"
    assert len([row for row in site.ours(younger) if row.field == "Queue"]) == 1
    site.rests()


def test_a_marked_ticket_is_merged_into_another(site: Site, server: LiveRt) -> None:
    marked, other = site.mail(VIP, "Off"), site.mail(PLAIN, "Off too")
    site.at("mon 09:05")
    site.ask("sync")
    site.at("mon 10:01")
    site.ask("sync")
    assert server.shown(marked)[TAGS] == ["sla-breach"]
    server.agent("anna").merge(marked, other)
    site.at("mon 10:10")
    site.ask("sync")
    assert site.clocks(marked)["first_response"]["outcome"] == "breached"
    newest = server.last_row()
    for later in ("mon 10:20", "mon 11:10"):
        site.at(later)
        site.rests()
    assert server.last_row() == newest
    assert site.program("undo", "--all").code == 0
    assert server.shown(other)[TAGS] == []


def test_a_deleted_ticket_is_left_alone(site: Site, server: LiveRt) -> None:
    ticket = site.mail(PLAIN, "Buy cheap watches")
    site.at("mon 09:05")
    site.ask("sync")
    site.at("mon 09:30")
    server.agent("anna").delete(ticket)
    newest = server.last_row()
    for later in ("mon 09:40", "mon 13:30", "wed 10:00"):
        site.at(later)
        site.rests()
    assert server.last_row() == newest
    clock = site.clocks(ticket)["first_response"]
    assert (clock["status"], clock["void_reason"]) == ("void", "deleted")
    assert [row["ticket"] for row in site.ask("status", "--all")["instances"]] == []


def test_a_deleted_ticket_that_was_marked_and_comes_back(site: Site, server: LiveRt) -> None:
    ticket = site.mail(PLAIN, "Deleted by mistake")
    site.at("mon 09:05")
    site.ask("sync")
    site.at("mon 12:10")
    site.ask("sync")
    server.agent("anna").delete(ticket)
    site.at("mon 12:20")
    site.ask("sync")
    server.admin.set(ticket, Status="open")
    site.at("mon 12:30")
    site.ask("sync")
    assert server.shown(ticket)["Status"] == "open"
    site.rests()


def test_an_account_that_loses_its_rights_for_a_while(site: Site, server: LiveRt) -> None:
    """All at once nothing is visible: that is no proof that nothing is there."""
    ticket = site.mail(PLAIN, "Secret matters")
    site.at("mon 09:05")
    site.ask("sync")
    server.revoke("SLA robots", "ShowTicket")
    try:
        site.at("mon 12:10")
        newest = server.last_row()
        hidden = site.program("sync")
        assert hidden.code == 3
        assert "rights" in hidden.err
        assert server.last_row() == newest
    finally:
        server.grant("SLA robots", "ShowTicket")
    site.at("tue 13:00")
    site.ask("sync")
    assert server.shown(ticket)[TAGS] == ["sla-breach"]


MARKS_ALONE = """\
calendars:
  office: {{timezone: UTC, hours: {{mon-fri: "09:00-17:00"}}}}
policies:
  - {{name: standard, when: {{group: {queue}}}, targets: {{first_response: 4h, resolution: 16h}}}}
"""


@pytest.fixture
def vendor(site: Site, server: LiveRt) -> Iterator[str]:
    """A ticket in a status that this site alone has; no other test shall meet it."""
    numbers = {name: number for number, name in server.queue_names.items()}
    server.admin.put(f"queue/{numbers[site.queue]}", {"Lifecycle": "vendor"})
    ticket = site.mail(PLAIN, "Waits for a part")
    site.at("mon 10:00")
    server.agent("anna").reply(ticket, "We have ordered it.", Status="with the vendor")
    yield ticket
    server.agent("anna").set(ticket, Status="resolved")


def test_a_status_that_nobody_told_holds_its_ticket_alone(
    site: Site, server: LiveRt, vendor: str
) -> None:
    site.policy(MARKS_ALONE)
    other = site.mail(PLAIN, "Waits for us")
    site.at("mon 10:05")
    held = site.program("sync", "--json")
    assert held.code == 1
    (problem,) = held.json["problems"]
    assert (problem["ticket"], "with the vendor" in problem["error"]) == (vendor, True)
    site.at("mon 14:01")
    newest = server.last_row()
    site.program.quick("sync")
    assert {row.ticket for row in server.rows(since=newest)} == {other}

    with (site.program.folder / "slaplugin.toml").open("a", encoding="utf-8") as settings:
        settings.write('[states]\n"with the vendor" = "waiting_customer"\n')
    site.at("tue 10:00")
    site.ask("sync")
    assert site.clocks(vendor)["resolution"]["status"] == "paused"
    assert server.shown(vendor)["Status"] == "with the vendor"
