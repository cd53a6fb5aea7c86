"""The questions of a cycle and of ``status``: right answers, from indexes alone."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

import pytest

from slaplugin.core.actions import Seen
from slaplugin.store import SqliteStore, reads
from tests.store.samples import HOST, action, finished, save, stored, ticket_row


def test_due_names_live_tickets_whose_time_has_come_earliest_first(store: SqliteStore) -> None:
    save(
        store,
        ticket_row("now", next_check_at=100),
        ticket_row("earlier", next_check_at=50),
        ticket_row("later", next_check_at=101),
        ticket_row("never", next_check_at=None),
        ticket_row("past only", next_check_at=1, live=False),
        ticket_row("held", next_check_at=1, held="why", held_until=90),
        ticket_row("closed, a mark to come", next_check_at=99, open=False),
        ticket_row("elsewhere", next_check_at=1, host="rt"),
    )
    assert store.due(HOST, 100, 10) == ["earlier", "closed, a mark to come", "now"]
    assert store.due(HOST, 100, 1) == ["earlier"]


def test_retry_names_held_tickets_whose_backoff_is_over(store: SqliteStore) -> None:
    save(
        store,
        ticket_row("b", held="x", held_until=100),
        ticket_row("a", held="x", held_until=90),
        ticket_row("not yet", held="x", held_until=101),
        ticket_row("for good", held="lost", held_until=None),
        ticket_row("free"),
    )
    assert store.retry(HOST, 100, 10) == ["a", "b"]
    assert [row.id for row in store.held(HOST)] == ["for good", "a", "b", "not yet"]


def test_stale_names_open_tickets_judged_under_another_set(store: SqliteStore) -> None:
    save(
        store,
        ticket_row("same", policy_set="m"),
        ticket_row("before", policy_set="a"),
        ticket_row("after", policy_set="z"),
        ticket_row("never judged", policy_set=None),
        ticket_row("closed", policy_set="a", open=False),
        ticket_row("past only", policy_set="a", live=False),
        ticket_row("held", policy_set="a", held="x"),
    )
    assert sorted(store.stale(HOST, "m", 10)) == ["after", "before", "never judged"]
    assert len(store.stale(HOST, "m", 2)) == 2


def test_ids_go_on_page_after_page_while_tickets_are_saved(store: SqliteStore) -> None:
    names = [f"{number:05}" for number in range(reads.PAGE * 2 + 1)]
    save(store, *(ticket_row(name, open=name != "00000") for name in names))
    assert list(store.ids(HOST)) == names
    seen = []
    for name in store.ids(HOST, open_only=True):
        seen.append(name)
        if len(seen) % 100 == 1:
            save(store, ticket_row(name, title="changed on the way"))
    assert seen == names[1:]


def test_tickets_of_a_party_and_open_tickets_of_an_owner(store: SqliteStore) -> None:
    anna, bert = Seen(owner="anna"), Seen(owner="bert")
    save(
        store,
        ticket_row("1", customer_key="7", organization_key="9", seen=anna),
        ticket_row("2", customer_key="7", organization_key=None, seen=anna),
        ticket_row("3", customer_key="8", organization_key="9", seen=bert),
        ticket_row("4", customer_key="7", organization_key="9", seen=anna, open=False),
        ticket_row("5", customer_key="7x", organization_key="9", seen=Seen(), host="rt"),
    )
    assert store.tickets_of(HOST, "customer", "7") == ["1", "2"]
    assert store.tickets_of(HOST, "organization", "9") == ["1", "3"]
    assert store.owned_counts(HOST) == {"anna": 2, "bert": 1}


def test_open_instances_come_by_their_due_those_without_one_last(store: SqliteStore) -> None:
    save(store, ticket_row("1"), ticket_row("2"), ticket_row("1", host="rt"))
    with store.tx() as tx:
        tx.save_instances(
            HOST,
            "1",
            [
                stored("paused", status="paused", due_at=None),
                stored("later", due_at=300),
                stored("measured only", target=None, due_at=None),
                finished("over", due_at=1),
            ],
        )
        tx.save_instances(HOST, "2", [stored("sooner", due_at=200)])
        tx.save_instances("rt", "1", [stored("elsewhere", due_at=100)])
    found = [(row.id, item.instance.clock) for row, item in store.open_instances(HOST)]
    assert found == [("2", "sooner"), ("1", "later"), ("1", "paused")]


def test_ended_instances_are_those_that_finished_since_an_instant(store: SqliteStore) -> None:
    save(store, ticket_row("1"), ticket_row("2"), ticket_row("1", host="rt"))
    with store.tx() as tx:
        tx.save_instances(
            HOST,
            "1",
            [
                finished("late", stopped_at=300),
                finished("just now", stopped_at=200),
                finished("yesterday", stopped_at=199),
                stored("left its policies", status="void", stopped_at=250),
                stored("still open"),
            ],
        )
        tx.save_instances(HOST, "2", [finished("between", stopped_at=250)])
        tx.save_instances("rt", "1", [finished("elsewhere", stopped_at=250)])
    found = [item.instance.clock for item in store.ended_instances(HOST, 200)]
    assert found == ["just now", "between", "late"]


def test_actions_are_listed_by_ticket_status_and_time(store: SqliteStore) -> None:
    save(store, ticket_row("1"), ticket_row("2"))
    rows = [
        action("c", "1", at=30, due_at=1, status="done", value={"deep": ("x", 1)}, before=("a",)),
        action("b", "1", at=20, due_at=2, status="failed", result="refused", attempts=2),
        action("a", "2", at=20, due_at=3, status="done", field="sla_due", value=None),
    ]
    with store.tx() as tx:
        for row in rows:
            tx.save_action(row)
    assert store.actions_of(HOST, "1") == rows[:2]
    assert [row.key for row in store.actions(HOST)] == ["a", "b", "c"]
    assert [row.key for row in store.actions(HOST, status="done")] == ["a", "c"]
    assert [row.key for row in store.actions(HOST, since=21)] == ["c"]
    assert store.action("c") == rows[0]
    assert store.action("none") is None


def test_writes_done_and_assignments_are_counted_from_the_actions(store: SqliteStore) -> None:
    save(store, ticket_row("1", seen=Seen(group="Support")))
    with store.tx() as tx:
        for key, at, status, login, group in [
            ("k1", 10, "done", "anna", None),
            ("k2", 30, "done", "anna", "Support"),
            ("k3", 20, "done", "bert", "Support"),
            ("k4", 40, "failed", "carl", "Support"),
            ("k5", 50, "done", "dora", "Second Line"),
            ("k6", 60, "done", None, "Support"),
        ]:
            tx.save_action(
                action(key, kind="set_owner", at=at, status=status, value=login, group=group)
            )
        tx.save_action(action("k7", at=35, status="done"))
    assert store.last_assigned(HOST, "Support") == {"anna": 30, "bert": 20}
    assert store.last_assigned(HOST, "Second Line") == {"dora": 50}
    assert store.count_writes(HOST, 30, ["set_owner"]) == 3
    assert store.count_writes(HOST, 30, ["set_owner", "add_tag"]) == 4
    assert store.count_writes(HOST, 61, ["set_owner", "add_tag"]) == 0


# --------------------------------------------------------------------------- cost


def plan(connection: sqlite3.Connection, sql: str) -> list[str]:
    values: list[Any] = [1] * sql.count("?")
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]


INDEX_ALONE = {
    "due": reads.DUE,
    "retry": reads.RETRY,
    "stale": reads.STALE,
    "ids": reads.IDS,
    "open ids": reads.OPEN_IDS,
    "of a customer": reads.TICKETS_OF["customer"],
    "of an organization": reads.TICKETS_OF["organization"],
    "owned": reads.OWNED,
    "writes": reads.COUNT_WRITES,
    "assigned": reads.LAST_ASSIGNED,
}


@pytest.mark.parametrize("name", INDEX_ALONE)
def test_a_cycle_asks_indexes_alone_and_sorts_nothing(store: SqliteStore, name: str) -> None:
    steps = plan(store.connection, INDEX_ALONE[name])
    searches = [step for step in steps if "tickets" in step or "actions" in step]
    assert searches
    for step in searches:
        assert re.match(r"SEARCH \w+ USING COVERING INDEX \w+ \(host=", step), steps
    assert not any("TEMP B-TREE" in step or step.startswith("SCAN") for step in steps), steps


def test_status_walks_the_due_order_and_sorts_nothing(store: SqliteStore) -> None:
    steps = plan(store.connection, reads.OPEN_INSTANCES)
    assert steps[0].startswith("SEARCH i USING INDEX instances_open")
    assert steps[1] == "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)"
    assert len(steps) == 2


def test_what_ended_today_is_found_without_walking_what_ended_before(store: SqliteStore) -> None:
    steps = plan(store.connection, reads.ENDED_INSTANCES)
    assert steps[0].startswith("SEARCH i USING INDEX instances_ended")
    assert steps[1] == "SEARCH t USING INTEGER PRIMARY KEY (rowid=?)"
    assert len(steps) == 2


def test_a_cycle_of_ten_among_many_reads_ten(store: SqliteStore) -> None:
    """The work SQLite does (virtual machine steps) must not grow with the tickets that wait."""
    save(store, *(ticket_row(str(n), next_check_at=10_000 + n) for n in range(3000)))
    save(store, *(ticket_row(f"due {n}", next_check_at=n) for n in range(10)))
    ticks = 0

    def tick() -> int:
        nonlocal ticks
        ticks += 1
        return 0

    store.connection.set_progress_handler(tick, 10)
    assert len(store.due(HOST, 100, 500)) == 10
    assert store.stale(HOST, "set-1", 500) == []
    assert store.retry(HOST, 100, 500) == []
    store.connection.set_progress_handler(None, 0)
    assert ticks * 10 < 1000
