"""Timelines of unseen tickets tell what truly happened: nothing is missing, nothing is made up."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from tests.live.rt import LiveRt
from tests.live.site import Site
from tests.live.stories import Story, Truth

TICKETS, STEPS, SEED = 5, 45, 20260302
DERIVED = {"closed", "reopened"}
"""Events that say a second time what a state_changed says."""
VALUES = ("to", "tag")


@pytest.fixture
def stories(site: Site, server: LiveRt) -> list[Story]:
    """Several tickets at once, over two weeks."""
    random = Random(SEED)
    told = [Story(server, random, site.queue) for _ in range(TICKETS)]
    moment = site.at("mon 08:00")
    for story in told:
        story.begin()
    for _ in range(STEPS):
        moment = server.clock(moment + timedelta(seconds=random.randrange(60, 30000)))
        random.choice(told).go_on()
    server.clock(moment + timedelta(minutes=5))
    return told


def truths(document: dict[str, Any]) -> Counter[Truth]:
    """The events of ``timeline --json`` as truths, with everybody's name."""
    events = [event for event in document["events"] if event["event"] not in DERIVED]
    return Counter(truth_of(event) for event in events)


def truth_of(event: dict[str, Any]) -> Truth:
    kind = event["event"]
    value = next((event[key] for key in VALUES if key in event), "")
    if kind == "owner_changed":
        value = value or "Nobody"
    at = event["at"].replace(".000Z", "Z")
    messages = kind == "created" or kind.endswith(("_message", "_reply")) or kind == "note"
    return Truth(at, kind, str(value), event["actor"]["id"] if messages else "")


def test_random_tickets(site: Site, stories: list[Story]) -> None:
    for story in stories:
        told = truths(site.program.quick("timeline", story.ticket, "--json").json)
        truth = Counter(story.truth)
        assert (truth - told, told - truth) == (Counter(), Counter()), story.ticket
