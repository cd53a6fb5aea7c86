"""A ticket's facts right after its creation, rebuilt backwards (facts 4.4)."""

from __future__ import annotations

from typing import Any

from slaplugin.core.model import Ticket
from slaplugin.hosts.zammad.names import IDENTITY, NOBODY, ticket_fields
from slaplugin.hosts.zammad.timeline.past import Past
from slaplugin.hosts.zammad.wire import plain, ruby


def ticket_of(past: Past) -> Ticket:
    """The ticket with the facts its first policy match needs.

    What the triggers of the creating request did (a tag, a priority) counts as given from the
    start: nobody ever saw the ticket without it.
    """
    facts = {key: value for key, value in _facts(past).items() if value not in (None, "")}
    raw = past.raw.ticket
    return Ticket(
        host=past.names.host,
        id=str(past.raw.id),
        number=str(raw.get("number", "")),
        title=str(raw.get("title", "")),
        url=f"{past.names.base}/#ticket/zoom/{past.raw.id}",
        facts=facts,
        current_only=frozenset(key for key in facts if _known_only_today(key)),
    )


def created_by(past: Past) -> str:
    """``customer``, ``agent`` or ``system``: a listed bot is a system."""
    if past.creator == NOBODY or past.names.bot(past.creator):
        return "system"
    if past.creator == past.customer_at(past.created_at) and not _outbound(past):
        return "customer"
    return str(past.role_of(past.creator, past.created_at))


def on_behalf(past: Past) -> bool:
    """Whether somebody else put the ticket down for its customer."""
    first = past.opening
    customer = past.customer_at(past.created_at)
    told = first is not None and first.sender == "Customer"
    return told and customer not in (None, NOBODY, past.creator) and created_by(past) != "customer"


def _outbound(past: Past) -> bool:
    first = past.opening
    return first is not None and first.sender == "Agent"


def _facts(past: Past) -> dict[str, Any]:
    names = past.names
    state = past.state(past.created_with("state"))
    group, priority = past.created_with("group"), past.created_with("priority")
    owner = past.created_with("owner")
    first = past.first_article
    facts: dict[str, Any] = {
        "state": state.name,
        "state_kind": state.kind,
        "group": names.group(group.id, group.text),
        "priority": names.priority(priority.id, priority.text),
        "owner": names.login(owner.id, owner.text),
        "type": past.created_with("type").text,
        "channel": first.type if first else None,
        "tags": past.tags_at_creation(),
        "created_by": created_by(past),
        "fields.title": past.created_with("title").text,
    }
    facts |= names.customer_facts(past.customer_at(past.created_at))
    facts |= names.organization_facts(past.organization_at(past.created_at))
    return facts | {f"fields.{name}": _field(past, name) for name in ticket_fields(past.raw.ticket)}


def _field(past: Past, name: str) -> Any:
    first = past.first_change(name)
    if first is not None:
        return ruby(first.value_from, past.field_like(name))
    return plain(past.raw.ticket[name])


def _known_only_today(key: str) -> bool:
    return key.startswith(("customer.", "organization.")) and key not in IDENTITY
