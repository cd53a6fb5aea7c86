"""Merging a ticket into another one, and links between tickets (live facts 4, 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slaplugin.demo import articles, history, tickets
from slaplugin.demo.assets import Assets
from slaplugin.demo.errors import invalid
from slaplugin.demo.history import Actor
from slaplugin.demo.schema import NOBODY, TICKET

if TYPE_CHECKING:
    from slaplugin.demo.db import Row
    from slaplugin.demo.desk import Desk

_OPPOSITE = {"parent": "child", "child": "parent", "normal": "normal"}


def merge(desk: Desk, source: Row, target: Row, actor_id: int) -> tuple[Row, Row]:
    """Move the source's articles into the target and close the source as merged.

    The source's `merged_into` row is dated back to its last change before the merge, the state
    row and the target's `received_merge` carry the true time. Tags and history rows stay.
    """
    if source["id"] == target["id"]:
        raise invalid("A ticket cannot be merged into itself.")
    ids = (source["id"], target["id"])
    at = desk.stamp(max(source["updated_at"], target["updated_at"]))
    history.merge(desk, target["id"], "received_merge", ids, Actor(actor_id, at))
    history.merge(desk, source["id"], "merged_into", ids, Actor(actor_id, source["updated_at"]))
    desk.db.execute(
        "UPDATE articles SET ticket_id = ?, updated_at = ? WHERE ticket_id = ?",
        (target["id"], at, source["id"]),
    )
    note = {"type": "note", "sender": "Agent", "body": "merged", "internal": False}
    articles.post(desk, source, note, actor_id)
    _close_as_merged(desk, desk.record(TICKET, source["id"]), actor_id)
    add_link(desk, "parent", source["id"], target["id"])
    tickets.touch(desk, target["id"], at)
    return desk.record(TICKET, target["id"]), desk.record(TICKET, source["id"])


def _close_as_merged(desk: Desk, source: Row, actor_id: int) -> None:
    state_id = next(key for key in desk.states() if desk.state_type(key) == "merged")
    if source["state_id"] != state_id:
        after = {**source, "state_id": state_id, "owner_id": NOBODY}
        tickets.save(desk, source, after, actor_id)


def add_link(desk: Desk, kind: str, source_id: int, target_id: int) -> None:
    """Link two tickets once; `kind` is what the target is to the source."""
    known = desk.db.one(
        "SELECT id FROM links WHERE type = ? AND source_id = ? AND target_id = ?",
        (kind, source_id, target_id),
    )
    if known is None:
        values = {"type": kind, "source_id": source_id, "target_id": target_id}
        desk.db.insert("links", values)


def remove_link(desk: Desk, source_id: int, target_id: int) -> None:
    """Drop the links between two tickets, in either direction."""
    desk.db.execute(
        "DELETE FROM links WHERE (source_id = ?1 AND target_id = ?2)"
        " OR (source_id = ?2 AND target_id = ?1)",
        (source_id, target_id),
    )


def links_of(desk: Desk, ticket_id: int) -> dict[str, Any]:
    """`{"links": [...], "assets": {...}}` as seen from one ticket."""
    assets = Assets(desk)
    shown = []
    rows = desk.db.all("SELECT * FROM links WHERE ? IN (source_id, target_id)", (ticket_id,))
    for row in rows:
        own = row["source_id"] == ticket_id
        other = row["target_id"] if own else row["source_id"]
        kind = row["type"] if own else _OPPOSITE[row["type"]]
        shown.append({"link_type": kind, "link_object": "Ticket", "link_object_value": other})
        assets.add_ticket_id(other)
    return {"links": shown, "assets": assets.answer()}
