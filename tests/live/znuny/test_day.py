"""Days of cycles as whole processes; what they leave is read from Znuny itself."""

from __future__ import annotations

from typing import Any

from tests.live.znuny.site import PLAIN, VIP, Site

HIGH = "4 high"


def marks(site: Site, ticket: str) -> tuple[Any, Any]:
    """What the ticket shows in our fields: the tags and the due time."""
    shown = site.shown(ticket)
    return shown["tags"], shown["due"]


def test_a_day_in_the_life_of_a_ticket(site: Site) -> None:
    """Marks, due, priority, note, group and owner are written, and each of them once."""
    ticket = site.mail(PLAIN, "Router is slow")
    site.begin()
    assert marks(site, ticket) == (None, None)
    site.at("mon 12:05")  # 185 of 240 minutes
    site.sync()
    assert marks(site, ticket) == (["sla-risk"], site.stamp("mon 13:00"))
    assert site.shown(ticket)["state"] == "at_risk"

    site.at("mon 13:01")
    site.sync()
    late = site.shown(ticket)
    assert (late["tags"], late["Priority"], late["state"]) == (["sla-breach"], HIGH, "overdue")
    site.at("mon 14:01")
    site.sync()
    escalated = site.shown(ticket)
    assert (escalated["Queue"], escalated["Owner"]) == ("Escalations", "dmitri")
    before = site.rows(ticket)
    site.at("mon 14:05")
    assert site.sync()["writes"] == []
    assert site.rows(ticket) == before
    kinds = [row["HistoryType"] for row in site.ours(ticket)]
    once = ("PriorityUpdate", "AddNote", "Move", "OwnerUpdate")
    assert {kind: kinds.count(kind) for kind in once} == dict.fromkeys(once, 1)


def test_vips_are_known_by_their_company(site: Site) -> None:
    plain, vip = site.mail(PLAIN, "Router is slow"), site.mail(VIP, "Router is off")
    site.begin()
    site.at("mon 10:01")
    site.sync()
    assert marks(site, vip) == (["sla-breach"], site.stamp("mon 10:00"))
    assert marks(site, plain) == (None, None)


def test_what_people_change_afterwards_stays(site: Site) -> None:
    """Own writes are recognised, and those of people are no conflict to be won."""
    ticket = site.mail(PLAIN, "Mail is lost")
    site.begin()
    site.at("mon 14:01")
    site.sync()
    late = site.shown(ticket)
    assert (late["Queue"], late["Owner"], late["Priority"]) == ("Escalations", "dmitri", HIGH)
    site.act("set", ticket, "carla", what="queue", value=site.queue)
    site.act("set", ticket, "carla", what="owner", value="ben")
    site.act("set", ticket, "carla", what="priority", value="2 low")
    site.at("mon 14:10")
    site.sync()
    site.at("mon 15:00")
    site.sync()
    shown = site.shown(ticket)
    assert (shown["Queue"], shown["Owner"], shown["Priority"]) == (site.queue, "ben", "2 low")
    assert site.program("undo", "--all").code == 0
    shown = site.shown(ticket)
    assert (shown["Queue"], shown["Owner"], shown["Priority"]) == (site.queue, "ben", "2 low")
    assert shown["tags"] in (None, [])


def test_tags_of_others_stay(site: Site) -> None:
    ticket = site.mail(PLAIN, "Printer jams")
    site.act("field", ticket, "anna", name="SLATags", value=["vip"])
    site.begin()
    site.at("mon 13:01")
    site.sync()
    assert sorted(site.shown(ticket)["tags"]) == ["sla-breach", "vip"]


