"""The narrow rows of open clocks: what is counted, what needs a look, and that they follow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from slaplugin.app.errors import TicketHeldError
from slaplugin.app.ports import StoredInstance
from slaplugin.app.standings import Pressing, Tally
from slaplugin.core.actions import Seen
from slaplugin.store import SqliteStore
from slaplugin.store.standings import CREATE_STANDINGS, LOOKS, TALLIES
from tests.store.samples import HOST, finished, save, stored, ticket_row


def clock(name: str, urgent_from: int | None = None, **changes: Any) -> StoredInstance:
    return replace(stored(name, **changes), urgent_from=urgent_from)


def keep(store: SqliteStore, ticket: str, *instances: StoredInstance) -> None:
    with store.tx() as tx:
        tx.save_instances(HOST, ticket, instances)


def looked_at(store: SqliteStore, now: int) -> list[tuple[str, str]]:
    """(ticket, clock) of what needs a look."""
    return [(each.row.id, each.instance.clock) for each in store.pressing(HOST, now, {})]


def test_clocks_are_counted_until_their_instant(store: SqliteStore) -> None:
    never = Seen(group="Billing")
    save(
        store,
        ticket_row("1", next_check_at=None),
        ticket_row("2", next_check_at=None, seen=never),
        ticket_row("3", next_check_at=300),
        ticket_row("1", host="rt"),
    )
    keep(
        store,
        "1",
        clock("a", 200, due_at=900),
        clock("a", 200, start="e2", due_at=800),
        clock("b", None, status="paused", due_at=None, confidence="low"),
        clock("measured only", target=None, due_at=None),
        finished("over"),
    )
    keep(store, "2", clock("a", 100, due_at=500))
    keep(store, "3", clock("a", 400))
    assert looked_at(store, 99) == []
    assert store.tallies(HOST, 199) == [
        Tally("Support", "standard", "a", "us", False, True, 3, 800),
        Tally("Support", "standard", "b", "us", True, False, 1, None),
    ]
    assert looked_at(store, 199) == [("2", "a")]
    assert looked_at(store, 299) == [("2", "a"), ("1", "a"), ("1", "a")]
    assert looked_at(store, 300) == [("2", "a"), ("1", "a"), ("1", "a"), ("3", "a")]


def test_they_follow_their_ticket_and_its_instances(store: SqliteStore) -> None:
    save(store, ticket_row("1", next_check_at=900))
    keep(store, "1", clock("a", 500), clock("b", 600))
    save(store, ticket_row("1", next_check_at=100, seen=Seen(group="Billing")))
    assert [each.group for each in store.tallies(HOST, 99)] == ["Billing", "Billing"]
    assert looked_at(store, 100) == [("1", "a"), ("1", "b")]
    save(store, ticket_row("1", next_check_at=None))
    keep(store, "1", clock("a", 700), finished("b"))
    assert looked_at(store, 699) == []
    assert looked_at(store, 700) == [("1", "a")]
    ticket = store.ticket(HOST, "1")
    assert ticket is not None
    assert [each.urgent_from for each in ticket.instances] == [700, None]


def test_what_is_known_and_unchanged_is_not_read_again(store: SqliteStore) -> None:
    save(store, ticket_row("1"), ticket_row("2"), ticket_row("3"))
    for ticket in "123":
        keep(store, ticket, clock("a", 10))
    known: dict[Any, Pressing] = {each.key: each for each in store.pressing(HOST, 20, {})}
    save(store, ticket_row("2", title="renamed"))
    keep(store, "3", clock("a", 10, elapsed=61))
    again = {each.row.id: each for each in store.pressing(HOST, 20, known)}
    assert [any(again[ticket] is each for each in known.values()) for ticket in "123"] == [
        True,
        False,
        False,
    ]
    assert again["2"].row.title == "renamed"
    assert again["3"].instance.elapsed == 61
    assert again["2"].row.facts == {}


def test_a_ticket_that_could_not_be_recorded_leaves_nothing(store: SqliteStore) -> None:
    save(store, ticket_row("1"))
    with store.tx() as tx:
        with pytest.raises(TicketHeldError), tx.part():
            tx.save_ticket(ticket_row("2", next_check_at=1))
            tx.save_instances(HOST, "2", [clock("a", 1)])
            tx.save_ticket(ticket_row("2", facts={"x": object()}))
        tx.save_ticket(ticket_row("3", next_check_at=2))
        tx.save_instances(HOST, "3", [clock("a", 2)])
    assert looked_at(store, 5) == [("3", "a")]


def test_clocks_due_at_an_instant(store: SqliteStore) -> None:
    save(store, ticket_row("1"), ticket_row("2"), ticket_row("1", host="rt"))
    keep(store, "1", clock("a", due_at=300), clock("b", due_at=301), finished("c", due_at=300))
    keep(store, "2", clock("a", due_at=300))
    found = [(row.id, item.instance.clock) for row, item in store.due_at(HOST, 300)]
    assert sorted(found) == [("1", "a"), ("2", "a")]


@pytest.mark.parametrize("query", [TALLIES, LOOKS])
def test_both_questions_are_answered_by_an_index_alone(store: SqliteStore, query: str) -> None:
    plan = store.rows(f"EXPLAIN QUERY PLAN {query}", (HOST, 1))
    assert [row[3].split(" INDEX ")[0] for row in plan] == ["SEARCH standings USING COVERING"]


def test_an_older_store_has_all_its_clocks_looked_at_and_judged_again(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with SqliteStore(path, durable=False) as store:
        save(store, ticket_row("1", next_check_at=None), ticket_row("2", live=False))
        keep(store, "1", clock("a", 10**9), finished("b"))
        keep(store, "2", clock("a", 10**9))
        store.connection.execute("DROP TABLE standings")
        for statement in CREATE_STANDINGS:
            store.connection.execute(statement)
        assert looked_at(store, 0) == [("1", "a"), ("2", "a")]
        assert store.stale(HOST, "set-1", 10) == ["1"]
