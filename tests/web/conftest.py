"""A real server on loopback over a store that tests make up, and a clock that they move."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from starlette.routing import Route

from slaplugin.app.errors import StoreError
from slaplugin.web import (
    Access,
    Health,
    Metrics,
    Overview,
    Surface,
    Throttled,
    Webhooks,
    WebServer,
    build_app,
    open_socket,
)

SECRET = "the webhook's secret"
NOON = 1_773_057_600
"""2026-03-09T12:00:00Z."""

CLOCK = {
    "clock": "first_response",
    "instance": 1,
    "policy": "standard",
    "calendar": "office",
    "party": "us",
    "status": "running",
    "outcome": None,
    "void_reason": None,
    "started_at": "2026-03-09T08:00:00Z",
    "stopped_at": None,
    "due_at": "2026-03-09T12:30:00Z",
    "target": 14400,
    "elapsed": 12600,
    "paused": 0,
    "remaining": 1800,
    "breached_at": None,
    "breach_reason": None,
    "waived": None,
    "confidence": "exact",
    "confidence_reason": None,
    "ticket": "37",
    "number": "31037",
    "title": "<script>alert(1)</script>",
    "url": None,
    "group": "Support",
    "owner": None,
    "mark": "at_risk",
    "overdue": False,
    "left": 1800,
    "held": None,
}
EXPLAINED = {
    "ticket": {"id": "37", "number": "31037", "title": "Printer"},
    "as_of": "2026-03-09T12:00:00Z",
    "policy_set": "ab12",
    "source": "store",
    "held": None,
    "marks": {"mark": "none"},
    "next_check_at": None,
    "instances": [],
    "written": [],
}


@dataclass
class FakeReading:
    """The port ``Reading``."""

    broken: str | None = None
    passes: int = 0
    clocks: dict[tuple[str, str, str], int] = field(
        default_factory=lambda: {("standard", "first_response", "at_risk"): 1}
    )
    asked: list[str] = field(default_factory=list)

    def trouble(self) -> str | None:
        return self.broken

    def overview(self) -> Overview:
        self._check()
        self.passes += 1
        held = {"ticket": "40", "number": "31040", "why": "unknown state", "until": None}
        return Overview(NOON, dict(self.clocks), [CLOCK], 1, [held], 1, NOON + 60)

    def every_clock(self, limit: int) -> tuple[int, Sequence[Mapping[str, Any]]]:
        self._check()
        return NOON, [CLOCK, {**CLOCK, "mark": "none"}][:limit]

    def explanation(self, ticket: str) -> Mapping[str, Any] | None:
        self._check()
        self.asked.append(ticket)
        return EXPLAINED if ticket in ("37", "31037") else None

    def _check(self) -> None:
        if self.broken:
            raise StoreError(self.broken)


@dataclass
class Clock:
    """Monotonic seconds that a test moves."""

    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Served:
    """A running server with everything that it stands on."""

    server: WebServer
    reading: FakeReading
    health: Health
    metrics: Metrics
    clock: Clock
    access: Access = Access()
    secret: str | None = SECRET
    hinted: list[str] = field(default_factory=list)
    room: bool = True

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.url.removeprefix("http://").split(":")
        return host, int(port)

    def hint(self, ticket: str) -> bool:
        new = self.room and ticket not in self.hinted
        if new:
            self.hinted.append(ticket)
        return new

    def ask(self, path: str, method: str = "GET", **more: Any) -> requests.Response:
        return requests.request(method, self.url + path, timeout=60, **more)

    def raw(self, request: bytes) -> bytes:
        """What comes back for these bytes until the other side closes."""
        with socket.create_connection(self.address, timeout=60) as wire:
            wire.sendall(request)
            return everything(wire)

    def counted(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0


def everything(wire: socket.socket) -> bytes:
    """All that is received until the end."""
    parts = []
    while part := wire.recv(65536):
        parts.append(part)
    return b"".join(parts)


Serve = Callable[..., Served]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """``serve(pages=…, body_seconds=…)``: a server that is stopped at the end of the test."""
    running: list[WebServer] = []

    def make(
        pages: Sequence[Route] = (), body_seconds: float = 10.0, seconds: float = 30.0
    ) -> Served:
        clock = Clock()
        health = Health(30, clock, lambda: NOON)
        metrics, reading = Metrics(health), FakeReading()
        made: list[Served] = []
        surface = Surface(
            health=health,
            metrics=metrics,
            reading=reading,
            kept=Throttled(reading.overview, clock),
            webhooks=Webhooks(
                lambda: made[0].secret,
                lambda ticket: Served.hint(made[0], ticket),
                metrics.webhook,
                body_seconds,
            ),
            access=lambda: made[0].access,
            pages=pages,
            seconds=seconds,
        )
        server = WebServer(build_app(surface), open_socket("127.0.0.1:0"))
        made.append(Served(server, reading, health, metrics, clock))
        server.start()
        running.append(server)
        return made[0]

    yield make
    for server in running:
        server.stop()


@pytest.fixture
def served(serve: Serve) -> Served:
    """The usual server."""
    return serve()
