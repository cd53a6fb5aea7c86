"""Random lives of tickets: the timeline read over HTTP tells what was done, no more and no less."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from slaplugin.app.ports import Snapshot
from slaplugin.core.model import Event
from slaplugin.hosts.config import HostConfig, Secret, Timing
from slaplugin.hosts.otrs import OtrsHost, make_host
from tests.hosts.otrs.lives import STAFF, Life, Lives, Told
from tests.hosts.otrs.standin import Clock, Desk, Server
from tests.hosts.otrs.standin.people import Product

TICKETS = 4
ACTS = 70
WHERE: tuple[tuple[str, str, Product], ...] = (
    ("UTC", "2026-11-02T08:00:00Z", "otobo"),
    ("Asia/Kolkata", "2026-11-02T18:20:00Z", "otrs6"),
    ("Europe/Berlin", "2026-10-24T21:40:00Z", "otobo"),
    ("Europe/Berlin", "2026-03-28T21:40:00Z", "znuny"),
    ("America/New_York", "2026-11-01T03:40:00Z", "otobo"),
    ("America/New_York", "2026-03-08T03:40:00Z", "otrs6"),
)
"""Zone of the helpdesk, when the lives begin (nights in which clocks change), the product."""
SEEDS = range(4)


@pytest.fixture(params=WHERE, ids=lambda where: f"{where[0]}-{where[1][:7]}")
def lives(request: pytest.FixtureRequest) -> Iterator[Lives]:
    zone, start, product = request.param
    desk = Desk(Clock(start, zone=zone), product=product)
    with Server(desk) as server:
        found = Lives(desk, server.url, 0)
        yield found
        found.close()


@pytest.fixture
def host(lives: Lives) -> Iterator[OtrsHost]:
    config = HostConfig(
        url=lives.url,
        name="otobo",
        user="sla.api",
        password=Secret("PASSWORD"),
        timezone=str(lives.desk.clock.zone),
        own_fields={"due": "SLADueAt", "state": "SLAState"},
        timing=Timing(sleep=lambda seconds: None),
    )
    host = make_host(config)
    yield host
    host.close()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_timeline_tells_what_was_done(lives: Lives, host: OtrsHost, seed: int) -> None:
    lives.dice.seed(seed)
    early: dict[str, Any] = {}
    lives.begin_full()
    for turn in range(ACTS):
        if turn % (ACTS // TICKETS) == 0:
            lives.desk.clock.advance(10)
            lives.begin()
        lives.go_on()
        if turn == ACTS // 2:
            early = dict(host.read_many(lives.ids()))
    found = dict(host.read_many(lives.ids()))
    for life in lives.lives.values():
        snapshot = found[str(life.id)]
        assert isinstance(snapshot, Snapshot), snapshot
        _compare(lives, life, snapshot)
        assert host.read(str(life.id)).timeline == snapshot.timeline
        if str(life.id) in early:
            _same_so_far(early[str(life.id)], snapshot)


@pytest.mark.parametrize("seed", range(4))
def test_merges_leave_each_ticket_its_past(lives: Lives, host: OtrsHost, seed: int) -> None:
    """Chains of merges: nothing that was said is lost, told twice, or told of another ticket."""
    lives.dice.seed(seed)
    lives.begin_full()
    for _ in range(5):
        lives.desk.clock.advance(3700)
        lives.begin()
    for _ in range(4):
        for _ in range(4):
            lives.go_on_before_a_merge()
        lives.desk.clock.advance(60)
        source, into = lives.dice.sample(list(lives.lives.values()), 2)
        lives.merge(source, into, lives.dice.choice(list(STAFF)))
    lives.desk.clock.advance(60)
    for _ in range(5):
        lives.go_on_before_a_merge()
    found = dict(host.read_many(lives.ids()))
    for life in [*lives.lives.values(), *lives.merged.values()]:
        snapshot = found[str(life.id)]
        assert isinstance(snapshot, Snapshot), snapshot
        told = [_as_told(event) for event in snapshot.timeline.events]
        assert _as_read(lives, told) == _as_read(lives, life.told), life.id
        _compare_absorbed(lives, snapshot.timeline.events)


def _compare_absorbed(lives: Lives, events: Iterable[Event]) -> None:
    """What came along is what had happened in the other ticket until then."""
    for event in events:
        if event.kind == "absorbed":
            source = lives.merged[int(event.data["ticket"])]
            before = [one for one in source.told if one.at < event.at]
            told = [_as_told(one) for one in event.data["events"]]
            assert _as_read(lives, told) == _as_read(lives, before), source.id
            _compare_absorbed(lives, event.data["events"])


def _compare(lives: Lives, life: Life, snapshot: Snapshot) -> None:
    facts = snapshot.timeline.ticket.facts
    assert {name: facts.get(name) for name in life.facts} == life.facts
    told = [_as_told(event) for event in snapshot.timeline.events]
    clock = lives.desk.clock
    if all(clock.as_read(at) == at for one in life.told for at in _instants(one)):
        assert told == life.told
        return
    # Of the hour that comes twice, texts mean the later pass (facts 8): the order is lost in it.
    assert _as_read(lives, told) == _as_read(lives, life.told)


def _instants(told: Told) -> list[int]:
    until = told.value[2] if told.kind == "state_changed" else None
    return [told.at, until] if until else [told.at]


def _as_read(lives: Lives, told: list[Told]) -> Counter[Any]:
    read = lives.desk.clock.as_read
    found: Counter[Any] = Counter()
    for one in told:
        value = one.value
        if one.kind == "state_changed" and value[2]:
            value = (*value[:2], read(value[2]), value[3])
        found[one.kind, read(one.at), value, one.by] += 1
    return found


def _same_so_far(early: Any, later: Snapshot) -> None:
    """What was told once is told again with the same identity."""
    assert isinstance(early, Snapshot)
    now = {event.id: _plain(event) for event in later.timeline.events}
    assert [now.get(event.id) for event in early.timeline.events] == [
        _plain(event) for event in early.timeline.events
    ]
    assert early.timeline.ticket.facts == later.timeline.ticket.facts


def _plain(event: Event) -> Event:
    """Without the name of who did it, which a ticket may come to tell later."""
    assert event.actor is not None
    return replace(event, actor=replace(event.actor, name=None))


def _as_told(event: Event) -> Told:
    actor = event.actor
    assert actor is not None
    by = actor.key if actor.role == "agent" else actor.role
    return Told(event.kind, event.at, _value(event), str(by))


def _value(event: Event) -> Any:
    data = event.data
    match event.kind:
        case "created":
            return data["by"]
        case "customer_message" | "agent_reply" | "note" | "auto_message":
            marks = ("opening", "live")
            return next((mark for mark in marks if data.get(mark)), None)
        case "state_changed":
            return data["to"], data["kind"], data.get("until"), data.get("closes", False)
        case "customer_changed":
            return data["to"].get("login")
        case "tag_added" | "tag_removed":
            return data["tag"]
        case "field_changed":
            return data["field"], data["to"]
        case "merged":
            return data["into"]
        case "absorbed":
            return data["ticket"]
        case _:
            return data["to"]
