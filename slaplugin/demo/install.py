"""A freshly installed helpdesk: states, priorities, roles, user 1, built-in attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slaplugin.demo.desk import document
from slaplugin.demo.schema import CUSTOMIZABLE, NOBODY, TABLES

if TYPE_CHECKING:
    from slaplugin.demo.desk import Desk

# name, state type, next state, ignore escalation, active
_STATES: tuple[tuple[str, int, int | None, bool, bool], ...] = (
    ("new", 1, None, False, True),
    ("open", 2, None, False, True),
    ("pending reminder", 3, None, True, True),
    ("closed", 5, None, True, True),
    ("merged", 6, None, True, True),
    ("removed", 7, None, True, False),
    ("pending close", 4, 4, True, True),
)
_PRIORITIES = (
    ("1 low", "low-priority", "low-priority"),
    ("2 normal", None, None),
    ("3 high", "important", "high-priority"),
)
_ROLES: tuple[tuple[str, str, tuple[str, ...], bool], ...] = (
    ("Admin", "To configure your system.", ("admin", "user_preferences"), False),
    ("Agent", "To work on Tickets.", ("ticket.agent", "user_preferences"), False),
    ("Customer", "People who create Tickets ask for help.", ("ticket.customer",), True),
)
# object, name, label, data type, position
_ATTRIBUTES: tuple[tuple[str, str, str, str, int], ...] = (
    ("Ticket", "number", "#", "input", 5),
    ("Ticket", "title", "Title", "input", 8),
    ("Ticket", "customer_id", "Customer", "user_autocompletion", 10),
    ("Ticket", "organization_id", "Organization", "autocompletion_ajax", 12),
    ("Ticket", "type", "Type", "select", 20),
    ("Ticket", "group_id", "Group", "select", 25),
    ("Ticket", "owner_id", "Owner", "select", 30),
    ("Ticket", "state_id", "State", "select", 40),
    ("Ticket", "pending_time", "Pending till", "datetime", 41),
    ("Ticket", "priority_id", "Priority", "select", 80),
    ("Ticket", "tags", "Tags", "tag", 900),
    ("User", "login", "Login", "input", 100),
    ("User", "firstname", "First name", "input", 200),
    ("User", "lastname", "Last name", "input", 300),
    ("User", "email", "Email", "input", 400),
    ("User", "phone", "Phone", "input", 600),
    ("User", "organization_id", "Organization", "autocompletion_ajax", 900),
    ("User", "vip", "VIP", "boolean", 1490),
    ("User", "active", "Active", "active", 1800),
    ("Organization", "name", "Name", "input", 200),
    ("Organization", "shared", "Shared organization", "boolean", 1400),
    ("Organization", "domain", "Domain", "input", 1420),
    ("Organization", "active", "Active", "active", 1800),
    ("Group", "name", "Name", "input", 200),
    ("Group", "note", "Note", "richtext", 1500),
    ("Group", "active", "Active", "active", 1800),
)


def install(desk: Desk) -> None:
    """Create the tables and the basic records; does nothing to a helpdesk that has them."""
    desk.db.script(TABLES)
    with desk.db.transaction():
        if desk.db.get("users", NOBODY) is not None:
            return
        now = desk.now()
        stamps = {"created_at": now, "updated_at": now}
        _add_system_user(desk, stamps)
        _add_reference(desk, stamps)
        _add_attributes(desk, stamps)
    desk.forget_reference()


def _add_system_user(desk: Desk, stamps: dict[str, int]) -> None:
    desk.db.insert(
        "users",
        {
            "id": NOBODY,
            "login": "-",
            "firstname": "-",
            "lastname": "",
            "email": "",
            "department": "",
            "address": "",
            "active": 0,
            **stamps,
        },
    )


def _add_reference(desk: Desk, stamps: dict[str, int]) -> None:
    for index, (name, kind, following, ignored, active) in enumerate(_STATES):
        state = {
            "state_type_id": kind,
            "name": name,
            "next_state_id": following,
            "ignore_escalation": int(ignored),
            "default_create": int(index == 0),
            "default_follow_up": int(index == 1),
            "active": int(active),
        }
        desk.db.insert("ticket_states", state | stamps)
    for name, icon, color in _PRIORITIES:
        default = int(name == "2 normal")
        priority = {"name": name, "default_create": default, "ui_icon": icon, "ui_color": color}
        desk.db.insert("ticket_priorities", priority | stamps)
    for name, note, permissions, at_signup in _ROLES:
        granted = {"permissions": document(permissions), "default_at_signup": int(at_signup)}
        desk.db.insert("roles", {"name": name, "note": note, **granted, **stamps})
    calendar = {"kind": "calendars", "content": document(_CALENDAR), **stamps}
    desk.db.insert("settings_records", calendar)


def _add_attributes(desk: Desk, stamps: dict[str, int]) -> None:
    for model, name, label, data_type, position in _ATTRIBUTES:
        desk.db.insert(
            "object_attributes",
            {
                "object": model,
                "object_lookup_id": CUSTOMIZABLE[model].lookup_id,
                "name": name,
                "display": label,
                "data_type": data_type,
                "editable": 0,
                "position": position,
                "data_option": document({"null": True, "default": None}),
                **stamps,
            },
        )


def _day(active: bool, *frames: tuple[str, str]) -> dict[str, Any]:
    return {"active": active, "timeframes": [list(frame) for frame in frames]}


_CALENDAR: dict[str, Any] = {
    "name": "Berlin office",
    "timezone": "Europe/Berlin",
    "business_hours": {
        **{
            day: _day(True, ("08:00", "12:00"), ("13:00", "17:30"))
            for day in ("mon", "tue", "wed", "thu")
        },
        "fri": _day(True, ("08:00", "16:00")),
        "sat": _day(False, ("10:00", "16:00")),
        "sun": _day(False, ("10:00", "16:00")),
    },
    "default": True,
    "ical_url": "",
    "public_holidays": {},
    "last_log": None,
    "last_sync": None,
}
