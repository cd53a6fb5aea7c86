"""Stored rows as the JSON objects of the API: plain, with id lists, and with names (facts 1.5)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from slaplugin.demo import schema
from slaplugin.demo.access import group_levels, group_members
from slaplugin.demo.stamps import iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slaplugin.demo.db import Row
    from slaplugin.demo.desk import Desk
    from slaplugin.demo.schema import Kinds, ObjectType

Json = dict[str, Any]


def plain(row: Row, kinds: Kinds) -> Json:
    """The columns of a row with times as ISO text, flags as booleans, documents decoded."""
    return {
        name: _value(name, value, kinds) for name, value in row.items() if name not in kinds.hidden
    }


def _value(name: str, value: Any, kinds: Kinds) -> Any:
    if value is None:
        return None
    if name in kinds.times:
        return iso(value)
    if name in kinds.flags:
        return bool(value)
    return json.loads(value) if name in kinds.documents else value


def record(desk: Desk, kind: ObjectType, row: Row, *, expand: bool = False) -> Json:
    """A record of any kind with its id lists, and with names when `expand` is set."""
    extra = _EXTRAS.get(kind.model)
    answer = plain(row, desk.kinds(kind))
    if extra is not None:
        answer.update(extra(desk, row))
    if expand:
        names = _NAMES.get(kind.model)
        answer.update(_authors(desk, row) if names is None else names(desk, row, answer))
    return answer


def ticket(desk: Desk, row: Row, *, ids: bool = True, expand: bool = False) -> Json:
    """A ticket; without `ids` and `expand` the bare columns that lists and GET show."""
    if expand or ids:
        return record(desk, schema.TICKET, row, expand=expand)
    return plain(row, desk.kinds(schema.TICKET))


def article(desk: Desk, row: Row, *, names: bool = True) -> Json:
    """An article; names are always there on the article endpoints, never in assets."""
    answer = plain(row, schema.ARTICLE.kinds) | {"attachments": []}
    if not names:
        return answer
    answer |= _authors(desk, row)
    answer["type"] = schema.ARTICLE_TYPES[row["type_id"]]
    answer["sender"] = schema.SENDERS[row["sender_id"]]
    if row["origin_by_id"] is not None:
        answer["origin_by"] = login(desk, row["origin_by_id"])
    return answer


def login(desk: Desk, user_id: int | None) -> str | None:
    """The login that stands for a user in expanded answers."""
    found: str | None = desk.db.value("SELECT login FROM users WHERE id = ?", (user_id,))
    return found


def name_of(desk: Desk, table: str, record_id: int | None) -> str | None:
    """The name of a group, state, priority or organization."""
    row = None if record_id is None else desk.db.get(table, record_id)
    return None if row is None else str(row["name"])


def full_name(user: Row) -> str:
    """`Anna Berg`, as history and article senders show a user."""
    return f"{user['firstname']} {user['lastname']}".strip()


def article_ids(desk: Desk, ticket_id: int) -> list[int]:
    """Ids of the articles that a ticket holds now."""
    return desk.db.column("SELECT id FROM articles WHERE ticket_id = ? ORDER BY id", (ticket_id,))


def _authors(desk: Desk, row: Row) -> Json:
    return {
        "created_by": login(desk, row["created_by_id"]),
        "updated_by": login(desk, row["updated_by_id"]),
    }


def _ticket_ids(desk: Desk, row: Row) -> Json:
    return {"article_ids": article_ids(desk, row["id"]), "ticket_time_accounting_ids": []}


def _ticket_names(desk: Desk, row: Row, _answer: Json) -> Json:
    names: Json = {"group": name_of(desk, "groups", row["group_id"])}
    if row["organization_id"] is not None:
        names["organization"] = name_of(desk, "organizations", row["organization_id"])
    names |= {
        "ticket_time_accounting": [],
        "state": desk.states()[row["state_id"]]["name"],
        "priority": name_of(desk, "ticket_priorities", row["priority_id"]),
        "owner": login(desk, row["owner_id"]),
        "customer": login(desk, row["customer_id"]),
    }
    names |= _authors(desk, row)
    if row["create_article_type_id"] is not None:
        names["create_article_type"] = schema.ARTICLE_TYPES[row["create_article_type_id"]]
        names["create_article_sender"] = schema.SENDERS[row["create_article_sender_id"]]
    return names


def _user_ids(desk: Desk, row: Row) -> Json:
    roles = desk.db.column(
        "SELECT role_id FROM user_roles WHERE user_id = ? ORDER BY rowid", (row["id"],)
    )
    levels = group_levels(desk, row["id"])
    return {
        "role_ids": roles,
        "organization_ids": [],
        "authorization_ids": [],
        "overview_sorting_ids": [],
        "group_ids": {str(group_id): access for group_id, access in levels.items()},
    }


def _user_names(desk: Desk, row: Row, answer: Json) -> Json:
    names: Json = {
        "roles": [name_of(desk, "roles", role_id) for role_id in answer["role_ids"]],
        "organizations": [],
        "authorizations": [],
        "overview_sortings": [],
    }
    if row["organization_id"] is not None:
        names["organization"] = name_of(desk, "organizations", row["organization_id"])
    levels = answer["group_ids"].items()
    names["groups"] = {name_of(desk, "groups", int(key)): access for key, access in levels}
    return names | _authors(desk, row)


def _organization_ids(desk: Desk, row: Row) -> Json:
    sql = "SELECT id FROM users WHERE organization_id = ? ORDER BY id"
    return {"member_ids": desk.db.column(sql, (row["id"],)), "secondary_member_ids": []}


def _organization_names(desk: Desk, row: Row, answer: Json) -> Json:
    return {"members": _logins(desk, answer["member_ids"])} | _authors(desk, row)


def _group_ids(desk: Desk, row: Row) -> Json:
    return {"user_ids": group_members(desk, row["id"])}


def _group_names(desk: Desk, row: Row, answer: Json) -> Json:
    return _authors(desk, row) | {"users": _logins(desk, answer["user_ids"])}


def _role_ids(_desk: Desk, row: Row) -> Json:
    permissions = json.loads(row["permissions"])
    return {
        "permission_ids": [_PERMISSION_IDS.get(name, 90) for name in permissions],
        "knowledge_base_permission_ids": [],
        "group_ids": {},
    }


def _state_names(desk: Desk, row: Row, _answer: Json) -> Json:
    names = _authors(desk, row) | {"state_type": schema.STATE_TYPES[row["state_type_id"]]}
    if row["next_state_id"] is not None:
        names["next_state"] = desk.states()[row["next_state_id"]]["name"]
    return names


def _logins(desk: Desk, ids: Sequence[int]) -> list[str | None]:
    return [login(desk, user_id) for user_id in ids]


_PERMISSION_IDS = {"admin": 1, "ticket.agent": 57, "ticket.customer": 58, "user_preferences": 43}
_EXTRAS = {
    "Ticket": _ticket_ids,
    "User": _user_ids,
    "Organization": _organization_ids,
    "Group": _group_ids,
    "Role": _role_ids,
}
_NAMES = {
    "Ticket": _ticket_names,
    "User": _user_names,
    "Organization": _organization_names,
    "Group": _group_names,
    "Ticket::State": _state_names,
}
