"""How the daemon is doing, as it tells it itself: one thread writes, the web surface reads."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from slaplugin.app.errors import (
    BrakeError,
    ConfigurationError,
    HostError,
    HostTemporaryError,
    LeaseHeldError,
    StoreError,
)
from slaplugin.app.outcome import CycleReport
from slaplugin.core.texts import utc_text

Mode = Literal["starting", "working", "standby"]
SHORTEST_PATIENCE = 120.0
"""Seconds without a good poll that are never held against the daemon."""
POLLS_OF_PATIENCE = 3
CYCLES_KEPT = 50
ENTRIES_KEPT = 100
"""Writes and problems that are kept of one cycle."""

_KINDS: tuple[tuple[type[Exception], str], ...] = (
    (HostTemporaryError, "host_temporary"),
    (HostError, "host_permanent"),
    (StoreError, "store"),
    (ConfigurationError, "configuration"),
    (BrakeError, "brake"),
)


def kind_of(error: Exception) -> str:
    """A failure in one of a few words, for labels of metrics and for scripts."""
    return next((word for kind, word in _KINDS if isinstance(error, kind)), "other")


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong last."""

    kind: str
    message: str
    retry_at: float
    """Monotonic seconds of the next try."""


@dataclass(frozen=True, slots=True)
class State:
    """One consistent view. Instants with ``_at`` are UTC epoch seconds on the helpdesk's clock,
    the others monotonic seconds of this process."""

    mode: Mode = "starting"
    why: str | None = None
    """Who holds the lease, while this process stands by."""
    begun: float | None = None
    """When the cycle began that is running now; None between two cycles."""
    polled_at: int | None = None
    """The helpdesk's now when the last good poll began: all its changes up to then are known."""
    polled: float | None = None
    anchor: tuple[int, float] | None = None
    """The helpdesk's now at an instant of this process."""
    failure: Failure | None = None
    """Of the last try; None after a good one."""
    host_trouble: str | None = None
    """Why the helpdesk did not answer when it was last asked."""
    reload_problem: str | None = None
    """Why changed files are not used; None while those in force are those on disk."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """The answer of ``/readyz``; ``reasons`` say what is amiss, empty when ready."""

    reasons: tuple[str, ...]

    @property
    def ready(self) -> bool:
        return not self.reasons


class Health:
    """A :class:`slaplugin.app.daemon.Watch` that remembers.

    ``poll_interval`` is in seconds (a function where a reload may change it), ``monotonic`` in
    seconds from anywhere, ``wall`` gives UTC epoch seconds and counts only until the helpdesk's own
    clock is known.
    """

    def __init__(
        self,
        poll_interval: int | Callable[[], int],
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._interval = poll_interval if callable(poll_interval) else lambda: poll_interval
        self._monotonic = monotonic
        self._wall = wall
        self._lock = threading.Lock()
        self._state = State()
        self._cycles: deque[dict[str, Any]] = deque(maxlen=CYCLES_KEPT)

    # ------------------------------------------------------------------ what the daemon tells

    def begin(self) -> None:
        """A cycle begins."""
        self._change(begun=self._monotonic())

    def cycle(self, report: CycleReport, *, pulled: bool) -> None:
        """A cycle ended well."""
        ended = self._monotonic()
        began = self._state.begun
        began = ended if began is None else began
        news: dict[str, Any] = {
            "begun": None,
            "failure": None,
            "anchor": (report.as_of, began),
        }
        if pulled and not report.unfinished:
            news |= {"polled_at": report.as_of, "polled": began}
        if pulled or report.requests:
            news["host_trouble"] = None
        self._change(**news)
        with self._lock:
            self._cycles.append(_cycle_json(report, pulled, ended - began))

    def failed(self, error: Exception, wait: float) -> None:
        """A cycle, or the way to it, did not work; tried again after ``wait`` seconds."""
        failure = Failure(kind_of(error), _sentence(error), self._monotonic() + wait)
        trouble = {"host_trouble": failure.message} if isinstance(error, HostError) else {}
        self._change(begun=None, failure=failure, **trouble)

    def standby(self, error: LeaseHeldError) -> None:
        """Another process does the work."""
        self._change(mode="standby", why=str(error), begun=None, failure=None)

    def working(self) -> None:
        """This process does the work from here on."""
        self._change(mode="working", why=None)

    def reloaded(self, problem: Exception | None) -> None:
        """Changed files were taken up, or are not used because of ``problem``."""
        self._change(reload_problem=None if problem is None else _sentence(problem))

    # ------------------------------------------------------------------ what the web asks

    @property
    def patience(self) -> float:
        """Seconds after which the last good poll is too old."""
        return max(SHORTEST_PATIENCE, float(POLLS_OF_PATIENCE * self._interval()))

    @property
    def state(self) -> State:
        """The present view."""
        with self._lock:
            return self._state

    def now(self) -> int:
        """The helpdesk's present, UTC epoch seconds; until it is known, this machine's."""
        anchor = self.state.anchor
        if anchor is None:
            return int(self._wall())
        return anchor[0] + int(self._monotonic() - anchor[1])

    def lag(self) -> float | None:
        """Seconds since the instant up to which the helpdesk's changes are known."""
        polled = self.state.polled
        return None if polled is None else max(0.0, self._monotonic() - polled)

    def running_for(self) -> float | None:
        """Seconds since the present cycle began; None between two."""
        begun = self.state.begun
        return None if begun is None else self._monotonic() - begun

    def readiness(self, store_trouble: str | None = None) -> Readiness:
        """Whether the work is being done; ``store_trouble``: what a look at the store found."""
        state = self.state
        asked = (
            _mode_reason(state),
            self._poll_reason(),
            state.host_trouble and f"the helpdesk cannot be asked: {state.host_trouble}",
            store_trouble,
            _other_reason(state, store_trouble),
        )
        return Readiness(tuple(reason for reason in asked if reason))

    def cycles(self, limit: int = CYCLES_KEPT) -> list[dict[str, Any]]:
        """The latest cycles, newest first: the document of ``sync``, its long lists cut."""
        with self._lock:
            return list(reversed(self._cycles))[:limit]

    def document(self, readiness: Readiness) -> dict[str, Any]:
        """What ``/api/v1/health`` says."""
        state, lag = self.state, self.lag()
        failure = state.failure
        return {
            "ready": readiness.ready,
            "reasons": list(readiness.reasons),
            "mode": state.mode,
            "now": utc_text(self.now()),
            "last_good_poll": None if state.polled_at is None else utc_text(state.polled_at),
            "lag_seconds": None if lag is None else round(lag, 3),
            "failure": None if failure is None else self._failure_json(failure),
            "reload_problem": state.reload_problem,
        }

    def _failure_json(self, failure: Failure) -> dict[str, Any]:
        left = max(0.0, failure.retry_at - self._monotonic())
        return {"kind": failure.kind, "message": failure.message, "retry_seconds": round(left, 1)}

    def _poll_reason(self) -> str | None:
        lag, running = self.lag(), self.running_for()
        if lag is None:
            return _no_poll_yet(running)
        if lag > self.patience:
            return f"the last good poll is {lag:.0f} s old, more than {self.patience:.0f} s"
        return None

    def _change(self, **news: Any) -> None:
        with self._lock:
            self._state = replace(self._state, **news)


