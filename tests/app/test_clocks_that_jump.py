"""Suspend, resume and clocks that are set: nothing is done twice, nothing waits for hours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from slaplugin.app.daemon import Daemon, Ports, Rhythm
from slaplugin.app.errors import HostTemporaryError
from slaplugin.app.hints import Hints
from slaplugin.testing import FrozenClock
from tests.app.desk_of import Installation, with_steps
from tests.app.test_daemon import BREACH, HOUR, Changing, Log

Install = Callable[..., Installation]
NOTED = with_steps("{at: breach, do: [{note: 'Too late'}, {priority: high}]}")
POLL = Rhythm(poll_interval=300)


@dataclass
class Machine:
    """Ours, with a time of its own beside the helpdesk's clock, which may be set."""

    clock: FrozenClock
    until: int
    """Seconds of its own time after which the daemon is asked to end."""
    acts: dict[int, Callable[[Machine], Any]] = field(default_factory=dict)
    """What happens after so many seconds; returning True wakes the daemon."""
    up: int = 0

    @property
    def stopping(self) -> bool:
        return self.up >= self.until

    def jitter(self) -> float:
        return 0.0

    def go_on(self, seconds: int) -> None:
        self.up += seconds
        self.clock.advance(seconds)

    def wait(self, seconds: float) -> bool:
        goal = self.up + max(1, round(seconds))
        for at in sorted(at for at in self.acts if at <= goal):
            self.go_on(max(0, at - self.up))
            if self.acts.pop(at)(self):
                return True
        self.go_on(max(0, goal - self.up))
        return self.stopping


def asleep(seconds: int) -> Callable[[Machine], None]:
    """The machine is suspended for so long."""
    return lambda machine: machine.go_on(seconds)


def set_by(seconds: int) -> Callable[[Machine], None]:
    """The helpdesk's clock is set: for us no time passes."""

    def act(machine: Machine) -> None:
        machine.clock.set(machine.clock.now() + seconds)

    return act


@dataclass
class Lived(Log):
    """The log, with our own time of each cycle."""

    machine: Machine | None = None
    ups: list[int] = field(default_factory=list)

    def begin(self) -> None:
        super().begin()
        if self.machine is not None:
            self.ups.append(self.machine.up)


def live_through(
    desk: Installation,
    seconds: int,
    acts: dict[int, Callable[[Machine], Any]],
    rhythm: Rhythm = POLL,
    hints: Hints | None = None,
) -> Lived:
    machine = Machine(desk.clock, seconds, acts)
    log = Lived(desk.clock, machine=machine)
    ports = Ports(Changing(desk, machine), machine, log, Hints() if hints is None else hints)
    Daemon(ports, rhythm).run()
    return log


def notes(desk: Installation, ticket: str) -> int:
    return sum(event.kind == "note" for event in desk.ticket(ticket).events)


def test_after_a_night_asleep_a_poll_comes_at_once_and_each_step_once(live: Install) -> None:
    desk = live(NOTED)
    ticket = desk.host.create()
    log = live_through(desk, 20 * HOUR, {HOUR + 30: asleep(14 * HOUR)})
    assert 15 * HOUR + 30 in log.ups
    assert [what[1] for _, what in log.written][:2] == ["add_note", "set_priority"]
    assert {at for at, _ in log.written} == {log.cycles[0].as_of + 15 * HOUR + 30}
    assert notes(desk, ticket) == 1


def test_an_answer_given_while_we_slept_prevents_the_write(live: Install) -> None:
    desk = live(NOTED)
    ticket = desk.host.create()

    def slept(machine: Machine) -> None:
        machine.go_on(HOUR)
        desk.host.agent_replies(ticket)
        machine.go_on(13 * HOUR)

    log = live_through(desk, 20 * HOUR, {HOUR: slept})
    assert log.written == []
    assert notes(desk, ticket) == 0


@pytest.mark.parametrize("woken", [True, False])
def test_who_took_over_while_we_slept_is_noticed_before_anything(
    woken: bool, live: Install
) -> None:
    desk = live(NOTED)
    ticket = desk.host.create()

    def slept(machine: Machine) -> bool:
        machine.go_on(14 * HOUR)
        taken = desk.store.acquire("another process", desk.clock.now(), 120)
        return woken and taken is not None

    log = live_through(desk, 15 * HOUR + 100, {HOUR: slept})
    assert max(report.as_of for report in log.cycles) - log.cycles[0].as_of <= HOUR
    assert log.standbys > 0
    assert notes(desk, ticket) == 0


@pytest.mark.parametrize("seconds", [HOUR, -HOUR, -30 * HOUR])
def test_a_helpdesk_whose_clock_is_set_is_polled_as_often_as_ever(
    seconds: int, live: Install
) -> None:
    desk = live(NOTED)
    ticket = desk.host.create()
    log = live_through(desk, 36 * HOUR, {HOUR + 30: set_by(seconds)})
    assert len([up for up in log.ups if HOUR + 30 < up <= HOUR + 3030]) >= 9
    assert log.failures == []
    assert desk.ticket(ticket).values["priority"] == "3 high"
    assert notes(desk, ticket) == 1


def test_set_forward_and_back_again_nothing_is_written_twice(live: Install) -> None:
    desk = live(NOTED)
    ticket = desk.host.create()
    live_through(desk, 9 * HOUR, {HOUR: set_by(5 * HOUR), 2 * HOUR: set_by(-5 * HOUR)})
    assert notes(desk, ticket) == 1


def test_the_lease_is_kept_also_when_the_clock_was_set_back(live: Install) -> None:
    desk = live(BREACH)
    left: list[int] = []

    def look(machine: Machine) -> None:
        lease = desk.store.lease()
        left.append(lease.expires_at - desk.clock.now() if lease else 0)

    acts = {600: set_by(-HOUR), 900: look, HOUR: look}
    live_through(desk, 2 * HOUR, acts, Rhythm(poll_interval=500))
    assert [0 < seconds <= 120 for seconds in left] == [True, True]


def test_a_lease_from_before_the_clock_was_set_back_does_not_last_for_hours(live: Install) -> None:
    desk = live(BREACH)
    assert desk.store.acquire("a process that died", desk.clock.now() + 5 * HOUR, 120)
    log = live_through(desk, 2000, {})
    assert log.began == 1
    assert log.standbys <= 9
    assert log.polls >= 6


def test_a_pause_after_a_failure_ends_although_the_clock_was_set_back(live: Install) -> None:
    desk = live(BREACH)
    desk.host.fail(HostTemporaryError("no"), times=1)
    log = live_through(desk, HOUR, {10: set_by(-5 * HOUR)})
    assert len(log.failures) == 1
    assert log.ups[1] <= 3 * 300


@pytest.mark.parametrize(
    ("asked", "waited"), [(900, 900), (10**12, HOUR), (float("inf"), HOUR), (0, 300)]
)
def test_what_the_helpdesk_asks_for_is_bounded(asked: float, waited: int, live: Install) -> None:
    desk = live(BREACH)
    desk.host.fail(HostTemporaryError("429", status=429, retry_after=asked))
    log = live_through(desk, 2 * HOUR, {})
    assert log.failures == [("HostTemporaryError", waited)]


def test_hints_are_followed_although_the_clock_was_set_back(live: Install) -> None:
    desk, hints = live(BREACH), Hints()
    ticket = desk.host.create()
    acts = {100: lambda machine: hints.add(ticket), 101: set_by(-HOUR)}
    log = live_through(desk, 300, acts, Rhythm(poll_interval=HOUR), hints)
    assert len(log.ups) == 2
    assert 101 <= log.ups[1] <= 104
