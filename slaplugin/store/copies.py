"""Whole copies of a store file, made while others read and write it."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from slaplugin.app.errors import StoreError
from slaplugin.app.history import COLUMNS


def make_private(path: Path) -> None:
    """Create the file readable by its owner alone; SQLite gives its side files the same mode.

    One that is there is left alone: whoever closes any descriptor of a database takes away all the
    locks that this process has on it, and other processes then delete the log it still writes to.
    """
    if path.is_file():
        return
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def copy_database(source: sqlite3.Connection, target: Path) -> None:
    """Copy a consistent state of the source into a new single file and check the copy.

    The copy appears under its name only when it is whole.
    """
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    make_private(part)
    copy = sqlite3.connect(part, isolation_level=None)
    try:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        problem = integrity(copy)
    finally:
        copy.close()
    if problem:
        part.unlink()
        raise StoreError(
            f"the copy {target} would be damaged ({problem}): the store itself is; bring back the"
            " newest good copy with `slaplugin store restore FILE`"
        )
    part.replace(target)


def copies_of(path: Path) -> list[Path]:
    """The copies that restores and upgrades left beside a store."""
    found = [*path.parent.glob(f"{path.name}.before-restore-*")]
    found += path.parent.glob(f"{path.name}.before-schema-*")
    return sorted(one for one in found if not one.name.endswith(("-wal", "-shm")))


def drop_derived(path: Path) -> None:
    """Delete what is derived from a store and lies beside it; it is made anew when needed."""
    for ending in ("", "-wal", "-shm"):
        path.with_name(f"{path.name}{COLUMNS}{ending}").unlink(missing_ok=True)


def integrity(connection: sqlite3.Connection) -> str | None:
    """What SQLite's whole check finds first; None when the file is sound."""
    found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if found != "ok":
        return str(found)
    broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    return f"a row of {broken[0]} points to nothing" if broken else None


def free_name(path: Path) -> Path:
    """The path itself, or the first of ``path-2``, ``path-3`` … that does not exist."""
    candidate, number = path, 1
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.name}-{number}")
    return candidate
