"""SQLite's failures as sentences that name the file and the way on (exit code 5)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from slaplugin.app.errors import StoreError, TicketHeldError

_DAMAGED = (
    "the store {path} is damaged ({error}): bring back the newest good copy with"
    " `slaplugin store restore FILE`; the damaged file is kept aside"
)
_REMEDIES = {
    sqlite3.SQLITE_BUSY: (
        "the store {path} is locked by another process ({error}): wait for it to end or stop it,"
        " then run this again"
    ),
    sqlite3.SQLITE_LOCKED: (
        "the store {path} is locked ({error}): wait for the other process to end, then run this"
        " again"
    ),
    sqlite3.SQLITE_FULL: (
        "no room is left for the store {path} ({error}): free disk space and run this again;"
        " nothing of the unfinished step was kept"
    ),
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CANTOPEN: (
        "the store {path} cannot be opened ({error}): check that its folder exists and that this"
        " user may read and write both of them, or name another file with the setting `store`"
    ),
    sqlite3.SQLITE_READONLY: (
        "the store {path} cannot be written ({error}): give this user write access to the file and"
        " its folder"
    ),
    sqlite3.SQLITE_IOERR: (
        "the disk failed under the store {path} ({error}): check free space and the disk's health,"
        " then run this again"
    ),
}


def store_error(path: Path, error: sqlite3.Error) -> StoreError:
    """The StoreError that tells what SQLite met, where, and how to mend it."""
    code = getattr(error, "sqlite_errorcode", None)
    remedy = _REMEDIES.get(code & 0xFF) if code is not None else None
    return StoreError(
        (remedy or "the store {path} refused: {error}").format(path=path, error=error)
    )


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite raises inside the block into StoreError.

    What only one ticket's odd content can cause becomes TicketHeldError instead.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise store_error(path, error) from error
    except (UnicodeEncodeError, OverflowError) as error:
        raise TicketHeldError(
            f"a value cannot be stored ({error}): the host gave text that is no Unicode, or a"
            " number of more than 64 bits"
        ) from error


@contextmanager
def disk_trouble(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals inside the block into StoreError."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise StoreError(
            f"{path} cannot be used ({reason}): check that its folder exists, that this user may"
            " write there, and that the disk has room; or name another file"
        ) from error
