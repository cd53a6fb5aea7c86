"""What figures are broken down by: policy-language §8, "those in force then"."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from slaplugin.core.dimensions import Dimension, parse_dimensions, values_of
from slaplugin.core.model import ClockInstance, Event, Ticket, Timeline
from slaplugin.core.past import Past, past_of
from slaplugin.core.policies import PolicySet
from slaplugin.core.pseudonyms import HIDDEN, KEY_BYTES, People, pseudonym
from slaplugin.core.rulebook import RuleBook

CLOCK = ClockInstance(
    "resolution",
    1,
    "stopped",
    "met",
    started_at=100,
    start_event="e1",
    policy="standard",
    calendar="berlin",
    stopped_at=500,
)
GROUP = Dimension("group", ("group",))
FACTS = {
    "group": "Support",
    "priority": "3 high",
    "channel": "email",
    "tags": ("b", "a"),
    "customer.login": "kim",
    "customer.email": "kim@example.org",
    "customer.fields.Tier": "gold",
    "organization.name": "Acme",
    "organization.vip": True,
    "fields.product": "payments",
    "fields.count": 0,
}


def event(at: int, kind: str, /, *, ours: bool = False, **data: Any) -> Event:
    return Event(at * 1000, at, f"{kind}:{at}", kind, data, ours=ours)


def past(*events: Event, **facts: Any) -> Past:
    ticket = Ticket("desk", "1", facts={**FACTS, **facts})
    timeline = Timeline(ticket, (event(100, "created"), *events))
    return past_of(timeline, RuleBook.compile(PolicySet()), (), 1_000)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("policy", "standard"),
        ("clock", "resolution"),
        ("party", "us"),
        ("calendar", "berlin"),
        ("group", "Support"),
        ("Priority", "3 high"),
        ("channel", "email"),
        ("tags", "a, b"),
        ("customer", "kim"),
        ("customer.email", "kim@example.org"),
        ("customer.fields.Tier", "gold"),
        ("customer.fields.tier", None),
        ("organization", "Acme"),
        ("organization.vip", "true"),
        ("product", "payments"),
        ("fields.count", "0"),
        ("fields.lacking", None),
        ("agent", None),
    ],
)
def test_each_word_of_by(word: str, value: str | None) -> None:
    (dimension,) = parse_dimensions([word])
    assert values_of([dimension], past(), CLOCK, 500) == (value,)


def test_several_words_come_in_order_and_once() -> None:
    found = parse_dimensions(["policy, clock", "group", "policy"])
    assert [dimension.name for dimension in found] == ["policy", "clock", "group"]
    assert values_of(found, past(), CLOCK, 500) == ("standard", "resolution", "Support")


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("grup", "did you mean group?"),
        ("month", "is a period"),
        ("fields.", "fields.NAME"),
        ("owners.name", "allowed are policy, clock"),
    ],
)
def test_a_word_that_is_none_is_refused_with_the_allowed_ones(word: str, told: str) -> None:
    with pytest.raises(ValueError, match=f"^'{word}'") as refused:
        parse_dimensions([word])
    assert told in str(refused.value)


@pytest.mark.parametrize(("at", "group"), [(299, "Support"), (300, "Second"), (301, "Second")])
def test_the_group_is_the_one_in_force_then(at: int, group: str) -> None:
    moved = past(event(300, "group_changed", to="Second"))
    assert values_of([GROUP], moved, CLOCK, at) == (group,)


def test_what_we_changed_because_of_a_breach_does_not_take_it_over() -> None:
    (agent, group) = parse_dimensions(["agent", "group"])
    escalated = past(
        event(200, "owner_changed", to="anna"),
        event(500, "group_changed", to="Escalations", ours=True),
    )
    breached = replace(CLOCK, outcome="breached", breached_at=500, stopped_at=None)
    assert values_of((agent, group), escalated, breached, 500) == ("anna", "Support")
    assert values_of((agent, group), escalated, breached, 501) == ("anna", "Escalations")


def test_what_others_changed_in_that_second_counts() -> None:
    moved = past(event(500, "group_changed", to="Second"))
    assert values_of([GROUP], moved, CLOCK, 500) == ("Second",)


def test_pseudonyms_are_stable_and_need_the_key() -> None:
    ours, others = b"a" * KEY_BYTES, b"b" * KEY_BYTES
    people = People("pseudonym", ours)
    assert people.shown("anna") == people.shown("Anna") == pseudonym("anna", ours)
    assert people.shown("anna") != people.shown("bob")
    assert people.shown("anna") != People("pseudonym", others).shown("anna")
    assert people.shown(None) is None
    assert ours.decode() not in repr(people)
    with pytest.raises(ValueError, match="key of 32 bytes"):
        People("pseudonym", b"short")


def test_only_columns_of_agents_are_hidden() -> None:
    agent, group = parse_dimensions(["agent", "group"])
    people = People("off")
    assert people.shown_value(agent, "anna") == HIDDEN
    assert people.shown_value(group, "Support") == "Support"
    people.check((group,))
    with pytest.raises(ValueError, match="switched off"):
        people.check((agent, group))