def _no_poll_yet(running: float | None) -> str:
    if running is None:
        return "no poll has ended yet"
    return f"the first poll has been running for {running:.0f} s"


def _mode_reason(state: State) -> str | None:
    if state.mode == "standby":
        return f"standing by: {state.why}"
    if state.mode == "starting" and state.failure is not None:
        return f"not working yet: {state.failure.message}"
    return None


def _other_reason(state: State, told: str | None) -> str | None:
    """What the last try of the worker failed for, where nothing else tells it."""
    failure = state.failure
    if failure is None or state.mode == "starting" or failure.kind.startswith("host"):
        return None
    if failure.kind == "store":
        return None if told else failure.message
    return f"the last cycle failed: {failure.message}"


def _sentence(error: Exception) -> str:
    """What may be shown of an error: of one that nobody expected only its kind."""
    return str(error) if kind_of(error) != "other" else type(error).__name__


def _cycle_json(report: CycleReport, pulled: bool, seconds: float) -> dict[str, Any]:
    short = replace(
        report,
        writes=report.writes[:ENTRIES_KEPT],
        problems=report.problems[:ENTRIES_KEPT],
    )
    return {
        **short.as_json(),
        "pulled": pulled,
        "seconds": round(seconds, 3),
        "done": report.done,
        "failed": report.failed,
        "writes_total": len(report.writes),
        "problems_total": len(report.problems),
    }
