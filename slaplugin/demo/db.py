"""One SQLite connection behind a lock: the demo helpdesk is one process with a few threads."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

Row: TypeAlias = dict[str, Any]


class Database:
    """SQL with rows as dictionaries; every use happens inside `transaction`.

    `path` None keeps everything in memory. Table and column names given to the helpers come from
    the schema or from attribute names that were checked on creation, never from a request.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(
            ":memory:" if path is None else path, check_same_thread=False, isolation_level=None
        )
        self._connection.row_factory = _as_dict
        self._connection.execute("PRAGMA synchronous = OFF")
        # SQLite's own LIKE ignores case; the recorded server's does not (live facts 3).
        self._connection.execute("PRAGMA case_sensitive_like = ON")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; nested use joins the outer transaction. Other threads wait."""
        with self._lock:
            outermost = self._depth == 0
            if outermost:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                if outermost:
                    self._connection.execute("ROLLBACK")
                raise
            else:
                if outermost:
                    self._connection.execute("COMMIT")
            finally:
                self._depth -= 1

    def close(self) -> None:
        """Release the file; the object is unusable afterwards."""
        with self._lock:
            self._connection.close()

    def script(self, sql: str) -> None:
        """Run several statements (table definitions), each committed at once."""
        with self._lock:
            self._connection.executescript(sql)

    def execute(self, sql: str, values: Iterable[object] = ()) -> int:
        """Run one statement; the number of rows it touched."""
        with self._lock:
            return self._connection.execute(sql, tuple(values)).rowcount

    def all(self, sql: str, values: Iterable[object] = ()) -> list[Row]:
        """Every row of a query."""
        with self._lock:
            return self._connection.execute(sql, tuple(values)).fetchall()

    def one(self, sql: str, values: Iterable[object] = ()) -> Row | None:
        """The first row of a query, or None."""
        with self._lock:
            row: Row | None = self._connection.execute(sql, tuple(values)).fetchone()
            return row

    def value(self, sql: str, values: Iterable[object] = ()) -> Any:
        """The first column of the first row, or None."""
        row = self.one(sql, values)
        return None if row is None else next(iter(row.values()))

    def column(self, sql: str, values: Iterable[object] = ()) -> list[Any]:
        """The first column of every row."""
        return [next(iter(row.values())) for row in self.all(sql, values)]

    def get(self, table: str, record_id: object) -> Row | None:
        """The row with that id, or None."""
        return self.one(f'SELECT * FROM "{table}" WHERE id = ?', (record_id,))  # noqa: S608

    def insert(self, table: str, values: Mapping[str, object]) -> int:
        """Add a row and return its id."""
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join("?" * len(values))
        sql = f'INSERT INTO "{table}" ({names}) VALUES ({marks})'  # noqa: S608
        with self._lock:
            cursor = self._connection.execute(sql, tuple(values.values()))
            return cursor.lastrowid or 0

    def update(self, table: str, record_id: int, values: Mapping[str, object]) -> None:
        """Set columns of the row with that id."""
        if not values:
            return
        sets = ", ".join(f'"{name}" = ?' for name in values)
        sql = f'UPDATE "{table}" SET {sets} WHERE id = ?'  # noqa: S608
        self.execute(sql, (*values.values(), record_id))


def _as_dict(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, values, strict=True)}
