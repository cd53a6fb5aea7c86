"""Taking people out of the file: who is where, rows written anew without them, and tombstones.

A tombstone is a keyed hash of an id or a name with the store's own secret: it recognises somebody
who comes again and names nobody.
"""

# ruff: noqa: S608 - names of tables and columns are constants of this module.
from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from slaplugin.app.ports import StoredTicket
from slaplugin.core.anonymous import SETTLING
from slaplugin.core.model import Event
from slaplugin.store.codec import loads
from slaplugin.store.copies import drop_derived
from slaplugin.store.reader import Reader
from slaplugin.store.timeline import COLUMNS, row_of

CREATE_ERASURES = (
    """
CREATE TABLE forgotten (
  host TEXT NOT NULL,
  token TEXT NOT NULL,
  alias TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (host, token)
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE pruned (
  ticket_key INTEGER PRIMARY KEY REFERENCES tickets (ticket_key),
  at INTEGER NOT NULL
) STRICT
""",
    # A ticket that is read again has its texts again.
    """
CREATE TRIGGER pruned_no_more AFTER UPDATE OF facts ON tickets
WHEN EXISTS (SELECT 1 FROM pruned WHERE ticket_key = old.ticket_key)
BEGIN DELETE FROM pruned WHERE ticket_key = old.ticket_key; END
""",
    "CREATE INDEX tickets_closed ON tickets (host, open, ticket_key) WHERE open = 0",
)
"""The statements of the schema's step."""

TEXTS: Mapping[str, tuple[str, ...]] = {
    "tickets": ("title", "facts", "seen", "held"),
    "events": ("payload", "actor_name"),
    "observed_events": ("payload", "actor_name"),
    "amendments": ("payload", "actor_name"),
    "instances": ("body",),
    "instance_revisions": ("body",),
    "actions": ("value", "before", "why", "result"),
}
"""Columns in which anything may be written about anybody."""
TIMELINES = ("events", "observed_events", "amendments")
_OF_CUSTOMER = (
    "SELECT id FROM tickets WHERE host = ? AND (customer_key = ? COLLATE NOCASE"
    " OR json_extract(facts, '$.\"customer.email\"') = ? COLLATE NOCASE"
    " OR json_extract(facts, '$.\"customer.login\"') = ? COLLATE NOCASE"
    " OR json_extract(facts, '$.\"customer.id\"') = ? COLLATE NOCASE) ORDER BY ticket_key"
)
_CUSTOMERS = (
    "SELECT customer_key, facts FROM tickets WHERE host = ?1 AND customer_key IS NOT NULL"
    " GROUP BY customer_key"
    " UNION ALL SELECT NULL, facts FROM tickets WHERE host = ?1 AND customer_key IS NULL"
)
_SETTLED = (
    "SELECT id FROM tickets t WHERE host = ? AND open = 0 AND facts <> '{}'"
    " AND NOT EXISTS (SELECT 1 FROM pruned p WHERE p.ticket_key = t.ticket_key)"
    + "".join(
        f" AND NOT EXISTS (SELECT 1 FROM {table} e WHERE e.ticket_key = t.ticket_key"
        f" AND e.at_ms >= ? AND e.kind IN ({', '.join(f'{kind!r}' for kind in sorted(SETTLING))}))"
        for table in ("events", "observed_events")
    )
    + " ORDER BY ticket_key LIMIT ?"
)


class Erasures(Reader):
    """The reading half of the port :class:`slaplugin.app.forget.ErasingStore`."""

    def tombstones(self, host: str) -> Mapping[str, str]:
        """Token -> what stands for the person who was forgotten."""
        return dict(self.rows("SELECT token, alias FROM forgotten WHERE host = ?", (host,)))

    def customers(self, host: str) -> Iterator[tuple[str | None, Mapping[str, Any]]]:
        """Key and facts of every ticket's customer, each key once."""
        for key, facts in self.rows(_CUSTOMERS, (host,)):
            yield key, loads(facts)

    def of_customer(self, host: str, text: str) -> Sequence[str]:
        """Ids of all tickets whose customer has this key, login, address or id, in any case."""
        return [row[0] for row in self.rows(_OF_CUSTOMER, (host, *[text] * 4))]

    def speaking(
        self, host: str, keys: Iterable[str], within: Callable[[str], bool]
    ) -> Sequence[str]:
        """Ids of the tickets in which a customer of these keys acts, or of whom a text speaks."""
        self._define("speaks", lambda text: text is not None and within(str(text)))
        found: dict[str, None] = {}
        for table, columns in TEXTS.items():
            told = " OR ".join(f"speaks(x.{column})" for column in columns)
            found |= dict.fromkeys(self._ids(host, table, told, ()))
        places = list(keys)
        among = f"x.actor_role = 'customer' AND x.actor_key IN ({', '.join('?' * len(places))})"
        for table in TIMELINES:
            found |= dict.fromkeys(self._ids(host, table, among, places))
        return list(found)

    def _ids(self, host: str, table: str, told: str, values: Sequence[str]) -> list[str]:
        sql = (
            f"SELECT DISTINCT t.id FROM {table} x JOIN tickets t USING (ticket_key)"
            f" WHERE t.host = ? AND ({told}) ORDER BY t.ticket_key"
        )
        return [row[0] for row in self.rows(sql, (host, *values))]

    def policies_naming(self, within: Callable[[str], bool]) -> Sequence[str]:
        """Files of kept policy sets in which a text speaks so; a set is never changed."""
        self._define("speaks", lambda text: text is not None and within(str(text)))
        rows = self.rows("SELECT text FROM policy_sets WHERE speaks(text)")
        named = {name for (text,) in rows for name, told in loads(text).items() if within(told)}
        return sorted(named)

    def settled_before(self, host: str, instant: int, limit: int) -> Sequence[str]:
        """Closed tickets, not pruned yet, that came into their state before (UTC epoch seconds)."""
        values = (host, instant * 1000, instant * 1000, limit)
        return [row[0] for row in self.rows(_SETTLED, values)]

    @contextmanager
    def overwriting(self) -> Iterator[None]:
        """What is deleted within the block is overwritten in the file, which costs writes.

        What is derived from it goes as with :meth:`vacuum`.
        """
        self.connection.execute("PRAGMA secure_delete = ON")
        try:
            yield
        finally:
            self.connection.execute("PRAGMA secure_delete = OFF")
            drop_derived(self.path)

    def vacuum(self) -> None:
        """Write the file anew, so that nothing of what was erased is left in free pages.

        What is derived from it goes with it: its chunks hold the facts of tickets, too.
        """
        self.connection.execute("VACUUM")
        self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        drop_derived(self.path)

    def _define(self, name: str, what: Callable[[Any], bool]) -> None:
        self.connection.create_function(name, 1, what, deterministic=True)


