"""Faults that a test asks for, and others who write while a client reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["db_down", "query_fails", "drop_connection", "drop_answer", "slow"]
"""``db_down``: 500 for everything. ``query_fails``: 200 with plausible emptiness.
``drop_connection``: nothing done, no answer. ``drop_answer``: done, but no answer.
``slow``: the answer takes ``slow_seconds``."""

TABLES = frozenset({"search", "ticket", "ticket_history", "article", "dynamic_field_value"})
"""``search`` stands for the statement of every TicketSearch, whatever it looks at."""
FAILING = TABLES - {"ticket"}
"""Unreadable in ``query_fails``; with ``ticket`` unreadable too, nothing could be asked for."""


@dataclass(slots=True)
class Trouble:
    """The next ``left`` requests of these operations meet this fault; None: all."""

    kind: Kind
    left: int | None
    operations: frozenset[str]
    tables: frozenset[str]
    skip: int = 0


@dataclass(slots=True)
class Faults:
    """What goes wrong next; read by the server under its lock."""

    slow_seconds: float = 0.2
    ignored: set[str] = field(default_factory=set)
    """Search parameters the server does not know (and so silently ignores)."""
    broken: frozenset[str] = frozenset()
    """Tables that cannot be used, until this is emptied again."""
    met: int = 0
    """Requests that met a fault, and turns that others took."""
    _troubles: list[Trouble] = field(default_factory=list)
    _writers: list[tuple[int, Callable[[int], None]]] = field(default_factory=list)
    _turn: int = 0

    def fail(
        self,
        next_n: int | None,
        kind: Kind,
        *,
        operations: tuple[str, ...] = (),
        skip: int = 0,
        tables: frozenset[str] = FAILING,
    ) -> None:
        """After ``skip`` requests of these operations (none named: of any) the next ones fail,
        all of them (None) until :meth:`clear`."""
        self._troubles.append(Trouble(kind, next_n, frozenset(operations), tables, skip))

    def next(self, operation: str) -> Trouble | None:
        """The fault this request meets, used up by it."""
        for trouble in self._troubles:
            if trouble.operations and operation not in trouble.operations:
                continue
            if trouble.skip:
                trouble.skip -= 1
                continue
            if trouble.left is not None:
                trouble.left -= 1
                if not trouble.left:
                    self._troubles.remove(trouble)
            self.met += 1
            return trouble
        return None

    def clear(self) -> None:
        self._troubles.clear()
        self.ignored.clear()
        self.broken = frozenset()

    def every(self, requests: int, write: Callable[[int], None]) -> None:
        """Others work on the desk: ``write(turn)`` after every so many requests."""
        self._writers.append((requests, write))

    def nobody_writes(self) -> None:
        self._writers.clear()

    def others_write(self, requests_so_far: int) -> None:
        for pace, write in self._writers:
            if requests_so_far % pace == 0:
                self._turn += 1
                self.met += 1
                write(self._turn)
