"""The adapter against the demo helpdesk: whole conversations over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from slaplugin.app.errors import (
    HostGoneError,
    HostLostError,
    HostPermanentError,
    HostTemporaryError,
)
from slaplugin.app.hold import concerns_ticket
from slaplugin.app.ports import Change, Missing
from slaplugin.demo import DemoClock, DemoServer, Fault, FaultKind, furnish
from slaplugin.demo.people import NewUser, add_user
from slaplugin.hosts.config import HostConfig, Secret, Timing
from slaplugin.hosts.zammad import ZammadHost, make_host

START = datetime(2026, 10, 12, 7, 0, tzinfo=UTC)
CUSTOMER = "ravi@hollerbach.example"


@dataclass
class Desk:
    """The server, the adapter as the bot, and an administrator who works by hand."""

    server: DemoServer
    clock: DemoClock
    host: ZammadHost
    admin: requests.Session

    def call(self, method: str, path: str, **body: Any) -> Any:
        self.clock.advance(60)
        answer = self.admin.request(
            method, f"{self.server.url}/api/v1/{path}", json=body, timeout=10
        )
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def ticket(self, **more: Any) -> str:
        article = {"body": "Please help.", "type": "email", "sender": "Customer"}
        body = {"title": "Printer", "group": "Support", "customer": CUSTOMER, "article": article}
        return str(self.call("POST", "tickets", **(body | more))["id"])

    def user(self, login: str) -> dict[str, Any]:
        found: dict[str, Any] = self.call("GET", f"users/search?query={login}")[0]
        return found


@pytest.fixture
def desk() -> Iterator[Desk]:
    clock = DemoClock(START)
    with DemoServer(None, clock) as server, requests.Session() as admin:
        tokens = furnish(server.desk)
        admin.headers["Authorization"] = f"Token token={tokens.admin}"
        timing = Timing(sleep=lambda seconds: None)
        host = make_host(HostConfig(url=server.url, token=Secret(tokens.bot), timing=timing))
        yield Desk(server, clock, host, admin)
        host.close()


def spent(host: ZammadHost, act: Any) -> int:
    """How many requests an act costs."""
    before = host.requests_made()
    act()
    return host.requests_made() - before


# -------------------------------------------------------------------------- what it costs


def test_a_changed_ticket_costs_three_reads_and_a_merged_one_at_most_five(desk: Desk) -> None:
    first, second = desk.ticket(), desk.ticket(title="Printer again")
    desk.host.read(first)
    assert spent(desk.host, lambda: desk.host.read(second)) == 3
    number = desk.call("GET", f"tickets/{first}")["number"]
    desk.call("PUT", f"ticket_merge/{second}/{number}")
    assert spent(desk.host, lambda: desk.host.read(first)) <= 5
    assert spent(desk.host, lambda: desk.host.read(second)) <= 5
    assert spent(desk.host, lambda: desk.host.look(first)) == 2


def test_a_quiet_cycle_costs_one_read_each(desk: Desk) -> None:
    desk.ticket()
    tickets = list(desk.host.changes(None))[-1].bookmark
    tickets = list(desk.host.changes(tickets))[-1].bookmark
    parties = list(desk.host.parties(None))[-1].bookmark
    parties = list(desk.host.parties(parties))[-1].bookmark

    def cycle() -> None:
        assert not [item for page in desk.host.changes(tickets) for item in page.items]
        assert not [item for page in desk.host.parties(parties) for item in page.items]

    assert spent(desk.host, cycle) == 3


# -------------------------------------------------------------------------- reading


def test_now_is_the_helpdesks(desk: Desk) -> None:
    assert desk.host.now() == int(START.timestamp())
    desk.clock.advance(3600)
    desk.host.own_account()
    assert desk.host.now() - int(START.timestamp()) in (3600, 3601)


def test_a_merge_takes_the_other_tickets_past_over(desk: Desk) -> None:
    first, second = desk.ticket(), desk.ticket(title="Printer again")
    number = desk.call("GET", f"tickets/{first}")["number"]
    desk.call("PUT", f"ticket_merge/{second}/{number}")
    absorbed = desk.host.read(first).timeline.events[-1]
    assert (absorbed.kind, absorbed.data["ticket"]) == ("absorbed", second)
    kinds = [event.kind for event in absorbed.data["events"]]
    assert kinds[:2] == ["created", "customer_message"]
    source = desk.host.read(second).timeline
    assert [e.data["into"] for e in source.events if e.kind == "merged"] == [first]


def test_a_change_of_the_customer_is_told_once(desk: Desk) -> None:
    desk.ticket()
    bookmark = list(desk.host.parties(None))[-1].bookmark
    desk.clock.advance(600)
    user = desk.user(CUSTOMER)
    desk.call("PUT", f"users/{user['id']}", vip=True)
    pages = list(desk.host.parties(bookmark))
    told = [(item.kind, item.key, item.facts["customer.vip"]) for p in pages for item in p.items]
    assert ("customer", str(user["id"]), True) in told
    later = list(desk.host.parties(pages[-1].bookmark))
    assert [item for page in later for item in page.items] == []


def newcomer(number: int) -> NewUser:
    return NewUser(f"new{number}", "New", str(number), f"new{number}@x.example")


def test_a_change_beyond_the_first_page_of_people_is_told(desk: Desk) -> None:
    """``GET /users`` is by id whatever is asked (facts 7): a new account would never be on top."""
    desk.clock.advance(600)
    with desk.server.desk.db.transaction():
        made = [add_user(desk.server.desk, newcomer(number)) for number in range(120)]
    desk.clock.advance(600)
    bookmark = list(desk.host.parties(None))[-1].bookmark
    desk.clock.advance(600)
    desk.call("PUT", f"users/{made[-1]}", vip=True)
    items = [item for page in desk.host.parties(bookmark) for item in page.items]
    assert [item.key for item in items if item.facts.get("customer.vip")] == [str(made[-1])]


def test_a_changed_organization_is_told_with_its_fields(desk: Desk) -> None:
    bookmark = list(desk.host.parties(None))[-1].bookmark
    desk.clock.advance(600)
    number = desk.user(CUSTOMER)["organization_id"]
    desk.call("PUT", f"organizations/{number}", contract_level="gold")
    told = {
        item.key: item.facts
        for page in desk.host.parties(bookmark)
        for item in page.items
        if item.kind == "organization"
    }
    assert told[str(number)]["organization.fields.contract_level"] == "gold"


def test_a_sweep_tells_gone_from_lost(desk: Desk) -> None:
    kept, gone, lost = desk.ticket(), desk.ticket(), desk.ticket(group="Billing")
    desk.call("DELETE", f"tickets/{gone}")
    hide(desk, lost)
    told = list(desk.host.missing([kept, gone, lost]))
    assert told == [Missing(gone, "gone"), Missing(lost, "lost")]


def test_a_single_read_tells_gone_from_lost(desk: Desk) -> None:
    gone, lost = desk.ticket(), desk.ticket(group="Billing")
    desk.call("DELETE", f"tickets/{gone}")
    hide(desk, lost)
    with pytest.raises(HostGoneError, match=f"ticket {gone} does not exist"):
        desk.host.read(gone)
    with pytest.raises(HostLostError, match=f"ticket {lost} is in a group"):
        desk.host.read(lost)


def hide(desk: Desk, ticket: str) -> None:
    """Take the bot's access to the ticket's group away."""
    group = desk.call("GET", f"tickets/{ticket}")["group_id"]
    bot = desk.user("sla-bot")
    access = {number: levels for number, levels in bot["group_ids"].items() if number != str(group)}
    desk.call("PUT", f"users/{bot['id']}", group_ids=access)


def test_reference_without_admin_rights_says_that_it_is_not_complete(desk: Desk) -> None:
    desk.ticket()
    reference = desk.host.reference()
    assert {"Support", "Billing", "Escalations"} <= set(reference.groups)
    assert reference.states["pending close"] == "waiting_customer"
    assert reference.priorities == ("1 low", "2 normal", "3 high")
    assert {"sla_due_at", "product", "title"} <= set(reference.fields)
    assert "contract_level" in reference.organization_fields
    assert (reference.complete, reference.tags) == (False, None)
    assert "mila.hart" in reference.owners


def test_who_can_own_a_ticket(desk: Desk) -> None:
    logins = [agent.login for agent in desk.host.agents_of("Billing")]
    assert {"sana.iqbal", "tomas.reyes"} <= set(logins)
    assert not {"mila.hart", "lena.fox", "sla-bot"} & set(logins)
    assert logins == sorted(logins)


def test_who_is_out_of_office_gets_nothing(desk: Desk) -> None:
    user = desk.user("sana.iqbal")
    leave = {"out_of_office_start_at": "2026-10-10", "out_of_office_end_at": "2026-10-12"}
    desk.call("PUT", f"users/{user['id']}", out_of_office=True, **leave)
    assert "sana.iqbal" not in [agent.login for agent in desk.host.agents_of("Billing")]


def test_an_unknown_group_is_named(desk: Desk) -> None:
    with pytest.raises(HostPermanentError, match="'Nope' does not exist"):
        desk.host.agents_of("Nope")


# -------------------------------------------------------------------------- writing


def test_everything_but_tags_is_one_request_and_shows_at_once(desk: Desk) -> None:
    ticket = desk.ticket()
    desk.host.read(ticket)
    desk.host.agents_of("VIP Desk")
    due = int(START.timestamp()) + 7200
    changes = [
        Change("set_priority", "3 high"),
        Change("set_group", "VIP Desk"),
        Change("set_owner", "greta.lind"),
        Change("set_field", due, field="sla_due_at"),
        Change("set_field", "at_risk", field="sla_state"),
        Change("add_note", "Due soon.", key="resolution:h1:75%"),
    ]
    assert spent(desk.host, lambda: desk.host.write(ticket, changes)) == 1
    seen = desk.host.look(ticket)
    assert (seen.priority, seen.group, seen.owner) == ("3 high", "VIP Desk", "greta.lind")
    assert (seen.fields["sla_due_at"], seen.fields["sla_state"]) == (due, "at_risk")
    assert desk.host.has_note(ticket, "resolution:h1:75%")
    assert not desk.host.has_note(ticket, "resolution:h1:breach")
    told = desk.host.read(ticket).timeline.events
    account = desk.host.own_account().key
    assert [e.kind for e in told if e.actor and e.actor.key == account and e.kind == "note"]


def test_tags_are_added_before_others_are_removed(desk: Desk) -> None:
    ticket = desk.ticket(tags="VIP,sla-risk")
    desk.host.write(ticket, [Change("remove_tag", "sla-risk"), Change("add_tag", "sla-breach")])
    assert desk.host.look(ticket).tags == {"VIP", "sla-breach"}
    events = desk.host.read(ticket).timeline.events[-2:]
    assert [event.kind for event in events] == ["tag_added", "tag_removed"]


def test_a_tag_that_is_not_there_is_not_removed(desk: Desk) -> None:
    """Even an empty removal touches the ticket (facts 6.6)."""
    ticket = desk.ticket(tags="VIP")
    before = desk.host.look(ticket)
    desk.host.write(ticket, [Change("remove_tag", "vip"), Change("add_tag", "VIP")])
    assert desk.host.look(ticket) == before


def test_an_owner_that_the_helpdesk_drops_shows_in_the_next_look(desk: Desk) -> None:
    ticket = desk.ticket()
    desk.host.write(ticket, [Change("set_owner", "tomas.reyes")])
    assert desk.host.look(ticket).owner == "tomas.reyes"
    desk.host.write(ticket, [Change("set_group", "VIP Desk"), Change("set_owner", "mila.hart")])
    assert desk.host.look(ticket).owner is None
    desk.host.write(ticket, [Change("set_group", "Support"), Change("set_owner", None)])
    assert desk.host.look(ticket).owner is None


def test_fields_are_emptied_the_way_they_were(desk: Desk) -> None:
    ticket = desk.ticket()
    before = desk.host.look(ticket).fields
    filled = [Change("set_field", 1_800_000_000, field="sla_due_at")]
    desk.host.write(ticket, [*filled, Change("set_field", "VIP", field="sla_policy")])
    empty = [Change("set_field", value, field=name) for name, value in before.items()]
    desk.host.write(ticket, empty)
    assert desk.host.look(ticket).fields == before


REFUSED = [
    (Change("set_priority", "9 absurd"), "'9 absurd' does not exist.*'1 low'"),
    (Change("set_state", "pending reminder"), "refused set state 'pending reminder'"),
    (Change("set_owner", "nobody.here"), "refused set owner 'nobody.here'"),
]


@pytest.mark.parametrize(("change", "text"), REFUSED)
def test_a_refused_write_says_what_and_why(desk: Desk, change: Change, text: str) -> None:
    ticket = desk.ticket()
    with pytest.raises(HostPermanentError, match=text) as error:
        desk.host.write(ticket, [change])
    assert concerns_ticket(error.value), "one ticket's refusal does not end the cycle"


# -------------------------------------------------------------------------- faults

FAULTS = [
    (FaultKind.SERVER_ERROR, "500"),
    (FaultKind.HTML, "HTML page instead of JSON"),
    (FaultKind.HALF, "broke|half an answer"),
    (FaultKind.WRONG_JSON, "half an answer or no JSON"),
]


@pytest.mark.parametrize(("kind", "text"), FAULTS)
def test_a_fault_loses_nothing(desk: Desk, kind: FaultKind, text: str) -> None:
    desk.ticket()
    bookmark = list(desk.host.changes(None))[-1].bookmark
    later = desk.ticket()
    desk.server.faults.add(Fault(kind, path="tickets/search"))
    with pytest.raises(HostTemporaryError, match=text):
        list(desk.host.changes(bookmark))
    told = [item.id for page in desk.host.changes(bookmark) for item in page.items]
    assert later in told


def test_a_busy_helpdesk_is_waited_for(desk: Desk) -> None:
    ticket = desk.ticket()
    desk.server.faults.add(Fault(FaultKind.TOO_MANY_REQUESTS, path="ticket_history", times=2))
    desk.server.faults.add(Fault(FaultKind.RESET, path="tags"))
    assert desk.host.read(ticket).timeline.ticket.id == ticket


def test_a_wrong_token_is_said(desk: Desk) -> None:
    wrong = make_host(HostConfig(url=desk.server.url, token=Secret("wrong")))
    with pytest.raises(HostPermanentError, match=r"401.*make a new one and set token"):
        list(wrong.changes(None))
