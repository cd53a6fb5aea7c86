"""A ticket's raw past, written line by line, and the people and states it speaks of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from slaplugin.core.model import Event, Timeline
from slaplugin.hosts.zammad.names import Names, Person, State
from slaplugin.hosts.zammad.timeline import RawTicket, to_timeline
from slaplugin.hosts.zammad.wire import iso, ms

START = ms("2026-11-03T09:00:00.000Z")
ANNA, BEN, BOT, CARA, DAN, EVE, DUO, GUS = 4, 5, 8, 12, 13, 20, 30, 31
"""Two agents, a bot, the customer, her colleague, a stranger, an agent who is also a customer,
an agent who left."""

STATES = {
    1: State(1, "new", "new", creates=True),
    2: State(2, "open", "open"),
    3: State(3, "pending reminder", "waiting_customer"),
    4: State(4, "closed", "closed"),
    5: State(5, "merged", "merged"),
    7: State(7, "pending close", "waiting_customer", closes=True),
    9: State(9, "parked", None),
}


def person(number: int, login: str, *, active: bool = True, **more: Any) -> Person:
    values = {"staff": False, "organizations": frozenset(), "full_groups": frozenset()} | more
    record = {"id": number, "login": login, "email": f"{login}@x.example", "firstname": login}
    record["active"] = active
    return Person(id=number, login=login, name=login.title(), record=record, **values)


NAMES = Names(
    host="desk",
    base="https://desk.example",
    states=STATES,
    priorities={1: "1 low", 2: "2 normal", 3: "3 high"},
    groups={1: "Support", 2: "Billing"},
    people={
        ANNA: person(ANNA, "anna", staff=True, full_groups=frozenset({1})),
        BEN: person(BEN, "ben", staff=True, full_groups=frozenset({1, 2})),
        BOT: person(BOT, "machine", staff=True),
        CARA: person(CARA, "cara", organizations=frozenset({1})),
        DAN: person(DAN, "dan", organizations=frozenset({1})),
        EVE: person(EVE, "eve"),
        DUO: person(DUO, "duo", staff=True),
        GUS: person(GUS, "gus", staff=True, active=False, full_groups=frozenset({1})),
    },
    organizations={1: {"id": 1, "name": "Acme", "vip": True, "tier": "gold"}},
    bots=frozenset({"machine"}),
)


@dataclass
class Story:
    """A ticket's raw past, written line by line; times are milliseconds past the start."""

    ticket: dict[str, Any] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    articles: list[dict[str, Any]] = field(default_factory=list)
    tags: tuple[str, ...] = ()
    absorbed: dict[int, RawTicket] = field(default_factory=dict)

    def row(self, at: int, by: int, type: str, **more: Any) -> Story:
        base = {"id": len(self.rows) + 100, "o_id": 1, "object": "Ticket", "type": type}
        stamp = {"created_by_id": by, "created_at": iso(START + at)}
        self.rows.append(base | stamp | more)
        return self

    def created(self, by: int = CARA) -> Story:
        self.ticket.setdefault("created_by_id", by)
        return self.row(0, by, "created")

    def change(self, at: int, by: int, attribute: str, before: Any, after: Any) -> Story:
        """Relations as ``(id, name)``, everything else as text."""
        more: dict[str, Any] = {"attribute": attribute}
        for side, value in (("from", before), ("to", after)):
            if isinstance(value, tuple):
                more |= {f"id_{side}": value[0], f"value_{side}": value[1]}
            else:
                more[f"value_{side}"] = value
        return self.row(at, by, "updated", **more)

    def state(self, at: int, by: int, before: int, after: int) -> Story:
        names = {number: state.name for number, state in STATES.items()}
        return self.change(at, by, "state", (before, names[before]), (after, names[after]))

    def say(self, at: int, by: int, sender: str, type: str = "email", **more: Any) -> Story:
        number = more.pop("id", len(self.articles) + 500)
        if not more.pop("silent", False):
            self.row(at, by, "created", object="Ticket::Article", o_id=number, related_o_id=1)
        self.articles.append(
            {
                "id": number,
                "created_at": iso(START + at),
                "created_by_id": by,
                "sender": sender,
                "type": type,
                "internal": False,
                "preferences": {},
                **more,
            }
        )
        return self

    def raw(self, number: int = 1) -> RawTicket:
        ticket = {
            "id": number,
            "number": f"7700{number}",
            "title": "Printer",
            "group_id": 1,
            "state_id": 2,
            "priority_id": 2,
            "owner_id": 1,
            "customer_id": CARA,
            "organization_id": 1,
            "created_by_id": CARA,
            "created_at": iso(START),
            "updated_at": iso(START),
            "pending_time": None,
        }
        articles = {article["id"]: article for article in self.articles}
        return RawTicket(ticket | self.ticket, tuple(self.rows), articles, self.tags, self.absorbed)

    def told(self) -> Timeline:
        return to_timeline(self.raw(), NAMES)

    def events(self) -> list[Event]:
        return list(self.told().events)

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events()]


def opened() -> Story:
    """By the customer's mail."""
    return Story().created().say(40, CARA, "Customer")
