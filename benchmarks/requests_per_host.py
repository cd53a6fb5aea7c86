"""HTTP requests per changed ticket and per 1,000 tickets of backfill, host by host.

Counted, not timed. Beside each figure stands what a client spends that asks for one thing at a
time, as the usual API clients do: the list, then each ticket, its history and, where a history is a
list of ids, each entry. Zammad: the demo helpdesk. OTRS family: the stand-in of its web service.
Request Tracker: a real one from Debian's packages, where they are installed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests

from slaplugin.app.backfill import Range, backfill
from slaplugin.app.cycle import sync
from slaplugin.app.desk import Desk, NoChannels
from slaplugin.app.options import Options
from slaplugin.app.ports import Host
from slaplugin.demo import DEFAULT_START, start_demo
from slaplugin.hosts.config import HostConfig, Secret
from slaplugin.hosts.otrs import make_host as make_otrs
from slaplugin.hosts.rt import make_host as make_rt
from slaplugin.hosts.zammad import make_host as make_zammad
from slaplugin.policyfiles.loader import load_policy_texts
from slaplugin.store import SqliteStore
from slaplugin.testing import FixedPolicies, NoHooks, SilentProgress
from tests.hosts.otrs import standin
from tests.live.instance import lacking
from tests.live.people import Person
from tests.live.rt import LiveRt

POLICIES = """
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}}
policies:
  - {name: standard, mode: observe, targets: {first_response: 4h, resolution: 40h}}
