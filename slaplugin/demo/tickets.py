"""Creating, changing and deleting tickets with the side effects of the real server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slaplugin.demo import history, params
from slaplugin.demo.access import can_own
from slaplugin.demo.errors import invalid, refused
from slaplugin.demo.history import Actor
from slaplugin.demo.schema import NOBODY, TICKET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slaplugin.demo.db import Row
    from slaplugin.demo.desk import Desk

CLOSED = ("closed", "merged", "removed")


@dataclass(frozen=True, slots=True)
class NewTicket:
    """A ticket to create: what was sent, who sends it, and who is the customer if not said."""

    sent: Mapping[str, Any]
    actor_id: int
    customer_id: int | None = None
    owner_must_fit: bool = True
    extra: Mapping[str, Any] = field(default_factory=dict)


def create(desk: Desk, new: NewTicket) -> Row:
    """Store a ticket without its first article; 422 as on the real server."""
    columns = _defaults(desk) | params.ticket_columns(desk, new.sent)
    if columns.get("group_id") is None:
        raise invalid("The required value 'group_id' is missing.")
    if new.customer_id is not None:
        columns["customer_id"] = new.customer_id
    if columns.get("customer_id") is None:
        raise invalid("The required value 'customer_id' is missing.")
    params.check_workflow(desk, new.actor_id, None, columns)
    owner = columns["owner_id"]
    if owner != NOBODY and new.owner_must_fit and not can_own(desk, owner, columns["group_id"]):
        raise refused(f"Invalid value '{owner}' for field 'owner_id'!")
    return _store_new(desk, columns, new.actor_id)


def _defaults(desk: Desk) -> Row:
    priority = desk.db.value("SELECT id FROM ticket_priorities WHERE default_create = 1")
    custom = {
        name: ""
        for name, kind in desk.custom_types(TICKET.model).items()
        if kind in ("select", "input", "tree_select", "textarea")
    }
    state = desk.default_state("default_create")
    return {"state_id": state, "priority_id": priority, "owner_id": NOBODY} | custom


def _store_new(desk: Desk, columns: Row, actor_id: int) -> Row:
    now = desk.stamp()
    customer = desk.db.get("users", columns["customer_id"])
    if columns.get("organization_id") is None and customer is not None:
        columns["organization_id"] = customer["organization_id"]
    if desk.state_type(columns["state_id"]) == "closed":
        columns |= {"close_at": now, "last_close_at": now}
    ticket_id = desk.db.insert(
        TICKET.table,
        columns
        | {
            "number": _next_number(desk),
            "updated_by_id": actor_id,
            "created_by_id": actor_id,
            "created_at": now,
            "updated_at": now,
        },
    )
    history.created(desk, ticket_id, Actor(actor_id, now))
    return desk.record(TICKET, ticket_id)


def _next_number(desk: Desk) -> str:
    last = desk.db.value("SELECT seq FROM sqlite_sequence WHERE name = 'tickets'") or 0
    return str(desk.options.first_number + last)


def change(desk: Desk, ticket: Row, sent: Mapping[str, Any], actor_id: int) -> Row:
    """Apply the sent keys; equal values are no change and leave `updated_at` alone.

    An owner without `full` access to the group silently becomes nobody (facts 6.4).
    """
    wanted = params.ticket_columns(desk, sent)
    after = {**ticket, **wanted}
    params.check_workflow(desk, actor_id, ticket, after)
    if after == ticket:
        return ticket
    return save(desk, ticket, after, actor_id)


def save(desk: Desk, before: Row, wanted: Row, actor_id: int) -> Row:
    """Store changed columns with all that follows from them, and their history rows."""
    after = dict(wanted)
    actor = Actor(actor_id, desk.stamp(before["updated_at"]))
    _follow_customer(desk, before, after)
    _drop_unfit_owner(desk, after)
    _follow_state(desk, before, after, actor.at)
    _follow_owner(desk, before, after, actor.at)
    history.changes(desk, before, after, actor)
    after |= {"updated_at": actor.at, "updated_by_id": actor.user_id}
    changed = {name: value for name, value in after.items() if before[name] != value}
    desk.db.update(TICKET.table, before["id"], changed)
    return after


def touch(desk: Desk, ticket_id: int, at: int | None = None) -> int:
    """Move `updated_at` on without a history row; the new value in milliseconds."""
    previous = desk.db.value("SELECT updated_at FROM tickets WHERE id = ?", (ticket_id,))
    stamp = at if at is not None and at > previous else desk.stamp(previous)
    desk.db.update(TICKET.table, ticket_id, {"updated_at": stamp})
    return stamp


def _follow_customer(desk: Desk, before: Row, after: Row) -> None:
    if before["customer_id"] != after["customer_id"]:
        customer = desk.db.get("users", after["customer_id"])
        after["organization_id"] = customer["organization_id"] if customer else None


def _drop_unfit_owner(desk: Desk, after: Row) -> None:
    if after["owner_id"] == NOBODY or desk.state_type(after["state_id"]) in CLOSED:
        return
    if not can_own(desk, after["owner_id"], after["group_id"]):
        after["owner_id"] = NOBODY


def _follow_state(desk: Desk, before: Row, after: Row, now: int) -> None:
    if before["state_id"] == after["state_id"]:
        return
    if not params.is_pending(desk, after["state_id"]):
        after["pending_time"] = None
    if desk.state_type(after["state_id"]) == "closed":
        after["close_at"] = after["close_at"] or now
        after["last_close_at"] = now


def _follow_owner(desk: Desk, before: Row, after: Row, now: int) -> None:
    """`last_owner_update_at` as recorded: set on owner or state moves, cleared by the rest."""
    moved = {name for name in ("owner_id", "group_id", "state_id") if before[name] != after[name]}
    if not moved:
        return
    dropped = "owner_id" in moved and after["owner_id"] == NOBODY
    active = desk.state_type(after["state_id"]) in ("new", "open")
    cleared = dropped or "group_id" in moved or not active
    after["last_owner_update_at"] = None if cleared else now


def delete(desk: Desk, ticket: Row) -> None:
    """Remove the ticket with articles, history, tags and links; linked tickets are touched."""
    others = desk.db.column(
        "SELECT target_id FROM links WHERE source_id = ?1 UNION"
        " SELECT source_id FROM links WHERE target_id = ?1",
        (ticket["id"],),
    )
    for table in ("articles", "history", "tags"):
        desk.db.execute(f"DELETE FROM {table} WHERE ticket_id = ?", (ticket["id"],))  # noqa: S608
    desk.db.execute("DELETE FROM links WHERE ?1 IN (source_id, target_id)", (ticket["id"],))
    desk.db.execute("DELETE FROM tickets WHERE id = ?", (ticket["id"],))
    for other in others:
        if desk.db.get(TICKET.table, other) is not None:
            touch(desk, other)
