"""Transactions as events: messages, states, people, fields, tags (facts 4, policy-language §6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slaplugin.core.model import Actor, Event, Role
from slaplugin.hosts.config import StateMeaning
from slaplugin.hosts.rt.names import CORE_DATES, SYSTEM, field_value, priority_text
from slaplugin.hosts.rt.timeline.past import Past
from slaplugin.hosts.rt.timeline.raw import Row
from slaplugin.hosts.rt.wire import seconds

_MESSAGES: Mapping[Role, str] = {
    "agent": "agent_reply",
    "customer": "customer_message",
    "system": "auto_message",
    "third_party": "third_party_message",
}


def event(past: Past, row: Row, kind: str, data: Mapping[str, Any]) -> Event:
    """The event of one transaction, by whoever did it in the role of that time."""
    actor = actor_of(past, row.by, past.role_of(row.by, row.id))
    return Event(row.at * 1000, row.id * 10, f"t{row.id}", kind, data, actor)


def actor_of(past: Past, login: str, role: Role) -> Actor:
    """An account by its login, which is how the host refers to people (facts 3)."""
    person = past.names.people.get(login)
    return Actor(login, role, None if person is None or login == SYSTEM else person.name)


def changes(past: Past) -> Iterator[Event]:
    """Every change and message after the creation, in the host's order."""
    owner = past.owner_at_creation()
    values: dict[str, list[str]] = {}
    for row in past.later:
        if row.message:
            yield _message(past, row)
        elif row.attribute == "Owner":
            new = past.names.owner(past.names.login(row.new))
            if new != owner:
                owner = new
                yield event(past, row, "owner_changed", {"to": new})
        elif row.type == "CustomField":
            known = values.setdefault(row.field, past.values_at_creation(row.field))
            yield from _field_changed(past, row, known)
        elif row.attribute:
            yield from _changed(past, row)
    yield from _customers_changed(past)


def _message(past: Past, row: Row) -> Event:
    """Correspond is public whoever wrote it; a comment never is (facts 4)."""
    kind = _MESSAGES[past.role_of(row.by, row.id)] if row.type == "Correspond" else "note"
    return event(past, row, kind, {"message": str(row.id)})


def _changed(past: Past, row: Row) -> Iterator[Event]:
    match row.attribute:
        case "Status":
            meaning = past.names.state(row.new)
            yield event(past, row, "state_changed", state_data(row.new, meaning))
        case "Queue":
            yield event(past, row, "group_changed", {"to": past.names.queue(row.new)})
        case "Priority":
            yield event(past, row, "priority_changed", {"to": priority_text(row.new)})
        case "Subject":
            yield event(past, row, "field_changed", {"field": "fields.title", "to": row.new})
        case "SLA":
            yield event(past, row, "field_changed", {"field": "fields.SLA", "to": row.new or None})
        case name if name in CORE_DATES:
            data = {"field": f"fields.{name}", "to": seconds(row.new)}
            yield event(past, row, "field_changed", data)


def state_data(status: str, meaning: StateMeaning) -> dict[str, Any]:
    """The payload of a state (details 36)."""
    data: dict[str, Any] = {"to": status, "kind": meaning.kind}
    return data | {"closes": True} if meaning.closes else data


# -------------------------------------------------------------------------- fields and tags


def _field_changed(past: Past, row: Row, values: list[str]) -> Iterator[Event]:
    """One row for each value that came or went; ``values`` are those before it and follow it."""
    found = past.field(row.field)
    if found.name == past.names.tags_field:
        yield from _tags_changed(past, row, values)
        return
    if found.multiple is False:
        values.clear()
    elif row.old in values:
        values.remove(row.old)
    if row.new and row.new not in values:
        values.append(row.new)
    data = {"field": f"fields.{found.name}", "to": field_value(found, list(values))}
    yield event(past, row, "field_changed", data)


def _tags_changed(past: Past, row: Row, values: list[str]) -> Iterator[Event]:
    """A replaced value is one tag less and one more."""
    if row.old:
        yield event(past, row, "tag_removed", {"tag": row.old})
    if row.new:
        told = event(past, row, "tag_added", {"tag": row.new})
        yield Event(told.at_ms, told.seq + 1, f"{told.id}a", told.kind, told.data, told.actor)


# -------------------------------------------------------------------------- customers


def _customers_changed(past: Past) -> Iterator[Event]:
    """The first requestor became somebody else; changes within one second are one."""
    rows = [row for row in past.later if row.field == "Requestor" and row.type.endswith("Watcher")]
    before = past.customer_at(past.birth.id)
    for place, row in enumerate(rows):
        following = rows[place + 1] if place + 1 < len(rows) else None
        if following is not None and (following.at, following.by) == (row.at, row.by):
            continue
        customer = past.customer_at(row.id)
        if customer != before:
            before = customer
            yield event(past, row, "customer_changed", _customer_data(past, customer))


def _customer_data(past: Past, customer: str | None) -> dict[str, Any]:
    facts = past.names.customer_facts(customer)
    to = nested("customer", facts)
    return {"to": to or None, "organization": nested("organization", facts) or None}


def nested(part: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """``customer.email`` and ``customer.fields.x`` as ``{email: …, fields: {x: …}}``."""
    found: dict[str, Any] = {}
    for key, value in facts.items():
        head, _, name = key.partition(".")
        if head != part:
            continue
        prefix, _, inner = name.partition(".")
        if prefix == "fields":
            found.setdefault("fields", {})[inner] = value
        else:
            found[name] = value
    return found
