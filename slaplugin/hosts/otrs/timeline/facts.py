"""A ticket's facts right after its creation: what its request wrote down, else undone changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slaplugin.core.model import Ticket
from slaplugin.hosts.otrs.names import NOBODY, fact, tags_of
from slaplugin.hosts.otrs.timeline.changes import attribute, term, term_after, type_after
from slaplugin.hosts.otrs.timeline.messages import channel_of
from slaplugin.hosts.otrs.timeline.past import Past
from slaplugin.hosts.otrs.timeline.spelling import customer, first_values, named
from slaplugin.hosts.otrs.timeline.values import LOST, Values, values_after
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
    state = past.first_state
    queue, priority, _ = first_values(birth.name)
    facts: dict[str, Any] = {
        "state": state.name,
        "state_kind": state.kind,
        "group": past.today("queue", birth.snapshot[0], queue),
        "priority": past.today("priority", birth.snapshot[2], priority),
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
        return type_after(past, given)
    if later:
        _, old = named(later[0].name)
        return past.today("type", old.id, old.name)
    return text(past.raw.ticket.get("Type"))


def _with_old(past: Past, kind: str, column: str) -> str | None:
    given, later = past.given(kind), past.changes(kind)
    if given is not None:
        return term_after(past, given)
    return term(named(later[0].name)[1].name if later else text(past.raw.ticket.get(column)))


def _title(past: Past) -> str:
    told = [past.titles[one.index] for one in past.changes("TitleUpdate")]
    return told[0][0] if told else text(past.raw.ticket.get("Title"))


def _customer(past: Past) -> dict[str, Any]:
    """Login and company; mail address and name as the first message shows them.

    The company is known by its id alone, which is also what agents see: it stands for its name.
    """
    given, later = past.given("CustomerUpdate"), past.changes("CustomerUpdate")
    told = customer(given.name) if given else None
    login, company = (told.login or None, told.company or None) if told else (None, None)
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


def _fields(past: Past) -> Iterator[tuple[str, Any]]:
    """Each field as it was before its first change; today's value where nothing tells that."""
    first = _first_values(past)
    for name in sorted(first.keys() | past.values.keys()):
        if past.names.told(name):
            yield f"fields.{name}", _from_start(past, first, name)


def _tags(past: Past) -> tuple[str, ...]:
    """Today's tags with every later change undone."""
    return tags_of(_from_start(past, _first_values(past), past.names.tags_field))


def _from_start(past: Past, first: Mapping[str, Values], name: str) -> Any:
    told = first[name].before if name in first else LOST
    return fact(past.values.get(name), past.names.zone) if told is LOST else told


def _first_values(past: Past) -> dict[str, Values]:
    """The first change of each field."""
    found: dict[str, Values] = {}
    for _, change in sorted(values_after(past).items(), key=lambda item: item[0]):
        found.setdefault(change.field, change)
    return found


def _unsure(past: Past) -> Iterator[str]:
    """Fields of which history lost a value."""
    for change in values_after(past).values():
        if change.before is not LOST and change.to is not LOST:
            continue
        if change.field == past.names.tags_field:
            yield "tags"
        elif past.names.told(change.field):
            yield f"fields.{change.field}"
