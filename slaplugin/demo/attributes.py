"""Object manager attributes: custom fields as real columns (facts 3.1, live facts 6)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from slaplugin.demo.desk import document
from slaplugin.demo.errors import invalid
from slaplugin.demo.schema import CUSTOMIZABLE
from slaplugin.demo.stamps import iso

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slaplugin.demo.db import Row
    from slaplugin.demo.desk import Desk

_NAME = re.compile(r"[a-z0-9_]*[a-z][a-z0-9_]*")
_RESERVED = frozenset({"id", "action", "scope", "table", "article", "attribute", "object"})
_SQL_TYPES = {"datetime": "INTEGER", "boolean": "INTEGER", "integer": "INTEGER"}
_TYPES = frozenset(
    {
        "input",
        "select",
        "multiselect",
        "tree_select",
        "multi_tree_select",
        "datetime",
        "date",
        "boolean",
        "integer",
        "textarea",
        "richtext",
        "checkbox",
        "active",
        "tag",
        "autocompletion_ajax",
        "user_autocompletion",
        "user_permission",
    }
)
_ADDED_OPTIONS: dict[str, dict[str, Any]] = {
    "datetime": {"default": None, "options": {}, "relation": ""},
    "input": {"options": {}, "relation": ""},
}


def listing(desk: Desk) -> list[dict[str, Any]]:
    """All attributes by position, with their object's name."""
    rows = desk.db.all("SELECT * FROM object_attributes ORDER BY position, name")
    return [_listed(row) for row in rows]


def _listed(row: Row) -> dict[str, Any]:
    shown = show(row) | {"object": row["object"], "deletable": bool(row["editable"])}
    del shown["object_lookup_id"]
    return shown


def show(row: Row) -> dict[str, Any]:
    """One attribute as creation answers it."""
    option = json.loads(row["data_option"])
    if not row["to_create"] and row["data_type"] == "select" and row["editable"]:
        option = option | {"historical_options": option.get("options", {})}
    return {
        "id": row["id"],
        "object_lookup_id": row["object_lookup_id"],
        "name": row["name"],
        "display": row["display"],
        "data_type": row["data_type"],
        "data_option": option,
        "data_option_new": {},
        "editable": bool(row["editable"]),
        "active": bool(row["active"]),
        "screens": json.loads(row["screens"]),
        "to_create": bool(row["to_create"]),
        "to_migrate": bool(row["to_create"]),
        "to_delete": False,
        "to_config": False,
        "position": row["position"],
        "created_by_id": row["created_by_id"],
        "updated_by_id": row["updated_by_id"],
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["updated_at"]),
    }


def create(desk: Desk, sent: Mapping[str, Any], actor_id: int) -> Row:
    """Define an attribute; it becomes a column with `migrate`. 422 for names and types refused."""
    name, model = str(sent.get("name") or ""), str(sent.get("object") or "")
    _check(desk, name, model, str(sent.get("data_type")))
    now = desk.now()
    option = dict(sent.get("data_option") or {})
    option = option | {
        key: value
        for key, value in _ADDED_OPTIONS.get(str(sent["data_type"]), {}).items()
        if key not in option
    }
    attribute_id = desk.db.insert(
        "object_attributes",
        {
            "object": model,
            "object_lookup_id": CUSTOMIZABLE[model].lookup_id,
            "name": name,
            "display": str(sent.get("display") or name),
            "data_type": sent["data_type"],
            "data_option": document(option),
            "editable": 1,
            "active": int(bool(sent.get("active", True))),
            "screens": document(sent.get("screens") or {}),
            "to_create": 1,
            "position": int(sent.get("position") or 1550),
            "created_by_id": actor_id,
            "updated_by_id": actor_id,
            "created_at": now,
            "updated_at": now,
        },
    )
    row = desk.db.get("object_attributes", attribute_id)
    if row is None:
        raise LookupError(f"attribute {name} vanished while it was stored")
    return row


def _check(desk: Desk, name: str, model: str, data_type: str) -> None:
    if model not in CUSTOMIZABLE:
        raise invalid(f"No object '{model}' found")
    if not _NAME.fullmatch(name):
        raise invalid("Validation failed: Name only letters, numbers and '_' are allowed")
    if name in _RESERVED or name.endswith(("_id", "_ids")):
        raise invalid(f"Validation failed: Name can't be used, {name} is a reserved word!")
    if data_type not in _TYPES:
        raise invalid(f"Validation failed: Data type {data_type} is not supported")
    known = desk.db.value(
        "SELECT id FROM object_attributes WHERE object = ? AND name = ?", (model, name)
    )
    if known is not None:
        raise invalid("Validation failed: Name already exists")


def migrate(desk: Desk) -> None:
    """Turn all defined attributes into columns."""
    rows = desk.db.all("SELECT * FROM object_attributes WHERE to_create = 1 ORDER BY id")
    for row in rows:
        kind = CUSTOMIZABLE[row["object"]]
        sql_type = _SQL_TYPES.get(row["data_type"], "TEXT")
        desk.db.execute(f'ALTER TABLE {kind.table} ADD COLUMN "{row["name"]}" {sql_type}')
        desk.db.update("object_attributes", row["id"], {"to_create": 0, "updated_at": desk.now()})
    desk.forget_reference()
