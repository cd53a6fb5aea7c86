"""Zammad's adapter keeps the contract, on the demo helpdesk over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from slaplugin.demo import DemoClock, DemoServer, articles, auth, furnish, people
from slaplugin.demo.access import group_levels
from slaplugin.demo.schema import TICKET
from slaplugin.hosts.config import HostConfig, Secret, Timing
from slaplugin.hosts.zammad import ZammadHost, make_host
from slaplugin.testing import Ability, FaultKind, HostContract, Words
from slaplugin.testing.proxy import HelpdeskProxy

START = datetime(2026, 10, 12, 7, 0, tzinfo=UTC)
CUSTOMER = "ravi@hollerbach.example"


def unfiltered(path: str, sent: bytes) -> tuple[str, bytes]:
    """A condition that the host finds invalid is dropped, not refused (facts 2.3)."""
    if not path.endswith("/tickets/search") or not sent:
        return path, sent
    asked = {key: value for key, value in json.loads(sent).items() if key != "condition"}
    return path, json.dumps(asked).encode()


class DemoDesk:
    """People at the demo helpdesk; the adapter's requests pass a proxy that can go wrong."""

    words = Words(
        groups=("Support", "VIP Desk"),
        priorities=("2 normal", "3 high"),
        owners=("greta.lind", "joel.okafor"),
        open="open",
        waiting="pending reminder",
        closed="closed",
        tags=("sla-risk", "sla-breach", "vip"),
        text_field="sla_state",
        date_field="sla_due_at",
    )
    lacks: Mapping[Ability, str] = {}
    faults = frozenset(FaultKind) - {FaultKind.EMPTY}
    """The searches of the adapter go past Elasticsearch, which alone fails by emptiness (2.6)."""

    def __init__(self) -> None:
        self.clock = DemoClock(START)
        self.server = DemoServer(None, self.clock).start()
        tokens = furnish(self.server.desk)
        self.secrets = (tokens.bot, "token-of-nobody")
        self.proxy = HelpdeskProxy(self.server.url, widened=unfiltered)
        self.hosts: list[ZammadHost] = []
        self._people = requests.Session()
        self._tokens = {"admin": tokens.admin, **self._sign_in()}
        self._furnish()

    def stop(self) -> None:
        for host in self.hosts:
            host.close()
        self._people.close()
        self.proxy.stop()
        self.server.stop()

    def _sign_in(self) -> dict[str, str]:
        desk, made = self.server.desk, {}
        for who, login in (("agent", "mila.hart"), ("customer", CUSTOMER)):
            with desk.db.transaction():
                user = auth.find_user(desk, login)
                assert user is not None
                made[who] = auth.create_token(
                    desk, user["id"], [f"ticket.{who}"], label="test", value=f"token-of-the-{who}"
                )
        return made

    def _furnish(self) -> None:
        """A group that the bot does not see, and one that it may only read."""
        desk = self.server.desk
        with desk.db.transaction():
            rights: dict[str, dict[str, tuple[str, ...]]] = {
                "Secret": {"admin@desk.example": ("full",)},
                "Archive": {"admin@desk.example": ("full",), "sla-bot": ("read",)},
            }
            for name, access in rights.items():
                group = people.add_group(desk, name)
                for login, levels in access.items():
                    user = auth.find_user(desk, login)
                    assert user is not None
                    people.set_access(
                        desk, user["id"], {**group_levels(desk, user["id"]), group: levels}
                    )

    def _call(self, who: str, method: str, path: str, **body: Any) -> Any:
        answer = self._people.request(
            method,
            f"{self.server.url}/api/v1/{path}",
            json=body,
            headers={"Authorization": f"Token token={self._tokens[who]}"},
            timeout=10,
        )
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def _put(self, ticket: str, **body: Any) -> None:
        self._call("agent", "PUT", f"tickets/{ticket}", **body)

    # ------------------------------------------------------------------ adapters

    def host(self) -> ZammadHost:
        return self._adapter(self.secrets[0])

    def stranger(self) -> ZammadHost:
        return self._adapter(self.secrets[1])

    def _adapter(self, token: str) -> ZammadHost:
        self.hosts.append(
            make_host(
                HostConfig(
                    url=self.proxy.url,
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
        return int(self.clock.now().timestamp())

    def advance(self, seconds: int) -> None:
        self.clock.advance(seconds)

    def same_instant(self) -> AbstractContextManager[None]:
        return nullcontext()  # the clock stands still between all acts

    # ------------------------------------------------------------------ what people do

    def create(self) -> str:
        article = {"body": "Please help.", "type": "web"}
        body = {"title": "Printer", "group": self.words.groups[0], "article": article}
        return str(self._call("customer", "POST", "tickets", **body)["id"])

    def customer_writes(self, ticket: str) -> None:
        self._article("customer", ticket, type="web")

    def agent_replies(self, ticket: str) -> None:
        self._article("agent", ticket, type="email", to=CUSTOMER)

    def agent_notes(self, ticket: str) -> None:
        self._article("agent", ticket, type="note", internal=True)

    def _article(self, who: str, ticket: str, **more: Any) -> None:
        self._call(who, "POST", "ticket_articles", ticket_id=int(ticket), body="Hello.", **more)

    def wait(self, ticket: str) -> None:
        until = self.clock.now() + timedelta(days=1)
        self._put(ticket, state=self.words.waiting, pending_time=f"{until:%Y-%m-%dT%H:%M:%SZ}")

    def close(self, ticket: str) -> None:
        self._put(ticket, state=self.words.closed)

    def reopen(self, ticket: str) -> None:
        self._put(ticket, state=self.words.open)

    def set_priority(self, ticket: str, name: str) -> None:
        self._put(ticket, priority=name)

    def set_group(self, ticket: str, name: str) -> None:
        self._put(ticket, group=name)

    def set_owner(self, ticket: str, login: str) -> None:
        self._put(ticket, owner=login)

    def add_tag(self, ticket: str, tag: str) -> None:
        self._call("agent", "POST", "tags/add", object="Ticket", o_id=int(ticket), item=tag)

    def remove_tag(self, ticket: str, tag: str) -> None:
        self._call("agent", "DELETE", "tags/remove", object="Ticket", o_id=int(ticket), item=tag)

    def set_text(self, ticket: str, value: str) -> None:
        self._put(ticket, **{self.words.text_field: value})

    def merge(self, ticket: str, into: str) -> None:
        number = self._call("agent", "GET", f"tickets/{into}")["number"]
        self._call("agent", "PUT", f"ticket_merge/{ticket}/{number}")

    def delete(self, ticket: str) -> None:
        self._call("admin", "DELETE", f"tickets/{ticket}")

    def note_late(self, ticket: str) -> None:
        """The host stamps a save when its transaction begins (facts 2.8)."""
        desk = self.server.desk
        with desk.db.transaction(), desk.acting_at(self.clock.now_ms() - 30_000):
            agent, row = auth.find_user(desk, "mila.hart"), desk.record(TICKET, int(ticket))
            assert agent is not None
            note = {"body": "Slowly.", "type": "note", "internal": True}
            articles.post(desk, row, note, agent["id"])

    def hide(self, ticket: str) -> None:
        self._call("admin", "PUT", f"tickets/{ticket}", group="Secret")

    def unhide(self, ticket: str) -> None:
        self._call("admin", "PUT", f"tickets/{ticket}", group=self.words.groups[0])

    def protect(self, ticket: str) -> None:
        self._call("admin", "PUT", f"tickets/{ticket}", group="Archive")

    def set_vip(self, ticket: str, vip: bool) -> None:
        customer = self._call("agent", "GET", f"tickets/{ticket}")["customer_id"]
        self._call("admin", "PUT", f"users/{customer}", vip=vip)

    # ------------------------------------------------------------------ trouble

    def break_down(self, kind: FaultKind, after: int) -> None:
        self.proxy.break_down(kind, after)

    def heal(self) -> None:
        self.proxy.heal()

    def interrupted(self, act: Callable[[], None]) -> AbstractContextManager[None]:
        return self.proxy.interrupted(act)


class TestZammad(HostContract):
    """Every clause, on a helpdesk of its own."""

    @pytest.fixture
    def desk(self) -> Iterator[DemoDesk]:
        desk = DemoDesk()
        yield desk
        desk.stop()