"""
BURSTS = (1, 10, 50)
"""Tickets that change between two polls."""
OTRS_TICKETS = 1000
RT_TICKETS = 120
ZAMMAD_DAYS = 25
AIM = 5.0


@dataclass(frozen=True)
class Burst:
    """What a client spends on ``tickets`` that changed since its last poll."""

    tickets: int
    ours: int
    plain: int


@contextmanager
def installed(host: Host) -> Iterator[Desk]:
    """A fresh installation for the host."""
    policies = FixedPolicies(load_policy_texts({"policies.yaml": POLICIES}).required())
    with (
        tempfile.TemporaryDirectory() as folder,
        SqliteStore(Path(folder) / "store.db", durable=False) as store,
    ):
        yield Desk(host, store, NoHooks(), policies, Options(), NoChannels())


def loaded(host: Host, since: int) -> tuple[int, int]:
    """(tickets, requests) of a backfill from nothing."""
    with installed(host) as desk:
        report = backfill(desk, Range(since), SilentProgress())
    return report.read, report.requests


def show(name: str, what: str, ours: float, plain: float) -> None:
    """One line of the result."""
    verdict = "" if name == "zammad" else f"  (aim: {AIM:.0f})"
    print(f"{name:8} {what:26} {ours:8.2f} {plain:9.2f} {plain / ours:7.1f}x{verdict}")


def show_backfill(name: str, tickets: int, ours: int, plain: int) -> None:
    """Both figures for 1,000 tickets."""
    show(name, f"1,000 of backfill ({tickets})", ours * 1000 / tickets, plain * 1000 / tickets)


def show_bursts(name: str, bursts: list[Burst]) -> None:
    """Requests per changed ticket, by how many change at once."""
    for burst in bursts:
        what = f"changed, {burst.tickets} at once"
        show(name, what, burst.ours / burst.tickets, burst.plain / burst.tickets)


def bursts(
    host: Host, tick: Callable[[], None], change: Callable[[int], int]
) -> list[tuple[int, int]]:
    """(tickets, requests) of the cycle after each burst; ``change`` returns how many it changed.

    What is asked once (people, queues, fields) is asked before and stands in the backfill's figure.
    """
    found = []
    with installed(host) as desk:
        sync(desk)
        tick()
        change(max(BURSTS))  # whom and what the host has to be asked about once
        sync(desk)
        for size in BURSTS:
            tick()
            sync(desk)
            changed = change(size)
            before = host.requests_made()
            sync(desk)
            found.append((changed, host.requests_made() - before))
    return found


# ---------------------------------------------------------------------------- OTRS family


class PlainOtrs:
    """A ticket by a request, its history by another, after a login and a search."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.spent = 0
        self._session = self._ask("Session", {"UserLogin": "sla.api", "Password": "PASSWORD"})

    def _ask(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        self.spent += 1
        return dict(requests.post(f"{self._url}/{path}", json=body, timeout=30).json())

    def read(self, tickets: list[str]) -> int:
        """Requests spent on these tickets."""
        before = self.spent
        self._ask("TicketSearch", {**self._session, "Limit": 100_000})
        for ticket in tickets:
            wanted = {**self._session, "TicketID": int(ticket)}
            self._ask("TicketList", {**wanted, "DynamicFields": 1, "AllArticles": 1})
            self._ask("TicketHistoryList", wanted)
        return self.spent - before


def otrs() -> None:
    """A month of tickets on the stand-in, each answered and closed."""
    clock = standin.Clock("2026-10-01T07:00:00Z")
    desk = standin.Desk(clock)
    people = [_worked(desk, clock) for _ in range(OTRS_TICKETS)]
    with standin.Server(desk) as server:
        config = HostConfig(
            url=server.url, name="otrs", user="sla.api", password=Secret("PASSWORD")
        )
        plain = PlainOtrs(server.url)
        read, requests_ = loaded(make_otrs(config), standin.epoch("2026-09-30T00:00:00Z"))
        names = [str(one) for one in people]
        show_backfill("otrs", read, requests_, plain.read(names))

        def change(size: int) -> int:
            for ticket in people[:size]:
                desk.note("anna.berg", ticket)
            return size

        def tick() -> None:
            clock.advance(300)

        found = bursts(make_otrs(config), tick, change)
        show_bursts("otrs", [Burst(n, ours, plain.read(names[:n])) for n, ours in found])


def _worked(desk: standin.Desk, clock: standin.Clock) -> int:
    ticket = desk.portal_ticket("lena.nord", "Support", "A question")
    clock.advance(1200)
    desk.agent_mail("anna.berg", ticket)
    clock.advance(1300)
    desk.close("anna.berg", ticket)
    return ticket


# ---------------------------------------------------------------------------- Request Tracker


class PlainRt:
    """The ticket, its history as a list of ids, and each transaction of it."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self.spent = 0

    def _get(self, path: str, **query: Any) -> Any:
        self.spent += 1
        return self._person.get(path, **query)

    def read(self, tickets: list[str]) -> int:
        """Requests spent on these tickets."""
        before = self.spent
        self._get("tickets", query="id > 0")
        for ticket in tickets:
            self._get(f"ticket/{ticket}")
            for item in self._get(f"ticket/{ticket}/history", per_page=100)["items"]:
                self._get(f"transaction/{item['id']}")
        return self.spent - before


def rt() -> None:
    """Tickets by mail and REST on a live Request Tracker, answered, noted, resolved."""
    if missing := lacking():
        print(f"rt       not measured: {missing}")
        return
    with LiveRt() as server:
        server.clock("2026-03-02 09:00")
        anna, joan = server.agent("anna"), server.customer("joan@acme.example")
        tickets = [joan.create("A question") for _ in range(RT_TICKETS)]
        for ticket in tickets:
            anna.reply(ticket, "Have you tried again?")
            anna.set(ticket, Status="resolved")
        config = HostConfig(url=server.url, name="rt", token=Secret(server.token))
        plain = PlainRt(server.agent("anna"))
        read, requests_ = loaded(make_rt(config), 0)
        show_backfill("rt", read, requests_, plain.read(tickets))

        def change(size: int) -> int:
            for ticket in tickets[:size]:
                anna.comment(ticket, "Looked at it.")
            return size

        minutes = iter(range(10, 60, 5))

        def tick() -> None:
            server.clock(f"2026-03-03 09:{next(minutes)}")

        found = bursts(make_rt(config), tick, change)
        show_bursts("rt", [Burst(n, ours, plain.read(tickets[:n])) for n, ours in found])


# ---------------------------------------------------------------------------- Zammad


def zammad() -> None:
    """The demo's month; its API tells one history at a time, so that there is little to gain."""
    with start_demo() as demo:
        demo.play_until(DEFAULT_START + timedelta(days=ZAMMAD_DAYS))
        config = HostConfig(url=demo.url, token=Secret(demo.tokens.bot))
        read, requests_ = loaded(make_zammad(config), int(DEFAULT_START.timestamp()))
        # ticket, articles, history, tags, and the customer
        show_backfill("zammad", read, requests_, 1 + 5 * read)


def main() -> None:
    """Every host, ours beside one request per thing."""
    print(f"{'host':8} {'requests':26} {'ours':>8} {'one each':>9}")
    zammad()
    otrs()
    rt()


if __name__ == "__main__":
    main()
