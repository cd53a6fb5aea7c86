"""``run``: cycles without an end, each at the instant at which something is to be done.

A poll asks the helpdesk for news. Between two polls the daemon sleeps until the next instant at
which a clock can change, and then judges what fell due from the store alone; a ticket that is to be
written is read afresh first, so that an answer the helpdesk has by then prevents the write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from slaplugin.app.cycle import Extent, cycle
from slaplugin.app.desk import Desk
from slaplugin.app.errors import HostTemporaryError, LeaseHeldError, SlapluginError
from slaplugin.app.hints import Hints
from slaplugin.app.outcome import CycleReport
from slaplugin.app.ports import Lease
from slaplugin.app.tenure import Tenure, tenure

_ROUNDING = 2
"""Seconds that a step may wait for its instant to be over on the helpdesk, too."""


class StoppedError(SlapluginError):
    """The daemon was asked to end while it worked: what is recorded stays, the rest comes again."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often and how patiently. All in seconds."""

    poll_interval: int = 30
    settle: int = 2
    """After an instant, until the helpdesk shows everything that happened up to it."""
    longest_backoff: int = 300
    """Between two tries while something does not work."""
    longest_asked: int = 3600
    """The same where the helpdesk names a time: however far away that is."""
    standby: int = 20
    """Between two looks whether the store has become free."""


class Waiter(Protocol):
    """How the daemon sleeps."""

    @property
    def stopping(self) -> bool:
        """Somebody asked it to end."""

    def wait(self, seconds: float) -> bool:
        """Come back after so many seconds (False), or at once when woken or asked to end (True)."""

    def jitter(self) -> float:
        """A number in [0, 1), so that many daemons do not come back at the same time."""


class Interruptible:
    """The port ``Progress`` of a daemon: between two tickets it may be asked to end."""

    def __init__(self, waiter: Waiter) -> None:
        self._waiter = waiter

    def begin(self, what: str, total: int | None) -> None: ...

    def advance(self, done: int = 1) -> None:
        """Raises StoppedError once the daemon is to end."""
        if self._waiter.stopping:
            raise StoppedError("asked to end")

    def end(self) -> None: ...


class Desks(Protocol):
    """Where the daemon gets its ports from."""

    def current(self) -> Desk:
        """The ports in force; ConfigurationError with every problem."""

    def renew(self) -> bool:
        """Take up files that changed; True where the ports are others now.

        What cannot be used is told, and the old ones stay in force.
        """


class Watch(Protocol):
    """Who is told how it goes (log, metrics)."""

    def begin(self) -> None:
        """A cycle begins; :meth:`cycle` or :meth:`failed` tells how it ended."""

    def cycle(self, report: CycleReport, *, pulled: bool) -> None: ...

    def failed(self, error: Exception, wait: float) -> None: ...

    def standby(self, error: LeaseHeldError) -> None: ...

    def working(self) -> None:
        """The lease is ours: from here on this process does the work."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What the daemon itself needs of the world."""

    desks: Desks
    waiter: Waiter
    watch: Watch
    hints: Hints = field(default_factory=Hints)
    """Tickets that web hooks named; whoever adds one wakes the waiter, too."""


class Daemon:
    """One helpdesk's daemon. :meth:`run` returns when it was asked to end."""

    def __init__(self, ports: Ports, rhythm: Rhythm | Callable[[], Rhythm]) -> None:
        """``rhythm`` may be asked for anew whenever the ports have changed."""
        self._desks = ports.desks
        self._waiter = ports.waiter
        self._watch = ports.watch
        self._hints = ports.hints
        self._rhythm_of = rhythm if callable(rhythm) else lambda: rhythm
        self._rhythm = self._rhythm_of()
        self._failures = 0

    def run(self) -> None:
        """Work until asked to end. ConfigurationError where it cannot even begin."""
        self._desks.current()
        rival = _Rival()
        while not self._waiter.stopping:
            try:
                self._tolerant(self._hold_and_work, self._waiter.wait)
            except LeaseHeldError as error:
                self._watch.standby(error)
                self._waiter.wait(self._rhythm.standby)
                self._tolerant(lambda: rival.watch(self._desks.current()), self._waiter.wait)

    def _hold_and_work(self) -> None:
        """Take the lease and work under it until the ports change or it is lost."""
        self._desks.renew()  # what keeps us from the lease may have been mended by that
        desk = self._desks.current()
        with tenure(desk, desk.host.now()) as held:
            self._watch.working()
            self._rhythm = self._rhythm_of()
            turn = _Turn(desk, held, self._rhythm, self._hints)
            while not self._waiter.stopping and not self._desks.renew():
                if not turn.rest(turn.seconds_left(), self._waiter):
                    self._tolerant(
                        lambda: self._cycle(turn), lambda wait: turn.sit_out(wait, self._waiter)
                    )

    def _cycle(self, turn: _Turn) -> None:
        pulled = turn.is_poll
        self._watch.begin()
        report = turn.take()
        self._failures = 0
        self._watch.cycle(report, pulled=pulled)

    def _tolerant(self, work: Callable[[], None], rest: Callable[[float], object]) -> None:
        """No failure ends the daemon: it tells it and waits, longer from failure to failure.

        A lease that is lost or not to be had goes through to the place where it is taken.
        """
        try:
            work()
        except StoppedError:
            return
        except LeaseHeldError:
            raise
        except Exception as error:  # noqa: BLE001 - no failure may cost the contract its watch
            self._failures += 1
            wait = self._backoff(error)
            self._watch.failed(error, wait)
            rest(wait)

    def _backoff(self, error: Exception) -> float:
        """Seconds: doubling from the poll interval up to the longest, by up to a half less.

        A host that names a time is not asked before it, if it is not too far away.
        """
        rhythm = self._rhythm
        doubled: float = rhythm.poll_interval * (1 << min(self._failures - 1, 16))
        wait = min(doubled, rhythm.longest_backoff) * (1 - self._waiter.jitter() / 2)
        named = error.retry_after if isinstance(error, HostTemporaryError) else None
        return max(wait, min(named or 0.0, rhythm.longest_asked))


