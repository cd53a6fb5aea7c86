"""SQLite connections: one per thread, all set up alike."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass
from pathlib import Path

from slaplugin.app.errors import StoreError
from slaplugin.store.failures import translated

OLDEST_SQLITE = (3, 37, 0)
"""STRICT tables came with this version."""


@dataclass(frozen=True, slots=True)
class Opening:
    """How every connection to one store file is opened."""

    path: Path
    readonly: bool = False
    timeout: float = 15.0
    """Seconds to wait for another writer before the store counts as locked."""
    durable: bool = True
    """Whether a commit has reached the disk when it returns; off, a power cut may take the last
    ones (never a crash of the process, and never the file's integrity)."""

    def connect(self) -> sqlite3.Connection:
        """A new connection; the caller turns sqlite3.Error into StoreError."""
        mode = "ro" if self.readonly else "rw"
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=self.timeout,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        try:
            self._configure(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _configure(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        if self.readonly:
            connection.execute("PRAGMA query_only = ON")
        else:
            connection.execute(f"PRAGMA synchronous = {'FULL' if self.durable else 'NORMAL'}")


class Connections:
    """Hands every thread its own connection; sharing one breaks savepoints."""

    def __init__(self, opening: Opening) -> None:
        if sqlite3.sqlite_version_info < OLDEST_SQLITE:
            wanted = ".".join(map(str, OLDEST_SQLITE))
            raise StoreError(
                f"this Python comes with SQLite {sqlite3.sqlite_version}, the store needs {wanted}"
                " or newer: use a newer Python"
            )
        self.opening = opening
        self._local = threading.local()
        self._log: tuple[int, int] | None = None
        """Which file the write-ahead log is."""
        self._lock = threading.Lock()
        self._opened: list[tuple[threading.Thread, sqlite3.Connection]] = []

    def here(self) -> sqlite3.Connection:
        """The calling thread's connection, opened at its first use.

        A reader follows where another file takes the place of the one that it has open.
        """
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None and self._is_to_follow(connection):
            connection.close()
            connection = None
        if connection is None:
            with translated(self.opening.path):
                connection = self.opening.connect()
            self._local.connection = connection
            self._local.file = self._file(self.opening.path)
            self._remember(connection)
        return connection

    def require_file(self) -> None:
        """Check that what the calling thread has open is still the file at its path.

        SQLite goes on in a deleted file without a word. Raises StoreError.
        """
        self.here()
        if self._is_the_one():
            return
        self._require_successor()
        raise StoreError(
            f"another file has taken the place of the store {self.opening.path} while it was in"
            " use: a daemon opens it at its next try, for anything else run this again"
        )

    def _require_successor(self) -> None:
        path = self.opening.path
        if not path.exists():
            raise StoreError(
                f"the store {path} was deleted while it was in use: nothing is written until it is"
                " back. Put the file back, or run `slaplugin store restore FILE`; to begin with an"
                " empty store, start slaplugin anew"
            )
        self.require_unmixed()

    def require_unmixed(self) -> None:
        """Check that a file in the place of ours is not read together with our write-ahead log.

        SQLite knows a log by its name alone and would add it to any file. Raises StoreError.
        """
        path, log = self.opening.path, self._beside("-wal")
        if self._log is None or self._log != self._file(log):
            return
        raise StoreError(
            f"another file has taken the place of the store {path} while it was in use, and {log}"
            " is still the old one's: move the file away and bring it in with `slaplugin store"
            " restore FILE`"
        )

    def _is_to_follow(self, reader: sqlite3.Connection) -> bool:
        """Whether a reader between two questions has a file open that lies elsewhere now."""
        if not self.opening.readonly or reader.in_transaction or self._is_the_one():
            return False
        self._require_successor()
        return True

    def _is_the_one(self) -> bool:
        if self._local.file != self._file(self.opening.path):
            return False
        self._log = self._file(self._beside("-wal"))
        return True

    def _beside(self, suffix: str) -> Path:
        return self.opening.path.with_name(self.opening.path.name + suffix)

    @staticmethod
    def _file(path: Path) -> tuple[int, int] | None:
        """Which file lies at the path; None: none that can be seen."""
        try:
            found = path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _remember(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            for thread, old in self._opened:
                if not thread.is_alive():
                    old.close()
            self._opened = [pair for pair in self._opened if pair[0].is_alive()]
            self._opened.append((threading.current_thread(), connection))

    def close(self) -> None:
        """Close every thread's connection; a later use opens a new one."""
        with self._lock:
            opened, self._opened = self._opened, []
            self._local = threading.local()
        for _, connection in opened:
            connection.close()
