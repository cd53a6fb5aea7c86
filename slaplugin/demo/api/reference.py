"""Endpoints of states, priorities, attributes, overviews and the other administrator's lists."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from slaplugin.demo import attributes, render
from slaplugin.demo.api.call import Answer, Call
from slaplugin.demo.api.people import listing
from slaplugin.demo.desk import document
from slaplugin.demo.errors import invalid, not_found
from slaplugin.demo.schema import PRIORITY, STATE
from slaplugin.demo.stamps import iso

if TYPE_CHECKING:
    from slaplugin.demo.db import Row

VERSION = "5.5.x"

# Kinds of settings kept as they are sent, with the keys that an answer always has.
_DEFAULTS: dict[str, dict[str, Any]] = {
    "overviews": {
        "name": "",
        "link": "",
        "prio": 0,
        "condition": {},
        "order": {},
        "group_by": None,
        "group_direction": None,
        "organization_shared": False,
        "out_of_office": False,
        "view": {},
        "active": True,
        "role_ids": [],
        "user_ids": [],
    },
    "slas": {
        "calendar_id": None,
        "name": "",
        "first_response_time": None,
        "response_time": None,
        "update_time": None,
        "solution_time": None,
        "condition": {},
        "data": None,
    },
    "calendars": {
        "name": "",
        "timezone": "UTC",
        "business_hours": {},
        "default": False,
        "ical_url": "",
        "public_holidays": {},
        "last_log": None,
        "last_sync": None,
    },
    "triggers": {
        "name": "",
        "condition": {},
        "perform": {},
        "disable_notification": True,
        "note": None,
        "active": True,
    },
}
_PERMISSIONS = {
    "overviews": "admin.overview",
    "slas": "admin.sla",
    "calendars": "admin.calendar",
    "triggers": "admin.trigger",
}


def states(call: Call) -> Answer:
    """GET /ticket_states."""
    call.demand("ticket.agent", "ticket.customer", "admin.object")
    return listing(call, STATE)


def priorities(call: Call) -> Answer:
    """GET /ticket_priorities."""
    call.demand("ticket.agent", "ticket.customer", "admin.object")
    return listing(call, PRIORITY)


def version(call: Call) -> Answer:
    """GET /version, admin.version."""
    call.demand("admin.version")
    return Answer({"version": VERSION})


def settings(call: Call) -> Answer:
    """GET /settings, admin; the demo has none to show."""
    call.demand("admin.setting")
    return Answer([])


def attribute_list(call: Call) -> Answer:
    """GET /object_manager_attributes, admin.object."""
    call.demand("admin.object")
    return Answer(attributes.listing(call.desk))


def attribute_create(call: Call) -> Answer:
    """POST /object_manager_attributes: defined, but no column before the migrations ran."""
    call.demand("admin.object")
    return Answer(attributes.show(attributes.create(call.desk, call.sent, call.who.id)), 201)


def attribute_migrate(call: Call) -> Answer:
    """POST /object_manager_attributes_execute_migrations."""
    call.demand("admin.object")
    attributes.migrate(call.desk)
    return Answer({})


def record_list(call: Call) -> Answer:
    """GET of overviews, SLAs, calendars or triggers."""
    kind = _kind(call)
    sql = "SELECT * FROM settings_records WHERE kind = ? ORDER BY id"
    return Answer([_show(call, row) for row in call.desk.db.all(sql, (kind,))])


def record_show(call: Call) -> Answer:
    """GET of one of them."""
    return Answer(_show(call, _record(call)))


def record_create(call: Call) -> Answer:
    """POST: kept as sent; the demo itself does not act on SLAs, calendars and triggers."""
    kind = _kind(call)
    content = _content(call, _DEFAULTS[kind])
    if not content["name"]:
        raise invalid("The required value 'name' is missing.")
    now = call.desk.now()
    record_id = call.desk.db.insert(
        "settings_records",
        {
            "kind": kind,
            "content": document(content),
            "created_by_id": call.who.id,
            "updated_by_id": call.who.id,
            "created_at": now,
            "updated_at": now,
        },
    )
    return Answer(_show(call, _stored(call, kind, record_id)), 201)


def record_update(call: Call) -> Answer:
    """PUT of the sent keys."""
    row = _record(call)
    content = _content(call, json.loads(row["content"]))
    call.desk.db.update(
        "settings_records",
        row["id"],
        {
            "content": document(content),
            "updated_by_id": call.who.id,
            "updated_at": call.desk.stamp(row["updated_at"]),
        },
    )
    return Answer(_show(call, _stored(call, row["kind"], row["id"])))


def record_delete(call: Call) -> Answer:
    """DELETE of one of them."""
    row = _record(call)
    call.desk.db.execute("DELETE FROM settings_records WHERE id = ?", (row["id"],))
    return Answer({})


def _kind(call: Call) -> str:
    kind = call.path["kind"]
    call.demand(_PERMISSIONS[kind])
    return kind


def _content(call: Call, before: dict[str, Any]) -> dict[str, Any]:
    return before | {name: call.sent[name] for name in before if name in call.sent}


def _record(call: Call) -> Row:
    return _stored(call, _kind(call), int(call.path["id"]))


def _stored(call: Call, kind: str, record_id: int) -> Row:
    sql = "SELECT * FROM settings_records WHERE kind = ? AND id = ?"
    row = call.desk.db.one(sql, (kind, record_id))
    if row is None:
        raise not_found(kind.removesuffix("s").capitalize(), record_id)
    return row


def _show(call: Call, row: Row) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": row["id"], **_DEFAULTS[row["kind"]]}
    shown |= json.loads(row["content"])
    shown |= {
        "updated_by_id": row["updated_by_id"],
        "created_by_id": row["created_by_id"],
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["updated_at"]),
    }
    if call.expand:
        shown |= {
            name: render.login(call.desk, row[f"{name}_id"])
            for name in ("created_by", "updated_by")
        }
    return shown
