"""A ticket's facts right after its creation, rebuilt backwards (facts 4)."""

from __future__ import annotations

from typing import Any

from slaplugin.core.model import Ticket
from slaplugin.hosts.rt.names import CORE_DATES, known_only_today, priority_text
from slaplugin.hosts.rt.timeline.past import Past


def ticket_of(past: Past) -> Ticket:
    """The ticket with the facts its first policy match needs."""
    facts = {key: value for key, value in _facts(past).items() if value not in (None, "")}
    raw = past.raw
    return Ticket(
        host=past.names.host,
        id=raw.id,
        number=raw.id,
        title=str(raw.ticket.get("Subject") or ""),
        url=f"{past.names.base}/Ticket/Display.html?id={raw.id}",
        facts=facts,
        current_only=frozenset(key for key in facts if known_only_today(key)),
    )


def created_by(past: Past) -> str:
    """``customer``, ``agent`` or ``system``: a listed bot and the host itself are systems.

    Whoever is the ticket's requestor speaks as its customer, staff or not.
    """
    role = past.role_of(past.birth.by, past.birth.id)
    return role if role in ("agent", "system") else "customer"


def on_behalf(past: Past) -> bool:
    """Whether somebody else put the ticket down for its requestor."""
    customers = past.customers_at(past.birth.id)
    return bool(customers) and created_by(past) == "agent"


def _facts(past: Past) -> dict[str, Any]:
    names = past.names
    state = past.created_with("Status") or ""
    facts: dict[str, Any] = {
        "state": state,
        "state_kind": names.state(state).kind,
        "group": names.queue(past.created_with("Queue")),
        "priority": priority_text(past.created_with("Priority")),
        "owner": past.owner_at_creation(),
        "created_by": created_by(past),
        "fields.title": past.created_with("Subject"),
        "fields.SLA": past.created_with("SLA"),
        "tags": (),
    }
    facts |= {f"fields.{name}": past.date_at_creation(name) for name in CORE_DATES}
    facts |= names.customer_facts(past.customer_at(past.birth.id))
    for number in past.field_numbers():
        name = past.field(number).name
        if name == names.tags_field:
            facts["tags"] = tuple(sorted(past.values_at_creation(number)))
        else:
            facts[f"fields.{name}"] = past.field_at_creation(number)
    return facts
