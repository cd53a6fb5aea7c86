"""A backfill that is cut off anywhere and started again ends with the store of one that was not."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from slaplugin.app.backfill import Range, backfill
from slaplugin.app.errors import HostError, HostPermanentError, HostTemporaryError
from slaplugin.app.ports import ReadResult
from slaplugin.app.readers import Crew
from slaplugin.hosts.memory import MemoryHost
from slaplugin.testing import SilentProgress
from tests.app.contents_of import differences
from tests.app.desk_of import HEAD, HOUR, Installation, with_steps

TICKETS = 30
STEPS = with_steps("{at: breach, do: [mark]}")


class KilledError(BaseException):
    """Nothing in the program catches it, as little as a signal that kills."""


def worked(desk: Installation) -> int:
    """Tickets of every fate, one an hour; the instant of the first."""
    start = desk.clock.now()
    chance = random.Random(5)
    for _ in range(TICKETS):
        ticket = desk.host.create()
        desk.clock.advance(chance.randrange(600, 6 * HOUR))
        if chance.random() < 0.8:
            desk.host.agent_replies(ticket)
            desk.host.set(ticket, "priority", "3 high")
            desk.host.set(ticket, "state", "closed")
        if chance.random() < 0.2:
            desk.host.customer_writes(ticket)
            desk.host.set(ticket, "state", "open")
        desk.clock.advance(60)
    return start


@pytest.fixture
def year(tmp_path: Path) -> Iterator[Callable[[str], Installation]]:
    """``year(name)``: another installation, its store empty, on the same past helpdesk."""
    made: list[Installation] = []

    def make(name: str) -> Installation:
        (tmp_path / name).mkdir()
        fresh = Installation(tmp_path / name, STEPS)
        fresh.host._page_size = 7
        made.append(fresh)
        return fresh

    yield make
    for installation in made:
        installation.store.close()


def whole(make: Callable[[str], Installation], size: int = 1) -> tuple[Installation, int]:
    """An installation whose backfill went through."""
    desk = make("whole")
    start = worked(desk)
    backfill(desk.desk, Range(start), SilentProgress(), crew_of(desk, size))
    return desk, start


def crew_of(desk: Installation, size: int) -> Crew:
    return Crew(size, desk.host.another)


def die_at(request: int) -> Callable[[], None]:
    seen = iter(range(1, request + 1))

    def watch() -> None:
        if next(seen, None) == request:
            raise KilledError

    return watch


@pytest.mark.parametrize("seed", range(12))
def test_killed_at_random_points_it_ends_with_the_same_store(
    year: Callable[[str], Installation], seed: int
) -> None:
    uninterrupted, start = whole(year)
    desk = year("killed")
    assert worked(desk) == start
    chance = random.Random(seed)
    kills = 0
    while True:
        desk.host.traffic.watchers[:] = [die_at(chance.randrange(1, 25))]
        try:
            backfill(desk.desk, Range(start), SilentProgress())
        except KilledError:
            kills += 1
            continue
        break
    assert kills > 0
    assert differences(uninterrupted.store, desk.store) == []
    assert desk.store.verify().verified


@pytest.mark.parametrize("size", [2, 5])
def test_several_sessions_bring_the_same_store_as_one(
    year: Callable[[str], Installation], size: int
) -> None:
    alone, start = whole(year)
    desk = year("several")
    worked(desk)
    report = backfill(desk.desk, Range(start), SilentProgress(), crew_of(desk, size))
    assert report.read == TICKETS
    assert differences(alone.store, desk.store) == []


class _Unreadable(MemoryHost):
    """A helpdesk that fails on some tickets and lists them all the same."""

    broken: dict[str, HostError] = {}  # noqa: RUF012 - shared by all sessions of a test

    def read_many(self, ticket_ids: object) -> Iterator[tuple[str, ReadResult]]:
        for ticket, found in super().read_many(ticket_ids):  # type: ignore[arg-type]
            yield ticket, self.broken.get(ticket, found)


@pytest.fixture
def partly(install: Callable[..., Installation]) -> Installation:
    desk = install()
    desk.host.__class__ = _Unreadable
    _Unreadable.broken = {}
    return desk


def broken(status: int) -> HostTemporaryError:
    return HostTemporaryError(f"GET ticket: {status}", status=status)


@pytest.mark.parametrize("size", [1, 3])
def test_tickets_that_fail_twice_are_held_listed_and_tried_again(
    partly: Installation, size: int
) -> None:
    start = worked(partly)
    _Unreadable.broken = {"4": broken(500), "9": broken(500), "20": broken(502)}
    crew = crew_of(partly, size)
    report = backfill(partly.desk, Range(start), SilentProgress(), crew)
    assert [problem.ticket for problem in report.problems] == ["20", "4", "9"]
    assert report.read == TICKETS
    assert [row.live for row in partly.store.held("memory")] == [False] * 3

    del _Unreadable.broken["9"]
    again = backfill(partly.desk, Range(start), SilentProgress(), crew)
    assert [problem.ticket for problem in again.problems] == ["20", "4"]
    assert partly.store.row("memory", "9").facts != {}

    _Unreadable.broken = {}
    assert backfill(partly.desk, Range(start), SilentProgress(), crew).problems == ()
    assert partly.instances("4") != []


def test_several_in_a_row_are_the_helpdesk_and_not_the_tickets(partly: Installation) -> None:
    start = worked(partly)
    _Unreadable.broken = {str(number): broken(500) for number in range(10, 30)}
    with pytest.raises(HostTemporaryError):
        backfill(partly.desk, Range(start), SilentProgress())
    assert partly.store.held("memory") == []
    kept = len(list(partly.store.ids("memory")))
    assert kept == 9
    _Unreadable.broken = {}
    assert backfill(partly.desk, Range(start), SilentProgress()).read == TICKETS - kept


def test_credentials_that_do_not_count_any_more_end_it_at_once(partly: Installation) -> None:
    start = worked(partly)
    _Unreadable.broken = {"12": HostPermanentError("GET ticket: 401", status=401)}
    with pytest.raises(HostPermanentError):
        backfill(partly.desk, Range(start), SilentProgress())
    assert len(list(partly.store.ids("memory"))) == 11


def test_a_lone_ticket_that_fails_is_held_at_the_second_try(partly: Installation) -> None:
    start = partly.clock.now()
    partly.host.create()
    _Unreadable.broken = {"1": broken(500)}
    with pytest.raises(HostTemporaryError):
        backfill(partly.desk, Range(start), SilentProgress())
    report = backfill(partly.desk, Range(start), SilentProgress())
    assert [problem.message for problem in report.problems] == ["GET ticket: 500"]


def test_it_waits_as_long_as_the_helpdesk_asks_and_goes_on(install) -> None:
    desk = install()
    start = worked(desk)
    busy = HostTemporaryError("GET ticket: 429", status=429, retry_after=40)
    desk.host.fail(busy, at=9)
    waited: list[float] = []
    report = backfill(desk.desk, Range(start), SilentProgress(), Crew(wait=waited.append))
    assert (report.read, waited) == (TICKETS, [40])


@pytest.mark.parametrize("asked", [None, 901.0])
def test_without_a_time_or_with_a_long_one_it_ends(install, asked: float | None) -> None:
    desk = install()
    start = worked(desk)
    error = HostTemporaryError("GET tickets: 503", status=503, retry_after=asked)
    desk.host.fail(error, at=1)
    with pytest.raises(HostTemporaryError):
        backfill(desk.desk, Range(start), SilentProgress(), Crew(wait=lambda _: None))


def test_a_helpdesk_that_asks_to_wait_for_ever_is_given_up(install) -> None:
    desk = install()
    start = worked(desk)
    desk.host.traffic.break_down(HostTemporaryError("429", status=429, retry_after=1), after=3)
    waited: list[float] = []
    with pytest.raises(HostTemporaryError):
        backfill(desk.desk, Range(start), SilentProgress(), Crew(wait=waited.append))
    assert len(waited) == 10


class _NeverWritten(MemoryHost):
    """A helpdesk that takes nothing, so that whoever writes is found out."""

    def write(self, ticket_id: str, changes: object) -> None:
        raise AssertionError(f"a backfill wrote to ticket {ticket_id}: {changes}")


def test_nothing_is_ever_written_whatever_fell_due(install) -> None:
    desk = install(with_steps("{at: breach, do: [mark, {priority: 3 high}, {note: late}]}", HEAD))
    desk.host.__class__ = _NeverWritten
    desk.sync()
    start = worked(desk)
    desk.clock.advance(20 * HOUR)
    report = backfill(desk.desk, Range(start), SilentProgress(), crew_of(desk, 2))
    assert report.read == TICKETS
    breached = [
        item
        for ticket in desk.store.ids("memory")
        for item in desk.instances(ticket)
        if item.outcome == "breached"
    ]
    assert breached != []
    assert list(desk.store.actions("memory")) == []


def test_a_past_ticket_that_a_cycle_reads_again_stays_a_past_one(partly: Installation) -> None:
    start = worked(partly)
    _Unreadable.broken = {"2": broken(500), "3": broken(500)}
    backfill(partly.desk, Range(start), SilentProgress())
    _Unreadable.broken = {}
    assert {row.id for row in partly.store.held("memory")} == {"2", "3"}
    partly.sync(after=7 * HOUR)
    rows = [partly.store.row("memory", ticket) for ticket in ("2", "3")]
    assert [(row.held, row.open, row.live) for row in rows] == [(None, False, False)] * 2
