"""What the web surface reads of the store, and how: beside the event loop, few at a time."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

_T = TypeVar("_T")

ClockState = tuple[str, str, str]
"""Policy, clock, and ``running``, ``paused``, ``at_risk`` or ``breached``."""


@dataclass(frozen=True, slots=True)
class Overview:
    """All open clocks at one instant."""

    as_of: int
    """UTC epoch seconds."""
    clocks: Mapping[ClockState, int]
    urgent: Sequence[Mapping[str, Any]]
    """Those at risk or breached as ``status`` lists them, most urgent first, bounded."""
    total: int
    """How many are at risk or breached."""
    held: Sequence[Mapping[str, Any]]
    """Tickets that are held, bounded; ``{ticket, number, why, until}``."""
    held_total: int
    next_due: int | None
    """The next instant at which a clock can change, UTC epoch seconds."""


class Reading(Protocol):
    """The store, for reading alone. Called on threads of :class:`Offload`; raises StoreError."""

    def trouble(self) -> str | None:
        """Why the store could not be read or written just now; None where it can. Quick."""

    def overview(self) -> Overview:
        """A pass over all open clocks."""

    def every_clock(self, limit: int) -> tuple[int, Sequence[Mapping[str, Any]]]:
        """The instant and the open clocks, the earliest due first."""

    def explanation(self, ticket: str) -> Mapping[str, Any] | None:
        """The document of ``explain`` for a number or an id; None for an unknown ticket."""


class BusyError(Exception):
    """Too many are reading already, or the answer took too long."""


class Offload:
    """Runs what blocks on a few threads of its own. ``seconds`` is the longest wait for one."""

    def __init__(self, threads: int = 2, waiting: int = 16, seconds: float = 15.0) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="slaplugin-web-read")
        self._places = waiting
        self._seconds = seconds
        self._asked = 0

    async def __call__(self, work: Callable[[], _T]) -> _T:
        """The result of ``work``; BusyError where it cannot be had in time."""
        if self._asked >= self._places:
            raise BusyError("too many requests are waiting")
        self._asked += 1
        try:
            future = asyncio.get_running_loop().run_in_executor(self._pool, work)
            return await asyncio.wait_for(future, self._seconds)
        except TimeoutError as error:
            raise BusyError("the answer takes too long") from error
        finally:
            self._asked -= 1

    def close(self) -> None:
        """End the threads; what runs ends first, what waits is dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)


class SingleFlight(Generic[_T]):
    """One look for everybody who asks while it goes on, however many they are.

    ``ask`` must not raise. To be used on one event loop at a time.
    """

    def __init__(self, ask: Callable[[], Awaitable[_T]]) -> None:
        self._ask = ask
        self._look: asyncio.Future[_T] | None = None

    async def __call__(self) -> _T:
        """What is being looked at now; a new look where none goes on."""
        look, loop = self._look, asyncio.get_running_loop()
        if look is None or look.done() or look.get_loop() is not loop:
            look = self._look = asyncio.ensure_future(self._ask())
        return await asyncio.shield(look)


class Throttled(Generic[_T]):
    """A value that is worked out anew only so often that it costs little.

    At most one in ``share`` seconds goes into it, whoever asks how often, and none is younger than
    ``shortest`` seconds. While one thread works a new one out, others get the last one.
    """

    def __init__(
        self,
        make: Callable[[], _T],
        monotonic: Callable[[], float] = time.monotonic,
        *,
        share: float = 30.0,
        shortest: float = 2.0,
    ) -> None:
        self._make = make
        self._monotonic = monotonic
        self._share = share
        self._shortest = shortest
        self._lock = threading.Lock()
        self._kept: _T | None = None
        self._until = 0.0

    @property
    def latest(self) -> _T | None:
        """The last one, however old; None before the first."""
        return self._kept

    def get(self) -> _T:
        """One that is recent enough."""
        kept = self._kept
        if kept is not None and self._monotonic() < self._until:
            return kept
        if not self._lock.acquire(blocking=kept is None):
            return self.get() if kept is None else kept
        try:
            return self._renewed()
        finally:
            self._lock.release()

    def _renewed(self) -> _T:
        began = self._monotonic()
        if self._kept is not None and began < self._until:
            return self._kept  # somebody else was quicker
        made = self._make()
        ended = self._monotonic()
        self._until = ended + max(self._shortest, (ended - began) * self._share)
        self._kept = made
        return made
