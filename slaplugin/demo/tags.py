"""Tags: case-sensitive, trimmed, idempotent; a real change touches the ticket (live facts 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slaplugin.demo import history
from slaplugin.demo.errors import broken, invalid
from slaplugin.demo.history import Actor
from slaplugin.demo.schema import TICKET

if TYPE_CHECKING:
    from slaplugin.demo.db import Row
    from slaplugin.demo.desk import Desk


def names(desk: Desk, ticket_id: object) -> list[str]:
    """The tags of a ticket in order of adding; empty for a ticket that does not exist."""
    return desk.db.column(
        "SELECT name FROM tags JOIN tag_items ON tag_items.id = item_id"
        " WHERE ticket_id = ? ORDER BY tags.id",
        (ticket_id,),
    )


def cleaned(item: object) -> str:
    """The trimmed tag name; 500 for null, 422 for nothing left."""
    if item is None:
        raise broken("undefined method `strip' for nil:NilClass")
    name = str(item).strip()
    if not name:
        raise invalid("Attribute 'tag_item_id\" of relation \"tags' required!")
    return name


def add(desk: Desk, ticket: Row, name: str, actor_id: int) -> bool:
    """Put a tag on; False and no trace when it is there already."""
    if name in names(desk, ticket["id"]):
        return False
    item_id = desk.db.value("SELECT id FROM tag_items WHERE name = ?", (name,))
    if item_id is None:
        item_id = desk.db.insert("tag_items", {"name": name})
    desk.db.insert("tags", {"ticket_id": ticket["id"], "item_id": item_id})
    _record(desk, ticket, "added", name, actor_id)
    return True


def remove(desk: Desk, ticket: Row, name: str, actor_id: int) -> bool:
    """Take a tag off; False and no trace when it is not there."""
    count = desk.db.execute(
        "DELETE FROM tags WHERE ticket_id = ?"
        " AND item_id = (SELECT id FROM tag_items WHERE name = ?)",
        (ticket["id"], name),
    )
    if count:
        _record(desk, ticket, "removed", name, actor_id)
    return bool(count)


def _record(desk: Desk, ticket: Row, kind: str, name: str, actor_id: int) -> None:
    """A tag change bumps `updated_at`, not `updated_by`, and wakes no trigger."""
    previous = desk.db.value("SELECT updated_at FROM tickets WHERE id = ?", (ticket["id"],))
    at = desk.stamp(previous)
    history.tag(desk, ticket["id"], kind, name, Actor(actor_id, at))
    desk.db.update(TICKET.table, ticket["id"], {"updated_at": at})


def listing(desk: Desk) -> list[dict[str, Any]]:
    """Every tag known with the number of tickets that carry it, by name."""
    return desk.db.all(
        "SELECT tag_items.id, name, count(tags.id) AS count FROM tag_items"
        " LEFT JOIN tags ON item_id = tag_items.id GROUP BY tag_items.id ORDER BY lower(name)"
    )


def matching(desk: Desk, term: str) -> list[dict[str, Any]]:
    """Tags that begin with `term`, for completion."""
    return desk.db.all(
        "SELECT id, name AS value FROM tag_items WHERE substr(lower(name), 1, ?) = ?"
        " ORDER BY lower(name)",
        (len(term), term.lower()),
    )
