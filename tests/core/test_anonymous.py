"""Tickets without a person: what goes, what stays, and whom a text means."""

from __future__ import annotations

from typing import Any

import pytest

from slaplugin.core.anonymous import ERASED, Forgetting, Person, Pruning, settled_at
from slaplugin.core.model import Actor, Event, Ticket

LENA = Person(
    "customer-x",
    keys=frozenset({"17"}),
    names=frozenset({"Lena@Nord.example", "Lena Nord", "lnord"}),
)


def event(kind: str, actor: Actor | None = None, **data: Any) -> Event:
    return Event(at_ms=1000, seq=0, id="1", kind=kind, data=data, actor=actor)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("mail of lena@nord.example came", "mail of (erased) came"),
        ("LENA NORD called", "(erased) called"),
        ("magdalena nordmann called", "magdalena nordmann called"),
        ("other.lena@nord.example.org", "other.lena@nord.example.org"),
        ("lnord is a word like others", "lnord is a word like others"),
        ("Lena Nord, Lena Nord.", "(erased), (erased)."),
    ],
)
def test_texts_lose_addresses_and_full_names_and_nothing_like_them(text: str, left: str) -> None:
    assert LENA.without(text) == left
    assert LENA.within(text) == (left != text)


FACTS = {
    "customer.id": 17,
    "customer.login": "lnord",
    "customer.vip": True,
    "customer.fields.phone": "0123",
    "fields.title": "Help",
    "fields.note": ("for Lena Nord", 7),
    "group": "Support",
}


def test_of_own_tickets_titles_and_identity_go_and_what_policies_ask_about_stays() -> None:
    forgetting = Forgetting(LENA, frozenset({"customer.vip", "customer.login"}))
    found = forgetting.ticket(Ticket("h", "1", title="Help", facts=FACTS), own=True)
    assert found.title == ERASED
    assert found.facts == {
        "customer.login": "customer-x",
        "customer.vip": True,
        "fields.title": ERASED,
        "fields.note": ("for (erased)", 7),
        "group": "Support",
    }


def test_of_others_tickets_only_what_speaks_of_the_person_goes() -> None:
    found = Forgetting(LENA).ticket(Ticket("h", "1", title="Re: Lena Nord", facts=FACTS), own=False)
    assert found.title == "Re: (erased)"
    assert found.facts == {**FACTS, "fields.note": ("for (erased)", 7)}


@pytest.mark.parametrize(
    ("given", "own", "left"),
    [
        (Actor("17", "customer", "Lena"), False, Actor("customer-x", "customer")),
        (Actor("18", "customer", "Omar"), False, Actor("18", "customer", "Omar")),
        (Actor("18", "customer", "L. Nord"), True, Actor(None, "customer")),
        (Actor("17", "agent", "Anna"), True, Actor("17", "agent", "Anna")),
        (None, True, None),
    ],
)
def test_who_acts_as_a_customer_is_the_alias_or_nobody(
    given: Actor | None, own: bool, left: Actor | None
) -> None:
    [found] = Forgetting(LENA).events([event("note", given)], own=own)
    assert found.actor == left


@pytest.mark.parametrize(
    ("given", "own", "left"),
    [
        (
            event("customer_changed", to={"id": 17, "login": "lnord", "vip": True}),
            False,
            {"to": {"login": "customer-x", "vip": True}},
        ),
        (
            event("customer_changed", to={"id": 18, "login": "omar"}),
            True,
            {"to": {"id": 18, "login": "omar"}},
        ),
        (
            event("field_changed", field="fields.title", to="New"),
            True,
            {"field": "fields.title", "to": None},
        ),
        (
            event("field_changed", field="customer.vip", to=True),
            True,
            {"field": "customer.vip", "to": True},
        ),
        (
            event("field_changed", field="customer.fields.phone", to="1"),
            True,
            {"field": "customer.fields.phone", "to": None},
        ),
        (event("customer_message", message="<a@mail.example>"), True, {"message": None}),
        (event("customer_message", message=7), True, {"message": 7}),
        (event("reason", reason="Lena Nord asked"), False, {"reason": "(erased) asked"}),
    ],
)
def test_payloads(given: Event, own: bool, left: dict[str, Any]) -> None:
    [found] = Forgetting(LENA, frozenset({"customer.vip"})).events([given], own=own)
    assert found.data == left
    assert (found.id, found.at_ms, found.kind) == (given.id, given.at_ms, given.kind)


def test_absorbed_events_lose_the_person_too() -> None:
    inner = event("customer_message", Actor("17", "customer", "Lena"))
    [found] = Forgetting(LENA).events([event("absorbed", events=(inner,))], own=False)
    assert found.data["events"][0].actor == Actor("customer-x", "customer")


def test_forgetting_twice_is_forgetting_once() -> None:
    forgetting = Forgetting(LENA)
    once = forgetting.ticket(Ticket("h", "1", title="Help", facts=FACTS), own=True)
    assert forgetting.ticket(once, own=True) == once


def test_pruning_leaves_figures_and_no_names() -> None:
    pruning = Pruning(lambda login: f"agent-{len(login)}", frozenset({"fields.product"}))
    facts = {
        **FACTS,
        "owner": "anna",
        "fields.product": "Printer",
        "fields.city": "Nord",
        "fields.n": 3,
    }
    found = pruning.ticket(Ticket("h", "1", title="Help", facts=facts))
    assert found.facts == {
        "group": "Support",
        "owner": "agent-4",
        "fields.product": "Printer",
        "fields.n": 3,
    }
    moved = event("owner_changed", Actor("5", "agent", "Anna"), to="anna")
    handed = event("customer_changed", Actor("17", "customer"), to={"id": 18})
    told = pruning.events([moved, handed])
    assert [(one.data, one.actor) for one in told] == [
        ({"to": "agent-4"}, Actor("agent-1", "agent")),
        ({"to": {}}, Actor(None, "customer")),
    ]


def test_a_ticket_is_settled_by_its_last_change_of_state() -> None:
    events = [
        Event(1000, 0, "1", "created"),
        Event(5000, 0, "2", "state_changed", {"to": "closed"}),
        Event(9000, 0, "3", "tag_added", {"tag": "archived"}),
    ]
    assert settled_at(events) == 5
    assert settled_at([]) is None
