"""The demo's own clock: an instant that tests and the demo move, never the machine's time.

Every stamp the demo helpdesk writes, and the `Date` header of its answers, comes from here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class DemoClock:
    """A UTC instant with millisecond precision that stands still until it is moved.

    `run_live` makes it run on from where it stands, using a monotonic counter in seconds that
    the caller hands in; the clock itself reads no real time.
    """

    def __init__(self, start: datetime) -> None:
        self._lock = threading.Lock()
        self._base = _utc_ms(start)
        self._counter: Callable[[], float] | None = None
        self._counter_base = 0.0

    def now(self) -> datetime:
        """The current demo instant, aware, UTC, whole milliseconds."""
        with self._lock:
            return self._read()

    def now_ms(self) -> int:
        """The current demo instant in milliseconds since the epoch."""
        return epoch_ms(self.now())

    def set(self, instant: datetime) -> None:
        """Move to `instant` (aware); going back is allowed, a helpdesk's clock can be wrong."""
        with self._lock:
            self._base = _utc_ms(instant)
            if self._counter is not None:
                self._counter_base = self._counter()

    def advance(self, seconds: float) -> datetime:
        """Move on by `seconds` and return the new instant."""
        with self._lock:
            self._base = _utc_ms(self._base + timedelta(seconds=seconds))
            return self._read()

    def run_live(self, counter: Callable[[], float]) -> None:
        """From now on move along with `counter`, a monotonic reading in seconds."""
        with self._lock:
            self._base = self._read()
            self._counter = counter
            self._counter_base = counter()

    def _read(self) -> datetime:
        if self._counter is None:
            return self._base
        return _utc_ms(self._base + timedelta(seconds=self._counter() - self._counter_base))


def epoch_ms(instant: datetime) -> int:
    """Milliseconds since 1970-01-01T00:00:00Z of an aware instant, without rounding errors."""
    delta = instant - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000


def _utc_ms(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"the demo clock needs an instant with a time zone, got {instant!r}")
    utc = instant.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)