def test_a_customers_answer_ends_the_wait(site: Site) -> None:
    """A pending reminder pauses; the mail opens the ticket again by itself."""
    ticket = site.mail(PLAIN, "Printer jams")
    site.at("mon 10:00")
    site.act("reply", ticket, "ben")
    until = int(site.instant("fri 10:00").timestamp())
    site.act("state", ticket, "ben", state="pending reminder", until=until)
    site.at("mon 10:05")
    site.sync()
    site.at("wed 10:00")
    site.sync()
    waiting = site.clocks(ticket)["resolution"]
    assert (waiting["status"], waiting["elapsed"]) == ("paused", 3600)
    assert site.mail(PLAIN, "Printer jams", reply_to=ticket) == ticket
    assert site.shown(ticket)["State"] == "open"
    site.at("wed 10:05")
    site.sync()
    running = site.clocks(ticket)["resolution"]
    assert (running["status"], running["due_at"]) == ("running", site.iso("thu 17:00"))
    assert site.clocks(ticket)["first_response"]["outcome"] == "met"


def test_a_locked_ticket_keeps_its_owner_when_it_is_moved(site: Site) -> None:
    """Znuny unlocks it and, unlike OTOBO, leaves the owner (facts 13 could not tell)."""
    ticket = site.mail(PLAIN, "Mouse is stuck")
    site.act("set", ticket, "anna", what="owner", value="anna")
    site.act("set", ticket, "anna", what="lock", value="lock")
    site.act("set", ticket, "anna", what="queue", value="Billing")
    shown = site.shown(ticket)
    assert (shown["Lock"], shown["Owner"], shown["Queue"]) == ("unlock", "anna", "Billing")
    site.act("set", ticket, "anna", what="queue", value=site.queue)
    site.act("state", ticket, "anna", state="closed successful")
    site.at("mon 09:30")
    site.sync()
    closed = site.clocks(ticket)["resolution"]
    assert closed["outcome"] == "met"
    assert site.shown(ticket)["Owner"] == "anna"


def test_a_reopened_ticket_goes_on_where_it_was(site: Site) -> None:
    ticket = site.mail(PLAIN, "Mail is lost")
    site.at("mon 12:00")
    site.act("reply", ticket, "dmitri")
    site.act("state", ticket, "dmitri", state="closed successful")
    site.at("mon 12:05")
    site.sync()
    closed = site.clocks(ticket)["resolution"]
    assert (closed["outcome"], closed["elapsed"]) == ("met", 3 * 3600)
    site.at("wed 09:00")
    site.mail(PLAIN, "Mail is lost", reply_to=ticket)
    assert site.shown(ticket)["State"] == "open"
    site.at("wed 09:05")
    site.sync()
    again = site.clocks(ticket)["resolution"]
    assert (again["status"], again["due_at"]) == ("running", site.iso("thu 14:00"))


def test_a_merged_ticket_ends_and_its_messages_live_on(site: Site) -> None:
    first, second = site.mail(PLAIN, "Screen is dark"), site.mail(PLAIN, "Screen still dark")
    site.at("mon 09:30")
    site.sync()
    site.act("merge", second, "carla", into=first)
    site.at("mon 10:00")
    site.act("reply", first, "carla")
    site.at("mon 13:30")
    site.sync()
    assert site.clocks(first)["first_response"]["outcome"] == "met"
    merged = site.ask("timeline", second)["events"]
    assert "merged" in [event["event"] for event in merged]
    assert site.shown(first)["tags"] in (None, [])


def test_the_past_is_loaded_and_nothing_is_written(site: Site) -> None:
    answered, late = site.mail(PLAIN, "Answered"), site.mail(PLAIN, "Late")
    site.at("mon 10:00")
    site.act("reply", answered, "anna")
    site.act("state", answered, "anna", state="closed successful")
    site.at("wed 16:00")
    site.act("reply", late, "anna")
    site.act("state", late, "anna", state="closed successful")
    site.at("thu 09:00")
    before = site.rows(answered, late)
    since = site.monday.date().isoformat()
    done = site.program("backfill", "--since", since)
    assert done.code == 0, done.err
    assert site.rows(answered, late) == before
    outcomes = [site.clocks(one)["resolution"]["outcome"] for one in (answered, late)]
    assert outcomes == ["met", "breached"]
    assert site.program("backfill", "--since", since).code == 0
