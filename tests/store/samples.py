"""Tickets, events, instances and actions to store, each whole unless the test says otherwise."""

from __future__ import annotations

from typing import Any

from slaplugin.app.ports import Lease, StoredInstance, TicketRow
from slaplugin.core.actions import ActionRow, Seen
from slaplugin.core.model import (
    Actor,
    ClockInstance,
    Event,
    LayerTrace,
    Span,
    StepRecord,
)
from slaplugin.store import SqliteStore

HOST = "zammad"


def ticket_row(id: str = "1", **changes: Any) -> TicketRow:
    values: dict[str, Any] = {
        "host": HOST,
        "id": id,
        "number": f"31{id}",
        "title": "Printer on fire",
        "facts": {"group": "Support", "tags": ("red", "hot"), "customer.vip": True, "x": None},
        "current_only": frozenset({"customer.vip", "organization.name"}),
        "first_seen_at": 1000,
        "customer_key": "7",
        "organization_key": "9",
        "revision": "abc",
        "updated_at_ms": 999_123,
        "seen": Seen(
            tags=frozenset({"red", "hot"}),
            owner="anna",
            group="Support",
            fields={"sla_due": 1234, "sla_state": None, "lines": ("a", "b")},
        ),
        "next_check_at": 5000,
        "policy_set": "set-1",
        "url": "https://help.example.org/#ticket/zoom/1",
    }
    return TicketRow(**values | changes)


def event(id: str = "e1", at_ms: int = 1_000_000, **changes: Any) -> Event:
    values: dict[str, Any] = {
        "seq": 0,
        "kind": "agent_reply",
        "data": {"message": "17"},
        "actor": Actor("3", "agent", "Anna"),
    }
    return Event(at_ms=at_ms, id=id, **values | changes)


def instance(clock: str = "resolution", start: str = "e1", **changes: Any) -> ClockInstance:
    values: dict[str, Any] = {
        "instance": 1,
        "status": "running",
        "outcome": "pending",
        "started_at": 1000,
        "policy": "standard",
        "calendar": "office",
        "due_at": 9000,
        "target": 3600,
        "elapsed": 60,
        "spans": (Span(1000, 1060, "counted", "open", "office"),),
        "trace": (LayerTrace("standard", 0, True, True, "every ticket"),),
        "steps": (
            StepRecord(2000, "75%", ("mark", {"tag": "x"}), "due", 0, "standard", (1, 2, 3)),
        ),
    }
    return ClockInstance(clock=clock, start_event=start, **values | changes)


def stored(clock: str = "resolution", start: str = "e1", **changes: Any) -> StoredInstance:
    finished = changes.pop("finished", False)
    policy_set = changes.pop("policy_set", "set-1")
    return StoredInstance(instance(clock, start, **changes), policy_set, finished)


def finished(clock: str = "resolution", start: str = "e1", **changes: Any) -> StoredInstance:
    over = {"status": "stopped", "outcome": "met", "stopped_at": 1060, "finished": True}
    return stored(clock, start, **over | changes)


def action(key: str = "k1", ticket: str = "1", **changes: Any) -> ActionRow:
    values: dict[str, Any] = {
        "kind": "add_tag",
        "clock": "resolution",
        "start_event": "e1",
        "step": "75%",
        "policy": "standard",
        "due_at": 4000,
        "value": "sla-at-risk",
        "why": "75% of 4h",
        "at": 4001,
    }
    return ActionRow(key=key, host=HOST, ticket=ticket, **values | changes)


def save(store: SqliteStore, *rows: TicketRow) -> None:
    with store.tx() as tx:
        for row in rows:
            tx.save_ticket(row)


def lease(store: SqliteStore, holder: str = "daemon", now: int = 1000) -> Lease:
    taken = store.acquire(holder, now, 60)
    assert taken is not None
    return taken
