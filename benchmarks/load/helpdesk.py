"""The helpdesk of the load: the demo's, full of tickets, in a process of its own."""

from __future__ import annotations

import http.client
import random
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from load.filling import Copies
from slaplugin.demo import DemoClock, DemoServer, furnish
from slaplugin.demo.articles import post
from slaplugin.demo.clock import epoch_ms
from slaplugin.demo.errors import ApiError
from slaplugin.demo.schema import TICKET
from slaplugin.demo.tickets import NewTicket, change, create

LOADED = datetime(2026, 10, 12, 4, 0, tzinfo=UTC)
START = datetime(2026, 10, 12, 6, 30, tzinfo=UTC)
"""Monday, half an hour before the office opens."""
AGES = 80 * 86_400_000
"""Milliseconds over which the tickets' beginnings are spread."""
TEMPLATES = 100
"""Tickets made by the helpdesk's own rules; the others are copies of them, moved in time."""
PER_MINUTE = 50
STEPS = ("tickets", "articles", "history")
AGENTS = ("mila.hart", "joel.okafor", "greta.lind", "tomas.reyes")
GROUPS = ("Support", "Billing", "VIP Desk", "2nd Level", "Escalations")


@dataclass(slots=True)
class Skipping:
    """A monotonic counter of seconds that both processes share: real time plus what was slept."""

    skipped: Any

    def __call__(self) -> float:
        return time.monotonic() + float(self.skipped.value)

    def until(self, instant: float) -> None:
        """Sleep without waiting."""
        self.skipped.value += max(0.0, instant - self())


def helpdesk(pipe: Connection, skipped: Any, file: Path, tickets: int) -> None:
    """A process: serves the demo helpdesk, plays its people, and asks our web surface."""
    new, counter = not file.exists(), Skipping(skipped)
    clock = DemoClock(LOADED)
    server = DemoServer(file, clock)
    if new:
        furnish(server.desk)
        with server.desk.db.transaction():
            _fill(server, tickets)
    people = People(server, tickets)
    clock.run_live(counter)
    server.before_request(people.catch_up)
    pipe.send((server.start().url, _copies(server, tickets)))
    browser: dict[str, str] = {}
    while (order := pipe.recv()) is not None:
        if isinstance(order, datetime):
            newest = server.desk.db.value("SELECT max(updated_at) FROM tickets")
            begin = max(order, datetime.fromtimestamp(newest / 1000 + 60, UTC))
            clock.set(begin)
            people.begin(epoch_ms(begin))
            pipe.send(None)
        else:
            pipe.send(_ask(*order, browser))
    pipe.send((time.process_time(), people.done))
    server.stop()


