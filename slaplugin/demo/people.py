"""Groups, organizations and users: creating and changing them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slaplugin.demo import history, params
from slaplugin.demo.auth import password_hash
from slaplugin.demo.desk import document
from slaplugin.demo.errors import invalid
from slaplugin.demo.history import Actor
from slaplugin.demo.schema import GROUP, NOBODY, ORGANIZATION, USER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from slaplugin.demo.db import Row
    from slaplugin.demo.desk import Desk

_USER_COLUMNS = (
    "login",
    "firstname",
    "lastname",
    "email",
    "phone",
    "mobile",
    "department",
    "note",
    "active",
    "vip",
    "organization_id",
    "out_of_office",
    "out_of_office_start_at",
    "out_of_office_end_at",
    "out_of_office_replacement_id",
)
_ORGANIZATION_COLUMNS = ("name", "note", "shared", "domain", "domain_assignment", "active")


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to create. `access` maps group ids to levels such as `full` or `read`."""

    login: str
    firstname: str
    lastname: str
    email: str
    roles: Sequence[str] = ("Customer",)
    organization_id: int | None = None
    vip: bool = False
    password: str | None = None
    access: Mapping[int, Sequence[str]] = field(default_factory=dict)


def add_group(desk: Desk, name: str, note: str = "", actor_id: int = NOBODY) -> int:
    """Create a group; its id."""
    return desk.db.insert(
        GROUP.table,
        {
            "name": name,
            "note": note,
            "email_address_id": 1,
            **_authored(desk, actor_id),
        },
    )


def add_organization(
    desk: Desk, name: str, custom: Mapping[str, Any] | None = None, actor_id: int = NOBODY
) -> int:
    """Create an organization, with values of custom fields; its id."""
    return desk.db.insert(
        ORGANIZATION.table,
        {
            "name": name,
            **(custom or {}),
            **_authored(desk, actor_id),
        },
    )


def add_user(desk: Desk, new: NewUser, actor_id: int = NOBODY) -> int:
    """Create a user with roles and group access; the id."""
    user_id = desk.db.insert(
        USER.table,
        {
            "login": new.login,
            "firstname": new.firstname,
            "lastname": new.lastname,
            "email": new.email,
            "organization_id": new.organization_id,
            "vip": int(new.vip),
            "password": None if new.password is None else password_hash(new.password),
            "preferences": document(_preferences(new.roles)),
            **_authored(desk, actor_id),
        },
    )
    set_roles(desk, user_id, new.roles)
    set_access(desk, user_id, new.access)
    return user_id


def set_roles(desk: Desk, user_id: int, names: Sequence[str]) -> None:
    """Replace the user's roles; 422 for an unknown one."""
    desk.db.execute("DELETE FROM user_roles WHERE user_id = ?", (user_id,))
    for name in names:
        role_id = desk.db.value("SELECT id FROM roles WHERE name = ?", (name,))
        if role_id is None:
            raise invalid(f"No lookup value found for 'roles': \"{name}\"")
        desk.db.insert("user_roles", {"user_id": user_id, "role_id": role_id})


def set_access(desk: Desk, user_id: int, access: Mapping[int, Sequence[str]]) -> None:
    """Replace the user's group access."""
    desk.db.execute("DELETE FROM group_access WHERE user_id = ?", (user_id,))
    for group_id, levels in access.items():
        for level in levels:
            values = {"user_id": user_id, "group_id": group_id, "access": level}
            desk.db.insert("group_access", values)


def change_user(desk: Desk, user: Row, sent: Mapping[str, Any], actor_id: int) -> Row:
    """Apply sent columns; moving to another organization moves the user's tickets along."""
    columns = _changed(desk, USER.model, user, sent, _USER_COLUMNS)
    if "group_ids" in sent:
        set_access(desk, user["id"], {int(key): list(v) for key, v in sent["group_ids"].items()})
    if not columns and "group_ids" not in sent:
        return user
    at = desk.stamp(user["updated_at"])
    desk.db.update(USER.table, user["id"], columns | {"updated_at": at, "updated_by_id": actor_id})
    if "organization_id" in columns:
        _move_tickets(desk, user["id"], columns["organization_id"])
    return desk.record(USER, user["id"])


def change_organization(desk: Desk, row: Row, sent: Mapping[str, Any], actor_id: int) -> Row:
    """Apply sent columns, custom fields included; no ticket is touched."""
    columns = _changed(desk, ORGANIZATION.model, row, sent, _ORGANIZATION_COLUMNS)
    if not columns:
        return row
    columns |= {"updated_at": desk.stamp(row["updated_at"]), "updated_by_id": actor_id}
    desk.db.update(ORGANIZATION.table, row["id"], columns)
    return desk.record(ORGANIZATION, row["id"])


def _changed(
    desk: Desk, model: str, row: Row, sent: Mapping[str, Any], allowed: Sequence[str]
) -> Row:
    columns: Row = {}
    for name in allowed:
        if name in sent:
            value = sent[name]
            columns[name] = int(value) if isinstance(value, bool) else value
    for name in desk.custom_types(model):
        if name in sent:
            columns[name] = params.custom_value(desk, model, name, sent[name])
    return {name: value for name, value in columns.items() if row[name] != value}


def _move_tickets(desk: Desk, user_id: int, organization_id: int | None) -> None:
    """Closed tickets too; rows by user 1 (live facts 3)."""
    rows = desk.db.all("SELECT * FROM tickets WHERE customer_id = ? LIMIT 100", (user_id,))
    for row in rows:
        after = {**row, "organization_id": organization_id}
        actor = Actor(NOBODY, desk.stamp(row["updated_at"]))
        history.changes(desk, row, after, actor)
        columns = {
            "organization_id": organization_id,
            "updated_at": actor.at,
            "updated_by_id": NOBODY,
        }
        desk.db.update("tickets", row["id"], columns)


def _authored(desk: Desk, actor_id: int) -> Row:
    now = desk.now()
    return {
        "created_at": now,
        "updated_at": now,
        "created_by_id": actor_id,
        "updated_by_id": actor_id,
    }


def _preferences(roles: Sequence[str]) -> dict[str, Any]:
    """Agents carry the notification matrix that Zammad gives them, customers their counters."""
    if "Agent" not in roles:
        return {"tickets_closed": 0, "tickets_open": 0}
    channel = {"email": True, "online": True}
    events = {"create": True, "update": True, "reminder_reached": False, "escalation": False}
    matrix = {
        event: {
            "criteria": {
                "owned_by_me": True,
                "owned_by_nobody": open_to_all,
                "subscribed": open_to_all,
                "no": False,
            },
            "channel": channel,
        }
        for event, open_to_all in events.items()
    }
    return {"notification_config": {"matrix": matrix}}
