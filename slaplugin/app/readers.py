"""Several sessions that read one helpdesk at the same time, for long pulls.

Each reads in a thread of its own and shares nothing with the others; judging and storing stay with
the caller, who gets the results in the order in which the tickets were named.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from types import TracebackType
from typing import Self

from slaplugin.app.ports import Host, ReadResult

Results = Iterator[tuple[str, ReadResult]]
AT_ONCE = 4
"""Tickets that one thread reads before it takes the next ones, where each is a request or more."""


@dataclass(frozen=True, slots=True)
class Crew:
    """Who reads a helpdesk, and how patiently."""

    size: int = 1
    """Sessions that read at the same time; 1: the caller's own, one ticket after the other."""
    another: Callable[[], Host] | None = None
    """A further session of the same helpdesk, for a thread of its own."""
    wait: Callable[[float], object] | None = None
    """Waits so many seconds, where the helpdesk asks for that; None: it is an error then."""


ALONE = Crew()


def gain_of(host: Host) -> int:
    """How many sessions reading at once are worth their while.

    An adapter says so by an attribute ``readers``; 1, where it has none: it reads many tickets with
    one request, so that a second session would only make the same helpdesk work twice as hard.
    """
    return int(getattr(host, "readers", 1))


class Readers:
    """The sessions of a crew; as a context manager, since they are closed at the end.

    Leaving the block drops what nobody has begun to read and waits for the requests under way.
    """

    def __init__(self, host: Host, crew: Crew = ALONE) -> None:
        self._host = host
        self._size = crew.size if crew.another is not None else 1
        self._one_by_one = gain_of(host) > 1
        self._ended = threading.Event()
        self._free: SimpleQueue[Host] = SimpleQueue()
        self._all: list[Host] = []
        self._pool: ThreadPoolExecutor | None = None
        if self._size > 1 and crew.another is not None:
            self._all = [crew.another() for _ in range(self._size)]
            self._pool = ThreadPoolExecutor(self._size, "reader")
            for one in self._all:
                self._free.put(one)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        for one in self._all:
            close = getattr(one, "close", None)
            if close is not None:
                close()

    @property
    def ahead(self) -> int:
        """Pages whose reading may be under way while the one before them is judged."""
        return 0 if self._pool is None else 1

    def requests_made(self) -> int:
        """HTTP requests of all sessions, the caller's own included."""
        return self._host.requests_made() + sum(one.requests_made() for one in self._all)

    def read(self, tickets: Sequence[str]) -> Results:
        """Begin to read these tickets; what comes of them, in this order (``Host.read_many``)."""
        if self._pool is None or len(tickets) < 2:
            return self._host.read_many(tickets)
        size = AT_ONCE if self._one_by_one else -(-len(tickets) // self._size)
        parts = [tickets[first : first + size] for first in range(0, len(tickets), size)]
        return _in_order([self._pool.submit(self._read, part) for part in parts])

    def _read(self, tickets: Sequence[str]) -> list[tuple[str, ReadResult]]:
        found: list[tuple[str, ReadResult]] = []
        host = self._free.get()
        try:
            for ticket, result in host.read_many(tickets):
                found.append((ticket, result))
                if self._ended.is_set():
                    break
        finally:
            self._free.put(host)
        return found


def _in_order(parts: list[Future[list[tuple[str, ReadResult]]]]) -> Results:
    for part in parts:
        yield from part.result()
