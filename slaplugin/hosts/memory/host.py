"""The port :class:`slaplugin.app.ports.Host` on the memory helpdesk."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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
from slaplugin.core.model import Actor, Ticket, Timeline
from slaplugin.core.plan import shows
from slaplugin.hosts.memory.helpdesk import Helpdesk
from slaplugin.hosts.memory.values import ACCOUNT, PRIORITIES, MemoryTicket


class MemoryHost(Helpdesk):
    """A helpdesk and an adapter on it in one; :meth:`another` is a second adapter on it."""

    def __init__(self, clock: WallClock, *, name: str = "memory", page_size: int = 50) -> None:
        super().__init__(clock)
        self._name = name
        self._page_size = page_size
        self._requests = 0
        self._failures: dict[int, HostError] = {}

    def another(self) -> MemoryHost:
        """A fresh adapter on the same helpdesk, as another process would have."""
        fresh = copy.copy(self)
        fresh._requests = 0
        fresh._failures = {}
        return fresh

    def fail(self, error: HostError, *, at: int = 1, times: int = 1) -> None:
        """The nth request of this adapter from now, and those right after it, raise the error."""
        for offset in range(times):
            self._failures[self._requests + at + offset] = error

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
        dates = dict.fromkeys(self.fields & self.date_fields, "datetime")
        return Reference(
            groups=tuple(sorted(self.known_groups())),
            priorities=tuple(PRIORITIES),
            states=dict(self.states),
            owners=tuple(sorted(self.known_owners())),
            fields=dict.fromkeys(sorted(self.fields), "text") | dates,
            tags=tuple(sorted({tag for ticket in self.tickets.values() for tag in ticket.tags})),
        )

    def changes(self, bookmark: str | None) -> Iterator[Page]:
        """In order of the last change, so that a page's last stamp is its bookmark."""
        since = int(bookmark) if bookmark else 0
        yield from self._pages(
            lambda ticket: (
                ticket.updated_at_ms >= since and bool(bookmark or not self._is_closed(ticket))
            ),
            bookmark,
        )

    def history(self, since: int, until: int | None, bookmark: str | None) -> Iterator[Page]:
        """Tickets created before ``until`` and changed since ``since``, by their last change.

        One that changed again after ``until`` is among them, or a backfill would lose it.
        """
        start = max(since * 1000, int(bookmark) if bookmark else 0)
        yield from self._pages(
            lambda ticket: (
                ticket.updated_at_ms >= start
                and (until is None or ticket.created_at_ms < until * 1000)
            ),
            bookmark,
        )

    def parties(self, bookmark: str | None) -> Iterator[PartyPage]:
        self._request()
        upcoming = self._stamps.newest + 1
        since = upcoming if bookmark is None else int(bookmark)
        changed = [key for key, stamp in self._party_stamps.items() if stamp >= since]
        items = tuple(
            Party("customer" if kind == "customer" else "organization", key, dict(facts))
            for kind, key in changed
            for facts in (self.parties_[kind, key],)
        )
        yield PartyPage(items, str(upcoming))

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
            self._check(ticket, change)
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
        self.traffic.request()
        error = self._failures.pop(self._requests, None)
        if error is not None:
            raise error

    def _pages(
        self, wanted: Callable[[MemoryTicket], bool], bookmark: str | None
    ) -> Iterator[Page]:
        """As they are at the first request: what changes meanwhile is for the next pull."""
        self._request()
        found = [
            TicketRef(item.id, item.updated_at_ms, self._is_closed(item))
            for item in self.tickets.values()
            if not item.deleted and not item.hidden and wanted(item)
        ]
        found.sort(key=lambda ref: (ref.updated_at_ms, ref.id))
        if not found:
            yield Page((), bookmark or str(self._stamps.newest))
        for first in range(0, len(found), self._page_size):
            if first:
                self._request()
            part = tuple(found[first : first + self._page_size])
            left = len(found) - first - len(part)
            yield Page(part, str(part[-1].updated_at_ms), left=left)

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

    def _check(self, ticket: MemoryTicket, change: Change) -> None:
        """Whether the helpdesk takes a change; otherwise HostPermanentError."""
        what = f"PUT ticket {ticket.id}: {change.kind} {change.field or change.value!r}"
        if ticket.protected:
            raise HostPermanentError(f"{what}: the account may not change it", status=403)
        known = {
            "set_priority": set(PRIORITIES),
            "set_state": set(self.states),
            "set_field": {*self.fields, *ticket.fields},
            "set_group": self.known_groups() if self.strict else None,
            "set_owner": {*self.known_owners(), None} if self.strict else None,
        }.get(change.kind)
        name = change.field if change.kind == "set_field" else change.value
        if (known is not None and name not in known) or (
            (change.kind, change.value) in self._refused
        ):
            raise HostPermanentError(f"{what} is refused", status=422)

    def _apply(self, ticket: MemoryTicket, change: Change, actor: Actor) -> None:
        """Do a change of ours; one that is there already is none."""
        if change.kind == "add_note":
            ticket.notes.append((change.key, str(change.value)))
            self._happen(ticket, "note", {"message": f"n{len(ticket.notes)}"}, actor)
        elif shows(self._seen(ticket), change.kind, change.field, change.value):
            return
        elif change.kind in ("add_tag", "remove_tag"):
            self._tag(ticket, str(change.value), change.kind == "remove_tag", actor)
        else:
            what = change.field or change.kind.removeprefix("set_")
            self._set(ticket, what, change.value, actor)
