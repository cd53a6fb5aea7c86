"""A helpdesk in memory: for tests of the application and for authors of adapters and plugins.

It keeps a history like Zammad's, says everything in ports' values, and can be made to misbehave:
fail at the nth request, refuse a value, drop an owner, undo a priority.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slaplugin.app.errors import HostError, HostGoneError, HostLostError, HostPermanentError
from slaplugin.app.ports import (
    Agent,
    Change,
    Missing,
    Page,
    Party,
    PartyPage,
    ReadResult,
    Reference,
    Snapshot,
    TicketRef,
    WallClock,
    read_each,
)
from slaplugin.core.actions import Seen
from slaplugin.core.model import Actor, Event, Ticket, Timeline

STATES: Mapping[str, str] = {
    "new": "new",
    "open": "open",
    "pending reminder": "waiting_customer",
    "pending close": "waiting_customer",
    "closed": "closed",
    "merged": "merged",
}
PRIORITIES: Mapping[str, str] = {"3 high": "high", "2 normal": "normal", "1 low": "low"}
ACCOUNT = "sla"
_EVENT_OF = {"priority": "priority_changed", "group": "group_changed", "owner": "owner_changed"}


@dataclass(slots=True)
class MemoryTicket:
    """A ticket of the memory helpdesk; tests may look at it and should change it by the host."""

    id: str
    title: str
    facts: dict[str, Any]
    """At creation, but for the customer and organization."""
    customer: str | None
    organization: str | None
    values: dict[str, Any]
    """``state``, ``priority``, ``group``, ``owner`` as they are now."""
    tags: set[str] = field(default_factory=set)
    fields: dict[str, Any] = field(default_factory=dict)
    notes: list[tuple[str | None, str]] = field(default_factory=list)
    """(action key, text)."""
    events: list[Event] = field(default_factory=list)
    updated_at_ms: int = 0
    deleted: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A ticket to create."""

    group: str = "Support"
    priority: str = "2 normal"
    owner: str | None = None
    state: str = "new"
    customer: str | None = "c1"
    organization: str | None = None
    title: str = "A question"
    by: str = "customer"
    fields: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


