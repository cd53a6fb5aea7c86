"""Looking after the file: backup, restore, and what it holds. Safe while a daemon runs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from slaplugin.app.desk import RESTORED_ANEW, RESTORED_AT
from slaplugin.app.errors import LeaseHeldError, StoreError
from slaplugin.app.ports import AuditEntry
from slaplugin.core.texts import utc_text
from slaplugin.store.carrying import carry_forgotten
from slaplugin.store.connections import Opening
from slaplugin.store.copies import copy_database, free_name, integrity
from slaplugin.store.failures import disk_trouble, translated
from slaplugin.store.migrations import check
from slaplugin.store.schema import SCHEMA_VERSION
from slaplugin.store.sqlite import SqliteStore

RESTORE_SECONDS = 600
"""How long the lease is taken for; a restore is a copy of one file."""
_BUSY_ROUNDS = 40
"""Attempts, a quarter of a second apart, to get at the file for the last step of a restore."""

Info = Mapping[str, Any]


def backup(store: SqliteStore, target: Path) -> Info:
    """Copy the store into a new single file, check the copy, and describe it.

    The copy is the state of one instant; writers go on meanwhile. Raises StoreError, also if the
    target exists.
    """
    with disk_trouble(target), translated(store.path):
        if target.exists():
            raise StoreError(f"{target} exists already: name a new file, or move that one away")
        copy_database(store.connection, target)
    with closing(SqliteStore.open_readonly(target)) as copy:
        return describe(copy, whole=False)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did."""

    aside: Path | None
    """Where the file that was replaced lies now; None: there was none."""
    head_before: str | None
    """Head of the replaced file's audit chain; None if it could not be read."""
    info: Info


def restore(path: Path, source: Path, *, holder: str, now: int) -> Restored:
    """Put a backup in the place of the store at ``path`` (``now`` in UTC epoch seconds).

    The backup is checked, brought to this version's schema and marked as restored before it takes
    the place, in one step that other processes see whole or not at all. The file before it is kept.
    The epoch rises beyond that of both files, so that no claim of an earlier holder succeeds.
    Raises StoreError; LeaseHeldError while another process is writing.
    """
    with disk_trouble(path), _prepared(path, source) as prepared:
        current = _open_current(path)
        with _taken_over(current, holder, now) as epoch:
            head = current.head() if current else None
            aside = _set_aside(path, current, now)
            _mark(prepared, epoch, now, _what_happened(source, prepared.head(), head))
            if current is not None:
                carry_forgotten(current, prepared)
            _put_in_place(path, prepared, current)
    with closing(SqliteStore(path)) as restored:
        return Restored(aside, head, describe(restored, whole=False))


@contextmanager
def _prepared(path: Path, source: Path) -> Iterator[SqliteStore]:
    """A checked copy of the backup beside the store, at this version's schema."""
    part = path.with_name(path.name + ".restoring")
    _remove(part)
    try:
        _copy_backup(source, part)
        with closing(SqliteStore(part)) as prepared:
            yield prepared
    finally:
        _remove(part)


def _copy_backup(source: Path, part: Path) -> None:
    if not source.is_file():
        raise StoreError(f"there is no backup {source}: check the name")
    with translated(source), closing(Opening(source, readonly=True).connect()) as connection:
        check(connection, source)
        problem = integrity(connection)
        if problem:
            raise StoreError(f"the backup {source} is damaged ({problem}): use another one")
        copy_database(connection, part)


def _remove(part: Path) -> None:
    for suffix in ("", "-wal", "-shm", ".part"):
        part.with_name(part.name + suffix).unlink(missing_ok=True)
    for copy in part.parent.glob(f"{part.name}.before-schema-*"):
        copy.unlink()


def _open_current(path: Path) -> SqliteStore | None:
    """The store that is to be replaced; None if there is none or it cannot be used any more."""
    if not path.exists():
        return None
    store = None
    try:
        store = SqliteStore(path)
        with translated(path):
            damaged = integrity(store.connection) is not None
    except StoreError as error:
        if _is_busy(error):
            raise
        damaged = True
    if damaged and store is not None:
        store.close()
    return None if damaged else store


def _is_busy(error: StoreError) -> bool:
    cause = error.__cause__
    return isinstance(cause, sqlite3.Error) and cause.sqlite_errorcode & 0xFF in (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
    )


@contextmanager
def _taken_over(current: SqliteStore | None, holder: str, now: int) -> Iterator[int]:
    """Hold the lease of the file to be replaced; yields its epoch."""
    if current is None:
        yield 0
        return
    with closing(current):
        lease = current.acquire(holder, now, RESTORE_SECONDS)
        if lease is None:
            raise _held_by(current)
        try:
            yield lease.epoch
        finally:
            # After the last step the file holds a later epoch, and this does nothing.
            current.release(lease)


