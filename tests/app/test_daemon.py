"""The daemon in virtual time: it acts at the instant, polls no faster, and outlives what fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from slaplugin.app.daemon import Daemon, Interruptible, Ports, Rhythm, Waiter
from slaplugin.app.desk import Desk
from slaplugin.app.errors import HostTemporaryError, LeaseHeldError
from slaplugin.app.hints import Hints
from slaplugin.app.outcome import CycleReport
from slaplugin.app.ports import Snapshot
from slaplugin.testing import FrozenClock
from tests.app.desk_of import HEAD, Installation, policy_set, shown, with_steps

HOUR = 3600
BREACH = with_steps("{at: breach, do: [{priority: high}]}")
USUAL = Rhythm()
Install = Callable[..., Installation]


@dataclass
class Script:
    """Sleeping moves the clock, and on the way what is written here happens at its instant."""

    clock: FrozenClock
    until: int
    """Seconds after the beginning at which the daemon is asked to end."""
    acts: dict[int, Callable[[], Any]] = field(default_factory=dict)
    """Seconds after the beginning -> what happens; returning True wakes the daemon."""
    waits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.begin = self.clock.now()

    @property
    def stopping(self) -> bool:
        return self.clock.now() - self.begin >= self.until

    def jitter(self) -> float:
        return 0.0

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        goal = self.clock.now() + max(1, round(seconds))
        for at in sorted(self.acts):
            if self.begin + at <= goal:
                self.clock.set(max(self.begin + at, self.clock.now()))
                if self.acts.pop(at)():
                    return True
        self.clock.set(max(goal, self.clock.now()))
        return self.stopping


@dataclass
class Log:
    """Everything that the daemon tells."""

    clock: FrozenClock
    polls: int = 0
    cycles: list[CycleReport] = field(default_factory=list)
    written: list[tuple[int, Any]] = field(default_factory=list)
    """(instant, what :func:`shown` says of a write)."""
    failures: list[tuple[str, float]] = field(default_factory=list)
    standbys: int = 0
    began: int = 0
    begun: int = 0

    def begin(self) -> None:
        self.begun += 1

    def cycle(self, report: CycleReport, *, pulled: bool) -> None:
        self.cycles.append(report)
        self.polls += pulled
        self.written += [(self.clock.now(), item) for item in shown(report)]

    def failed(self, error: Exception, wait: float) -> None:
        self.failures.append((type(error).__name__, wait))

    def standby(self, error: LeaseHeldError) -> None:
        self.standbys += 1

    def working(self) -> None:
        self.began += 1


class Changing:
    """Ports of an installation; ``change`` puts other ones in force."""

    def __init__(self, installation: Installation, script: Waiter) -> None:
        self.installation = installation
        self.script = script
        self.changed = False

    def current(self) -> Desk:
        return replace(self.installation.desk, progress=Interruptible(self.script))

    def change(self) -> bool:
        self.changed = True
        return True

    def renew(self) -> bool:
        changed, self.changed = self.changed, False
        return changed


def run(
    installation: Installation,
    seconds: int,
    acts: dict[int, Callable[[], Any]] | None = None,
    rhythm: Rhythm = USUAL,
    hints: Hints | None = None,
) -> tuple[Log, Script]:
    script = Script(installation.clock, seconds, acts or {})
    log = Log(installation.clock)
    hints = Hints() if hints is None else hints
    Daemon(Ports(Changing(installation, script), script, log, hints), rhythm).run()
    return log, script


def test_a_breach_is_written_at_its_instant_between_two_polls(live: Install) -> None:
    desk = live(BREACH)
    ticket = desk.host.create()
    due = desk.clock.now() + 4 * HOUR
    log, _ = run(desk, 4 * HOUR + 300, rhythm=Rhythm(poll_interval=600))
    kinds = ["set_priority", *["set_field"] * 4]
    assert [(at - due, what[1]) for at, what in log.written] == [(1, kind) for kind in kinds]
    assert desk.ticket(ticket).values["priority"] == "3 high"
    assert log.polls == 4 * HOUR // 600 + 1
    assert log.failures == []


def test_sleep_costs_no_requests(live: Install) -> None:
    desk = live(BREACH)
    for _ in range(20):
        desk.host.create()
    before = desk.host.requests_made()
    log, script = run(desk, HOUR, rhythm=Rhythm(poll_interval=600))
    loaded = 20 + 1  # the newest is read again, since it was read in the second of its creation
    assert log.polls == 6
    assert desk.host.requests_made() - before == loaded + 2 * log.polls
    assert len(script.waits) <= 6 * (600 // 40 + 1)


def test_a_long_load_does_not_hold_up_what_falls_due(
    live: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = live(BREACH)
    desk.host.create()
    due = desk.clock.now() + 4 * HOUR
    read = desk.host.read

    def slowly(ticket: str) -> Snapshot:
        desk.clock.advance(2)
        return read(ticket)

    def flood() -> None:
        monkeypatch.setattr(desk.host, "_page_size", 10)
        monkeypatch.setattr(desk.host, "read", slowly)
        for _ in range(300):
            desk.host.create()

    log, _ = run(desk, 4 * HOUR + 1200, {4 * HOUR - 300: flood})
    (breach,) = [at for at, what in log.written if what[1] == "set_priority"]
    assert breach - due <= 60
    assert len(list(desk.store.ids(desk.host.name))) == 301
    assert [report.unfinished for report in log.cycles].count(True) > 5
    assert not log.cycles[-1].unfinished


def test_an_answer_in_the_last_second_prevents_the_write(live: Install) -> None:
    desk = live(BREACH)
    ticket = desk.host.create()
    answer = {4 * HOUR: lambda: desk.host.agent_replies(ticket)}
    log, _ = run(desk, 4 * HOUR + 120, answer, rhythm=Rhythm(poll_interval=600))
    assert log.written == []
    assert not desk.ticket(ticket).tags


def test_a_host_that_fails_is_asked_less_and_less_and_nothing_is_lost(live: Install) -> None:
    desk = live(BREACH)
    ticket = desk.host.create()
    error = HostTemporaryError("GET tickets: no answer")
    outage = {HOUR: lambda: desk.host.fail(error, times=7)}
    log, _ = run(desk, 4 * HOUR + 600, outage, Rhythm(poll_interval=60, longest_backoff=300))
    assert [wait for _, wait in log.failures] == [60, 120, 240, 300, 300, 300, 300]
    assert desk.ticket(ticket).values["priority"] == "3 high"


def test_a_host_that_names_a_time_is_not_asked_before(live: Install) -> None:
    desk = live(BREACH)
    busy = HostTemporaryError("GET tickets: 429", status=429, retry_after=900)
    desk.host.fail(busy)
    log, _ = run(desk, HOUR)
    assert log.failures == [("HostTemporaryError", 900)]


def test_what_a_limit_holds_back_waits_for_the_next_poll(live: Install) -> None:
    from slaplugin.app.options import Limits

    desk = live(BREACH, limits=Limits(writes_per_cycle=0))
    desk.host.create()
    log, _ = run(desk, 4 * HOUR + 600, rhythm=Rhythm(poll_interval=600))
    assert log.written and all(what[3] == "skipped" for _, what in log.written)
    assert len(log.cycles) <= log.polls + 2


def test_two_daemons_one_works_and_the_other_takes_over(live: Install) -> None:
    desk = live(BREACH)
    desk.host.create()
    first = desk.store.acquire("another process", desk.clock.now(), 120)
    log, script = run(desk, 600, rhythm=Rhythm(poll_interval=60, standby=20))
    assert first is not None
    assert log.standbys == 6
    assert log.began == 1
    assert script.clock.now() - script.begin >= 600


def test_a_lease_that_is_taken_over_ends_the_work_at_once(live: Install) -> None:
    desk = live(BREACH)

    def robbed() -> bool:
        desk.clock.advance(200)
        return working() or desk.store.acquire("a third", desk.clock.now(), 1) is not None

    def working() -> bool:
        return desk.store.acquire("another process", desk.clock.now(), 120) is None

    acts = {600: robbed, **dict.fromkeys(range(840, 2 * HOUR, 40), working)}
    log, _ = run(desk, 2 * HOUR, acts, Rhythm(poll_interval=60))
    assert log.began == 1
    assert log.standbys > 1


def test_changed_files_are_taken_up_between_two_cycles(live: Install) -> None:
    desk = live(BREACH)
    ticket = desk.host.create()
    shorter = (
        HEAD.replace("4h", "2h") + "    steps:\n      - {at: breach, do: [{priority: high}]}\n"
    )
    script = Script(desk.clock, 3 * HOUR)
    ports = Changing(desk, script)

    def edited() -> bool:
        desk.policies.adopt(policy_set(shorter))
        return ports.change()

    script.acts[HOUR] = edited
    log = Log(desk.clock)
    Daemon(Ports(ports, script, log), Rhythm(poll_interval=600)).run()
    assert log.began == 2
    assert desk.ticket(ticket).values["priority"] == "3 high"


def test_asked_to_end_it_ends_between_two_tickets(live: Install) -> None:
    desk = live(BREACH)
    for _ in range(5):
        desk.host.create()
    script = Script(desk.clock, 10_000)
    ports = Changing(desk, script)
    read = desk.host.read

    def reading(ticket: str) -> Any:
        if ticket == "3":
            script.until = 0
        return read(ticket)

    desk.host.read = reading  # type: ignore[method-assign]
    log = Log(desk.clock)
    Daemon(Ports(ports, script, log), Rhythm()).run()
    assert log.cycles == [] and log.failures == []
    assert desk.store.acquire("the next one", desk.clock.now(), 60) is not None


def test_whatever_breaks_is_told_and_the_next_cycle_goes_on(live: Install) -> None:
    desk = live(BREACH)
    pull = desk.host.changes

    def broken(bookmark: str | None) -> Any:
        desk.host.changes = pull  # type: ignore[method-assign]
        raise RuntimeError("a plugin without manners")

    desk.host.changes = broken  # type: ignore[method-assign]
    desk.host.create()
    log, _ = run(desk, 300, rhythm=Rhythm(poll_interval=60))
    assert [name for name, _ in log.failures] == ["RuntimeError"]
    assert log.begun == len(log.cycles) + len(log.failures)
    assert log.polls >= 3


@pytest.mark.parametrize("jitter", [0.0, 0.5, 0.999])
def test_jitter_only_shortens(jitter: float, live: Install, monkeypatch: Any) -> None:
    desk = live(BREACH)
    monkeypatch.setattr(Script, "jitter", lambda self: jitter)
    desk.host.fail(HostTemporaryError("no"), times=1)
    log, _ = run(desk, 100, rhythm=Rhythm(poll_interval=40))
    assert log.failures == [("HostTemporaryError", 40 * (1 - jitter / 2))]


def test_a_hint_is_followed_when_its_ticket_has_settled(live: Install) -> None:
    desk = live(BREACH)
    hints = Hints()

    def hook() -> bool:
        ticket = desk.host.create()
        hints.add(ticket)
        return True

    log, script = run(desk, 600, {100: hook}, Rhythm(poll_interval=500), hints)
    (hinted,) = [report for report in log.cycles if report.loaded]
    assert hinted.as_of - script.begin == 102
    assert log.polls == 2


def test_a_flood_of_hints_is_one_read(live: Install) -> None:
    desk = live(BREACH)
    tickets = [desk.host.create() for _ in range(3)]
    hints = Hints()

    def hook() -> bool:
        named = [hints.add(ticket) for ticket in tickets * 50]
        return any(named)

    acts = dict.fromkeys((100, 101), hook)
    before = desk.host.requests_made()
    log, _ = run(desk, 300, acts, Rhythm(poll_interval=250), hints)
    assert [report.changed_tickets for report in log.cycles][1:] == [3, 0]
    assert desk.host.requests_made() - before == 2 * 2 + 3 + 3


def test_hints_do_not_shorten_the_pause_of_a_host_that_fails(live: Install) -> None:
    desk = live(BREACH)
    hints = Hints()
    desk.host.fail(HostTemporaryError("no"), times=1)
    acts = {at: lambda: hints.add("1") or True for at in range(5, 100, 5)}
    log, script = run(desk, 200, acts, Rhythm(poll_interval=60), hints)
    assert len(log.failures) == 1
    assert log.cycles[0].as_of - script.begin == 60


def test_a_hint_outlives_the_cycle_that_failed(live: Install) -> None:
    desk = live(BREACH)
    hints = Hints()

    def hook() -> bool:
        desk.host.fail(HostTemporaryError("no"), times=1)
        return hints.add(desk.host.create())

    rhythm = Rhythm(poll_interval=500, longest_backoff=30)
    log, script = run(desk, 400, {100: hook}, rhythm, hints)
    assert [wait for _, wait in log.failures] == [30]
    assert [report.as_of - script.begin for report in log.cycles if report.loaded] == [134]


def test_hints_are_bounded() -> None:
    hints = Hints(limit=2)
    assert [hints.add(one) for one in ("1", "1", "2", "3")] == [True, False, True, False]
    assert hints.take() == ("1", "2")
    assert not hints
