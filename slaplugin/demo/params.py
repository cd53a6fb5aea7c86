"""What a client sent for a ticket, as column values or refused (facts 6.1, 6.3; live 6)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from slaplugin.demo import stamps
from slaplugin.demo.access import groups_with
from slaplugin.demo.desk import document
from slaplugin.demo.errors import invalid, refused
from slaplugin.demo.schema import NOBODY, TICKET

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slaplugin.demo.db import Row
    from slaplugin.demo.desk import Desk

_RELATIONS = {
    "group": "groups",
    "state": "ticket_states",
    "priority": "ticket_priorities",
    "owner": "users",
    "customer": "users",
    "organization": "organizations",
}
_PLAIN = ("title", "note", "type", "pending_time")
_PENDING = ("pending reminder", "pending action")


def ticket_columns(desk: Desk, sent: Mapping[str, Any]) -> Row:
    """Column values for the keys that a client sent; unknown keys are ignored.

    Names become ids, times milliseconds. Raises 422 for a name or id that does not exist and for
    custom values that the field does not take.
    """
    columns: Row = {}
    for name, table in _RELATIONS.items():
        if f"{name}_id" in sent:
            columns[f"{name}_id"] = _by_id(desk, name, table, sent[f"{name}_id"])
        elif name in sent:
            columns[f"{name}_id"] = _by_name(desk, name, table, sent[name])
    columns |= {name: sent[name] for name in _PLAIN if name in sent}
    if "pending_time" in columns:
        columns["pending_time"] = _pending_time(columns["pending_time"])
    if "owner_id" in columns and columns["owner_id"] is None:
        columns["owner_id"] = NOBODY
    return columns | _custom_columns(desk, sent)


def _by_id(desk: Desk, name: str, table: str, value: Any) -> int | None:
    if value is None or value == "":
        return None
    found: int | None = desk.db.value(f'SELECT id FROM "{table}" WHERE id = ?', (value,))  # noqa: S608
    if found is None and name == "group":
        raise refused(f"Invalid value '{value}' for field 'group_id'!")
    if found is None:
        raise invalid(f"Invalid value for param '{name}_id': {value}")
    return found


def _by_name(desk: Desk, name: str, table: str, value: Any) -> int | None:
    if value is None:
        return None
    if table == "users":
        sql = "SELECT id FROM users WHERE lower(login) = lower(?1) OR lower(email) = lower(?1)"
    else:
        sql = f'SELECT id FROM "{table}" WHERE name = ?1'  # noqa: S608
    found: int | None = desk.db.value(sql, (str(value),))
    if found is None:
        raise invalid(f"No lookup value found for '{name}': {json.dumps(value)}")
    return found


def _pending_time(value: Any) -> int | None:
    """Seconds are zeroed on save; garbage counts as missing (facts 3, live 6)."""
    ms = stamps.parse(value)
    if value and ms is None:
        raise refused("Missing required value for field 'pending_time'!")
    return None if ms is None else ms // 60_000 * 60_000


def _custom_columns(desk: Desk, sent: Mapping[str, Any]) -> Row:
    types = desk.custom_types(TICKET.model)
    wanted = [name for name in types if name in sent]
    return {name: custom_value(desk, TICKET.model, name, sent[name]) for name in wanted}


def custom_value(desk: Desk, model: str, name: str, value: Any) -> Any:
    """What a custom field stores for a sent value; 422 when the field refuses it."""
    attribute = desk.db.one(
        "SELECT * FROM object_attributes WHERE object = ? AND name = ?", (model, name)
    )
    if attribute is None or value is None:
        return None
    convert = _CONVERSIONS.get(attribute["data_type"])
    if convert is not None:
        return convert(value)
    if attribute["data_type"].startswith("multi"):
        return document(value if isinstance(value, list) else [value])
    return _text_value(attribute, json.loads(attribute["data_option"]), value)


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "datetime": stamps.parse,
    "date": stamps.day,
    "boolean": lambda value: int(value in (True, 1, "true", "1")),
    "integer": int,
}


def _text_value(attribute: Row, option: Mapping[str, Any], value: Any) -> str:
    text = str(value)
    if attribute["data_type"] == "select":
        if isinstance(value, list) or (text and text not in _option_keys(option)):
            raise refused(f"Invalid value '{text}' for field '{attribute['name']}'!")
        return text
    limit = option.get("maxlength")
    if isinstance(limit, int) and len(text) > limit:
        label = str(attribute["name"]).replace("_", " ").capitalize()
        raise invalid(f"{label} is longer than the allowed length {limit}")
    return text


def _option_keys(option: Mapping[str, Any]) -> set[str]:
    options = option.get("options") or {}
    if isinstance(options, list):
        return {str(item.get("value")) for item in options}
    return set(options)


def check_workflow(desk: Desk, actor_id: int, before: Row | None, after: Row) -> None:
    """Core workflow's refusals, whose reasons only admins read (facts 6.3)."""
    if not after.get("title"):
        raise refused("Missing required value for field 'title'!")
    for column in ("priority_id", "state_id", "group_id"):
        if after.get(column) is None:
            raise refused(f"Missing required value for field '{column}'!")
    _check_group(desk, actor_id, before, after)
    _check_state(desk, before, after)


def _check_group(desk: Desk, actor_id: int, before: Row | None, after: Row) -> None:
    if actor_id == NOBODY or (before is not None and before["group_id"] == after["group_id"]):
        return
    allowed = groups_with(desk, actor_id, "change" if before is not None else "create")
    if allowed and after["group_id"] not in allowed:
        raise refused(f"Invalid value '{after['group_id']}' for field 'group_id'!")


def _check_state(desk: Desk, before: Row | None, after: Row) -> None:
    kind = desk.state_type(after["state_id"])
    unchanged = before is not None and before["state_id"] == after["state_id"]
    hidden = ("merged", "removed") if before is None else ("new", "merged", "removed")
    if kind in hidden and not unchanged:
        raise refused(f"Invalid value '{after['state_id']}' for field 'state_id'!")
    if kind in _PENDING and after.get("pending_time") is None:
        raise refused("Missing required value for field 'pending_time'!")


def is_pending(desk: Desk, state_id: int) -> bool:
    """Whether tickets in that state wait for a time."""
    return desk.state_type(state_id) in _PENDING
