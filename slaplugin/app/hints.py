"""Hints that a ticket has changed: from web hooks, for the next moment of the daemon.

A hint carries nothing but the ticket's id: what happened is read from the helpdesk. Where more come
than are kept, the next poll finds the rest.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager


class Hints:
    """A bounded set of ticket ids that several threads may add to and one takes."""

    def __init__(self, limit: int = 1000) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._tickets: dict[str, None] = {}

    def add(self, ticket: str) -> bool:
        """Name a ticket; False where it is named already or there is no room."""
        with self._lock:
            if ticket in self._tickets or len(self._tickets) >= self._limit:
                return False
            self._tickets[ticket] = None
            return True

    def __bool__(self) -> bool:
        with self._lock:
            return bool(self._tickets)

    @contextmanager
    def taken(self) -> Iterator[tuple[str, ...]]:
        """All that were named, in their order; named again where the block fails, so that the
        next cycle looks at them and not the next poll alone."""
        tickets = self.take()
        with ExitStack() as unless_done:
            for ticket in reversed(tickets):
                unless_done.callback(self.add, ticket)
            yield tickets
            unless_done.pop_all()

    def take(self) -> tuple[str, ...]:
        """All that were named, in their order; they are forgotten here."""
        with self._lock:
            taken, self._tickets = tuple(self._tickets), {}
        return taken
