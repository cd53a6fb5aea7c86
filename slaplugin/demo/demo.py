"""The whole demo as one object: server, clock, scripted month and access tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from slaplugin.demo.clock import DemoClock
from slaplugin.demo.seed.month import seed_month
from slaplugin.demo.seed.office import Tokens, furnish
from slaplugin.demo.server import DemoServer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from slaplugin.demo.seed.script import Script

DEFAULT_START = datetime(2026, 9, 21, tzinfo=UTC)
"""A Monday, so that the month ends on a Wednesday afternoon."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo helpdesk with its month. Nothing is played before `play_until`."""

    server: DemoServer
    clock: DemoClock
    script: Script
    tokens: Tokens

    @property
    def url(self) -> str:
        """The helpdesk's address: the API under `/api/v1`, agents' pages at `/`."""
        return self.server.url

    def play_until(self, instant: datetime) -> int:
        """Move the clock on to `instant` and play what happens until then; how many actions."""
        return self.script.play_until(instant)

    def run_live(self, counter: Callable[[], float]) -> None:
        """Let the clock run on from where it stands; the script goes on with it.

        `counter` is a monotonic reading in seconds. Nothing runs in the background: each request
        first plays what has become due.
        """
        self.clock.run_live(counter)

    def stop(self) -> None:
        """Stop the server."""
        self.server.stop()

    def __enter__(self) -> Demo:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()


def start_demo(
    path: Path | None = None,
    *,
    seed: int = 1,
    start: datetime = DEFAULT_START,
    port: int = 0,
    sla_fields: bool = True,
) -> Demo:
    """Start a furnished helpdesk on loopback with a month to play; the clock stands at `start`.

    `path` names a new SQLite file (None: memory), `port` 0 takes a free port. The same seed and
    start give the same tickets, stamps included. FileExistsError when the file is there already:
    the month cannot be played into it a second time.
    """
    if path is not None and path.exists():
        raise FileExistsError(f"{path} exists already; name a new file for the demo helpdesk")
    clock = DemoClock(start)
    server = DemoServer(path, clock, port=port)
    tokens = furnish(server.desk, sla_fields=sla_fields)
    script = seed_month(server.desk, seed=seed, start=start)
    server.before_request(script.catch_up)
    return Demo(server.start(), clock, script, tokens)