class MemoryHost:
    """The port :class:`slaplugin.app.ports.Host` without a network."""

    def __init__(self, clock: WallClock, *, name: str = "memory", page_size: int = 50) -> None:
        self._clock = clock
        self._name = name
        self._page_size = page_size
        self._requests = 0
        self._stamp = 0
        self._failures: dict[int, HostError] = {}
        self._after_write: list[Callable[[MemoryTicket], None]] = []
        self._refused: set[tuple[str, Any]] = set()
        self.tickets: dict[str, MemoryTicket] = {}
        self.parties_: dict[tuple[str, str], dict[str, Any]] = {}
        self._party_stamps: dict[tuple[str, str], int] = {}
        self.fields: set[str] = {"sla_due", "sla_state", "sla_policy", "sla_summary"}
        self.agents: dict[str, list[Agent]] = {}
        self.states: dict[str, str] = dict(STATES)
        self.written: list[tuple[str, tuple[Change, ...]]] = []
        """Every request that changed something, in order."""

    # ------------------------------------------------------------------ what people do

    def create(self, draft: Draft | None = None) -> str:
        """A new ticket; its id."""
        draft = draft or Draft()
        ticket = MemoryTicket(
            id=str(len(self.tickets) + 1),
            title=draft.title,
            facts={
                "group": draft.group,
                "priority": draft.priority,
                "owner": draft.owner,
                "state": draft.state,
                "state_kind": self.states.get(draft.state, "new"),
                "tags": tuple(draft.tags),
                **{f"fields.{name}": value for name, value in draft.fields.items()},
                **draft.facts,
            },
            customer=draft.customer,
            organization=draft.organization,
            values={
                "state": draft.state,
                "priority": draft.priority,
                "group": draft.group,
                "owner": draft.owner,
            },
            tags=set(draft.tags),
            fields={name: draft.fields.get(name) for name in {*self.fields, *draft.fields}},
        )
        self.tickets[ticket.id] = ticket
        self._happen(ticket, "created", {"by": draft.by}, Actor("customer", "customer"))
        return ticket.id

    def customer_writes(self, ticket: str) -> None:
        """A public message of the customer."""
        self._happen(self.tickets[ticket], "customer_message", {}, Actor("customer", "customer"))

    def agent_replies(self, ticket: str, agent: str = "anna") -> None:
        """A public message of an agent."""
        self._happen(self.tickets[ticket], "agent_reply", {}, Actor(agent, "agent", agent))

    def set(self, ticket: str, what: str, value: Any, by: str = "anna") -> None:
        """``what``: state, priority, group, owner, or a custom field's name."""
        self._set(self.tickets[ticket], what, value, Actor(by, "agent", by))

    def tag(self, ticket: str, tag: str, *, remove: bool = False, by: str = "anna") -> None:
        """Somebody adds or removes a tag."""
        self._tag(self.tickets[ticket], tag, remove, Actor(by, "agent", by))

    def merge(self, ticket: str, into: str) -> None:
        """The first ticket becomes a part of the second."""
        gone, survivor = self.tickets[ticket], self.tickets[into]
        actor = Actor("anna", "agent", "anna")
        self._happen(survivor, "absorbed", {"events": tuple(gone.events)}, actor)
        gone.values["state"] = "merged"
        self._happen(gone, "merged", {"into": into}, actor)

    def party(self, kind: str, key: str, **facts: Any) -> None:
        """Set facts of a customer or organization; no ticket is touched by it (R14)."""
        self.parties_.setdefault((kind, key), {}).update(
            {f"{kind}.{name}": value for name, value in facts.items()}
        )
        self._party_stamps[kind, key] = self._next_stamp()

    def delete(self, ticket: str) -> None:
        """404 from now on."""
        self.tickets[ticket].deleted = True

    def hide(self, ticket: str, *, hidden: bool = True) -> None:
        """403 from now on, or readable again."""
        self.tickets[ticket].hidden = hidden
        self.tickets[ticket].updated_at_ms = self._next_stamp()

    def backdate(self, ticket: str, event: Event) -> None:
        """An event that becomes known late (R13): it happened at its own instant."""
        found = self.tickets[ticket]
        found.events.append(event)
        found.updated_at_ms = self._next_stamp()

    # ------------------------------------------------------------------ misbehaviour

    def fail(self, error: HostError, *, at: int = 1, times: int = 1) -> None:
        """The nth request from now, and those right after it, raise the error."""
        for offset in range(times):
            self._failures[self._requests + at + offset] = error

    def refuse(self, kind: str, value: Any) -> None:
        """A write with this change is refused as a whole."""
        self._refused.add((kind, value))

    def after_write(self, trigger: Callable[[MemoryTicket], None]) -> None:
        """A trigger of the host: runs on the ticket after each of our writes."""
        self._after_write.append(trigger)

    # ------------------------------------------------------------------ the port

    @property
    def name(self) -> str:
        return self._name

    @property
    def account(self) -> str | None:
        return ACCOUNT

    @property
    def priority_names(self) -> Mapping[str, str]:
        return PRIORITIES

    def now(self) -> int:
        return self._clock.now()

    def requests_made(self) -> int:
        return self._requests

    def reference(self) -> Reference:
        self._request()
        values = [ticket.values for ticket in self.tickets.values()]
        return Reference(
            groups=tuple(sorted({value["group"] for value in values} | set(self.agents))),
            priorities=tuple(PRIORITIES),
            states=dict(self.states),
            owners=tuple(sorted({agent.login for team in self.agents.values() for agent in team})),
            fields=dict.fromkeys(sorted(self.fields), "text"),
            tags=tuple(sorted({tag for ticket in self.tickets.values() for tag in ticket.tags})),
        )

    def changes(self, bookmark: str | None) -> Iterator[Page]:
        """In order of the last change, so that a page's last stamp is its bookmark."""
        since = int(bookmark) if bookmark else 0
        found = [
            ticket
            for ticket in self._listed()
            if ticket.updated_at_ms >= since and (bookmark or not self._is_closed(ticket))
        ]
        yield from self._pages(found, bookmark)

    def history(self, since: int, until: int | None, bookmark: str | None) -> Iterator[Page]:
        """Tickets created or changed in the range, in order of the last change."""
        start = max(since * 1000, int(bookmark) if bookmark else 0)
        end = until * 1000 if until is not None else None
        found = [
            ticket
            for ticket in self._listed()
            if ticket.updated_at_ms >= start and (end is None or ticket.updated_at_ms < end)
        ]
        yield from self._pages(found, bookmark)

    def parties(self, bookmark: str | None) -> Iterator[PartyPage]:
        self._request()
        since = self._stamp + 1 if bookmark is None else int(bookmark)
        changed = [key for key, stamp in self._party_stamps.items() if stamp >= since]
        items = tuple(
            Party("customer" if kind == "customer" else "organization", key, dict(facts))
            for kind, key in changed
            for facts in (self.parties_[kind, key],)
        )
        yield PartyPage(items, str(self._stamp + 1))

    def read(self, ticket_id: str) -> Snapshot:
        self._request()
        ticket = self._readable(ticket_id)
        known = self._party_facts(ticket)
        value = Ticket(
            host=self._name,
            id=ticket.id,
            number=f"#{ticket.id}",
            title=ticket.title,
            facts={**ticket.facts, **known},
            current_only=frozenset(known),
        )
        return Snapshot(
            timeline=Timeline(value, tuple(ticket.events)),
            seen=self._seen(ticket),
            read_at=self.now(),
            customer_key=ticket.customer,
            organization_key=ticket.organization,
        )

    def read_many(self, ticket_ids: Sequence[str]) -> Iterator[tuple[str, ReadResult]]:
        return read_each(self.read, ticket_ids)

    def look(self, ticket_id: str) -> Seen:
        self._request()
        return self._seen(self._readable(ticket_id))

    def missing(self, known: Iterable[str]) -> Iterator[Missing]:
        self._request()
        for ticket_id in known:
            ticket = self.tickets.get(ticket_id)
            if ticket is None or ticket.deleted:
                yield Missing(ticket_id, "gone")
            elif ticket.hidden:
                yield Missing(ticket_id, "lost")

    def agents_of(self, group: str) -> Sequence[Agent]:
        self._request()
        return tuple(self.agents.get(group, ()))

    def write(self, ticket_id: str, changes: Sequence[Change]) -> None:
        self._request()
        ticket = self._readable(ticket_id)
        for change in changes:
            if (change.kind, change.value) in self._refused:
                raise HostPermanentError(
                    f"PUT ticket {ticket_id}: {change.kind} {change.value!r} is refused", status=422
                )
        actor = Actor(ACCOUNT, "agent", ACCOUNT)
        for change in sorted(changes, key=lambda change: change.kind == "remove_tag"):
            self._apply(ticket, change, actor)
        self.written.append((ticket_id, tuple(changes)))
        for trigger in self._after_write:
            trigger(ticket)

    def has_note(self, ticket_id: str, key: str) -> bool:
        self._request()
        return any(known == key for known, _ in self._readable(ticket_id).notes)

    # ------------------------------------------------------------------ within

    def _request(self) -> None:
        self._requests += 1
        error = self._failures.pop(self._requests, None)
        if error is not None:
            raise error

    def _next_stamp(self) -> int:
        self._stamp = max(self.now() * 1000, self._stamp + 1)
        return self._stamp

    def _listed(self) -> list[MemoryTicket]:
        visible = (item for item in self.tickets.values() if not item.deleted and not item.hidden)
        return sorted(visible, key=lambda item: (item.updated_at_ms, item.id))

    def _pages(self, found: Sequence[MemoryTicket], bookmark: str | None) -> Iterator[Page]:
        if not found:
            self._request()
            yield Page((), bookmark or str(self._stamp))
        for first in range(0, len(found), self._page_size):
            self._request()
            part = found[first : first + self._page_size]
            items = tuple(
                TicketRef(item.id, item.updated_at_ms, self._is_closed(item)) for item in part
            )
            yield Page(items, str(part[-1].updated_at_ms))

    def _is_closed(self, ticket: MemoryTicket) -> bool:
        return self.states.get(ticket.values["state"]) in ("closed", "merged")

    def _readable(self, ticket_id: str) -> MemoryTicket:
        ticket = self.tickets.get(ticket_id)
        if ticket is None or ticket.deleted:
            raise HostGoneError(f"GET ticket {ticket_id}: not found", status=404)
        if ticket.hidden:
            raise HostLostError(f"GET ticket {ticket_id}: not authorized", status=403)
        return ticket

    def _party_facts(self, ticket: MemoryTicket) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for kind, key in (("customer", ticket.customer), ("organization", ticket.organization)):
            if key is not None:
                found[f"{kind}.id"] = key
                found.update(self.parties_.get((kind, key), {}))
        return found

    def _seen(self, ticket: MemoryTicket) -> Seen:
        values = ticket.values
        return Seen(
            tags=frozenset(ticket.tags),
            priority=values["priority"],
            group=values["group"],
            owner=values["owner"],
            state=values["state"],
            state_kind=self.states.get(values["state"]),
            fields=dict(ticket.fields),
            updated_at_ms=ticket.updated_at_ms,
        )

    def _happen(
        self, ticket: MemoryTicket, kind: str, data: Mapping[str, Any], actor: Actor
    ) -> None:
        stamp = self._next_stamp()
        event = Event(
            at_ms=stamp,
            seq=len(ticket.events),
            id=f"{ticket.id}-{len(ticket.events)}",
            kind=kind,
            data=dict(data),
            actor=actor,
        )
        ticket.events.append(event)
        ticket.updated_at_ms = stamp

    def _set(self, ticket: MemoryTicket, what: str, value: Any, actor: Actor) -> None:
        if what == "state":
            ticket.values["state"] = value
            kind = self.states.get(value)
            data = {"to": value, "kind": kind, "closes": value == "pending close"}
            self._happen(ticket, "state_changed", data, actor)
        elif what in _EVENT_OF:
            ticket.values[what] = value
            self._happen(ticket, _EVENT_OF[what], {"to": value}, actor)
        else:
            ticket.fields[what] = value
            self._happen(ticket, "field_changed", {"field": f"fields.{what}", "to": value}, actor)

    def _tag(self, ticket: MemoryTicket, tag: str, remove: bool, actor: Actor) -> None:
        if remove:
            ticket.tags.discard(tag)
        else:
            ticket.tags.add(tag)
        self._happen(ticket, "tag_removed" if remove else "tag_added", {"tag": tag}, actor)

    def _apply(self, ticket: MemoryTicket, change: Change, actor: Actor) -> None:
        if change.kind in ("add_tag", "remove_tag"):
            self._tag(ticket, str(change.value), change.kind == "remove_tag", actor)
        elif change.kind == "add_note":
            ticket.notes.append((change.key, str(change.value)))
            self._happen(ticket, "note", {"message": f"n{len(ticket.notes)}"}, actor)
        elif change.kind == "set_field":
            self._set(ticket, str(change.field), change.value, actor)
        else:
            self._set(ticket, change.kind.removeprefix("set_"), change.value, actor)


def without_owner(login: str) -> Callable[[MemoryTicket], None]:
    """A host that silently drops an owner who may not own the ticket."""

    def drop(ticket: MemoryTicket) -> None:
        if ticket.values["owner"] == login:
            ticket.values["owner"] = None

    return drop


def keeping_priority(priority: str) -> Callable[[MemoryTicket], None]:
    """A trigger that sets the priority back whatever anybody writes."""

    def put_back(ticket: MemoryTicket) -> None:
        ticket.values["priority"] = priority

    return put_back


__all__ = [
    "ACCOUNT",
    "PRIORITIES",
    "STATES",
    "Draft",
    "MemoryHost",
    "MemoryTicket",
    "keeping_priority",
    "without_owner",
]
