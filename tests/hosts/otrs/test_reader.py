"""Batches with unreadable tickets in them, and answers that contradict themselves."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slaplugin.app.errors import (
    HostLostError,
    HostPermanentError,
    HostTemporaryError,
    TicketHeldError,
)
from slaplugin.app.ports import Snapshot
from slaplugin.hosts.config import StateMeaning
from slaplugin.hosts.otrs.directory import Directory
from slaplugin.hosts.otrs.reader import Reader
from tests.hosts.otrs.conftest import Site
from tests.hosts.otrs.standin.catalog import Field, State


def kinds(found: Any) -> list[str]:
    return [event.kind for event in found.timeline.events]


# ------------------------------------------------------------------ batches


def test_two_requests_read_a_batch(site: Site) -> None:
    tickets = [site.ticket() for _ in range(5)]
    host = site.host()
    host.account  # noqa: B018 - logs in
    site.server.interface.forget()
    found = dict(host.read_many(tickets))
    assert list(found) == tickets
    assert all(isinstance(one, Snapshot) for one in found.values())
    assert site.server.interface.requests_made == 2


def test_unreadable_tickets_spoil_no_batch(site: Site) -> None:
    tickets = [site.ticket() for _ in range(7)]
    site.desk.hide(int(tickets[2]))
    site.desk.delete(int(tickets[5]))
    found = dict(site.host().read_many(tickets))
    lost = [ticket for ticket, one in found.items() if isinstance(one, HostLostError)]
    assert list(found) == tickets
    assert lost == [tickets[2], tickets[5]]
    assert sum(isinstance(one, Snapshot) for one in found.values()) == 5


def test_a_helpdesk_that_is_down_is_not_asked_for_each_ticket(site: Site) -> None:
    tickets = [site.ticket() for _ in range(5)]
    host = site.host()
    host.account  # noqa: B018 - logs in
    site.server.faults.fail(None, "db_down")
    site.server.interface.forget()
    found = dict(host.read_many(tickets))
    assert {type(one) for one in found.values()} <= {HostTemporaryError, *_subclasses()}
    assert site.server.interface.requests_made == 1


def _subclasses() -> set[type]:
    return set(HostTemporaryError.__subclasses__())


def test_texts_of_messages_are_not_kept(site: Site) -> None:
    ticket = site.ticket()
    site.desk.note("anna.berg", int(ticket), "the password is swordfish")
    assert "swordfish" not in repr(site.host().read(ticket))


# ------------------------------------------------------------------ half answers


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("ticket_history", "without the ticket's creation"),
        ("article", "no messages, although"),
        ("dynamic_field_value", "every custom field empty"),
    ],
)
def test_an_answer_that_contradicts_itself_is_read_again(site: Site, table: str, says: str) -> None:
    ticket = site.ticket()
    site.desk.set_field("anna.berg", int(ticket), "SLATags", "sla-warning")
    whole = site.host().read(ticket)
    host = site.host()
    operation = ("TicketHistoryGet",) if table == "ticket_history" else ("TicketGet",)
    broken = {"operations": operation, "tables": frozenset({table})}
    site.server.faults.fail(1, "query_fails", **broken)  # type: ignore[arg-type]
    assert host.read(ticket).timeline == whole.timeline
    site.server.faults.fail(None, "query_fails", **broken)  # type: ignore[arg-type]
    with pytest.raises(HostTemporaryError, match=says):
        host.read(ticket)


def test_fields_that_were_emptied_are_believed(site: Site) -> None:
    ticket = site.ticket()
    site.desk.set_field("anna.berg", int(ticket), "SLATags", "sla-warning")
    site.desk.clock.advance(60)
    site.desk.set_field("anna.berg", int(ticket), "SLATags")
    found = site.host().read(ticket)
    assert found.seen.tags == frozenset()
    assert kinds(found)[-2:] == ["tag_added", "tag_removed"]


def test_a_look_asks_twice_before_fields_count_as_empty(site: Site) -> None:
    ticket = site.ticket()
    site.desk.set_field("anna.berg", int(ticket), "SLATags", "sla-warning")
    host = site.host()
    host.look(ticket)
    site.server.faults.fail(1, "query_fails", tables=frozenset({"dynamic_field_value"}))
    assert host.look(ticket).tags == {"sla-warning"}


# ------------------------------------------------------------------ what a ticket shows


def test_a_look_shows_what_can_be_written(site: Site) -> None:
    ticket = site.ticket("VIP Desk")
    site.desk.take("anna.berg", int(ticket))
    site.desk.set_field("anna.berg", int(ticket), "SLADueAt", "2026-11-04 10:00:00")
    site.desk.set_field("anna.berg", int(ticket), "SLATags", "sla-warning", "sla-paused")
    seen = site.host().look(ticket)
    assert (seen.group, seen.owner, seen.state) == ("VIP Desk", "anna.berg", "new")
    assert (seen.state_kind, seen.priority) == ("new", "3 normal")
    assert seen.tags == {"sla-warning", "sla-paused"}
    assert seen.fields["SLADueAt"] == 1_793_782_800
    assert "SLATags" not in seen.fields


def test_tags_in_a_text_field_are_split_at_commas(site: Site) -> None:
    ticket = site.ticket()
    site.desk.set_field("anna.berg", int(ticket), "SLANote", "vip, sla-paused")
    host = site.host(tags_field="SLANote", own_fields={})
    assert host.look(ticket).tags == {"vip", "sla-paused"}
    told = [event.data.get("tag") for event in host.read(ticket).timeline.events]
    assert told[-2:] == ["sla-paused", "vip"]


# ------------------------------------------------------------------ states


def test_a_state_is_asked_for_once_when_nobody_knows_its_type(site: Site) -> None:
    site.desk.catalog.states[20] = State(20, "parked", "pending reminder")
    other, ticket = site.ticket(), site.ticket()
    site.desk.set_state("anna.berg", int(ticket), "parked")
    site.desk.clock.advance(60)
    site.desk.set_state("anna.berg", int(ticket), "open")
    with pytest.raises(TicketHeldError, match=r'state \'parked\'.*states."parked" = "open"'):
        site.host().read(ticket)
    site.desk.set_state("anna.berg", int(other), "parked")
    host = site.host()
    told = [event.data for event in host.read(ticket).timeline.events if "kind" in event.data]
    assert [data["kind"] for data in told] == ["waiting_customer", "open"]
    site.server.interface.forget()
    host.read(ticket)
    assert site.server.interface.made("TicketSearch") == 0


def test_a_renamed_state_is_found_by_its_id(site: Site) -> None:
    """History keeps the old name for ever; any ticket in the state tells the new one."""
    site.desk.catalog.states[20] = State(20, "parked", "pending reminder")
    other, ticket = site.ticket(), site.ticket()
    for one in (ticket, other):
        site.desk.set_state("anna.berg", int(one), "parked")
    site.desk.clock.advance(60)
    site.desk.set_state("anna.berg", int(ticket), "open")
    site.desk.catalog.states[20] = State(20, "on hold", "pending reminder")
    told = [
        event.data for event in site.host().read(ticket).timeline.events if "kind" in event.data
    ]
    assert told == [
        {"to": "on hold", "kind": "waiting_customer"},
        {"to": "open", "kind": "open"},
    ]


def test_a_failing_search_is_no_word_on_a_state(site: Site) -> None:
    site.desk.catalog.states[20] = State(20, "parked", "pending reminder")
    other, ticket = site.ticket(), site.ticket()
    site.desk.set_state("anna.berg", int(ticket), "parked")
    site.desk.clock.advance(60)
    site.desk.set_state("anna.berg", int(ticket), "open")
    site.desk.set_state("anna.berg", int(other), "parked")
    host = site.host()
    site.server.faults.fail(2, "query_fails", operations=("TicketSearch",))
    with pytest.raises(TicketHeldError):
        host.read(ticket)
    assert "waiting_customer" in [
        event.data.get("kind") for event in host.read(ticket).timeline.events
    ]


def test_an_emptied_list_was_a_list(site: Site) -> None:
    """Null tells of no kind; other tickets do."""
    site.desk.catalog.add_field(Field("Sites", "Multiselect", ("north", "south")))
    ticket, other = site.ticket(), site.ticket()
    for one in (ticket, other):
        site.desk.set_field("anna.berg", int(one), "Sites", "north", "south")
    site.desk.clock.advance(60)
    site.desk.set_field("anna.berg", int(ticket), "Sites")
    found = dict(site.host().read_many([ticket, other]))[ticket]
    assert isinstance(found, Snapshot)
    told = [event.data["to"] for event in found.timeline.events if event.kind == "field_changed"]
    assert told[-2:] == [("north", "south"), None]


def test_the_settings_say_more_than_the_type(site: Site) -> None:
    ticket = site.ticket()
    site.desk.pending("anna.berg", int(ticket), "2026-11-02T09:00:00Z", "pending auto close+")
    meant = {"pending auto close+": StateMeaning("waiting_other")}
    seen = site.host(states=meant).read(ticket)
    assert seen.seen.state_kind == "waiting_other"
    assert "closes" not in seen.timeline.events[-1].data
    assert site.host().read(ticket).timeline.events[-1].data["closes"] is True


# ------------------------------------------------------------------ the zone


@pytest.mark.parametrize(("zone", "shows"), [("UTC", "host_timezone is UTC"), ("Asia/Tokyo", "")])
def test_a_wrong_zone_is_found_out_before_anything_is_measured(
    site: Site, zone: str, shows: str
) -> None:
    ticket = site.ticket()
    site.desk.clock.advance(3600)
    with pytest.raises(HostPermanentError, match=shows or "do not fit it"):
        site.host(timezone=zone).read(ticket)


@pytest.mark.parametrize("moment", ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"])
def test_the_pass_of_the_hour_that_comes_twice_is_told_by_the_message(
    site: Site, moment: str
) -> None:
    """Both are 02:30 in Berlin; the epoch of the message and the age of the ticket differ."""
    site.desk.clock.set(moment)
    at = site.desk.clock.now()
    ticket = site.ticket()
    site.desk.clock.advance(86_400)
    events = site.host().read(ticket).timeline.events
    assert {event.at for event in events} == {at}


# ------------------------------------------------------------------ merges


def test_a_ticket_merged_on_keeps_its_past(site: Site) -> None:
    first, second, third = site.ticket(), site.ticket("VIP Desk"), site.ticket("Billing")
    for ticket in (first, second, third):
        site.desk.clock.advance(600)
        site.desk.follow_up(int(ticket))
    before = {ticket: messages(site, ticket) for ticket in (first, second)}
    site.desk.clock.advance(600)
    site.desk.merge("anna.berg", int(first), int(second))
    site.desk.clock.advance(600)
    site.desk.merge("anna.berg", int(second), int(third))
    for ticket in (first, second):
        assert before[ticket] <= messages(site, ticket)
    merged = [
        event for event in site.host().read(third).timeline.events if event.kind == "absorbed"
    ]
    assert [event.data["ticket"] for event in merged] == [second]
    inside = merged[0].data["events"]
    assert [event.kind for event in inside].count("absorbed") == 1


def messages(site: Site, ticket: str) -> set[str]:
    events = site.host().read(ticket).timeline.events
    return {event.id for event in events if event.kind == "customer_message"}


def test_a_merged_ticket_that_is_gone_leaves_its_messages(site: Site) -> None:
    gone = site.ticket("VIP Desk")
    site.desk.clock.advance(600)
    kept = site.ticket()
    site.desk.merge("anna.berg", int(gone), int(kept))
    site.desk.delete(int(gone))
    events = site.host().read(kept).timeline.events
    absorbed = next(event for event in events if event.kind == "absorbed")
    assert [event.kind for event in absorbed.data["events"]][:2] == ["created", "customer_message"]
    assert events[0].kind == "created"


def test_data_that_cannot_be_understood_holds_one_ticket(site: Site) -> None:
    good, bad = site.ticket(), site.ticket()
    site.desk.pending("anna.berg", int(bad), "2026-11-02T09:00:00Z")
    entry = next(one for one in site.desk.ticket(int(bad)).history if "Pending" in one.type)
    entry.name = "%%next week"
    found = dict(site.host().read_many([good, bad]))
    assert isinstance(found[good], Snapshot)
    assert isinstance(found[bad], TicketHeldError)


def test_a_name_that_was_cut_is_found_by_its_id(site: Site) -> None:
    ticket = site.ticket()
    site.desk.ticket(int(ticket)).history[0].name = "%%2026102310000013%%Sup"
    facts = site.host().read(ticket).timeline.ticket.facts
    assert (facts["group"], facts["priority"], facts["state"]) == ("Support", "3 normal", "new")


def test_a_reader_needs_no_more_than_a_client(site: Site) -> None:
    """The same answers give the same timeline, whoever asks, and as often as one likes."""
    ticket = site.ticket()
    site.desk.agent_mail("anna.berg", int(ticket))
    host = site.host()
    reader = Reader(host.client, Directory(host.client, site.config, host.zone), site.config)
    assert reader.read(ticket).timeline == host.read(ticket).timeline == host.read(ticket).timeline
    json.dumps([dict(event.data) for event in host.read(ticket).timeline.events])


def test_a_bot_is_known_by_its_login_where_another_ticket_names_it(site: Site) -> None:
    """History tells who by the account's id alone."""
    ticket, other = site.ticket(), site.ticket()
    site.desk.clock.advance(60)
    site.desk.agent_mail("boris.kern", int(ticket))
    site.desk.assign("anna.berg", int(other), "boris.kern")
    site.desk.release("anna.berg", int(other))
    host = site.host(bots=frozenset({"boris.kern"}))
    found = dict(host.read_many([ticket, other]))[ticket]
    assert kinds(found)[-2:] == ["auto_message", "state_changed"]
