"""A ticket's facts right after its creation: what its request wrote down, else undone changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from slaplugin.core.model import Ticket
from slaplugin.hosts.otrs.names import NOBODY, fact, tags_of
from slaplugin.hosts.otrs.timeline.changes import (
    FieldChange,
    attribute,
    customer_of,
    field_change,
    told_value,
)
from slaplugin.hosts.otrs.timeline.messages import channel_of
from slaplugin.hosts.otrs.timeline.past import Past
from slaplugin.hosts.otrs.wire import number, text


@dataclass(frozen=True, slots=True)
class Creation:
    """By whom and for whom a ticket was put down."""

    by: str
    """``customer``, ``agent`` or ``system``."""
    on_behalf: bool
    live: bool


def creation_of(past: Past) -> Creation:
    """How the ticket came to be: account 1 is a customer where his message came with it."""
    birth, opening = past.birth, past.opening
    if birth.by == NOBODY:
        by = "customer" if opening is not None and opening.sender == "customer" else "system"
        return Creation(by, on_behalf=False, live=False)
    by = "system" if past.bot(birth.by) else "agent"
    told = opening is not None and opening.sender == "customer"
    live = told and by == "agent" and opening is not None and opening.channel == "phone"
    return Creation(by, on_behalf=told, live=live)


def ticket_of(past: Past) -> Ticket:
    """The ticket with the facts its first policy match needs."""
    unsure = frozenset(_unsure(past))
    facts = {key: value for key, value in _facts(past).items() if value not in (None, "", ())}
    facts.setdefault("tags", ())
    raw = past.raw.ticket
    return Ticket(
        host=past.names.host,
        id=str(past.raw.id),
        number=text(raw.get("TicketNumber")),
        title=text(raw.get("Title")),
        url=f"{past.names.site}/index.pl?Action=AgentTicketZoom;TicketID={past.raw.id}",
        facts=facts,
        current_only=unsure & facts.keys(),
    )


def _facts(past: Past) -> dict[str, Any]:
    birth, opening = past.birth, past.opening
    state = past.state(birth, birth.part(3))
    facts: dict[str, Any] = {
        "state": state.name,
        "state_kind": state.kind,
        "group": past.today("queue", birth.snapshot[0], birth.part(1)),
        "priority": past.today("priority", birth.snapshot[2], birth.part(2)),
        "channel": channel_of(opening, past.said[opening.id]) if opening else None,
        "tags": _tags(past),
        "created_by": creation_of(past).by,
        "owner": _first(past, "OwnerUpdate", "Owner"),
        "type": _type(past),
        "fields.title": _title(past),
        "fields.responsible": _first(past, "ResponsibleUpdate", "Responsible"),
        "fields.lock": _lock(past),
        "fields.service": _with_old(past, "ServiceUpdate", "Service"),
        "fields.sla": _with_old(past, "SLAUpdate", "SLA"),
    }
    # What a request of the creation changed after ``NewTicket`` (a job, an event) counts as given.
    for kind in ("Move", "PriorityUpdate"):
        given = past.given(kind)
        changed = attribute(past, given) if given else None
        facts |= dict([changed]) if changed else {}
    return facts | _customer(past) | dict(_fields(past))


# ---------------------------------------------------------------------- attributes


def _first(past: Past, kind: str, column: str) -> str | None:
    """Somebody at the creation; whoever is there without a history was there from the start."""
    given = past.given(kind)
    if given is not None:
        return past.person(column.lower(), given)
    if past.changes(kind) or number(past.raw.ticket.get(f"{column}ID")) == NOBODY:
        return None
    return text(past.raw.ticket.get(column)) or None


def _lock(past: Past) -> str:
    given = past.given("Lock", "Unlock")
    return (given.part(0) if given else "") or "unlock"


def _type(past: Past) -> str | None:
    given, later = past.given("TypeUpdate"), past.changes("TypeUpdate")
    if given is not None:
        return past.today("type", number(given.part(1)), given.part(0))
    if later:
        return past.today("type", number(later[0].part(3)), later[0].part(2))
    return text(past.raw.ticket.get("Type"))


def _with_old(past: Past, kind: str, column: str) -> str | None:
    given, later = past.given(kind), past.changes(kind)
    if given is not None:
        name = given.part(0)
    else:
        name = later[0].part(2) if later else text(past.raw.ticket.get(column))
    return None if name in ("", "NULL") else name


def _title(past: Past) -> str:
    later = past.changes("TitleUpdate")
    return later[0].part(0) if later else text(past.raw.ticket.get("Title"))


def _customer(past: Past) -> dict[str, Any]:
    """Login and company; mail address and name as the first message shows them.

    The company is known by its id alone, which is also what agents see: it stands for its name.
    """
    given, later = past.given("CustomerUpdate"), past.changes("CustomerUpdate")
    login, company = customer_of(given) if given else (None, None)
    if given is None and not later:
        login = text(past.raw.ticket.get("CustomerUserID")) or None
        company = text(past.raw.ticket.get("CustomerID")) or None
    facts = {
        "customer.id": login,
        "customer.login": login,
        "organization.id": company,
        "organization.name": company,
    }
    opening = past.opening
    if opening is not None and opening.sender == "customer":
        facts |= {"customer.email": opening.address, "customer.name": opening.author}
    return facts


# ---------------------------------------------------------------------- custom fields


def _field_changes(past: Past) -> Iterator[FieldChange]:
    for entry in past.changes("TicketDynamicFieldUpdate"):
        change = field_change(entry.name)
        if change is not None:
            yield change


def _fields(past: Past) -> Iterator[tuple[str, Any]]:
    """Each field as it was before its first change; today's value where it has none."""
    first: dict[str, FieldChange] = {}
    for change in _field_changes(past):
        first.setdefault(change.field, change)
    cut = _cut(past)
    for name in sorted(first.keys() | past.values.keys()):
        if not past.names.told(name):
            continue
        if name in first and name not in cut:
            yield f"fields.{name}", told_value(past, name, first[name].before)
        else:
            yield f"fields.{name}", fact(past.values.get(name), past.names.zone)


def _tags(past: Past) -> tuple[str, ...]:
    """Today's tags with every later change undone."""
    field = past.names.tags_field
    first = next((one for one in _field_changes(past) if one.field == field), None)
    if first is None or field in _cut(past):
        return tags_of(past.values.get(field))
    return tags_of(first.before)


def _cut(past: Past) -> frozenset[str]:
    """Fields of which history lost a value: only today's is known."""
    return frozenset(change.field for change in _field_changes(past) if not change.whole)


def _unsure(past: Past) -> Iterator[str]:
    for name in _cut(past):
        if name == past.names.tags_field:
            yield "tags"
        elif past.names.told(name):
            yield f"fields.{name}"
