"""The journal of a ticket: writing rows and showing them in the recorded shape (live facts 4)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from slaplugin.demo import render
from slaplugin.demo.access import agents_to_tell
from slaplugin.demo.assets import Assets
from slaplugin.demo.schema import TICKET
from slaplugin.demo.stamps import iso, ruby_text

if TYPE_CHECKING:
    from slaplugin.demo.db import Row
    from slaplugin.demo.desk import Desk


@dataclass(frozen=True, slots=True)
class Entry:
    """One history row. `ticket_id` is where it is listed, `o_id` the object it is about."""

    ticket_id: int
    o_id: int
    type: str
    created_by_id: int
    created_at: int
    object: str = "Ticket"
    attribute: str | None = None
    related_o_id: int | None = None
    related_object: str | None = None
    id_to: int | None = None
    id_from: int | None = None
    value_from: str | None = None
    value_to: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a change and when (UTC milliseconds)."""

    user_id: int
    at: int


def add(desk: Desk, entry: Entry) -> None:
    """Append a row."""
    desk.db.insert("history", asdict(entry))


def created(desk: Desk, ticket_id: int, actor: Actor) -> None:
    """The row of a ticket's creation; it carries no initial values."""
    add(desk, Entry(ticket_id, ticket_id, "created", actor.user_id, actor.at))


def article_event(
    desk: Desk, article: Row, kind: str, actor: Actor, values: tuple[str, str] | None = None
) -> None:
    """A row about an article: `created`, or `email` with subject and address."""
    before, after = values or (None, None)
    add(
        desk,
        Entry(
            article["ticket_id"],
            article["id"],
            kind,
            actor.user_id,
            actor.at,
            object="Ticket::Article",
            related_o_id=article["ticket_id"],
            related_object="Ticket",
            value_from=before,
            value_to=after,
        ),
    )


def article_changed(
    desk: Desk, article: Row, attribute: str, values: tuple[str, str], actor: Actor
) -> None:
    """The row of an edited article, such as its visibility being switched."""
    add(
        desk,
        Entry(
            article["ticket_id"],
            article["id"],
            "updated",
            actor.user_id,
            actor.at,
            object="Ticket::Article",
            attribute=attribute,
            related_o_id=article["ticket_id"],
            related_object="Ticket",
            value_from=values[0],
            value_to=values[1],
        ),
    )


def tag(desk: Desk, ticket_id: int, kind: str, name: str, actor: Actor) -> None:
    """A tag `added` or `removed`; the name is in `value_to` both times."""
    add(
        desk,
        Entry(
            ticket_id,
            ticket_id,
            kind,
            actor.user_id,
            actor.at,
            attribute="tag",
            value_to=name,
        ),
    )


def merge(desk: Desk, ticket_id: int, kind: str, ids: tuple[int, int], actor: Actor) -> None:
    """`merged_into` or `received_merge`; `ids` are source and target."""
    source, target = ids
    add(
        desk,
        Entry(
            ticket_id,
            ticket_id,
            kind,
            actor.user_id,
            actor.at,
            id_from=source,
            id_to=target,
        ),
    )


def notified(desk: Desk, ticket: Row, event: str, actor: Actor) -> None:
    """One row for each agent who is told of an event; noise, as on the real server."""
    if not desk.options.notify_agents:
        return
    for email in agents_to_tell(desk, ticket, actor.user_id):
        add(
            desk,
            Entry(
                ticket["id"],
                ticket["id"],
                "notification",
                actor.user_id,
                actor.at,
                value_to=f"{email}({event}:online,email)",
            ),
        )


_RELATIONS = {
    "group_id": "groups",
    "priority_id": "ticket_priorities",
    "state_id": "ticket_states",
    "organization_id": "organizations",
    "owner_id": "users",
    "customer_id": "users",
}
_SILENT = frozenset(
    {
        "article_count",
        "preferences",
        "create_article_type_id",
        "create_article_sender_id",
        "created_at",
        "updated_at",
        "created_by_id",
        "updated_by_id",
    }
)


def changes(desk: Desk, before: Row, after: Row, actor: Actor) -> int:
    """A row for each attribute that differs, in column order; how many were written."""
    count = 0
    times = desk.kinds(TICKET).times
    for name, new in after.items():
        old = before[name]
        if old == new or name in _SILENT:
            continue
        add(desk, _change(desk, before["id"], actor, _Change(name, old, new, name in times)))
        count += 1
    return count


@dataclass(frozen=True, slots=True)
class _Change:
    column: str
    old: Any
    new: Any
    is_time: bool


def _change(desk: Desk, ticket_id: int, actor: Actor, change: _Change) -> Entry:
    table = _RELATIONS.get(change.column)
    if table is None:
        before, after = (_text(value, change.is_time) for value in (change.old, change.new))
        return Entry(
            ticket_id,
            ticket_id,
            "updated",
            actor.user_id,
            actor.at,
            attribute=change.column,
            value_from=before,
            value_to=after,
        )
    return Entry(
        ticket_id,
        ticket_id,
        "updated",
        actor.user_id,
        actor.at,
        attribute=change.column.removesuffix("_id"),
        id_from=change.old,
        id_to=change.new,
        value_from=_display(desk, table, change.old),
        value_to=_display(desk, table, change.new),
    )


def _text(value: Any, is_time: bool) -> str:
    if is_time:
        return ruby_text(value)
    return "" if value is None else str(value)[:500]


def _display(desk: Desk, table: str, record_id: int | None) -> str:
    row = None if record_id is None else desk.db.get(table, record_id)
    if row is None:
        return ""
    return render.full_name(row) if table == "users" else str(row["name"])


def listing(desk: Desk, ticket: Row) -> dict[str, Any]:
    """`{"history": [...], "assets": {...}}`, ordered by created_at, not by id."""
    rows = desk.db.all(
        "SELECT * FROM history WHERE ticket_id = ? ORDER BY created_at, id", (ticket["id"],)
    )
    assets = Assets(desk)
    for row in rows:
        assets.add_user(row["created_by_id"])
        _add_object(desk, assets, row)
    return {"history": [_show(row) for row in rows], "assets": assets.answer()}


def _add_object(desk: Desk, assets: Assets, row: Row) -> None:
    if row["object"] == "Ticket::Article":
        article = desk.db.get("articles", row["o_id"])
        if article is not None:
            assets.add_article(article)
        return
    assets.add_ticket_id(row["o_id"])
    if row["type"] in ("merged_into", "received_merge"):
        assets.add_ticket_id(row["id_to"])


def _show(row: Row) -> dict[str, Any]:
    """One row with the real server's rules for absent keys (facts 4.1)."""
    shown: dict[str, Any] = {"id": row["id"]}
    if row["attribute"] is None:
        shown["history_attribute_id"] = None
    shown["o_id"] = row["o_id"]
    if row["related_object"] is None:
        shown["related_history_object_id"] = None
    if row["related_o_id"] is not None:
        shown["related_o_id"] = row["related_o_id"]
    for pair in (("id_to", "id_from"), ("value_from", "value_to")):
        if any(row[name] is not None for name in pair):
            shown.update((name, row[name]) for name in pair)
    shown |= {"created_by_id": row["created_by_id"], "created_at": iso(row["created_at"])}
    shown |= {"object": row["object"], "type": row["type"]}
    for name in ("attribute", "related_object"):
        if row[name] is not None:
            shown[name] = row[name]
    return shown