# --------------------------------------------------------------------------- writing


def rewrite_timeline(connection: sqlite3.Connection, key: int, stored: StoredTicket) -> None:
    """Put a ticket's events in place of those that are there."""
    timelines = zip(TIMELINES, (stored.events, stored.observed, stored.amendments), strict=True)
    for table, events in timelines:
        connection.execute(f"DELETE FROM {table} WHERE ticket_key = ?", (key,))
        connection.executemany(
            _insert(table), [_values(key, event, table, stored.vanished) for event in events]
        )


def _insert(table: str) -> str:
    more = (", vanished", ",?") if table == "events" else ("", "")
    return (
        f"INSERT INTO {table} (ticket_key, {COLUMNS}{more[0]})"
        f" VALUES (?,?,?,?,?,?,?,?,?,?,?{more[1]})"
    )


def _values(key: int, event: Event, table: str, vanished: frozenset[str]) -> tuple[Any, ...]:
    row = row_of(key, event)
    return (*row, int(event.id in vanished)) if table == "events" else row


def change_texts(connection: sqlite3.Connection, key: int, change: Callable[[str], str]) -> None:
    """Change every text that may speak of somebody in a ticket's rows."""
    connection.create_function("changed", 1, lambda text: None if text is None else change(text))
    for table, columns in TEXTS.items():
        told = ", ".join(f"{column} = changed({column})" for column in columns)
        connection.execute(f"UPDATE {table} SET {told} WHERE ticket_key = ?", (key,))


def blur_actions(connection: sqlite3.Connection, key: int, agent: Callable[[str], str]) -> None:
    """Of a ticket's actions only what keeps them from being done again; agents as pseudonyms."""
    connection.create_function("agent", 1, lambda text: f'"{agent(str(loads(text)))}"')
    connection.execute(
        "UPDATE actions SET why = '', result = NULL,"
        " before = CASE WHEN kind = 'set_owner' AND before <> 'null' THEN agent(before)"
        " ELSE before END,"
        " value = CASE WHEN kind = 'set_owner' AND value <> 'null' THEN agent(value)"
        " ELSE value END WHERE ticket_key = ?",
        (key,),
    )
    connection.execute("DELETE FROM instance_revisions WHERE ticket_key = ?", (key,))


def entries_of(connection: sqlite3.Connection, host: str, ticket: str) -> list[int]:
    """Numbers of the audit entries about a ticket that still say something."""
    rows = connection.execute(
        "SELECT entry_no FROM audit_entries JOIN audit_payloads p USING (entry_no)"
        " WHERE ticket = ? AND host = ? AND p.payload IS NOT NULL",
        (ticket, host),
    )
    return [row[0] for row in rows]


def entries_speaking(connection: sqlite3.Connection, within: Callable[[str], bool]) -> list[int]:
    """Numbers of the audit entries whose payload speaks so."""
    connection.create_function("speaks", 1, lambda text: text is not None and within(text))
    rows = connection.execute("SELECT entry_no FROM audit_payloads WHERE speaks(payload)")
    return [row[0] for row in rows]


def remember(
    connection: sqlite3.Connection, host: str, tokens: Iterable[str], stone: tuple[str, int]
) -> None:
    """Set tombstones; ``stone`` is the alias and the instant (UTC epoch seconds)."""
    connection.executemany(
        "INSERT OR REPLACE INTO forgotten VALUES (?, ?, ?, ?)",
        [(host, token, *stone) for token in tokens],
    )


def mark_pruned(connection: sqlite3.Connection, key: int, at: int) -> None:
    """Note that a ticket has nothing more to lose."""
    connection.execute("INSERT OR REPLACE INTO pruned VALUES (?, ?)", (key, at))
