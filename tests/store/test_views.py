"""The stable SQL views: what they show of a store, and that their columns stay."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import pytest

from slaplugin.app.ports import AuditEntry
from slaplugin.store import SqliteStore
from slaplugin.store.exporting import Selection, count, exported
from slaplugin.store.views import VIEWS
from tests.store.samples import HOST, action, event, finished, save, stored, ticket_row

COLUMNS = {
    "tickets": "host ticket number title url open live created_at created_at_s first_seen_at"
    " first_seen_at_s customer_key organization_key group_name owner priority state state_kind"
    " facts_at_creation held missing policy_set",
    "clocks": "host ticket number clock instance policy calendar party status outcome void_reason"
    " started_at started_at_s stopped_at stopped_at_s due_at due_at_s breached_at breached_at_s"
    " breach_reason target target_seconds elapsed paused remaining waived confidence start_event"
    " policy_set finished revision",
    "events": "host ticket number id at at_s at_ms seq event source actor_key actor_role actor_name"
    " ours vanished data",
    "actions": "host ticket number key kind clock step policy field value value_before why status"
    " attempts result due_at due_at_s at at_s",
    "audit": "entry link at at_s kind host ticket payload erased",
    "policy_sets": "hash engine saved_at saved_at_s files",
}


@pytest.fixture
def filled(store: SqliteStore) -> SqliteStore:
    save(store, ticket_row("1"), ticket_row("2", number="312", open=False))
    with store.tx() as tx:
        created = event("c", 1_000_500, kind="created", data={"by": "customer"})
        tx.replace_events(HOST, "1", [created, event("gone", 2_000_000)])
        tx.replace_events(HOST, "1", [created])
        tx.add_observed(HOST, "1", [event("seen", 3_000_000, kind="field_changed", data={})])
        running = stored(due_at=9000, target=3600)
        text_target = finished("first_response", target="by 10:00 +1bd", breached_at=8000)
        tx.save_instances(HOST, "1", [running, text_target])
        tx.save_action(action("k1", status="done"))
        tx.audit(AuditEntry("started", 1000, {"clock": "resolution"}, HOST, "1"))
    return store


def rows(store: SqliteStore, table: str, **narrowed: Any) -> list[dict[str, Any]]:
    selection = Selection(table, **narrowed)
    names = [column.name for column in selection.view.columns]
    found = [dict(zip(names, row, strict=True)) for row in exported(store, selection)]
    assert count(store, selection) == len(found)
    return found


def test_columns_that_were_promised_are_there() -> None:
    shown = {name: [column.name for column in view.columns] for name, view in VIEWS.items()}
    assert shown == {name: text.split() for name, text in COLUMNS.items()}


def test_tickets(filled: SqliteStore) -> None:
    first, second = rows(filled, "tickets")
    assert (first["ticket"], first["created_at"], first["created_at_s"]) == (
        "1",
        "1970-01-01T00:16:40Z",
        1000,
    )
    assert (first["group_name"], first["owner"], first["open"]) == ("Support", "anna", 1)
    assert json.loads(first["facts_at_creation"])["customer.vip"] is True
    assert (second["number"], second["open"], second["created_at"]) == ("312", 0, None)


def test_clocks(filled: SqliteStore) -> None:
    response, resolution = rows(filled, "clocks")
    assert (response["target"], response["target_seconds"]) == ("by 10:00 +1bd", None)
    assert (resolution["target"], resolution["target_seconds"]) == ("3600", 3600)
    assert (resolution["due_at"], resolution["due_at_s"]) == ("1970-01-01T02:30:00Z", 9000)
    assert (response["outcome"], response["finished"], response["waived"]) == ("met", 1, 0)


def test_events_of_all_three_kinds_with_what_vanished(filled: SqliteStore) -> None:
    found = [(row["id"], row["source"], row["vanished"]) for row in rows(filled, "events")]
    assert found == [("c", "host", 0), ("gone", "host", 1), ("seen", "observed", 0)]


def test_actions_and_audit(filled: SqliteStore) -> None:
    (done,) = rows(filled, "actions")
    assert (done["ticket"], done["status"], json.loads(done["value"])) == (
        "1",
        "done",
        "sla-at-risk",
    )
    (entry,) = rows(filled, "audit")
    assert (entry["kind"], json.loads(entry["payload"])) == ("started", {"clock": "resolution"})


def test_selections_narrow(filled: SqliteStore) -> None:
    assert [row["id"] for row in rows(filled, "events", since=1001, until=3000)] == ["gone"]
    assert rows(filled, "clocks", ticket="2") == []


@pytest.mark.parametrize("name", sorted(VIEWS))
def test_anybodys_sqlite_reads_them_and_nobody_writes_them(filled: SqliteStore, name: str) -> None:
    view = VIEWS[name].name
    with sqlite3.connect(f"{filled.path.as_uri()}?mode=ro", uri=True) as theirs:
        theirs.execute(f"SELECT * FROM {view}").fetchall()
    with (
        sqlite3.connect(filled.path) as theirs,
        pytest.raises(sqlite3.OperationalError, match="it is a view"),
    ):
        theirs.execute(f"DELETE FROM {view}")
