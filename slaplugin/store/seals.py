"""Closed periods: the document as it was sealed, byte for byte, and the instances behind it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from slaplugin.app.reporting.sealed import Seal
from slaplugin.store.reader import Reader

if TYPE_CHECKING:
    from slaplugin.core.attainment.figures import Evidence

CREATE_SEALS = (
    """
CREATE TABLE sealed_periods (
  seal_no INTEGER PRIMARY KEY,
  host TEXT NOT NULL,
  period TEXT NOT NULL,
  closed_at INTEGER NOT NULL,
  document BLOB NOT NULL,
  UNIQUE (host, period)
) STRICT
""",
    """
CREATE TABLE sealed_instances (
  seal_no INTEGER NOT NULL REFERENCES sealed_periods (seal_no),
  line TEXT NOT NULL,
  ticket TEXT NOT NULL,
  clock TEXT NOT NULL,
  start_event TEXT NOT NULL,
  verdict TEXT NOT NULL,
  decided_at INTEGER NOT NULL,
  amendments INTEGER NOT NULL,
  PRIMARY KEY (seal_no, line, ticket, clock, start_event)
) STRICT, WITHOUT ROWID
""",
    # Made with the store and not when it is first needed: a copy of the store has the same
    # pseudonyms, and a report that only reads needs to write nothing.
    "INSERT INTO flags VALUES ('pseudonym_key', lower(hex(randomblob(32))))",
)

_SEALS = "SELECT period, closed_at, document FROM sealed_periods WHERE host = ?"
_EVIDENCE = (
    "SELECT line, ticket, clock, start_event, verdict, decided_at, amendments"
    " FROM sealed_instances JOIN sealed_periods USING (seal_no) WHERE host = ? AND period = ?"
    " ORDER BY line, ticket, clock, start_event"
)


class Seals(Reader):
    """The reading half of the port :class:`slaplugin.app.reporting.sealing.SealStore`."""

    def seal(self, host: str, period: str) -> Seal | None:
        """The seal of a period by its label; None: it is not closed."""
        rows = self.rows(f"{_SEALS} AND period = ?", (host, period))
        return Seal(host, *rows[0]) if rows else None

    def seals(self, host: str) -> Sequence[Seal]:
        """Every seal, in the order in which the periods were closed."""
        return [Seal(host, *row) for row in self.rows(f"{_SEALS} ORDER BY seal_no", (host,))]

    def sealed_evidence(self, host: str, period: str) -> Iterator[Evidence]:
        """How each instance counted when the period was closed."""
        from slaplugin.core.attainment.figures import Evidence

        return (Evidence(*row) for row in self.rows(_EVIDENCE, (host, period)))


def insert_seal(connection: sqlite3.Connection, seal: Seal, evidence: Sequence[Evidence]) -> None:
    """Keep a seal; to be called inside the transaction that closes the period."""
    (number,) = connection.execute(
        "INSERT INTO sealed_periods (host, period, closed_at, document) VALUES (?, ?, ?, ?)"
        " RETURNING seal_no",
        (seal.host, seal.period, seal.closed_at, seal.document),
    ).fetchone()
    connection.executemany(
        "INSERT INTO sealed_instances VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        ((number, *each) for each in evidence),
    )
