"""The message a ticket is created with is told, and moves no clock of its own."""

from __future__ import annotations

import pytest

from slaplugin.core.evaluate import evaluate
from slaplugin.core.policies import PolicySet
from slaplugin.core.rulebook import RuleBook
from tests.hosts.zammad.story import ANNA, CARA, Story

HOUR = 3600


def clocks(story: Story) -> list[tuple[str, str]]:
    verdict = evaluate(story.told(), RuleBook.compile(PolicySet()))
    wanted = ("first_response", "next_response", "update")
    return [(item.clock, item.status) for item in verdict.instances if item.clock in wanted]


STORIES = [
    (
        "a customer's mail",
        Story().created(CARA).say(40, CARA, "Customer"),
        [("first_response", "running")],
    ),
    (
        "an agent's mail to a customer",
        Story({"created_by_id": ANNA}).created(ANNA).say(40, ANNA, "Agent"),
        [("first_response", "not_applicable")],
    ),
    (
        "a call taken",
        Story({"created_by_id": ANNA}).created(ANNA).say(40, ANNA, "Customer", "phone"),
        [("first_response", "stopped"), ("update", "running")],
    ),
]


@pytest.mark.parametrize(("story", "expected"), [row[1:] for row in STORIES], ids=lambda _: "")
def test_the_opening_message_moves_no_clock(story: Story, expected: list[tuple[str, str]]) -> None:
    assert clocks(story) == expected


def test_it_is_told_all_the_same() -> None:
    told = Story().created(CARA).say(40, CARA, "Customer").events()
    assert [(event.kind, event.data.get("opening")) for event in told] == [
        ("created", None),
        ("customer_message", True),
    ]


def test_a_message_long_after_is_not_the_opening() -> None:
    told = Story().created(CARA).say(5000, CARA, "Customer").events()
    assert [event.data.get("opening") for event in told] == [None, None]
