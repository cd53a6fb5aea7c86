"""The memory helpdesk itself: its tickets, what people do to them, and how it misbehaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from slaplugin.app.errors import HostError
from slaplugin.app.ports import Agent, Change, WallClock
from slaplugin.core.model import Actor, Event
from slaplugin.hosts.memory.values import STATES, Draft, MemoryTicket

_EVENT_OF = {"priority": "priority_changed", "group": "group_changed", "owner": "owner_changed"}


class Stamps:
    """Instants of changes, UTC epoch milliseconds: each later than the one before, unless several
    acts are meant to share one."""

    def __init__(self, clock: WallClock) -> None:
        self._clock = clock
        self._shared = False
        self.newest = 0

    def next(self) -> int:
        """The stamp of what happens now."""
        if not self._shared:
            self.newest = max(self._clock.now() * 1000, self.newest + 1)
        return self.newest

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Everything inside gets one stamp."""
        self.next()
        self._shared = True
        try:
            yield
        finally:
            self._shared = False


class Traffic:
    """The requests of all adapters: counted, watched, and failed on order."""

    def __init__(self) -> None:
        self.received = 0
        self.watchers: list[Callable[[], None]] = []
        self._outage: tuple[int, HostError] | None = None

    def break_down(self, error: HostError, after: int) -> None:
        """All but the next ``after`` requests raise the error, until :meth:`heal`."""
        self._outage = (self.received + after, error)

    def heal(self) -> None:
        """Requests are answered again."""
        self._outage = None

    def request(self) -> None:
        """A request came in: whoever watches may act, and it may fail."""
        self.received += 1
        for watcher in self.watchers:
            watcher()
        if self._outage is not None and self.received > self._outage[0]:
            raise self._outage[1]


class Helpdesk:
    """Everything that several adapters on one helpdesk share."""

    def __init__(self, clock: WallClock) -> None:
        self._clock = clock
        self._stamps = Stamps(clock)
        self._after_write: list[Callable[[MemoryTicket], None]] = []
        self._refused: set[tuple[str, Any]] = set()
        self.traffic = Traffic()
        self.tickets: dict[str, MemoryTicket] = {}
        self.parties_: dict[tuple[str, str], dict[str, Any]] = {}
        self._party_stamps: dict[tuple[str, str], int] = {}
        self.fields: set[str] = {"sla_due", "sla_state", "sla_policy", "sla_summary"}
        self.date_fields: set[str] = {"sla_due"}
        self.strict = False
        """Refuse groups and owners that nobody has heard of, as a real helpdesk does."""
        self.groups: set[str] = set()
        """Groups that exist beside those of tickets and agents."""
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

    def agent_notes(self, ticket: str, agent: str = "anna") -> None:
        """An internal note of an agent."""
        self._happen(self.tickets[ticket], "note", {}, Actor(agent, "agent", agent))

    def shared_instant(self) -> AbstractContextManager[None]:
        """All that happens inside gets one stamp."""
        return self._stamps.shared()

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
        self._party_stamps[kind, key] = self._stamps.next()

    def delete(self, ticket: str) -> None:
        """404 from now on."""
        self.tickets[ticket].deleted = True

    def hide(self, ticket: str, *, hidden: bool = True) -> None:
        """403 from now on, or readable again."""
        self.tickets[ticket].hidden = hidden
        self.tickets[ticket].updated_at_ms = self._stamps.next()

    def backdate(self, ticket: str, event: Event) -> None:
        """An event that becomes known late (R13): it happened at its own instant."""
        found = self.tickets[ticket]
        found.events.append(event)
        found.updated_at_ms = self._stamps.next()

    # ------------------------------------------------------------------ misbehaviour

    def refuse(self, kind: str, value: Any) -> None:
        """A write with this change is refused as a whole."""
        self._refused.add((kind, value))

    def after_write(self, trigger: Callable[[MemoryTicket], None]) -> None:
        """A trigger of the host: runs on the ticket after each of our writes."""
        self._after_write.append(trigger)

    # ------------------------------------------------------------------ within

    def known_groups(self) -> frozenset[str]:
        """Groups that exist."""
        used = (ticket.values["group"] for ticket in self.tickets.values())
        return frozenset((*used, *self.agents, *self.groups))

    def known_owners(self) -> frozenset[str]:
        """Logins of people who can own tickets."""
        return frozenset(agent.login for team in self.agents.values() for agent in team)

    def _happen(
        self, ticket: MemoryTicket, kind: str, data: Mapping[str, Any], actor: Actor
    ) -> None:
        stamp = self._stamps.next()
        event = Event(
            at_ms=stamp,
            seq=len(ticket.events),
            id=f"{ticket.id}-{len(ticket.events)}",
            kind=kind,
            data=dict(data),
            actor=actor,
        )
        ticket.events.append(event)
        ticket.created_at_ms = ticket.created_at_ms or stamp
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
