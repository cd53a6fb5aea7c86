"""The store itself: one file, one writer at a time, a connection per thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from slaplugin import __version__
from slaplugin.app.errors import StoreError
from slaplugin.app.ports import AuditEntry, Lease
from slaplugin.store import chain
from slaplugin.store.connections import Opening
from slaplugin.store.copies import make_private
from slaplugin.store.erasing import Erasures
from slaplugin.store.failures import disk_trouble, translated
from slaplugin.store.history import Pasts
from slaplugin.store.migrations import check, migrate
from slaplugin.store.reads import Reads
from slaplugin.store.seals import Seals
from slaplugin.store.transaction import SqliteTransaction

PROGRAM_VERSION = "program_version"
"""Flag: the version of slaplugin that last took the lease."""


class SqliteStore(Reads, Pasts, Seals, Erasures):
    """The port :class:`slaplugin.app.ports.Store` and those of past, seals and forgetting.

    Opening creates a missing file (readable by its owner alone) and brings an older one up to
    date, after a copy of it. ``timeout`` is how many seconds to wait for another writer;
    ``durable=False`` trades the last commits before a power cut for speed (demonstrations,
    benchmarks). Instants are UTC epoch seconds. Raises StoreError.
    """

    def __init__(self, path: str | Path, *, timeout: float = 15.0, durable: bool = True) -> None:
        self._start(Opening(Path(path), timeout=timeout, durable=durable))
        with translated(self.path), disk_trouble(self.path):
            make_private(self.path)
            connection = self._connections.here()
            if not check(connection, self.path):
                migrate(connection, self._connections.opening)

    @classmethod
    def open_readonly(cls, path: str | Path, *, timeout: float = 15.0) -> Self:
        """An existing store for reading alone, safe beside a writer; StoreError if it is older."""
        store = cls.__new__(cls)
        store._start(Opening(Path(path), readonly=True, timeout=timeout))
        with translated(store.path):
            current = check(store._connections.here(), store.path)
        if not current:
            raise StoreError(
                f"the store {path} is empty or of an older slaplugin: run `slaplugin sync` (or any"
                " command that writes) once, it brings the store up to date"
            )
        return store

    def close(self) -> None:
        """Close the connections of all threads."""
        self._connections.close()

    def require_unmixed(self) -> None:
        """StoreError while a file that took the place of ours would be mixed up with our log."""
        self._connections.require_unmixed()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------------ connections

    @contextmanager
    def tx(self) -> Iterator[SqliteTransaction]:
        """Everything in the block or nothing: BEGIN IMMEDIATE … COMMIT.

        Waits for another writer at the start, so that nothing inside can fail for one. Its audit
        entries become one link of the chain. Not to be nested: the inner block would commit what
        the outer may still take back.
        """
        connection = self.connection
        if connection.in_transaction:
            raise StoreError("this thread has a transaction open already: use that one")
        self._connections.require_file()
        with translated(self.path):
            connection.execute("BEGIN IMMEDIATE")
            transaction = SqliteTransaction(connection, self.path)
            try:
                yield transaction
                transaction.seal()
                connection.execute("COMMIT")
            finally:
                transaction.end()
                _roll_back_unfinished(connection)

    # ------------------------------------------------------------------ the lease

    def acquire(self, holder: str, now: int, seconds: int) -> Lease | None:
        """Take or renew the writer's lease; None while somebody else holds it.

        Every new taking raises the epoch, so that claims of an earlier holder fail. Whoever takes
        the lease with another version of slaplugin leaves an audit entry.
        """
        with self.tx() as tx:
            row = self.connection.execute("SELECT holder, epoch, expires_at FROM lease").fetchone()
            current = Lease(*row) if row else Lease("", 0, 0)
            ours = current.holder == holder
            valid = current.expires_at > now
            if valid and current.holder and not ours:
                return None
            epoch = current.epoch if ours and valid else current.epoch + 1
            lease = Lease(holder, epoch, now + seconds)
            self.connection.execute(
                "INSERT OR REPLACE INTO lease VALUES (1, ?, ?, ?)",
                (lease.holder, lease.epoch, lease.expires_at),
            )
            self._note_version(tx, now)
            return lease

    def release(self, lease: Lease) -> None:
        """Give the lease back; nothing happens if it is somebody else's by now."""
        with self.tx():
            self.connection.execute(
                "UPDATE lease SET holder = '', expires_at = 0 WHERE holder = ? AND epoch = ?",
                (lease.holder, lease.epoch),
            )

    def lease(self) -> Lease | None:
        """The lease as it stands, valid or expired; None: never taken, or given back."""
        rows = self.rows("SELECT holder, epoch, expires_at FROM lease WHERE holder <> ''")
        return Lease(*rows[0]) if rows else None

    def _note_version(self, tx: SqliteTransaction, now: int) -> None:
        before = self.flag(PROGRAM_VERSION)
        if before != __version__:
            tx.set_flag(PROGRAM_VERSION, __version__)
            tx.audit(AuditEntry("program_version", now, {"version": __version__, "before": before}))

    # ------------------------------------------------------------------ the chain

    def head(self) -> str | None:
        """Hash of the audit chain's last link, hex; None while nothing is recorded."""
        with translated(self.path):
            return chain.head(self.connection)

    def verify(self, outside: str | None = None) -> chain.Verification:
        """Check the whole audit chain, and that it still holds a head noted elsewhere."""
        with self.reading() as connection:
            return chain.verify(connection, outside)

    def erase(self, entries: Sequence[int], entry: AuditEntry) -> None:
        """Erase the payloads of these audit entries; ``entry`` records that, in the same link."""
        with self.tx() as tx:
            chain.erase(self.connection, entries)
            tx.audit(entry)


def _roll_back_unfinished(connection: sqlite3.Connection) -> None:
    # A failure such as a full disk may have ended the transaction already.
    if connection.in_transaction:
        connection.execute("ROLLBACK")
