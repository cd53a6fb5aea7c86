"""From whatever a file holds to the tables of this version, with a copy kept before each change."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from slaplugin.app.errors import StoreError
from slaplugin.store.connections import Opening
from slaplugin.store.schema import APPLICATION_ID, SCHEMA_VERSION, STEPS

if TYPE_CHECKING:
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

Steps = Sequence[tuple[str, Sequence[str]]]
"""(name, SQL statements) each, oldest first."""

_WAL_ATTEMPTS = 20


def check(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the tables are those of this version; raises StoreError where they never will be.

    False means empty or older: :func:`migrate` brings it up to date.
    """
    version = _pragma(connection, "user_version")
    ours = _pragma(connection, "application_id") == APPLICATION_ID
    if not ours and connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        raise StoreError(
            f"{path} is a SQLite file, but no store of slaplugin: name another file with the"
            " setting `store`"
        )
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"the store {path} was written by a newer slaplugin (schema {version}, this one knows"
            f" up to {SCHEMA_VERSION}): install that version again, or restore a backup made"
            " before the upgrade with `slaplugin store restore FILE`"
        )
    return ours and version == SCHEMA_VERSION


def migrate(
    connection: sqlite3.Connection,
    opening: Opening,
    steps: Steps = STEPS,
) -> Path | None:
    """Apply the steps still missing, all or none; returns the copy made before, if any.

    The write lock is taken before anything is looked at, so that of several processes that open
    an old store together one migrates and the others find it done.
    """
    _use_wal(connection)
    connection.execute("BEGIN IMMEDIATE")
    try:
        kept = None
        if _pragma(connection, "user_version") < len(steps):
            kept = _copy_before(connection, opening, len(steps))
            _apply(connection, steps)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return kept


def _apply(connection: sqlite3.Connection, steps: Steps) -> None:
    # Imported here: it costs more time than all else that opening a store does.
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

    migrations = Migrations("slaplugin")
    for name, statements in steps:
        _register(migrations, name, _runner(statements))
    # Inside our BEGIN IMMEDIATE the library's own transactions become savepoints.
    migrations.apply(Database(connection, execute_plugins=False, strict=True))
    connection.execute(f"PRAGMA user_version = {len(steps)}")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


def _register(migrations: Migrations, name: str, run: Callable[[Database], None]) -> None:
    run.__name__ = name
    migrations(name=name)(run)


def _runner(statements: Sequence[str]) -> Callable[[Database], None]:
    def run(database: Database) -> None:
        for statement in statements:
            database.execute(statement)

    return run


def _copy_before(connection: sqlite3.Connection, opening: Opening, version: int) -> Path | None:
    if not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone():
        return None
    from slaplugin.store.copies import copy_database, free_name

    target = free_name(opening.path.with_name(f"{opening.path.name}.before-schema-{version}"))
    # A second connection sees what is committed; ours already holds the lock for what follows.
    with_reader = opening.connect()
    try:
        copy_database(with_reader, target)
    finally:
        with_reader.close()
    return target


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch the file to write-ahead logging, which it then stays in.

    The switch fails at once while somebody else opens the same new file, without regard to the
    busy timeout; waiting for the write lock is what makes the next attempt worth while.
    """
    for attempt in range(_WAL_ATTEMPTS):
        try:
            if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] == "wal":
                return
        except sqlite3.OperationalError:
            if attempt == _WAL_ATTEMPTS - 1:
                raise
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
