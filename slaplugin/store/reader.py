"""What every part of the store reads by: a file, a connection per thread, one unchanging view."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from slaplugin.store.connections import Connections, Opening
from slaplugin.store.failures import translated


class Reader:
    """The base of the parts that the store is put together from. Raises StoreError."""

    _connections: Connections

    def _start(self, opening: Opening) -> None:
        self._connections = Connections(opening)

    @property
    def path(self) -> Path:
        """The store's file."""
        return self._connections.opening.path

    @property
    def connection(self) -> sqlite3.Connection:
        """The calling thread's connection, for maintenance and tests."""
        return self._connections.here()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query on the calling thread's connection."""
        with translated(self.path):
            return self.connection.execute(sql, values).fetchall()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One unchanging view of the store for the block, whoever writes meanwhile."""
        connection = self.connection
        with translated(self.path):
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")
