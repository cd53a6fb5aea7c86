"""What people and jobs do without the API writes the history of the real server (facts 7)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.hosts.otrs.standin import Clock, Desk
from tests.hosts.otrs.standin.access import Access, Caller
from tests.hosts.otrs.standin.search import Search

MONDAY = "2026-11-02T09:00:00Z"


@pytest.fixture
def desk() -> Desk:
    return Desk(Clock(MONDAY))


def kinds(desk: Desk, ticket: int, since: int = 0) -> list[str]:
    return [entry.type for entry in desk.history(ticket)[since:]]


Act = Callable[[Desk, int], object]

ACTS: dict[str, tuple[Act, list[str]]] = {
    "close": (
        lambda desk, ticket: desk.close("anna.berg", ticket),
        ["AddNote", "Misc", "StateUpdate", "OwnerUpdate", "Unlock"],
    ),
    "answer": (
        lambda desk, ticket: desk.agent_mail("anna.berg", ticket),
        ["SendAnswer", "Misc", "StateUpdate"],
    ),
    "move": (
        lambda desk, ticket: desk.move("anna.berg", ticket, "Billing"),
        ["Move", "OwnerUpdate", "Unlock"],
    ),
    "pending": (
        lambda desk, ticket: desk.pending("anna.berg", ticket, "2026-11-03T09:00:00Z"),
        ["AddNote", "Misc", "StateUpdate", "SetPendingTime"],
    ),
    "call from the customer": (
        lambda desk, ticket: desk.phone_call("anna.berg", ticket, direction="inbound"),
        ["PhoneCallCustomer"],
    ),
    "follow-up while new": (lambda desk, ticket: desk.follow_up(ticket), ["FollowUp"]),
    "nothing new": (lambda desk, ticket: desk.prioritise("anna.berg", ticket, "3 normal"), []),
}


@pytest.mark.parametrize("name", ACTS)
def test_an_act_writes_its_entries_in_order(desk: Desk, name: str) -> None:
    act, expected = ACTS[name]
    ticket = desk.portal_ticket("vera.aurel", "VIP Desk")
    desk.take("anna.berg", ticket)
    before = len(desk.history(ticket))
    act(desk, ticket)
    told = [kind for kind in kinds(desk, ticket, before) if kind != "SendAgentNotification"]
    assert told == expected


def test_a_move_of_a_locked_ticket_takes_it_from_its_owner_by_the_system(desk: Desk) -> None:
    ticket = desk.portal_ticket("vera.aurel", "VIP Desk")
    desk.take("anna.berg", ticket)
    desk.move("boris.kern", ticket, "Support")
    move, reset, unlock = desk.history(ticket)[-3:]
    assert (move.by, reset.by, unlock.by) == (4, 1, 1)
    assert (move.owner, reset.owner, unlock.owner) == (3, 3, 1)


@pytest.mark.parametrize(("product", "owner"), [("otobo", 1), ("otrs6", 3), ("znuny", 3)])
def test_only_otobo_takes_the_owner_away_with_the_lock(product: str, owner: int) -> None:
    desk = Desk(Clock(MONDAY), product=product)  # type: ignore[arg-type]
    ticket = desk.portal_ticket("lena.nord", "Support")
    desk.take("anna.berg", ticket)
    desk.close("anna.berg", ticket)
    assert desk.ticket(ticket).owner == owner


def test_a_follow_up_wakes_what_waits_and_clears_the_time(desk: Desk) -> None:
    ticket = desk.portal_ticket("lena.nord", "Support")
    desk.pending("anna.berg", ticket, "2026-11-03T09:00:00Z")
    before = len(desk.history(ticket))
    desk.follow_up(ticket)
    assert kinds(desk, ticket, before)[:3] == ["StateUpdate", "SetPendingTime", "FollowUp"]
    assert {entry.by for entry in desk.history(ticket)[before:]} == {1}
    assert desk.ticket(ticket).pending_until == 0


def test_changed_is_not_touched_by_the_customers_second_message(desk: Desk) -> None:
    ticket = desk.portal_ticket("lena.nord", "Support")
    created = desk.ticket(ticket).changed
    desk.clock.advance(60)
    desk.follow_up(ticket)
    assert desk.ticket(ticket).changed == created
    desk.note("anna.berg", ticket)
    desk.clock.advance(60)
    desk.follow_up(ticket)
    assert desk.ticket(ticket).changed == created + 120


def test_a_merge_moves_messages_with_their_old_times(desk: Desk) -> None:
    early = desk.mail("tom.nord", "Support")
    desk.clock.advance(600)
    main = desk.portal_ticket("tom.nord", "Support")
    desk.merge("anna.berg", early, main)
    assert desk.history(main)[0].type == "EmailCustomer"
    assert desk.history(main)[0].at < desk.ticket(main).created
    assert [one.subject for one in desk.ticket(early).articles] == ["Ticket Merged"]
    assert "EmailCustomer" not in kinds(desk, early)


def test_jobs_close_unlock_and_warn_as_the_system(desk: Desk) -> None:
    waiting = desk.portal_ticket("kim.kestrel", "Billing")
    desk.pending("carla.dorn", waiting, "2026-11-02T10:00:00Z", "pending auto close-")
    locked = desk.portal_ticket("lena.nord", "Support")
    desk.take("anna.berg", locked)
    desk.clock.set("2026-11-02T14:45:00Z")
    assert desk.auto_close_job() == [waiting]
    assert desk.unlock_timeout_job() == [locked]
    assert desk.ticket(waiting).state == 3
    assert kinds(desk, locked)[-2:] == ["OwnerUpdate", "Unlock"]
    desk.escalation_job()
    desk.escalation_job()
    assert kinds(desk, locked).count("EscalationResponseTimeStart") == 1


def test_texts_are_written_in_the_desks_zone() -> None:
    clock = Clock("2026-10-25T00:30:00Z", zone="Europe/Berlin")
    assert clock.text(clock.now()) == "2026-10-25 02:30:00"
    assert clock.read("2026-10-25 02:30:00") == clock.now() + 3600  # the later of the two
    assert clock.read("2026-03-29 02:30:00") is None  # never was
    assert clock.read("2026-10-25 2:30:00") is None


def test_a_slow_transaction_shows_up_late_with_its_own_time(desk: Desk) -> None:
    ticket = desk.portal_ticket("lena.nord", "Support")
    desk.clock.advance(30)
    with desk.clock.at("2026-11-02T09:00:05Z"):
        desk.note("anna.berg", ticket)
    assert desk.clock.now() == desk.history(ticket)[-1].at + 25


def test_ties_come_in_no_stable_order_and_the_limit_is_500(desk: Desk) -> None:
    for number in range(510):
        desk.portal_ticket("lena.nord", "Support", f"Ticket {number}")
    access = Access(desk)
    search = Search(desk, access)
    caller = Caller(agent=desk.catalog.agent("sla.api"))
    asked = [search.run(caller, {"Limit": 3}, frozenset())["TicketID"] for _ in range(3)]
    assert len({tuple(one) for one in asked}) > 1
    assert len(search.run(caller, {}, frozenset())["TicketID"]) == 500
    assert len(search.run(caller, {"Limit": 5000}, frozenset())["TicketID"]) == 510
    ordered = {"SortBy": "TicketNumber", "OrderBy": "Up", "Limit": 3}
    assert search.run(caller, ordered, frozenset())["TicketID"] == ["1", "2", "3"]


def test_hidden_and_deleted_tickets_are_not_found(desk: Desk) -> None:
    tickets = [desk.portal_ticket("lena.nord", "Support") for _ in range(3)]
    desk.hide(tickets[0])
    desk.delete(tickets[1])
    search = Search(desk, Access(desk))
    caller = Caller(agent=desk.catalog.agent("sla.api"))
    assert search.run(caller, {"TicketID": tickets}, frozenset()) == {"TicketID": ["3"]}
