"""Request Tracker's adapter keeps the contract, on a real one of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from slaplugin.hosts.config import HostConfig, Secret, Timing
from slaplugin.hosts.rt import RtHost, make_host
from slaplugin.testing import Ability, FaultKind, HostContract, Words
from slaplugin.testing.proxy import Exchange, HelpdeskProxy
from tests.live.instance import lacking
from tests.live.rt import DUE, TAGS, LiveRt

START = datetime(2026, 10, 12, 7, 0, tzinfo=UTC)
CUSTOMER = "joan@acme.example"
STATE = "Desk State"
RIGHTS = """
    my $group = RT::Group->new(RT->SystemUser);
    $group->LoadUserDefinedGroup('SLA robots');
    my $robots = $group->PrincipalObj;
    my @reading = qw(SeeQueue ShowTicket ShowTicketComments SeeCustomField);
    my @writing = qw(ModifyTicket CreateTicket CommentOnTicket ReassignTicket ModifyCustomField);
    $robots->RevokeRight(Right => $_, Object => RT->System) for @reading, @writing;
    for my $name (qw(Support Billing VIP Escalations Archive)) {
        my $queue = RT::Queue->new(RT->SystemUser);
        $queue->Load($name);
        my @rights = $name eq 'Archive' ? @reading : (@reading, @writing);
        $robots->GrantRight(Right => $_, Object => $queue) for @rights;
    }
"""
"""The bot sees five queues of six, and may only read in one of them."""


class RtDesk:
    """People at a real Request Tracker; the adapter's requests pass a proxy that can go wrong."""

    words = Words(
        groups=("Support", "Billing"),
        priorities=("0", "80"),
        owners=("ben", "carla"),
        open="open",
        waiting="stalled",
        closed="resolved",
        tags=("sla-risk", "sla-breach", "vip"),
        text_field=STATE,
        date_field=DUE,
    )
    lacks: Mapping[Ability, str] = {
        Ability.PARTIES: "REST 2 tells when a user changed to administrators alone (5.0.3)"
    }
    faults = frozenset(FaultKind)

    def __init__(self, rt: LiveRt) -> None:
        self.rt = rt
        self.proxy = HelpdeskProxy(rt.url, emptied=_emptied)
        self.secrets = (rt.token, "1-37-00000000000000000000000000000000")
        self.hosts: list[RtHost] = []
        self._agent = rt.agent("anna")
        self._customer = rt.customer(CUSTOMER)

    def stop(self) -> None:
        for host in self.hosts:
            host.close()
        self.proxy.stop()

    # ------------------------------------------------------------------ adapters

    def host(self) -> RtHost:
        return self._adapter(self.secrets[0])

    def stranger(self) -> RtHost:
        return self._adapter(self.secrets[1])

    def _adapter(self, token: str) -> RtHost:
        self.hosts.append(
            make_host(
                HostConfig(
                    url=self.proxy.url,
                    name="rt",
                    token=Secret(token),
                    page_size=self.words.page_size,
                    timing=Timing(sleep=lambda seconds: None),
                )
            )
        )
        return self.hosts[-1]

    def requests(self) -> int:
        return self.proxy.requests()

    # ------------------------------------------------------------------ time

    def now(self) -> int:
        return int(self._present().timestamp())

    def advance(self, seconds: int) -> None:
        self.rt.clock(self._present() + timedelta(seconds=seconds))

    def _present(self) -> datetime:
        assert self.rt.now is not None
        return self.rt.now

    def same_instant(self) -> AbstractContextManager[None]:
        return nullcontext()  # the clock stands still between all acts

    # ------------------------------------------------------------------ what people do

    def create(self) -> str:
        return self._customer.create("Printer", queue=self.words.groups[0])

    def customer_writes(self, ticket: str) -> None:
        self._customer.reply(ticket, "Hello.")

    def agent_replies(self, ticket: str) -> None:
        self._agent.reply(ticket, "Hello.")

    def agent_notes(self, ticket: str) -> None:
        self._agent.comment(ticket, "Hello.")

    def wait(self, ticket: str) -> None:
        self._agent.set(ticket, Status=self.words.waiting)

    def close(self, ticket: str) -> None:
        self._agent.set(ticket, Status=self.words.closed)

    def reopen(self, ticket: str) -> None:
        self._agent.set(ticket, Status=self.words.open)

    def set_priority(self, ticket: str, name: str) -> None:
        self._agent.put(f"ticket/{ticket}", {"Priority": int(name)})

    def set_group(self, ticket: str, name: str) -> None:
        self._agent.put(f"ticket/{ticket}", {"Queue": name})

    def set_owner(self, ticket: str, login: str) -> None:
        self._agent.put(f"ticket/{ticket}", {"Owner": login})

    def add_tag(self, ticket: str, tag: str) -> None:
        self._tag(ticket, [*self._agent.tags(ticket), tag])

    def remove_tag(self, ticket: str, tag: str) -> None:
        self._tag(ticket, [one for one in self._agent.tags(ticket) if one != tag])

    def _tag(self, ticket: str, tags: list[str]) -> None:
        self._agent.put(f"ticket/{ticket}", {"CustomFields": {TAGS: tags}})

    def set_text(self, ticket: str, value: str) -> None:
        self._agent.put(f"ticket/{ticket}", {"CustomFields": {STATE: value}})

    def merge(self, ticket: str, into: str) -> None:
        self._agent.merge(ticket, into)

    def delete(self, ticket: str) -> None:
        self.rt.admin.delete(ticket)

    def hide(self, ticket: str) -> None:
        self.rt.admin.set(ticket, Queue="Secret")

    def unhide(self, ticket: str) -> None:
        self.rt.admin.set(ticket, Queue=self.words.groups[0])

    def protect(self, ticket: str) -> None:
        self.rt.admin.set(ticket, Queue="Archive")

    def set_vip(self, ticket: str, vip: bool) -> None:
        raise AssertionError("not asked of a helpdesk that lacks PARTIES")

    # ------------------------------------------------------------------ trouble

    def break_down(self, kind: FaultKind, after: int) -> None:
        self.proxy.break_down(kind, after)

    def heal(self) -> None:
        self.proxy.heal()

    def interrupted(self, act: Callable[[], None]) -> AbstractContextManager[None]:
        return self.proxy.interrupted(act)


def _emptied(exchange: Exchange) -> bytes | None:
    """An SQL error is swallowed: 200, and a search without items (facts 3)."""
    path = urlsplit(exchange.path).path
    if exchange.status != 200 or not path.endswith(("/tickets", "/transactions")):
        return None
    found = json.loads(exchange.body)
    total = None if path.endswith("/transactions") else 0
    return json.dumps({**found, "items": [], "count": 0, "total": total}).encode()


@pytest.fixture(scope="module")
def rt() -> Iterator[LiveRt]:
    """An instance of its own: rights are narrowed here."""
    missing = lacking()
    if missing:
        pytest.fail(missing, pytrace=False)
    with LiveRt() as rt:
        for queue in ("Secret", "Archive"):
            rt.add_queue(queue)
        rt.add_custom_field(STATE)
        rt.perl(RIGHTS)
        rt.clock(START)
        yield rt


@pytest.fixture(scope="module")
def shared(rt: LiveRt) -> Iterator[RtDesk]:
    """One desk for all clauses: what was loaded once need not be loaded again."""
    desk = RtDesk(rt)
    yield desk
    desk.stop()


class TestRequestTracker(HostContract):
    """Every clause, on one server that fills with tickets."""

    @pytest.fixture
    def desk(self, shared: RtDesk) -> RtDesk:
        return shared
