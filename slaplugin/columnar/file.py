"""The file beside the store in which chunks are kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from slaplugin.app.errors import StoreError
from slaplugin.app.history import COLUMNS
from slaplugin.columnar.columns import FORMAT

_TABLES = (
    """
CREATE TABLE IF NOT EXISTS timelines (
  host TEXT NOT NULL, chunk INTEGER NOT NULL, mark BLOB NOT NULL,
  digest BLOB NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (host, chunk)
) STRICT
""",
    """
CREATE TABLE IF NOT EXISTS columns (
  host TEXT NOT NULL, chunk INTEGER NOT NULL, profile TEXT NOT NULL, mark BLOB NOT NULL,
  digest BLOB NOT NULL, body BLOB NOT NULL, PRIMARY KEY (host, chunk, profile)
) STRICT
""",
)
_WAIT = 15.0
"""Seconds to wait for another process that is writing a chunk."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was made from some rows."""

    mark: bytes
    """Of the rows when they were last seen to be these; the same mark, the same rows."""
    digest: bytes
    """Of the rows."""
    body: bytes

    @property
    def values(self) -> tuple[bytes, bytes, bytes]:
        """In the order of the tables."""
        return (self.mark, self.digest, self.body)


class ColumnsFile:
    """Bodies by helpdesk and chunk number, each with mark and digest of the rows behind it.

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

    def timelines(self, host: str, chunk: int) -> Kept | None:
        """Packed tickets; None: not kept."""
        return self._found(
            "SELECT mark, digest, body FROM timelines WHERE host = ? AND chunk = ?", (host, chunk)
        )

    def columns(self, host: str, chunk: int, profile: str) -> Kept | None:
        """Columns; None: not kept."""
        return self._found(
            "SELECT mark, digest, body FROM columns WHERE host = ? AND chunk = ? AND profile = ?",
            (host, chunk, profile),
        )

    def keep_timelines(self, host: str, chunk: int, kept: Kept) -> None:
        """Put the packed tickets in the place of older ones."""
        self._keep(
            "INSERT OR REPLACE INTO timelines VALUES (?, ?, ?, ?, ?)", (host, chunk, *kept.values)
        )

    def keep_columns(self, place: tuple[str, int, str], kept: Kept) -> None:
        """Put the columns at (helpdesk, chunk, profile) in the place of older ones."""
        self._keep(
            "INSERT OR REPLACE INTO columns VALUES (?, ?, ?, ?, ?, ?)", (*place, *kept.values)
        )

    def mark_timelines(self, host: str, chunk: int, kept: Kept) -> None:
        """Its rows have another mark and are the same."""
        self._keep(
            "UPDATE timelines SET mark = ? WHERE host = ? AND chunk = ? AND digest = ?",
            (kept.mark, host, chunk, kept.digest),
        )

    def mark_columns(self, place: tuple[str, int, str], kept: Kept) -> None:
        """Its rows have another mark and are the same."""
        self._keep(
            "UPDATE columns SET mark = ? WHERE host = ? AND chunk = ? AND profile = ?"
            " AND digest = ?",
            (kept.mark, *place, kept.digest),
        )

    def close(self) -> None:
        """A later use opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _found(self, sql: str, values: tuple[object, ...]) -> Kept | None:
        with self._translated():
            connection = self._opened()
            row = connection.execute(sql, values).fetchone() if connection else None
        return None if row is None else Kept(*row)

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
        with ExitStack() as unless_ready:
            unless_ready.callback(connection.close)
            self._prepare(connection)
            unless_ready.pop_all()
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
