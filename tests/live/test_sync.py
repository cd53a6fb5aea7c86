"""Days of cycles as whole processes; what they leave is read from Request Tracker itself."""

from __future__ import annotations

from typing import Any

from tests.live.rt import AGENTS, DUE, TAGS, LiveRt
from tests.live.site import PLAIN, VIP, Site

HIGH = 50
"""The number behind Request Tracker's "Medium", which counts as high."""


def told(document: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The writes of a cycle without what becomes of them."""
    keys = ("ticket", "action", "field", "from", "to", "why")
    return [tuple(write[key] for key in keys) for write in document["writes"]]


def marks(server: LiveRt, ticket: str) -> tuple[list[str], str | None]:
    """What the ticket shows in our two fields: the tags and the due."""
    shown = server.shown(ticket)
    return shown[TAGS], shown[DUE]


def test_vips_are_late_before_the_others(site: Site, server: LiveRt) -> None:
    plain, vip = site.mail(PLAIN, "Router is slow"), site.mail(VIP, "Router is off")
    untouched = server.shown(plain)
    site.at("mon 09:05")
    site.rests()

    site.at("mon 09:50")  # 50 of the VIP's 60 minutes
    site.sync()
    assert marks(server, vip) == (["sla-risk"], site.iso("mon 10:00"))
    site.at("mon 10:01")
    site.sync()
    late = server.shown(vip)
    assert (late[TAGS], late["Priority"], late["Queue"]) == (["sla-breach"], HIGH, site.queue)
    site.rests()

    site.at("mon 11:01")
    site.sync()
    escalated = server.shown(vip)
    assert (escalated["Queue"], escalated["Owner"] in AGENTS) == ("Escalations", True)
    site.rests()
    assert server.shown(plain) == untouched

    site.at("mon 12:05")  # 185 of the 240 minutes of everybody else
    site.sync()
    assert marks(server, plain) == (["sla-risk"], site.iso("mon 13:00"))
    assert server.shown(vip) == escalated
    site.rests()


def test_three_days_in_the_life_of_a_ticket(site: Site, server: LiveRt) -> None:
    ticket = site.mail(PLAIN, "Router is slow")
    site.at("mon 09:05")
    site.sync()
    site.at("mon 12:05")
    site.sync()
    assert server.shown(ticket)[TAGS] == ["sla-risk"]
    site.at("mon 12:30")
    server.agent("anna").take(ticket)
    server.agent("anna").reply(ticket, "Is it better now?")
    mailed = len(server.mails(PLAIN))
    site.at("mon 12:40")
    site.sync()
    assert server.shown(ticket)[TAGS] == []
    site.rests()

    site.at("tue 14:00")  # 13 of 16 hours
    site.sync()
    assert marks(server, ticket) == (["sla-risk"], site.iso("tue 17:00"))
    site.at("wed 09:01")
    site.sync()
    overdue = server.shown(ticket)
    assert (overdue[TAGS], overdue["Priority"]) == (["sla-breach"], HIGH)
    assert (overdue["Owner"], overdue["Queue"]) == ("anna", site.queue)
    site.rests()

    site.at("wed 09:30")
    server.agent("anna").set(ticket, Status="resolved")
    site.at("wed 09:40")
    site.sync()
    clocks = site.clocks(ticket)
    assert (clocks["first_response"]["outcome"], clocks["resolution"]["outcome"]) == (
        "met",
        "breached",
    )
    assert server.shown(ticket)[TAGS] == ["sla-breach"]
    site.rests()
    assert [text.splitlines()[0] for text in server.texts(ticket)] == ["resolution is late"]
    assert_unnoticed(server, ticket, mailed + 1)  # RT tells them that it is resolved


def assert_unnoticed(server: LiveRt, ticket: str, mails: int) -> None:
    """The customer got no more mails than these, and sees no note."""
    assert len(server.mails(PLAIN)) == mails
    seen = server.customer(PLAIN).get(f"ticket/{ticket}/history", fields="Type", per_page=100)
    kinds = {item["Type"] for item in seen["items"]}
    assert ("Create" in kinds, "Comment" in kinds) == (True, False)


def test_plan_tells_what_sync_does_and_undo_takes_it_back(site: Site, server: LiveRt) -> None:
    plain, vip = site.mail(PLAIN, "Slow"), site.mail(VIP, "Off")
    server.agent("ben").set(plain, CustomFields={TAGS: ["kept"]}, Owner="ben")
    server.agent("ben").set(vip, Priority=20)
    before = {ticket: server.shown(ticket) for ticket in (plain, vip)}
    site.at("mon 09:05")
    site.sync()

    site.at("mon 14:30")
    newest = server.last_row()
    planned = site.ask("plan")
    assert server.last_row() == newest
    done = site.sync()
    assert told(done) == told(planned)
    assert {write["status"] for write in done["writes"]} == {"done"}
    assert server.shown(plain)[TAGS] == ["kept", "sla-breach"]
    for ticket in (plain, vip):
        assert server.shown(ticket)["Queue"] == "Escalations"
    assert len(server.texts(plain)) == 1
    site.rests()

    site.at("mon 14:40")
    asked = site.ask("undo", "--all", "--plan")
    undone = site.ask("undo", "--all")
    assert told(undone) == told(asked)
    assert {ticket: server.shown(ticket) for ticket in (plain, vip)} == before
    site.at("mon 14:50")
    site.rests()
    assert site.program("audit", "verify").code == 0


def test_what_people_change_after_us_stays(site: Site, server: LiveRt) -> None:
    ticket = site.mail(PLAIN, "Off")
    site.at("mon 09:05")
    site.sync()
    site.at("mon 14:30")
    site.sync()
    server.agent("carla").set(ticket, Owner="carla", Queue=site.queue, Priority=10)
    site.at("mon 14:40")
    site.rests()
    site.at("mon 16:00")
    site.rests()
    shown = server.shown(ticket)
    assert (shown["Owner"], shown["Queue"], shown["Priority"]) == ("carla", site.queue, 10)
    assert site.program("undo", "--all").code == 0
    shown = server.shown(ticket)
    assert (shown["Owner"], shown["Queue"], shown["Priority"]) == ("carla", site.queue, 10)
    assert shown[TAGS] == []


def test_a_customers_answer_ends_the_wait_of_a_stalled_ticket(site: Site, server: LiveRt) -> None:
    """Request Tracker itself leaves the ticket stalled (facts 5)."""
    ticket = site.mail(PLAIN, "Printer jams")
    site.at("mon 10:00")
    server.agent("ben").reply(ticket, "Which printer?", Status="stalled")
    site.at("mon 10:05")
    site.sync()

    site.at("wed 10:00")  # two days of silence count for nobody
    site.sync()
    waiting = site.clocks(ticket)["resolution"]
    assert (waiting["status"], waiting["elapsed"]) == ("paused", 3600)
    assert site.mail(PLAIN, "Printer jams", reply_to=ticket) == ticket
    assert server.shown(ticket)["Status"] == "stalled"

    site.at("wed 10:05")
    site.sync()
    running = site.clocks(ticket)["resolution"]
    assert running["status"] == "running"
    assert running["due_at"] == site.iso("thu 17:00")  # one hour on Monday, 15 from Wednesday on
    pauses = [span for span in running["spans"] if span["kind"] == "paused"]
    assert (pauses[0]["from"], pauses[-1]["to"]) == (site.iso("mon 10:00"), site.iso("wed 10:00"))
    assert server.shown(ticket)[TAGS] == []

    site.at("thu 13:30")  # 12.5 hours
    site.sync()
    shown = server.shown(ticket)
    assert (shown[TAGS], shown[DUE]) == (["sla-risk"], site.iso("thu 17:00"))
    assert shown["Status"] == "stalled"


def test_a_reopened_ticket_goes_on_where_it_was(site: Site, server: LiveRt) -> None:
    ticket = site.mail(PLAIN, "Mail is lost")
    site.at("mon 12:00")
    server.agent("dmitri").reply(ticket, "Found it.", Status="resolved")
    site.at("mon 12:05")
    site.sync()
    closed = site.clocks(ticket)["resolution"]
    assert (closed["outcome"], closed["elapsed"]) == ("met", 3 * 3600)

    site.at("wed 09:00")
    site.mail(PLAIN, "Mail is lost", reply_to=ticket)
    assert server.shown(ticket)["Status"] == "open"
    site.at("wed 09:05")
    site.sync()
    again = site.clocks(ticket)["resolution"]
    assert again["status"] == "running"
    assert again["due_at"] == site.iso("thu 14:00")  # 13 of 16 hours were left
    site.at("thu 14:01")
    site.sync()
    assert server.shown(ticket)[TAGS] == ["sla-breach"]
    server.agent("dmitri").set(ticket, Status="resolved")
    site.at("thu 14:30")
    site.sync()
    assert site.clocks(ticket)["resolution"]["outcome"] == "breached"
    site.rests()
