"""Reports by the daemon: each once, caught up on, told once, and no failure ends anything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from slaplugin.app.desk import PAUSED, RESTORED_AT
from slaplugin.app.errors import LeaseHeldError, WorkerError
from slaplugin.app.messages import Message, NotSentError, UncertainError
from slaplugin.app.reporting.schedule import (
    Event,
    Made,
    Plan,
    Ports,
    Schedule,
    is_due,
    record_of,
    troubles,
)
from slaplugin.core.periods import CalendarPeriod
from slaplugin.store import SqliteStore

HOST, US = "zammad", "us"
BERLIN = "Europe/Berlin"
PLAN = Plan(("day", "week", "month"), BERLIN, settle=120)
TOLD = replace(PLAN, every=("month",), channels=("mail",))


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


MONDAY = at("2026-03-09T08:00:00+01:00")
KilledError = KeyboardInterrupt
"""Ends everything at once, as a kill does."""


@dataclass
class World:
    """A store that is ours, a maker of reports and a channel; each may fail when told to."""

    store: SqliteStore
    made: list[tuple[str, int]] = field(default_factory=list)
    sent: list[Message] = field(default_factory=list)
    said: list[Event] = field(default_factory=list)
    broken: Exception | None = None
    silent: BaseException | None = None

    def make(self, period: CalendarPeriod, now: int) -> Made:
        if self.broken is not None:
            raise self.broken
        self.made.append((period.label, now))
        return Made(f"out/{period.label}.html", (f"Service report {period.label}", "all well"))

    def channels(self) -> frozenset[str]:
        return frozenset({"mail"})

    def window(self, channel: str) -> int:
        return 60

    def send(self, message: Message) -> None:
        self.sent.append(message)
        if self.silent is not None:
            raise self.silent

    def run(self, now: int, plan: Plan = PLAN) -> None:
        ports = Ports(self.store, self, self.make, HOST, US)
        Schedule(plan, ports, self.said.append).run(now)

    def is_due(self, now: int, plan: Plan = PLAN) -> bool:
        return is_due(plan, self.store, HOST, now)

    @property
    def labels(self) -> list[str]:
        return [label for label, _ in self.made]

    def status(self) -> str | None:
        record = record_of(self.store, HOST, "month")
        return record.told["mail"].status if record and "mail" in record.told else None

    def troubles(self) -> list[str]:
        return list(troubles(self.store, HOST, ["month"]))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with SqliteStore(tmp_path / "store.db", durable=False) as store:
        store.acquire(US, MONDAY, 10**9)
        yield World(store)


def test_the_latest_of_each_kind_is_made_once(world: World) -> None:
    assert world.is_due(MONDAY)
    world.run(MONDAY)
    assert world.labels == ["2026-03-08", "2026-W10", "2026-02"]
    assert not world.is_due(MONDAY + 60)
    world.run(MONDAY + 60)
    assert len(world.made) == 3


def test_after_each_end_the_next_is_made(world: World) -> None:
    for day in range(9, 17):
        world.run(at(f"2026-03-{day:02d}T00:02:00+01:00"))
    days = [f"2026-03-{day:02d}" for day in range(8, 16)]
    assert [label for label in world.labels if label in days] == days
    assert [label for label in world.labels if "W" in label] == ["2026-W10", "2026-W11"]


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-03-31T23:59:59+02:00", False),
        ("2026-04-01T00:01:59+02:00", False),
        ("2026-04-01T00:02:00+02:00", True),
    ],
)
def test_a_period_ends_in_its_zone_and_its_news_is_waited_for(
    world: World, now: str, due: bool
) -> None:
    plan = replace(PLAN, every=("month",))
    world.run(at("2026-03-05T08:00:00+01:00"), plan)
    assert world.is_due(at(now), plan) == due


def test_of_a_long_pause_only_the_latest_is_caught_up_on(world: World) -> None:
    world.run(MONDAY)
    world.made.clear()
    world.run(at("2026-05-20T08:00:00+02:00"))
    assert world.labels == ["2026-05-19", "2026-W20", "2026-04"]


def test_a_clock_that_was_set_back_makes_nothing_again(world: World) -> None:
    world.run(at("2026-05-20T08:00:00+02:00"))
    world.made.clear()
    world.run(MONDAY)
    assert (world.labels, world.is_due(MONDAY)) == ([], False)


def test_what_could_not_be_made_is_tried_again_later_and_later(world: World) -> None:
    plan, now, tries = replace(PLAN, every=("month",)), MONDAY, []
    world.broken = WorkerError("the disk is full")
    for second in range(0, 4 * 3600, 30):
        before = len(world.said)
        if world.is_due(now + second, plan):
            world.run(now + second, plan)
        if len(world.said) > before:
            tries.append(second)
    waits = [later - earlier for earlier, later in pairwise(tries)]
    assert waits[:7] == [60, 120, 240, 480, 960, 1920, 3600]
    assert world.troubles() == ["the report of 2026-02 could not be made: the disk is full"]
    world.broken = None
    world.run(now + 5 * 3600, plan)
    assert (world.labels, world.troubles()) == (["2026-02"], [])


def test_one_that_fails_keeps_no_other_from_being_made(world: World) -> None:
    world.broken = WorkerError("no")
    world.run(MONDAY)
    world.broken = None
    world.run(MONDAY + 61)
    assert world.labels == ["2026-03-08", "2026-W10", "2026-02"]


def test_a_channel_is_told_once(world: World) -> None:
    for later in (0, 60, 86_400):
        world.run(MONDAY + later, TOLD)
    (message,) = world.sent
    assert (message.channel, message.subject) == ("mail", "Service report 2026-02")
    assert message.lines == ("all well", "Written to out/2026-02.html")
    (entry,) = [each for each in world.store.audit_log() if each["kind"] == "report_told"]
    assert (entry["payload"]["status"], entry["payload"]["channel"]) == ("done", "mail")


def test_killed_while_telling_nobody_knows_and_it_is_not_told_again(world: World) -> None:
    world.silent = KilledError()
    with pytest.raises(KilledError):
        world.run(MONDAY, TOLD)
    world.silent = None
    assert world.is_due(MONDAY + 60, TOLD)
    world.run(MONDAY + 60, TOLD)
    world.run(MONDAY + 120, TOLD)
    assert (len(world.sent), world.status()) == (1, "uncertain")
    (trouble,) = world.troubles()
    assert "whether mail was told of the report of 2026-02 is not known: cut short" in trouble
    assert any(event.trouble and "cut short" in event.said for event in world.said)


def test_killed_before_it_was_told_it_is_told_after_all(world: World) -> None:
    world.run(MONDAY, replace(TOLD, channels=()))
    world.run(MONDAY + 60, TOLD)
    assert (world.labels, len(world.sent), world.status()) == (["2026-02"], 1, "done")


def test_what_may_have_arrived_is_not_sent_again(world: World) -> None:
    world.silent = UncertainError("the connection broke off")
    world.run(MONDAY, TOLD)
    world.silent = None
    world.run(MONDAY + 86_400, TOLD)
    assert (len(world.sent), world.status()) == (1, "uncertain")


def test_what_surely_did_not_arrive_is_sent_again_after_a_while(world: World) -> None:
    world.silent = NotSentError("no connection")
    world.run(MONDAY, TOLD)
    world.run(MONDAY + 30, TOLD)
    assert (len(world.sent), world.status()) == (1, "failed")
    assert ["mail could not be told" in said for said in world.troubles()] == [True]
    world.silent = None
    world.run(MONDAY + 60, TOLD)
    assert (len(world.sent), world.status(), world.labels) == (2, "done", ["2026-02"])
    assert len({message.id for message in world.sent}) == 1


def test_a_channel_that_asks_for_time_is_told_of_a_report_after_it(world: World) -> None:
    world.silent = NotSentError("429", for_now=True, retry_after=600)
    world.run(MONDAY, TOLD)
    world.silent = None
    world.run(MONDAY + 599, TOLD)
    assert world.status() == "failed"
    world.run(MONDAY + 600, TOLD)
    assert world.status() == "done"


@pytest.mark.parametrize("how", ["paused", "dry run"])
def test_nobody_is_told_while_nothing_may_leave(world: World, how: str) -> None:
    plan = replace(TOLD, silent=how == "dry run")
    if how == "paused":
        with world.store.tx() as tx:
            tx.set_flag(PAUSED, str(MONDAY))
    world.run(MONDAY, plan)
    assert (world.labels, world.sent, world.is_due(MONDAY + 60, plan)) == (["2026-02"], [], False)
    with world.store.tx() as tx:
        tx.set_flag(PAUSED, None)
    world.run(MONDAY + 60, TOLD)
    assert len(world.sent) == 1


def test_a_store_that_was_put_back_tells_nothing_that_may_have_been_told(world: World) -> None:
    with world.store.tx() as tx:
        tx.set_flag(RESTORED_AT, str(MONDAY - 60))
    world.run(MONDAY, TOLD)
    assert (world.sent, world.status()) == ([], "uncertain")
    april = at("2026-04-01T08:00:00+02:00")
    world.run(april, TOLD)
    assert (len(world.sent), world.status()) == (1, "done")


def test_how_the_last_message_ended_is_noted_after_the_store_was_given_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = world.store.lease()
    assert lease is not None
    send = world.send

    def sent_while_ending(message: Message) -> None:
        send(message)
        world.store.release(lease)

    monkeypatch.setattr(world, "send", sent_while_ending)
    world.run(MONDAY, TOLD)
    assert (len(world.sent), world.status()) == (1, "done")


def test_whoever_lost_the_store_records_and_tells_nothing(world: World) -> None:
    lease = world.store.lease()
    assert lease is not None
    world.store.release(lease)
    world.store.acquire("them", MONDAY, 300)
    with pytest.raises(LeaseHeldError):
        world.run(MONDAY, TOLD)
    assert (world.sent, record_of(world.store, HOST, "month")) == ([], None)
