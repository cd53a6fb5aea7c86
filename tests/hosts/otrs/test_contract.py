"""The adapter for the OTRS family keeps the contract, on the stand-in of the Generic Interface."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import pytest

from slaplugin.hosts.config import HostConfig, Secret, Timing
from slaplugin.hosts.otrs import OtrsHost, make_host
from slaplugin.testing import Ability, FaultKind, HostContract, Words
from slaplugin.testing.proxy import HelpdeskProxy
from tests.hosts.otrs.standin import Agent, Clock, Desk, Queue, Server
from tests.hosts.otrs.standin.catalog import EVERYTHING, READ_ONLY, recorded

ZONE = "Europe/Berlin"
PASSWORD, WRONG = "secret-of-the-daemon", "secret-of-nobody"
AGENT, API = 8, 2
READABLE = 8
"""A group in which the daemon may only read."""


def timeless(path: str, sent: bytes) -> tuple[str, bytes]:
    """A search without its times: what it does not know it ignores (facts 4)."""
    if not path.endswith("/TicketSearch"):
        return path, sent
    asked = {key: value for key, value in json.loads(sent).items() if not key.endswith("Date")}
    return path, json.dumps(asked).encode()


def furnished() -> Desk:
    """The recorded installation, with one more agent and a queue that is read-only for us."""
    catalog = recorded()
    catalog.queues[10] = Queue(10, "Archive", READABLE)
    daemon, root = catalog.agents[API], catalog.agents[1]
    rights = {**daemon.rights, READABLE: READ_ONLY}
    catalog.agents[API] = replace(daemon, password=PASSWORD, rights=rights)
    catalog.agents[1] = replace(root, rights={**root.rights, READABLE: EVERYTHING})
    catalog.agents[AGENT] = Agent(AGENT, "eva.lind", "Eva", "Lind", daemon.rights)
    return Desk(Clock("2026-03-09T08:00:00Z", zone=ZONE), catalog)


class StandInDesk:
    """People at the stand-in, whose clock stands still between acts."""

    words = Words(
        groups=("Support", "VIP Desk"),
        priorities=("3 normal", "4 high"),
        owners=("anna.berg", "boris.kern"),
        open="open",
        waiting="pending reminder",
        closed="closed successful",
        tags=("sla-warning", "sla-breach-resolution", "sla-paused"),
        text_field="SLAState",
        texts=("warning", "breached"),
        date_field="SLADueAt",
        zone=ZONE,
    )
    faults = frozenset(FaultKind)
    secrets = (PASSWORD, WRONG, "SESSION00000")
    lacks: Mapping[Ability, str] = {
        Ability.TELL_GONE: "AccessDenied means both (docs/hosts/otrs.md, facts 2 and 5)",
        Ability.PARTIES: "no operation tells of customers, and there is no VIP (facts 1)",
        Ability.SHARED_TAGS: "updates are not compared with a version, fields get mixed (facts 10)",
    }

    def __init__(self) -> None:
        self.desk = furnished()
        self.server = Server(self.desk).start()
        self.proxy = HelpdeskProxy(self.server.url, widened=timeless)
        self.hosts: list[OtrsHost] = []

    def stop(self) -> None:
        for host in self.hosts:
            host.close()
        self.proxy.stop()
        self.server.stop()

    # ------------------------------------------------------------------ adapters

    def host(self) -> OtrsHost:
        return self._host(PASSWORD)

    def stranger(self) -> OtrsHost:
        return self._host(WRONG)

    def _host(self, password: str) -> OtrsHost:
        config = HostConfig(
            url=self.proxy.url,
            name="otobo",
            user="sla.api",
            password=Secret(password),
            page_size=self.words.page_size,
            timezone=ZONE,
            timing=Timing(sleep=lambda seconds: None),
        )
        self.hosts.append(make_host(config))
        return self.hosts[-1]

    def requests(self) -> int:
        return self.proxy.requests()

    # ------------------------------------------------------------------ time

    def now(self) -> int:
        return self.desk.clock.now()

    def advance(self, seconds: int) -> None:
        self.desk.clock.advance(seconds)

    def same_instant(self) -> AbstractContextManager[None]:
        return nullcontext()

    # ------------------------------------------------------------------ what people do

    @property
    def agent(self) -> str:
        return self.desk.catalog.agents[AGENT].login

    def create(self) -> str:
        return str(self.desk.portal_ticket("lena.nord", self.words.groups[0], "Gateway down"))

    def customer_writes(self, ticket: str) -> None:
        self.desk.follow_up(int(ticket))

    def agent_replies(self, ticket: str) -> None:
        state = self.desk.catalog.states[self.desk.ticket(int(ticket)).state].name
        self.desk.agent_mail(self.agent, int(ticket), state="open" if state == "new" else state)

    def agent_notes(self, ticket: str) -> None:
        self.desk.note(self.agent, int(ticket))

    def wait(self, ticket: str) -> None:
        self.desk.pending(self.agent, int(ticket), self.now() + 86_400, self.words.waiting)

    def close(self, ticket: str) -> None:
        self.desk.close(self.agent, int(ticket), self.words.closed)

    def reopen(self, ticket: str) -> None:
        self.desk.set_state(self.agent, int(ticket), self.words.open)

    def set_priority(self, ticket: str, name: str) -> None:
        self.desk.prioritise(self.agent, int(ticket), name)

    def set_group(self, ticket: str, name: str) -> None:
        self.desk.move(self.agent, int(ticket), name)

    def set_owner(self, ticket: str, login: str) -> None:
        self.desk.assign(self.agent, int(ticket), login)

    def add_tag(self, ticket: str, tag: str) -> None:
        self._tag(ticket, {*self._tags(ticket), tag})

    def remove_tag(self, ticket: str, tag: str) -> None:
        self._tag(ticket, {*self._tags(ticket)} - {tag})

    def _tags(self, ticket: str) -> list[str]:
        return self.desk.ticket(int(ticket)).fields.get("SLATags", [])

    def _tag(self, ticket: str, tags: set[str]) -> None:
        self.desk.set_field(self.agent, int(ticket), "SLATags", *sorted(tags))

    def set_text(self, ticket: str, value: str) -> None:
        self.desk.set_field(self.agent, int(ticket), self.words.text_field, value)

    def merge(self, ticket: str, into: str) -> None:
        self.desk.merge(self.agent, int(ticket), int(into))

    def delete(self, ticket: str) -> None:
        self.desk.delete(int(ticket))

    def note_late(self, ticket: str) -> None:
        with self.desk.clock.at(self.now() - 30):
            self.desk.note(self.agent, int(ticket))

    def hide(self, ticket: str) -> None:
        self.desk.hide(int(ticket))

    def unhide(self, ticket: str) -> None:
        self.desk.move("root@localhost", int(ticket), self.words.groups[0])

    def protect(self, ticket: str) -> None:
        self.desk.move("root@localhost", int(ticket), "Archive")

    def set_vip(self, ticket: str, vip: bool) -> None:
        raise NotImplementedError(self.lacks[Ability.PARTIES])

    # ------------------------------------------------------------------ trouble

    def break_down(self, kind: FaultKind, after: int) -> None:
        """Emptiness as a failing statement of the database gives it, the rest on the line."""
        if kind is FaultKind.EMPTY:
            self.server.faults.fail(None, "query_fails", skip=after)
        else:
            self.proxy.break_down(kind, after)

    def heal(self) -> None:
        self.server.faults.clear()
        self.proxy.heal()

    def interrupted(self, act: Callable[[], None]) -> AbstractContextManager[None]:
        return self.proxy.interrupted(act)


class TestOtrsFamily(HostContract):
    """Every clause, on a helpdesk of its own."""

    @pytest.fixture
    def desk(self) -> Iterator[StandInDesk]:
        desk = StandInDesk()
        yield desk
        desk.stop()
