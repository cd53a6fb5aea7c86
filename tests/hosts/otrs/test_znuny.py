"""A ticket's life on a live Znuny 6.5 behind Apache, as recorded: other headers, other JSON, other
side effects than OTOBO's.

Two customers' mails, an answer, a note, a priority, a wait that the customer ends, a move, tags, a
merge, closed, opened by a mail, closed again; clock and zone of the server were UTC.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from slaplugin.app.ports import Snapshot
from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.otrs import make_host

URL = "http://znuny.example.test/otrs"
FIRST, SECOND = "2", "3"
ANNA, BEN, CARLA, JOAN = "2", "3", "4", "customer:joan@acme.test"


def at(text: str) -> int:
    """``09 08:10`` of that March, in UTC epoch milliseconds."""
    moment = datetime.strptime(f"2026-03-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1000


LIFE = [
    ("09 08:00", "created", JOAN, {"by": "customer"}),
    ("09 08:00", "customer_message", JOAN, {"opening": True, "channel": "email"}),
    ("09 08:10", "owner_changed", ANNA, {"to": "anna"}),
    ("09 08:10", "field_changed", ANNA, {"field": "fields.lock", "to": "lock"}),
    ("09 08:20", "agent_reply", ANNA, {"channel": "email"}),
    ("09 08:20", "state_changed", ANNA, {"to": "open", "kind": "open"}),
    ("09 08:30", "note", BEN, {}),
    ("09 08:40", "priority_changed", ANNA, {"to": "4 high"}),
    (
        "09 09:00",
        "state_changed",
        ANNA,
        {"to": "pending reminder", "until": at("10 09:00") // 1000},
    ),
    ("09 11:00", "state_changed", JOAN, {"to": "open", "kind": "open"}),
    ("09 11:00", "customer_message", JOAN, {"channel": "email"}),
    ("09 11:10", "group_changed", CARLA, {"to": "Escalations"}),
    ("09 11:10", "field_changed", None, {"field": "fields.lock", "to": "unlock"}),
    ("09 11:20", "tag_added", CARLA, {"tag": "sla-risk"}),
    ("09 11:20", "tag_added", CARLA, {"tag": "vip"}),
    ("09 11:30", "tag_removed", CARLA, {"tag": "sla-risk"}),
    ("09 11:40", "absorbed", CARLA, {"ticket": SECOND}),
    ("09 12:00", "agent_reply", CARLA, {"channel": "email"}),
    ("09 12:00", "state_changed", CARLA, {"to": "closed successful", "kind": "closed"}),
    ("10 09:00", "state_changed", JOAN, {"to": "open", "kind": "open"}),
    ("10 09:00", "customer_message", JOAN, {"channel": "email"}),
    ("10 09:30", "state_changed", CARLA, {"to": "closed successful", "kind": "closed"}),
]
"""When, what, who (None: the helpdesk itself), and some of the rest."""


@pytest.fixture
def read(play: Any, config: HostConfig) -> dict[str, Snapshot]:
    """Both tickets, as the adapter reads them."""
    host = make_host(replace(config, url=URL))
    with play("znuny-life", match_on=("method", "path", "body")):
        return {ticket: host.read(ticket) for ticket in (FIRST, SECOND)}


def test_the_life_of_a_ticket(read: dict[str, Snapshot]) -> None:
    told = [
        (event.at_ms, event.kind, event.actor.key, {key: event.data.get(key) for key in rest})
        for event, (_, _, _, rest) in zip(read[FIRST].timeline.events, LIFE, strict=True)
    ]
    assert told == [(at(when), kind, who, rest) for when, kind, who, rest in LIFE]


def test_a_merged_ticket_ends(read: dict[str, Snapshot]) -> None:
    kinds = [event.kind for event in read[SECOND].timeline.events]
    assert kinds == ["created", "customer_message", "auto_message", "merged", "state_changed"]


def test_closing_and_moving_leave_the_owner(read: dict[str, Snapshot]) -> None:
    """Unlike OTOBO, which makes root@localhost the owner of what is unlocked."""
    owners = [event for event in read[FIRST].timeline.events if event.kind == "owner_changed"]
    assert [event.data["to"] for event in owners] == ["anna"]


def test_the_time_is_that_of_the_agents_page(play: Any, config: HostConfig) -> None:
    """The interface tells none; this machine's clock is that of another year."""
    host = make_host(replace(config, url=URL))
    with play("znuny-life", match_on=("method", "path")) as recorded:
        assert host.account == "6"
        assert host.now() * 1000 == at("10 10:00")
        assert [request.method for request in recorded.requests[:2]] == ["POST", "HEAD"]