def _held_by(current: SqliteStore) -> LeaseHeldError:
    other = current.lease()
    who = f"{other.holder} until {utc_text(other.expires_at)}" if other else "another process"
    return LeaseHeldError(
        f"the store {current.path} is being written by {who}: stop that process, or wait, then"
        " restore again; nothing was changed"
    )


def _set_aside(path: Path, current: SqliteStore | None, now: int) -> Path | None:
    if not path.exists():
        return None
    aside = free_name(path.with_name(f"{path.name}.before-restore-{_file_stamp(now)}"))
    if current is not None:
        copy_database(current.connection, aside)
        return aside
    # Damaged: what cannot be read cannot be copied page by page, so the files themselves move.
    for suffix in ("", "-wal", "-shm"):
        file = path.with_name(path.name + suffix)
        if file.exists():
            file.replace(aside.with_name(aside.name + suffix))
    return aside


def _what_happened(source: Path, head: str | None, before: str | None) -> dict[str, Any]:
    return {"backup": source.name, "head_of_backup": head, "head_before": before}


def _mark(prepared: SqliteStore, epoch: int, now: int, payload: Mapping[str, Any]) -> None:
    """Make the copy one that repeats nothing of what the replaced file may have done."""
    with prepared.tx() as tx:
        connection = prepared.connection
        (older,) = connection.execute("SELECT coalesce(max(epoch), 0) FROM lease").fetchone()
        connection.execute(
            "INSERT OR REPLACE INTO lease VALUES (1, '', ?, 0)", (max(epoch, older) + 1,)
        )
        # A message that was on its way when the backup was made may have been sent since.
        connection.execute(
            "UPDATE actions SET status = 'uncertain', at = ?"
            " WHERE kind = 'notify' AND status IN ('planned', 'claimed')",
            (now,),
        )
        tx.set_flag(RESTORED_AT, str(now))
        tx.set_flag(RESTORED_ANEW, "1")
        tx.audit(AuditEntry("restored", now, payload))


def _put_in_place(path: Path, prepared: SqliteStore, current: SqliteStore | None) -> None:
    with translated(path):
        if current is not None:
            prepared.connection.backup(current.connection, progress=_Patience(path))
            return
        prepared.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        prepared.close()
        for suffix in ("-wal", "-shm"):
            # Left of a file that is no more: SQLite would take them for this one's.
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        prepared.path.replace(path)


class _Patience:
    """Ends a copy that somebody keeps away from the file; sqlite3 alone would wait forever."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._left = _BUSY_ROUNDS

    def __call__(self, status: int, _remaining: int, _total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            self._left -= 1
        if not self._left:
            raise StoreError(
                f"the store {self._path} is locked by another process: stop it, then restore again;"
                " nothing was changed"
            )


def describe(store: SqliteStore, *, whole: bool = True) -> Info:
    """What the store holds, by the names ``store info --json`` prints.

    ``whole`` runs SQLite's check of every page, which takes a while for a large file; without it
    ``integrity`` is None. Otherwise it is ``ok`` or the first problem.
    """
    with store.reading() as connection:
        count = _Counter(connection)
        lease = store.lease()
        return {
            "path": str(store.path),
            "size": store.path.stat().st_size,
            "schema": SCHEMA_VERSION,
            "tickets": count.of("tickets"),
            "open_tickets": count.of("tickets", "open = 1"),
            "held_tickets": count.of("tickets", "held IS NOT NULL"),
            "events": count.of("events"),
            "observed_events": count.of("observed_events"),
            "amendments": count.of("amendments"),
            "instances": count.of("instances"),
            "actions": count.by_status(),
            "policy_sets": count.of("policy_sets"),
            "audit_links": count.of("audit_links"),
            "audit_entries": count.of("audit_entries"),
            "audit_head": store.head(),
            "lease": None if lease is None else {"holder": lease.holder, "until": lease.expires_at},
            "restored_at": _number(store.flag(RESTORED_AT)),
            "integrity": (integrity(connection) or "ok") if whole else None,
        }


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


class _Counter:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def of(self, table: str, where: str = "true") -> int:
        sql = f"SELECT count(*) FROM {table} WHERE {where}"  # noqa: S608 - names of this module
        return int(self._connection.execute(sql).fetchone()[0])

    def by_status(self) -> dict[str, int]:
        return dict(
            self._connection.execute(
                "SELECT status, count(*) FROM actions GROUP BY status ORDER BY status"
            )
        )


def _file_stamp(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y%m%dT%H%M%SZ")
