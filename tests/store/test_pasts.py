"""The past in bulk says what the single tickets say."""

from __future__ import annotations

import pytest

from slaplugin.app.history import KeyRange
from slaplugin.store import SqliteStore, history
from tests.store.samples import HOST, event, save, ticket_row

TICKETS = 7


@pytest.fixture
def seven(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> SqliteStore:
    """Seven tickets of one helpdesk between those of another, read three at a time."""
    monkeypatch.setattr(history, "PAGE", 3)
    for number in range(TICKETS):
        name = f"t{number}"
        save(store, ticket_row(name), ticket_row(name, host="rt"))
        with store.tx() as tx:
            tx.replace_events(HOST, name, [event(f"{name}-{n}", 1000 * n) for n in range(number)])
            tx.replace_events("rt", name, [event("elsewhere")])
            if number % 2:
                tx.add_observed(HOST, name, [event("seen", 5_000, kind="field_changed")])
                tx.add_amendment(HOST, name, event("more", 6_000, kind="excluded", data={}))
    with store.tx() as tx:
        tx.replace_events(HOST, "t6", [event("t6-0", 0)])
    return store


def test_the_pasts_are_the_tickets_in_the_order_of_their_keys(seven: SqliteStore) -> None:
    found = list(seven.past_tickets(HOST))
    assert [item.row.id for item in found] == [f"t{number}" for number in range(TICKETS)]
    assert found == [seven.ticket(HOST, item.row.id) for item in found]
    assert len(found[6].vanished) == 5


def test_ranges_divide_the_pasts(seven: SqliteStore) -> None:
    whole = seven.key_range(HOST)
    assert whole is not None
    middle = (whole.first + whole.last) // 2
    parts = (KeyRange(whole.first, middle), KeyRange(middle + 1, whole.last))
    divided = [item for part in parts for item in seven.past_tickets(HOST, part)]
    assert divided == list(seven.past_tickets(HOST))


def test_the_first_event_of_each_helpdesk(store: SqliteStore) -> None:
    save(store, ticket_row("late"), ticket_row("early"), ticket_row("early", host="rt"))
    with store.tx() as tx:
        tx.replace_events(HOST, "late", [event("a", 9_000)])
        tx.replace_events(HOST, "early", [event("b", 8_000), event("c", 5_999)])
        tx.replace_events("rt", "early", [event("d", 1_000)])
    assert [store.first_event_at(host) for host in (HOST, "rt", "otrs")] == [5, 1, None]


def test_a_helpdesk_without_tickets_has_no_keys(seven: SqliteStore) -> None:
    assert seven.key_range("otrs") is None
    assert list(seven.past_tickets("otrs")) == []
