"""Tickets, their timelines and their instances: what is saved is what is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import pytest

from slaplugin.app.errors import StoreError, TicketHeldError
from slaplugin.app.ports import StoredTicket, TicketRow
from slaplugin.core.actions import Seen
from slaplugin.core.model import Actor, Event
from slaplugin.store import SqliteStore
from tests.store.samples import HOST, event, finished, save, stored, ticket_row


def read(store: SqliteStore, ticket: str = "1") -> StoredTicket:
    found = store.ticket(HOST, ticket)
    assert found is not None
    return found


def replace_events(store: SqliteStore, *events: Event) -> Sequence[Event]:
    with store.tx() as tx:
        return tx.replace_events(HOST, "1", events)


# --------------------------------------------------------------------------- rows


@pytest.mark.parametrize(
    "row",
    [
        ticket_row(),
        ticket_row(seen=Seen(), facts={}, current_only=frozenset(), url=None, next_check_at=None),
        ticket_row(held="unknown state", held_until=77, holds=3, missing="lost", open=False),
        ticket_row(live=False, policy_set=None, customer_key=None, organization_key=None),
        ticket_row(
            facts={
                "fields.when": date(2026, 3, 9),
                "fields.sets": frozenset({"a", "b"}),
                "fields.deep": {"list": ({"a": 1.5},), "$date": "a field of that very name"},
                "title": "Ünïcode ✓ \x00 and 'quotes'",
            }
        ),
    ],
)
def test_a_row_comes_back_as_it_was_saved(store: SqliteStore, row: TicketRow) -> None:
    save(store, row)
    assert store.row(HOST, "1") == row
    assert read(store).row == row


def test_saving_again_replaces_the_row_and_keeps_its_events(store: SqliteStore) -> None:
    save(store, ticket_row())
    replace_events(store, event())
    save(store, ticket_row(title="Put out", open=False))
    assert (read(store).row.title, len(read(store).events)) == ("Put out", 1)


def test_tickets_of_two_hosts_do_not_mix(store: SqliteStore) -> None:
    save(store, ticket_row(), ticket_row(host="rt", title="Another"))
    assert {row.title for row in (store.row("rt", "1"), store.row(HOST, "1")) if row} == {
        "Another",
        "Printer on fire",
    }
    assert list(store.ids("rt")) == ["1"]
    assert store.row("otrs", "1") is None
    assert store.ticket("otrs", "1") is None


def test_the_text_a_user_types_finds_number_before_id(store: SqliteStore) -> None:
    save(store, ticket_row("1", number="5"), ticket_row("5", number="8"))
    assert store.find("5") == [(HOST, "1")]
    assert store.find("1") == [(HOST, "1")]
    assert store.find("none") == []


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({"fields.x": object()}, "object"),
        ({"fields.x": {1: "a"}}, "keys"),
        ({"title": "half a pair \ud800"}, "Unicode"),
    ],
)
def test_a_value_that_cannot_be_stored_holds_its_ticket_alone(
    store: SqliteStore, facts: dict[str, object], named: str
) -> None:
    with pytest.raises(TicketHeldError, match=named):
        save(store, ticket_row(facts=facts))
    assert store.row(HOST, "1") is None
    save(store, ticket_row("2"))


def test_what_belongs_to_an_unknown_ticket_is_refused(store: SqliteStore) -> None:
    with pytest.raises(StoreError, match="save_ticket must come first"):
        replace_events(store, event())


# --------------------------------------------------------------------------- host events


def test_events_come_back_equal_and_in_order(store: SqliteStore) -> None:
    inner = event("i1", 5, data={}, kind="created", actor=Actor(None, "system"))
    events = [
        event("late", 3_000_500, ours=True, retarget=True, data={"to": None, "live": True}),
        event("first", 1_000_000, actor=None, data={}),
        event("same instant, later", 2_000_000, seq=2),
        event("same instant", 2_000_000, seq=1, data={"to": {"email": "a@b", "tags": ("x",)}}),
        event("merge", 2_500_000, kind="absorbed", data={"events": (inner, event("i2"))}),
    ]
    save(store, ticket_row())
    assert replace_events(store, *events) == events
    found = read(store).events
    assert found == tuple(sorted(events, key=lambda e: e.order))
    assert found[3].data["events"] == (inner, event("i2"))


def test_the_same_events_again_are_nothing_new(store: SqliteStore) -> None:
    save(store, ticket_row())
    replace_events(store, event("a"), event("b"))
    assert replace_events(store, event("b"), event("a"), event("a")) == ()
    assert len(read(store).events) == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda e: replace(e, at_ms=1),
        lambda e: replace(e, seq=5),
        lambda e: replace(e, kind="note"),
        lambda e: replace(e, data={"message": "18"}),
        lambda e: replace(e, ours=True),
        lambda e: replace(e, actor=None),
        lambda e: replace(e, actor=Actor("3", "customer", "Anna")),
    ],
)
def test_a_changed_event_is_answered_and_replaced(
    store: SqliteStore, change: Callable[[Event], Event]
) -> None:
    save(store, ticket_row())
    replace_events(store, event("a"), event("b"))
    changed = change(event("a"))
    assert replace_events(store, changed, event("b")) == [changed]
    assert set(map(repr, read(store).events)) == set(map(repr, (changed, event("b"))))


def test_a_renamed_account_changes_no_event_but_is_written_down(store: SqliteStore) -> None:
    save(store, ticket_row())
    replace_events(store, event())
    renamed = replace(event(), actor=Actor("3", "agent", "Anna Married"))
    assert replace_events(store, renamed) == []
    assert read(store).events == (renamed,)


def test_an_event_the_host_no_longer_shows_stays_and_counts(store: SqliteStore) -> None:
    save(store, ticket_row())
    replace_events(store, event("a"), event("b"))
    assert replace_events(store, event("b"), event("c")) == [event("c")]
    assert {e.id for e in read(store).events} == {"a", "b", "c"}
    assert read(store).vanished == {"a"}
    assert replace_events(store, event("b"), event("c")) == ()
    assert replace_events(store, event("a"), event("b"), event("c")) == []
    assert read(store).vanished == frozenset()


# --------------------------------------------------------------------------- observed, amended


def test_observed_events_and_amendments_stand_beside_the_host_events(store: SqliteStore) -> None:
    seen = event("o1", kind="field_changed", data={"field": "customer.vip", "to": True}, actor=None)
    longer = event("m1", kind="extended", data={"clock": "resolution", "add": 60, "reason": "x"})
    save(store, ticket_row())
    with store.tx() as tx:
        tx.replace_events(HOST, "1", [event()])
        tx.add_observed(HOST, "1", [seen])
        tx.add_amendment(HOST, "1", longer)
    with store.tx() as tx:  # a repeated id is one event
        tx.add_observed(HOST, "1", [seen])
        tx.add_amendment(HOST, "1", longer)
    replace_events(store)
    found = read(store)
    assert (found.events, found.observed, found.amendments) == ((event(),), (seen,), (longer,))


# --------------------------------------------------------------------------- no message bodies

SECRET = "Dear support, my password is hunter2 and my printer burns."


@pytest.mark.parametrize("key", ["body", "text", "subject", "html", "content"])
@pytest.mark.parametrize("place", ["event", "observed", "amendment", "absorbed"])
def test_a_message_body_is_refused_wherever_it_comes(
    store: SqliteStore, key: str, place: str
) -> None:
    bad = event("e9", data={"message": "17", key: SECRET})
    save(store, ticket_row())
    with pytest.raises(TicketHeldError, match=f"e9.*'{key}'"), store.tx() as tx:
        match place:
            case "event":
                tx.replace_events(HOST, "1", [bad])
            case "observed":
                tx.add_observed(HOST, "1", [bad])
            case "amendment":
                tx.add_amendment(HOST, "1", bad)
            case _:
                tx.replace_events(HOST, "1", [event("e1", data={"events": (bad,)})])
    store.close()
    assert b"hunter2" not in store.path.read_bytes()


def test_a_body_in_the_place_of_the_messages_id_is_refused(store: SqliteStore) -> None:
    save(store, ticket_row())
    for text in (SECRET, "x" * 1000):
        with pytest.raises(TicketHeldError, match="message's id"):
            replace_events(store, event(data={"message": text}))
    replace_events(store, event(data={"message": "<20260309.4711@mail.example.org>"}))
    replace_events(store, event(data={"message": 17}))


# --------------------------------------------------------------------------- instances


def test_instances_come_back_whole(store: SqliteStore) -> None:
    mine = (
        stored(),
        finished("first_response", breached_at=5, breach_reason="overdue"),
        stored("custom", target="2bd", due_at=None, spans=(), trace=(), steps=(), waived=True),
    )
    save(store, ticket_row())
    with store.tx() as tx:
        tx.save_instances(HOST, "1", mine)
    assert read(store).instances == mine


def save_instances(store: SqliteStore, *instances: object) -> None:
    with store.tx() as tx:
        tx.save_instances(HOST, "1", instances)  # type: ignore[arg-type]


def test_a_changed_finished_instance_keeps_what_it_was(store: SqliteStore) -> None:
    save(store, ticket_row())
    first = finished(outcome="met")
    save_instances(store, first)
    save_instances(store, first)
    assert (read(store).instances, store.revisions(HOST, "1")) == ((first,), [])
    save_instances(store, finished(outcome="breached"))
    save_instances(store, finished(outcome="breached", policy_set="set-2"))
    assert read(store).instances == (
        replace(finished(outcome="breached", policy_set="set-2"), revision=3),
    )
    assert store.revisions(HOST, "1") == [first, replace(finished(outcome="breached"), revision=2)]


def test_an_open_instance_is_derived_anew_without_a_trace_of_the_old(store: SqliteStore) -> None:
    save(store, ticket_row())
    save_instances(store, stored(elapsed=1))
    save_instances(store, stored(elapsed=2))
    assert read(store).instances == (stored(elapsed=2),)
    assert store.revisions(HOST, "1") == []


def test_a_finished_instance_that_goes_and_comes_back_counts_on(store: SqliteStore) -> None:
    save(store, ticket_row())
    save_instances(store, finished())
    save_instances(store)
    assert store.revisions(HOST, "1") == [finished()]
    save_instances(store, finished())
    assert read(store).instances == (replace(finished(), revision=2),)


def test_a_reopened_instance_keeps_its_finished_state_as_a_revision(store: SqliteStore) -> None:
    save(store, ticket_row())
    save_instances(store, finished())
    save_instances(store, stored())
    assert read(store).instances == (replace(stored(), revision=2),)
    assert store.revisions(HOST, "1") == [finished()]
