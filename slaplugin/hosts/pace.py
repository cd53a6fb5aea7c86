"""Politeness: at most so many requests a second, whoever sends them."""

from __future__ import annotations

import threading

from slaplugin.hosts.config import Timing

_USUAL = Timing()


class Pace:
    """A token bucket of one second; calling it waits for one's turn, in any thread.

    ``rate`` is in requests per second. What was not used for more than a second is lost, so that
    nothing comes in a burst after a rest.
    """

    def __init__(self, rate: float, timing: Timing = _USUAL) -> None:
        self._gap = 1.0 / rate
        self._timing = timing
        self._lock = threading.Lock()
        self._next = timing.monotonic()

    def __call__(self) -> None:
        """Wait until the next request may be sent."""
        with self._lock:
            now = self._timing.monotonic()
            self._next = max(self._next, now - 1.0) + self._gap
            ahead = self._next - now
        if ahead > 0:
            self._timing.sleep(ahead)
