"""What Prometheus scrapes (docs/web.md lists every metric).

Label values come from the program or from the policy set, never from tickets or requests, and of
policies only so many are told apart (:data:`MOST_PAIRS`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping

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
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """A :class:`slaplugin.app.daemon.Watch` that counts, and the page of it all."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self._lock = threading.Lock()
        # Each would double the number of series.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._told = _Told(self.registry)
        self._asked = _Asked(self.registry)
        self._levels = _Levels(self.registry)

    # ------------------------------------------------------------------ what the daemon tells

    def begin(self) -> None:
        """A cycle begins."""

    def cycle(self, report: CycleReport, *, pulled: bool) -> None:
        """A cycle ended well. To be told before the health, which forgets when it began."""
        told, kind = self._told, "poll" if pulled else "between"
        seconds = self._health.running_for()
        if seconds is not None:
            told.seconds.labels(kind).observe(seconds)
        told.cycles.labels("good").inc()
        told.changed.inc(report.changed_tickets)
        for write in report.writes:
            told.writes.labels(write.action.kind, write.status).inc()
        for limit in report.limited:
            told.limits.labels(limit.name).inc()

    def failed(self, error: Exception, wait: float) -> None:
        """A cycle did not work."""
        self._told.cycles.labels(kind_of(error)).inc()

    def standby(self, error: LeaseHeldError) -> None:
        """Another process does the work."""

    def working(self) -> None:
        """This process does the work."""

    def reloaded(self, problem: Exception | None) -> None:
        """Changed files were taken up, or are not used because of ``problem``."""
        self._told.reloads.labels("taken" if problem is None else "refused").inc()

    def host_request(self, outcome: str) -> None:
        """The helpdesk answered a request, or did not (:data:`slaplugin.hookspecs.OUTCOMES`)."""
        self._told.requests.labels(outcome).inc()

    # ------------------------------------------------------------------ what the web tells

    def web_request(self, route: str, status: int) -> None:
        """A request to us was answered; ``route`` is its pattern, never its address."""
        self._asked.requests.labels(route, str(status)).inc()

    def webhook(self, kind: str, outcome: str) -> None:
        """A web hook came in."""
        self._asked.webhooks.labels(kind, outcome).inc()

    # ------------------------------------------------------------------ the page

    def page(self, overview: Overview | None, *, ready: bool) -> bytes:
        """Everything in Prometheus' text format; without an overview no levels of the store."""
        with self._lock:
            self._levels.take(self._health, overview, ready=ready)
            return generate_latest(self.registry)


class _Told:
    """Counters of the daemon's work."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.seconds = Histogram(
            "slaplugin_cycle_seconds",
            "How long cycles took that ended well: polls, and those between two polls",
            ["kind"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.cycles = Counter(
            "slaplugin_cycles",
            "Cycles that ended well (good), and tries that did not, by what failed",
            ["outcome"],
            registry=registry,
        )
        self.requests = Counter(
            "slaplugin_host_requests",
            "Requests to the helpdesk by outcome",
            ["outcome"],
            registry=registry,
        )
        self.changed = Counter(
            "slaplugin_changed_tickets",
            "Tickets read because they changed on the helpdesk",
            registry=registry,
        )
        self.writes = Counter(
            "slaplugin_writes",
            "Writes and messages by kind and by what became of them",
            ["kind", "status"],
            registry=registry,
        )
        self.limits = Counter(
            "slaplugin_limits_reached",
            "Cycles in which a safety limit held something back",
            ["limit"],
            registry=registry,
        )
        self.reloads = Counter(
            "slaplugin_reloads",
            "Changed settings, policies or plugins that were taken up or refused",
            ["outcome"],
            registry=registry,
        )
        for outcome in ("taken", "refused"):
            self.reloads.labels(outcome)


class _Asked:
    """Counters of what the web surface was asked."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter(
            "slaplugin_web_requests",
            "Requests to the web surface",
            ["route", "status"],
            registry=registry,
        )
        self.webhooks = Counter(
            "slaplugin_webhooks",
            "Web hooks by what became of them (accepted, known, repeated, refused …)",
            ["kind", "outcome"],
            registry=registry,
        )


class _Levels:
    """Gauges, set when somebody looks."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def gauge(name: str, text: str, labels: Iterable[str] = ()) -> Gauge:
            return Gauge(f"slaplugin_{name}", text, labels, registry=registry)

        self._registry = registry
        self.clocks = gauge(
            "clocks",
            "Open clocks by policy, clock and state (running, paused, at_risk, breached)",
            ("policy", "clock", "state"),
        )
        gauge("build_info", "The program's version", ("version",)).labels(__version__).set(1)
        self.ready = gauge("ready", "1 while /readyz says ready")
        self.working = gauge("working", "1 while this process does the work, 0 while it stands by")
        self.lag = gauge(
            "lag_seconds", "Since the instant up to which the helpdesk's changes are known"
        )
        self.last_good = gauge(
            "last_good_poll_timestamp_seconds", "When the last good poll began (helpdesk's clock)"
        )
        self.reload_failed = gauge(
            "reload_failed", "1 while changed files are not used because something is wrong"
        )
        self.held = gauge("held_tickets", "Tickets that cannot be judged or written now")
        self.next_due = gauge(
            "next_due_seconds", "Until a clock can change next; +Inf while none is running"
        )
        self.overview_at = gauge(
            "overview_timestamp_seconds", "The instant of slaplugin_clocks and the levels beside it"
        )

    def take(self, health: Health, overview: Overview | None, *, ready: bool) -> None:
        """Set everything to how it is now."""
        state = health.state
        self.ready.set(ready)
        self.working.set(state.mode == "working")
        self.reload_failed.set(state.reload_problem is not None)
        lag = health.lag()
        self.lag.set(float("nan") if lag is None else lag)
        self.last_good.set(state.polled_at or 0)
        if overview is not None:
            self._take_overview(overview, health.now())

    def _take_overview(self, overview: Overview, now: int) -> None:
        self.clocks.clear()
        for (policy, clock, state), count in bounded(overview.clocks).items():
            self.clocks.labels(policy, clock, state).set(count)
        self.held.set(overview.held_total)
        due = overview.next_due
        self.next_due.set(float("inf") if due is None else max(0, due - now))
        self.overview_at.set(overview.as_of)


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