def _ask(port: int, path: str, known: dict[str, str]) -> tuple[int, int]:
    """Status and length of an answer of our web surface; pages are asked for as a browser does."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    headers = {"if-none-match": known[path]} if path in known else {}
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    if tag := answer.getheader("etag"):
        known[path] = tag
    connection.close()
    return answer.status, len(body)


def _fill(server: DemoServer, tickets: int) -> None:
    """A hundred tickets through the helpdesk's own rules, the others as copies moved in time."""
    templates = min(TEMPLATES, tickets)
    begun = epoch_ms(LOADED) - AGES - 3_600_000
    for number in range(templates):
        _template(server, number, begun)
    db = server.desk.db
    step = {name: db.value(f"SELECT max(id) FROM {name}") for name in STEPS}
    for name, value in step.items():
        sent = {"kind": "load", "content": name, "created_at": value, "updated_at": value}
        db.insert("settings_records", sent)
    copies = -(-tickets // templates)
    for name, own in step.items():
        columns = db.column("SELECT name FROM pragma_table_info(?)", (name,))
        moved = ", ".join(_moved(column, step) for column in columns)
        quoted = ", ".join(f'"{column}"' for column in columns)
        for copy in range(1, copies):
            shift = AGES * copy // copies
            sql = f"INSERT INTO {name} ({quoted}) SELECT {moved} FROM {name} WHERE id <= ?4"
            values = (copy, shift, templates, own)
            db.execute(sql.replace("{own}", str(own)), values)


def _copies(server: DemoServer, tickets: int) -> Copies:
    """How the copies were made, as it was noted then."""
    rows = server.desk.db.all("SELECT * FROM settings_records WHERE kind = 'load'")
    step = {row["content"]: row["created_at"] for row in rows}
    return Copies(**step, copies=-(-tickets // step["tickets"]), ages_ms=AGES)


def _moved(column: str, step: dict[str, int]) -> str:
    """A column of a copy: ids and instants moved on, everything else the same."""
    if column == "id":
        return "id + ?1 * {own}"
    if column == "number":
        return "CAST(77000 + id + ?1 * ?3 AS TEXT)"
    if column == "ticket_id":
        return "ticket_id + ?1 * ?3"
    if column in ("o_id", "related_o_id"):
        kind = "object" if column == "o_id" else "related_object"
        return (
            f"{column} + ?1 * CASE {kind} WHEN 'Ticket' THEN ?3"
            f" WHEN 'Ticket::Article' THEN {step['articles']} ELSE 0 END"
        )
    is_time = column.endswith("_at") and "escalation" not in column
    return f'"{column}" + ?2' if is_time else f'"{column}"'


def _template(server: DemoServer, number: int, begun: int) -> None:
    """2 % unanswered, 30 % waiting for their customer, the others answered and open."""
    desk, minute = server.desk, 60_000
    customers = desk.db.column("SELECT id FROM users WHERE login LIKE '%.example' ORDER BY id")
    customer = customers[number % len(customers)]
    agent = desk.db.value("SELECT id FROM users WHERE login = ?", (AGENTS[number % 4],))
    said = {"title": f"Matter {number}", "group": GROUPS[number % 5], "priority": "2 normal"}
    with desk.acting_at(begun):
        row = create(desk, NewTicket(said, customer, customer_id=customer))
        post(desk, row, {"type": "web", "body": "Please help."}, customer)
    if number % 50 == 0:
        return
    for at in range(1, 2 + number % 3):
        with desk.acting_at(begun + at * 30 * minute):
            post(desk, desk.record(TICKET, row["id"]), _REPLY, agent)
        with desk.acting_at(begun + at * 40 * minute):
            post(desk, desk.record(TICKET, row["id"]), {"type": "web", "body": "And?"}, customer)
    with desk.acting_at(begun + 240 * minute):
        post(desk, desk.record(TICKET, row["id"]), _REPLY, agent)
    if number % 10 < 3:
        until = (LOADED + timedelta(days=90)).isoformat()
        sent = {"state": "pending reminder", "pending_time": until}
        with desk.acting_at(begun + 241 * minute):
            change(desk, desk.record(TICKET, row["id"]), sent, agent)


_REPLY = {"type": "email", "body": "We are on it.", "internal": False}


class People:
    """Customers and agents at work: ``PER_MINUTE`` acts a minute, stamped with their instants."""

    def __init__(self, server: DemoServer, tickets: int) -> None:
        self._server = server
        self._tickets = tickets
        self._random = random.Random(7)
        self._next: int | None = None
        self.done: Counter[str] = Counter()

    def begin(self, at_ms: int) -> None:
        """The first act happens at this instant."""
        self._next = at_ms

    def catch_up(self) -> None:
        """Do what is due by the helpdesk's clock."""
        desk = self._server.desk
        now = desk.clock.now_ms()
        if self._next is None or self._next > now:
            return
        with desk.db.transaction():
            while self._next <= now:
                with desk.acting_at(self._next):
                    self._act()
                self._next += 60_000 // PER_MINUTE

    def _act(self) -> None:
        kinds = ("open", "write", "answer", "note", "close", "move")
        kind = self._random.choices(kinds, (20, 25, 30, 10, 10, 5))[0]
        try:
            self._do(kind)
            self.done[kind] += 1
        except ApiError:
            self.done["refused"] += 1

    def _do(self, kind: str) -> None:
        desk, chosen = self._server.desk, self._random
        ticket = desk.db.get("tickets", chosen.randint(1, self._tickets)) or {}
        login = AGENTS[chosen.randrange(4)]
        agent = desk.db.value("SELECT id FROM users WHERE login = ?", (login,))
        customer = ticket["customer_id"]
        if kind == "open":
            said = {"title": "New", "group": chosen.choice(GROUPS), "priority": "2 normal"}
            row = create(desk, NewTicket(said, customer, customer_id=customer))
            post(desk, row, {"type": "web", "body": "Please help."}, customer)
        elif kind == "write":
            post(desk, ticket, {"type": "web", "body": "Any news?"}, customer)
        elif kind == "answer":
            post(desk, ticket, _REPLY, agent)
        elif kind == "note":
            post(desk, ticket, {"type": "note", "body": "Looked at it.", "internal": True}, agent)
        elif kind == "close":
            change(desk, ticket, {"state": "closed"}, agent)
        else:
            change(desk, ticket, {"group": chosen.choice(GROUPS)}, agent)
