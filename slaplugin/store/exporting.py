"""Rows of the stable views as a stream, for exports of any size."""

# ruff: noqa: S608 - views and columns are constants of this package, values are always bound.
from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from slaplugin.store.failures import translated
from slaplugin.store.sqlite import SqliteStore
from slaplugin.store.views import VIEWS, View

_CHUNK = 1000

INSTANT_OF = {
    "tickets": "created_at_s",
    "clocks": "started_at_s",
    "events": "at_s",
    "actions": "at_s",
    "audit": "at_s",
    "policy_sets": "saved_at_s",
}
"""Which instant of a row ``--since`` and ``--until`` look at."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Rows of one view in [since, until), UTC epoch seconds; None: no bound."""

    table: str
    """A key of :data:`VIEWS`."""
    since: int | None = None
    until: int | None = None
    ticket: str | None = None
    """The host's id of one ticket."""

    @property
    def view(self) -> View:
        return VIEWS[self.table]


def exported(store: SqliteStore, selection: Selection) -> Iterator[tuple[Any, ...]]:
    """The rows in the view's own order, all of one moment, whoever writes meanwhile.

    The query itself is run, not the view: our connections trust no code in a schema. Values are
    text, whole numbers or None, as :class:`slaplugin.store.views.Column` describes them. Raises
    StoreError.
    """
    where, values = _where(selection)
    view = selection.view
    names = ", ".join(column.name for column in view.columns)
    sql = f"SELECT {names} FROM ({view.select}){where} ORDER BY {view.order}"
    with store.reading() as connection, closing(connection.execute(sql, values)) as cursor:
        while rows := _fetched(store, cursor):
            yield from rows


def count(store: SqliteStore, selection: Selection) -> int:
    """How many rows :func:`exported` gives."""
    where, values = _where(selection)
    rows = store.rows(f"SELECT count(*) FROM ({selection.view.select}){where}", values)
    return int(rows[0][0])


def _fetched(store: SqliteStore, cursor: sqlite3.Cursor) -> list[tuple[Any, ...]]:
    with translated(store.path):
        return cursor.fetchmany(_CHUNK)


def _where(selection: Selection) -> tuple[str, list[Any]]:
    at = INSTANT_OF[selection.table]
    wanted: dict[str, Any] = {f"{at} >= ?": selection.since, f"{at} < ?": selection.until}
    if any(column.name == "ticket" for column in selection.view.columns):
        wanted["ticket = ?"] = selection.ticket
    given = {part: value for part, value in wanted.items() if value is not None}
    return (f" WHERE {' AND '.join(given)}" if given else ""), list(given.values())
