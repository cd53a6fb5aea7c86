"""What Prometheus scrapes (docs/web.md lists every metric).

Label values come from the program or from the policy set, never from tickets or requests, and of
policies only so many are told apart (:data:`MOST_PAIRS`).
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from slaplugin import __version__
from slaplugin.app.errors import LeaseHeldError
from slaplugin.app.outcome import CycleReport
from slaplugin.web.health import Health, kind_of
from slaplugin.web.reading import ClockState, Overview

CONTENT_TYPE = CONTENT_TYPE_LATEST
MOST_PAIRS = 200
"""Pairs of policy and clock with series of their own; the rest is summed up under ``(other)``."""
OTHER = "(other)"
_Described = dict[str, tuple[str, tuple[str, ...]]]
"""Name without prefix -> what it says, and its labels."""
_COUNTERS: _Described = {
    "cycles": (
        "Cycles that ended well (good), and tries that did not, by what failed",
        ("outcome",),
    ),
    "host_requests": ("Requests to the helpdesk by outcome", ("outcome",)),
    "changed_tickets": ("Tickets read because they changed on the helpdesk", ()),
    "writes": ("Writes and messages by kind and by what became of them", ("kind", "status")),
    "limits_reached": ("Cycles in which a safety limit held something back", ("limit",)),
    "reloads": ("Changed files that were taken up or refused", ("outcome",)),
    "web_requests": ("Requests to the web surface", ("route", "status")),
    "webhooks": (
        "Web hooks by what became of them (accepted, known, repeated, refused …)",
        ("kind", "outcome"),
    ),
}
_GAUGES: _Described = {
    "build_info": ("The program's version", ("version",)),
    "ready": ("1 while /readyz says ready", ()),
    "working": ("1 while this process does the work, 0 while it stands by", ()),
    "reload_failed": ("1 while changed files are not used because something is wrong", ()),
    "lag_seconds": ("Since the instant up to which the helpdesk's changes are known", ()),
    "last_good_poll_timestamp_seconds": ("When the last good poll began (helpdesk's clock)", ()),
    "clocks": (
        "Open clocks by policy, clock and state (running, paused, at_risk, breached)",
        ("policy", "clock", "state"),
    ),
    "held_tickets": ("Tickets that cannot be judged or written now", ()),
    "next_due_seconds": ("Until a clock can change next; +Inf while none is running", ()),
    "overview_timestamp_seconds": ("The instant of the three above", ()),
}
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """A :class:`slaplugin.app.daemon.Watch` that counts, and the page of it all."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self._lock = threading.Lock()
        # Each would double the number of series.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has no types here
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._seconds = Histogram(
            "slaplugin_cycle_seconds",
            "How long cycles took that ended well: polls, and those between two polls",
            ["kind"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._counters = {
            name: Counter(f"slaplugin_{name}", text, labels, registry=self.registry)
            for name, (text, labels) in _COUNTERS.items()
        }
        self._levels = _Levels(self.registry)
        for outcome in ("taken", "refused"):
            self._counters["reloads"].labels(outcome)

    # ------------------------------------------------------------------ what the daemon tells

    def begin(self) -> None:
        """A cycle begins."""

    def cycle(self, report: CycleReport, *, pulled: bool) -> None:
        """A cycle ended well. To be told before the health, which forgets when it began."""
        seconds = self._health.running_for()
        if seconds is not None:
            self._seconds.labels("poll" if pulled else "between").observe(seconds)
        self._count("cycles", "good")
        self._counters["changed_tickets"].inc(report.changed_tickets)
        for write in report.writes:
            # What nobody knows is no failure: who is told of it must not send it again.
            unknown = write.action.status == "uncertain"
            self._count("writes", write.action.kind, "uncertain" if unknown else write.status)
        for limit in report.limited:
            self._count("limits_reached", limit.name)

    def failed(self, error: Exception, wait: float) -> None:
        """A cycle did not work."""
        self._count("cycles", kind_of(error))

    def standby(self, error: LeaseHeldError) -> None:
        """Another process does the work."""

    def working(self) -> None:
        """This process does the work."""

    def reloaded(self, problem: Exception | None) -> None:
        """Changed files were taken up, or are not used because of ``problem``."""
        self._count("reloads", "taken" if problem is None else "refused")

    def host_request(self, outcome: str) -> None:
        """The helpdesk answered a request, or did not (:data:`slaplugin.hookspecs.OUTCOMES`)."""
        self._count("host_requests", outcome)

    # ------------------------------------------------------------------ what the web tells

    def web_request(self, route: str, status: int) -> None:
        """A request to us was answered; ``route`` is its pattern, never its address."""
        self._count("web_requests", route, str(status))

    def webhook(self, kind: str, outcome: str) -> None:
        """A web hook came in."""
        self._count("webhooks", kind, outcome)

    # ------------------------------------------------------------------ the page

    def page(self, overview: Overview | None, *, ready: bool) -> bytes:
        """Everything in Prometheus' text format; without an overview no levels of the store."""
        with self._lock:
            self._levels.take(self._health, overview, ready=ready)
            return generate_latest(self.registry)

    def _count(self, name: str, *labels: str) -> None:
        self._counters[name].labels(*labels).inc()


class _Levels:
    """Gauges, set when somebody looks."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._gauges = {
            name: Gauge(f"slaplugin_{name}", text, labels, registry=registry)
            for name, (text, labels) in _GAUGES.items()
        }
        self._gauges["build_info"].labels(__version__).set(1)

    def take(self, health: Health, overview: Overview | None, *, ready: bool) -> None:
        """Set everything to how it is now."""
        state, lag = health.state, health.lag()
        self._set("ready", ready)
        self._set("working", state.mode == "working")
        self._set("reload_failed", state.reload_problem is not None)
        self._set("lag_seconds", float("nan") if lag is None else lag)
        self._set("last_good_poll_timestamp_seconds", state.polled_at or 0)
        if overview is not None:
            self._take_overview(overview, health.now())

    def _take_overview(self, overview: Overview, now: int) -> None:
        clocks, due = self._gauges["clocks"], overview.next_due
        clocks.clear()
        for labels, count in bounded(overview.clocks).items():
            clocks.labels(*labels).set(count)
        self._set("held_tickets", overview.held_total)
        self._set("next_due_seconds", float("inf") if due is None else max(0, due - now))
        self._set("overview_timestamp_seconds", overview.as_of)

    def _set(self, name: str, value: float) -> None:
        self._gauges[name].set(value)


def bounded(clocks: Mapping[ClockState, int]) -> dict[ClockState, int]:
    """The counts with the rarest pairs of policy and clock put together, where there are many."""
    totals: dict[tuple[str, str], int] = {}
    for (policy, clock, _), count in clocks.items():
        totals[policy, clock] = totals.get((policy, clock), 0) + count
    ranked = sorted(totals, key=lambda pair: (-totals[pair], pair))
    shown = set(ranked[:MOST_PAIRS])
    told: dict[ClockState, int] = {}
    for (policy, clock, state), count in clocks.items():
        key = (policy, clock, state) if (policy, clock) in shown else (OTHER, OTHER, state)
        told[key] = told.get(key, 0) + count
    return told
