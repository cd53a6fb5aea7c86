"""The stand-in as a desk of the adapters' contract (``slaplugin.testing``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from slaplugin.app.ports import Host
from slaplugin.hosts.config import HostConfig, Secret, Timing
from slaplugin.testing import Ability, FaultKind, Words
from slaplugin.testing.proxy import HelpdeskProxy

from .catalog import EVERYTHING, READ_ONLY, Agent, Field, Queue
from .clock import Clock
from .people import Desk
from .server import Server

AGENT, CUSTOMER, ADMIN = "erin.falk", "vera.aurel", "root@localhost"
ARCHIVE = 20
"""A group, and the queue of it, that the API account may only read."""

SEEN_IN_OTOBO = "OTOBO 10.1.11: TicketGet and TicketHistoryGet answer AccessDenied for both"
NO_OPERATION = "OTOBO 10.1.11, Znuny and OTRS 6 have no operation that reads customers"


class StandinDesk:
    """People at the stand-in; the adapter's requests pass a proxy that can go wrong."""

    words = Words(
        groups=("Support", "VIP Desk"),
        priorities=("3 normal", "4 high"),
        owners=("anna.berg", "boris.kern"),
        open="open",
        waiting="pending reminder",
        closed="closed successful",
        tags=("sla-risk", "sla-breach", "vip"),
        text_field="SLANote",
        date_field="SLADueAt",
        zone="Europe/Berlin",
    )
    lacks: Mapping[Ability, str] = {
        Ability.TELL_GONE: SEEN_IN_OTOBO, Ability.PARTIES: NO_OPERATION,
    }  # fmt: skip
    faults = frozenset(FaultKind)
    secrets = ("PASSWORD", "password-of-nobody")

    def __init__(
        self, make_host: Callable[[HostConfig], Host], start: str = "2026-11-02T07:00:00Z"
    ) -> None:
        self.clock = Clock(start, zone=self.words.zone)
        self.people = Desk(self.clock)
        self._furnish()
        self.server = Server(self.people).start()
        self.proxy = HelpdeskProxy(self.server.url)
        self._make_host = make_host

    def stop(self) -> None:
        self.proxy.stop()
        self.server.stop()

    def _furnish(self) -> None:
        """An agent of its own, tags to choose from, and a queue to be read only."""
        known = self.people.catalog
        known.queues[ARCHIVE] = Queue(ARCHIVE, "Archive", ARCHIVE)
        known.add_field(Field("SLATags", "Multiselect", self.words.tags))
        rights = {queue.group: EVERYTHING for queue in known.queues.values()}
        known.agents[20] = Agent(20, AGENT, "Erin", "Falk", rights)
        known.agent("sla.api").rights[ARCHIVE] = READ_ONLY
        known.agents[1].rights[ARCHIVE] = EVERYTHING

    # ------------------------------------------------------------------ adapters

    def host(self) -> Host:
        return self._adapter(self.secrets[0])

    def stranger(self) -> Host:
        return self._adapter(self.secrets[1])

    def _adapter(self, password: str) -> Host:
        return self._make_host(
            HostConfig(
                url=self.proxy.url, name="otrs", user="sla.api", password=Secret(password),
                timezone=self.words.zone, page_size=self.words.page_size,
                timing=Timing(sleep=lambda seconds: None),
            )
        )  # fmt: skip

    def requests(self) -> int:
        return self.proxy.requests()

    # ------------------------------------------------------------------ time

    def now(self) -> int:
        return self.clock.now()

    def advance(self, seconds: int) -> None:
        self.clock.advance(seconds)

    def same_instant(self) -> AbstractContextManager[None]:
        return nullcontext()  # the clock stands still between all acts

    # ------------------------------------------------------------------ what people do

    def create(self) -> str:
        return str(self.people.portal_ticket(CUSTOMER, self.words.groups[0]))

    def customer_writes(self, ticket: str) -> None:
        self.people.follow_up(int(ticket))

    def agent_replies(self, ticket: str) -> None:
        self.people.agent_mail(AGENT, int(ticket))

    def agent_notes(self, ticket: str) -> None:
        self.people.note(AGENT, int(ticket))

    def wait(self, ticket: str) -> None:
        self.people.pending(AGENT, int(ticket), self.now() + 86_400, self.words.waiting)

    def close(self, ticket: str) -> None:
        self.people.close(AGENT, int(ticket), self.words.closed)

    def reopen(self, ticket: str) -> None:
        self.people.set_state(AGENT, int(ticket), self.words.open)

    def set_priority(self, ticket: str, name: str) -> None:
        self.people.prioritise(AGENT, int(ticket), name)

    def set_group(self, ticket: str, name: str) -> None:
        self.people.move(AGENT, int(ticket), name)

    def set_owner(self, ticket: str, login: str) -> None:
        self.people.assign(AGENT, int(ticket), login)

    def _tags(self, ticket: str) -> list[str]:
        return self.people.ticket(int(ticket)).fields.get("SLATags", [])

    def add_tag(self, ticket: str, tag: str) -> None:
        self.people.set_field(AGENT, int(ticket), "SLATags", *self._tags(ticket), tag)

    def remove_tag(self, ticket: str, tag: str) -> None:
        kept = [one for one in self._tags(ticket) if one != tag]
        self.people.set_field(AGENT, int(ticket), "SLATags", *kept)

    def set_text(self, ticket: str, value: str) -> None:
        self.people.set_field(AGENT, int(ticket), self.words.text_field, value)

    def merge(self, ticket: str, into: str) -> None:
        self.people.merge(AGENT, int(ticket), int(into))

    def delete(self, ticket: str) -> None:
        self.people.delete(int(ticket))

    def hide(self, ticket: str) -> None:
        self.people.hide(int(ticket))

    def unhide(self, ticket: str) -> None:
        self.people.move(ADMIN, int(ticket), self.words.groups[0])

    def protect(self, ticket: str) -> None:
        self.people.move(ADMIN, int(ticket), "Archive")

    def set_vip(self, ticket: str, vip: bool) -> None:
        raise NotImplementedError(NO_OPERATION)

    # ------------------------------------------------------------------ trouble

    def break_down(self, kind: FaultKind, after: int) -> None:
        """Emptiness is the server's own; everything else happens on the line."""
        if kind is FaultKind.EMPTY:
            self.server.faults.fail(None, "query_fails", skip=after)
        else:
            self.proxy.break_down(kind, after)

    def heal(self) -> None:
        self.server.faults.clear()
        self.proxy.heal()

    def interrupted(self, act: Callable[[], None]) -> AbstractContextManager[Any]:
        return self.proxy.interrupted(act)
