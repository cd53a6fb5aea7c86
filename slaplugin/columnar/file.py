"""The file beside the store in which chunks are kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from slaplugin.app.errors import StoreError
from slaplugin.app.history import COLUMNS
from slaplugin.columnar.columns import FORMAT

_TABLES = (
    """
CREATE TABLE IF NOT EXISTS timelines (
  host TEXT NOT NULL, chunk INTEGER NOT NULL, digest BLOB NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (host, chunk)
) STRICT
""",
    """
CREATE TABLE IF NOT EXISTS columns (
  host TEXT NOT NULL, chunk INTEGER NOT NULL, profile TEXT NOT NULL, digest BLOB NOT NULL,
  body BLOB NOT NULL, PRIMARY KEY (host, chunk, profile)
) STRICT
""",
)
_WAIT = 15.0
"""Seconds to wait for another process that is writing a chunk."""


class ColumnsFile:
    """Bodies by helpdesk and chunk number, each under the digest of the rows it was made from.

    Several processes may read and write it at once. A file of another format is emptied. Where the
    folder cannot be written, nothing is kept and every chunk is made anew. Raises StoreError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = None

    @classmethod
    def beside(cls, store: Path) -> ColumnsFile:
        """The file that belongs to a store: ``slaplugin.db.columns``."""
        return cls(store.with_name(f"{store.name}{COLUMNS}"))

    def timelines(self, host: str, chunk: int) -> tuple[bytes, bytes] | None:
        """(digest, packed tickets); None: not kept."""
        return self._found(
            "SELECT digest, body FROM timelines WHERE host = ? AND chunk = ?", (host, chunk)
        )

    def columns(self, host: str, chunk: int, profile: str) -> tuple[bytes, bytes] | None:
        """(digest, columns); None: not kept."""
        return self._found(
            "SELECT digest, body FROM columns WHERE host = ? AND chunk = ? AND profile = ?",
            (host, chunk, profile),
        )

    def keep_timelines(self, host: str, chunk: int, digest: bytes, body: bytes) -> None:
        """Put the packed tickets in the place of older ones."""
        self._keep(
            "INSERT OR REPLACE INTO timelines VALUES (?, ?, ?, ?)", (host, chunk, digest, body)
        )

    def keep_columns(self, place: tuple[str, int, str], digest: bytes, body: bytes) -> None:
        """Put the columns at (helpdesk, chunk, profile) in the place of older ones."""
        self._keep("INSERT OR REPLACE INTO columns VALUES (?, ?, ?, ?, ?)", (*place, digest, body))

    def close(self) -> None:
        """A later use opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _found(self, sql: str, values: tuple[object, ...]) -> tuple[bytes, bytes] | None:
        with self._translated():
            connection = self._opened()
            row = connection.execute(sql, values).fetchone() if connection else None
        return None if row is None else (row[0], row[1])

    def _keep(self, sql: str, values: tuple[object, ...]) -> None:
        with self._translated():
            connection = self._opened()
            if connection is not None:
                connection.execute(sql, values)

    def _opened(self) -> sqlite3.Connection | None:
        if self._connection is None:
            self._connection = self._open()
        return self._connection

    def _open(self) -> sqlite3.Connection | None:
        try:
            # Facts of tickets stand in it: as private as the store itself.
            self.path.touch(mode=0o600)
        except OSError:
            return None
        connection = sqlite3.connect(self.path, timeout=_WAIT, isolation_level=None)
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    @staticmethod
    def _prepare(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == FORMAT:
            return
        connection.execute("BEGIN IMMEDIATE")
        for table in ("timelines", "columns"):
            connection.execute(f"DROP TABLE IF EXISTS {table}")
        for table in _TABLES:
            connection.execute(table)
        connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.execute("COMMIT")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(
                f"{self.path} cannot be used ({error}): delete it, it is derived from the store"
                " and will be made anew"
            ) from error
