"""The stages of a ticket's life, as reports read them (core/past)."""

from __future__ import annotations

from typing import Any

import pytest

from slaplugin.core.model import Event, Ticket, Timeline
from slaplugin.core.past import Past, past_of
from slaplugin.core.policies import PolicySet
from slaplugin.core.rulebook import RuleBook

AS_OF = 1_000


def event(at: int, kind: str, /, **data: Any) -> Event:
    return Event(at_ms=at * 1000, seq=at, id=f"{kind}:{at}", kind=kind, data=data)


def past(*events: Event, as_of: int = AS_OF, **facts: Any) -> Past:
    timeline = Timeline(Ticket("desk", "1", facts=facts), events)
    return past_of(timeline, RuleBook.compile(PolicySet()), (), as_of)


def lives(given: Past, *names: str) -> list[tuple[Any, ...]]:
    return [
        (stage.start, stage.end, *(stage.facts.get(name) for name in names))
        for stage in given.stages
    ]


def test_stages_tile_the_time_from_creation_to_the_present() -> None:
    found = past(
        event(100, "created", by="customer"),
        event(200, "owner_changed", to="anna"),
        event(250, "note"),
        event(300, "group_changed", to="Second Line"),
        group="Support",
    )
    assert lives(found, "owner", "group") == [
        (100, 200, None, "Support"),
        (200, 300, "anna", "Support"),
        (300, 1_000, "anna", "Second Line"),
    ]
    assert found.created_at == 100
    assert found.facts_at(299)["group"] == "Support"
    assert found.facts_at(300)["group"] == "Second Line"
    assert found.facts_at(5)["group"] == "Support"


def test_of_one_second_the_last_state_counts() -> None:
    found = past(
        event(100, "created"),
        Event(200_000, 1, "a", "owner_changed", {"to": "anna"}),
        Event(200_500, 2, "b", "owner_changed", {"to": "bob"}),
    )
    assert lives(found, "owner") == [(100, 200, None), (200, 1_000, "bob")]


@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        (event(300, "merged", into="2"), "merged"),
        (event(300, "deleted"), "removed"),
        (event(300, "state_changed", to="merged", kind="merged"), "merged"),
    ],
)
def test_after_its_end_nothing_happens_to_a_ticket(ending: Event, kind: str) -> None:
    found = past(event(100, "created"), ending, event(400, "owner_changed", to="anna"))
    assert lives(found, "state_kind", "owner") == [
        (100, 300, "new", None),
        (300, 1_000, kind, None),
    ]
    assert found.closed


def test_waiting_ends_with_its_date_or_the_customers_word() -> None:
    found = past(
        event(100, "created"),
        event(200, "state_changed", to="pending", kind="waiting_customer", until=300),
        event(500, "state_changed", to="pending", kind="waiting_customer"),
        event(600, "customer_message"),
        event(700, "state_changed", to="pending", kind="waiting_customer", until=900),
    )
    assert [(stage.start, stage.waiting) for stage in found.stages] == [
        (100, False),
        (200, True),
        (300, False),
        (500, True),
        (600, False),
        (700, True),
        (900, False),
    ]


def test_what_lies_after_the_moment_does_not_exist_yet() -> None:
    events = (event(100, "created"), event(200, "owner_changed", to="anna"))
    assert lives(past(*events, as_of=150), "owner") == [(100, 150, None)]
    assert past(*events, as_of=150).events == events[:1]


def test_without_a_creation_there_are_no_stages() -> None:
    found = past(event(200, "owner_changed", to="anna"), group="Support")
    assert (found.stages, found.created_at, found.stage_at(300)) == ((), None, None)
    assert found.facts_at(300)["group"] == "Support"