class _Rival:
    """Whoever works while we stand by; believed dead when its lease stays as it is for too long.

    Instants in the lease are the helpdesk's, which may have been set back since. What counts here
    is only how much time goes by while we look.
    """

    def __init__(self) -> None:
        self._lease: Lease | None = None
        self._since = 0

    def watch(self, desk: Desk) -> None:
        """Look at the lease; take it from one that was not renewed for as long as it lasts."""
        lease, now = desk.store.lease(), desk.host.now()
        if lease is None or lease != self._lease or now < self._since:
            self._lease, self._since = lease, now
        elif now - self._since > desk.options.lease_seconds:
            desk.store.release(lease)


class _Turn:
    """When to do what, under one lease and one set of ports. Instants are UTC epoch seconds."""

    def __init__(self, desk: Desk, held: Tenure, rhythm: Rhythm, hints: Hints) -> None:
        self._hints = hints
        self._hinted_at: int | None = None
        """When the first of the present hints was seen: the ones that follow go with it."""
        self._desk = desk
        self._held = held
        self._rhythm = rhythm
        self._next_poll = desk.host.now()
        self._judged = self._next_poll - 1
        """Up to here what fell due was looked at; what is left of it waits for the next poll."""

    @property
    def is_poll(self) -> bool:
        return self._now() >= self._next_poll

    def seconds_left(self) -> float:
        """Until the next poll or the next instant at which a clock can change."""
        now = self._now()
        return max(0.0, self._target(now) - now)

    def _now(self) -> int:
        """The host's now. Where its clock was set back, nothing waits until it has caught up."""
        now = self._desk.host.now()
        self._next_poll = min(self._next_poll, now + self._rhythm.poll_interval)
        if self._judged > now + _ROUNDING:
            self._judged = now
        if self._hinted_at is not None:
            self._hinted_at = min(self._hinted_at, now)
        return now

    def _target(self, now: int) -> int:
        if self._hints and self._hinted_at is None:
            self._hinted_at = now
        if self._hinted_at is None:
            return self._next_without_hints()
        return min(self._hinted_at + self._rhythm.settle, self._next_without_hints())

    def _next_without_hints(self) -> int:
        due = self._desk.store.next_check(self._desk.host.name, self._judged)
        if due is None:
            return self._next_poll
        # The host's clock is known in whole seconds, rounded down twice: its Date and ours.
        return min(self._next_poll, due + max(0, self._rhythm.settle - _ROUNDING))

    def take(self) -> CycleReport:
        """The cycle whose time has come; LeaseHeldError where somebody took over meanwhile."""
        self._held.renew()
        pull, started = self.is_poll, self._now()
        self._hinted_at = None
        with self._hints.taken() as hinted:
            extent = Extent(pull, hinted, patience=self._rhythm.poll_interval)
            report = cycle(self._desk, self._held, extent)
        self._judged = report.as_of
        if pull:
            pause = 0 if report.unfinished else self._rhythm.poll_interval
            self._next_poll = started + pause
        return report

    def rest(self, seconds: float, waiter: Waiter) -> bool:
        """Sleep, keeping the lease; True where somebody woke us before the time was over."""
        slices = self._slices(seconds)
        return any(waiter.wait(slice_) for slice_ in slices)

    def sit_out(self, seconds: float, waiter: Waiter) -> None:
        """Sleep for all of that time, whoever wakes us meanwhile, unless asked to end."""
        for slice_ in self._slices(seconds):
            waiter.wait(slice_)
            if waiter.stopping:
                return

    def _slices(self, seconds: float) -> Iterator[float]:
        """How long to sleep at a time, until the time is over; after each the lease is kept.

        A machine that was suspended finds the time over; a clock that was set back begins it anew.
        """
        longest = self._desk.options.lease_seconds / 3
        now = self._desk.host.now()
        until = now + seconds
        while now < until:
            yield min(until - now, longest)
            self._held.renew()
            now = self._desk.host.now()
            until = min(until, now + seconds)
