"""The in-memory helpdesk as a :class:`slaplugin.testing.Desk`: the shortest example of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

from slaplugin.app.errors import HostTemporaryError
from slaplugin.app.ports import Agent, Host
from slaplugin.hosts.memory import MemoryHost
from slaplugin.testing.clock import FrozenClock
from slaplugin.testing.desk import Ability, FaultKind, Words

_WORDS = Words(
    groups=("Support", "Escalations"),
    priorities=("2 normal", "3 high"),
    owners=("anna", "bob"),
    open="open",
    waiting="pending reminder",
    closed="closed",
    tags=("sla-risk", "sla-breach", "vip"),
    text_field="sla_state",
    date_field="sla_due",
)


class MemoryDesk:
    """People at the in-memory helpdesk; the clock stands at a Monday morning."""

    words = _WORDS
    faults = frozenset({FaultKind.UNREACHABLE, FaultKind.ERROR})
    secrets: tuple[str, ...] = ()
    lacks: Mapping[Ability, str] = {
        Ability.CREDENTIALS: "it lives in this process and asks nobody who they are",
        Ability.LATE_STAMPS: "its stamps are given in the order in which things become visible",
    }

    def __init__(self, *, at: int | str = "2026-03-09T09:00:00+01:00") -> None:
        self._clock = FrozenClock(at)
        self.helpdesk = MemoryHost(self._clock, page_size=self.words.page_size)
        self.helpdesk.strict = True
        for group in self.words.groups:
            self.helpdesk.agents[group] = [Agent("anna", "Anna"), Agent("bob", "Bob")]

    def host(self) -> Host:
        return self.helpdesk.another()

    def stranger(self) -> Host:
        raise NotImplementedError(self.lacks[Ability.CREDENTIALS])

    def requests(self) -> int | None:
        return self.helpdesk.traffic.received

    # ------------------------------------------------------------------ time

    def now(self) -> int:
        return self._clock.now()

    def advance(self, seconds: int) -> None:
        self._clock.advance(seconds)

    def same_instant(self) -> AbstractContextManager[None]:
        return self.helpdesk.shared_instant()

    # ------------------------------------------------------------------ what people do

    def create(self) -> str:
        return self.helpdesk.create()

    def customer_writes(self, ticket: str) -> None:
        self.helpdesk.customer_writes(ticket)

    def agent_replies(self, ticket: str) -> None:
        self.helpdesk.agent_replies(ticket)

    def agent_notes(self, ticket: str) -> None:
        self.helpdesk.agent_notes(ticket)

    def wait(self, ticket: str) -> None:
        self.helpdesk.set(ticket, "state", self.words.waiting)

    def close(self, ticket: str) -> None:
        self.helpdesk.set(ticket, "state", self.words.closed)

    def reopen(self, ticket: str) -> None:
        self.helpdesk.set(ticket, "state", self.words.open)

    def set_priority(self, ticket: str, name: str) -> None:
        self.helpdesk.set(ticket, "priority", name)

    def set_group(self, ticket: str, name: str) -> None:
        self.helpdesk.set(ticket, "group", name)

    def set_owner(self, ticket: str, login: str) -> None:
        self.helpdesk.set(ticket, "owner", login)

    def add_tag(self, ticket: str, tag: str) -> None:
        self.helpdesk.tag(ticket, tag)

    def remove_tag(self, ticket: str, tag: str) -> None:
        self.helpdesk.tag(ticket, tag, remove=True)

    def set_text(self, ticket: str, value: str) -> None:
        self.helpdesk.set(ticket, self.words.text_field, value)

    def merge(self, ticket: str, into: str) -> None:
        self.helpdesk.merge(ticket, into)

    def delete(self, ticket: str) -> None:
        self.helpdesk.delete(ticket)

    def note_late(self, ticket: str) -> None:
        raise NotImplementedError(self.lacks[Ability.LATE_STAMPS])

    def hide(self, ticket: str) -> None:
        self.helpdesk.hide(ticket)

    def unhide(self, ticket: str) -> None:
        self.helpdesk.hide(ticket, hidden=False)

    def protect(self, ticket: str) -> None:
        self.helpdesk.tickets[ticket].protected = True

    def set_vip(self, ticket: str, vip: bool) -> None:
        self.helpdesk.party("customer", str(self.helpdesk.tickets[ticket].customer), vip=vip)

    # ------------------------------------------------------------------ trouble

    def break_down(self, kind: FaultKind, after: int) -> None:
        status = 503 if kind is FaultKind.ERROR else None
        self.helpdesk.traffic.break_down(HostTemporaryError(kind.value, status=status), after)

    def heal(self) -> None:
        self.helpdesk.traffic.heal()

    @contextmanager
    def interrupted(self, act: Callable[[], None]) -> Iterator[None]:
        watchers = self.helpdesk.traffic.watchers
        watchers.append(act)
        try:
            yield
        finally:
            watchers.remove(act)
