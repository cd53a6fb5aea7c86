"""How open clocks stand: a narrow row for each, so that counting them reads nothing else.

The rows follow from tickets and instances and are written with them; nothing counts up.
"""

# ruff: noqa: S608 - column lists are constants of this package, values are always bound.
from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from slaplugin.app.ports import StoredInstance, TicketRow
from slaplugin.app.standings import Key, Pressing, Tally
from slaplugin.store.reader import Reader
from slaplugin.store.tickets import (
    INSTANCE_COLUMNS,
    NEVER,
    TICKET_COLUMNS,
    instance_of,
    is_watched,
    ticket_of,
    ticket_values,
)

# An index covers no query on a generated column, so ``look_from`` is written like the others.
_TABLE = """
CREATE TABLE standings (
  ticket_key INTEGER NOT NULL REFERENCES tickets (ticket_key),
  clock TEXT NOT NULL,
  start_event TEXT NOT NULL,
  host TEXT NOT NULL,
  group_name TEXT,
  policy TEXT,
  party TEXT NOT NULL,
  paused INTEGER NOT NULL,
  counted INTEGER NOT NULL,
  due_order INTEGER NOT NULL,
  urgent_from INTEGER,
  stamp INTEGER NOT NULL,
  ticket_stamp INTEGER NOT NULL,
  look_from INTEGER NOT NULL,
  PRIMARY KEY (ticket_key, clock, start_event)
) STRICT, WITHOUT ROWID
"""
_ALIKE = "group_name, policy, clock, party, paused, counted"
# What older stores cannot know is looked at until its ticket is judged again, and that is asked
# for: a ticket of no policy set is judged in one of the next cycles.
CREATE_STANDINGS = (
    _TABLE,
    (
        "INSERT INTO standings (ticket_key, clock, start_event, host, group_name, policy, party,"
        " paused, counted, due_order, urgent_from, stamp, ticket_stamp, look_from)"
        " SELECT i.ticket_key, i.clock, i.start_event, t.host, json_extract(t.seen, '$.group'),"
        " json_extract(i.body, '$.policy'), coalesce(json_extract(i.body, '$.party'), 'us'),"
        " json_extract(i.body, '$.status') = 'paused', 0, i.due_order, 0, 0, 0, 0"
        " FROM instances i JOIN tickets t USING (ticket_key) WHERE i.watched = 1"
    ),
    (
        "UPDATE tickets SET policy_set = NULL WHERE open = 1 AND live = 1 AND held IS NULL"
        " AND ticket_key IN (SELECT ticket_key FROM standings)"
    ),
    f"CREATE INDEX standings_tallies ON standings (host, {_ALIKE}, look_from, due_order)",
    (
        "CREATE INDEX standings_looks ON standings"
        " (host, look_from, ticket_key, clock, start_event, stamp, ticket_stamp)"
    ),
)
"""The statements of the schema's step."""

TALLIES = (
    f"SELECT {_ALIKE}, count(*), min(due_order) FROM standings INDEXED BY standings_tallies"
    f" WHERE host = ? AND look_from > ? GROUP BY {_ALIKE}"
)
LOOKS = (
    "SELECT ticket_key, clock, start_event, stamp, ticket_stamp FROM standings"
    " WHERE host = ? AND look_from <= ?"
)
_FROM = "FROM instances i CROSS JOIN tickets t USING (ticket_key)"
_ONE = (
    f"SELECT {INSTANCE_COLUMNS}, {TICKET_COLUMNS} {_FROM}"
    " WHERE i.ticket_key = ? AND i.clock = ? AND i.start_event = ?"
)
DUE_AT = (
    f"SELECT {INSTANCE_COLUMNS}, {TICKET_COLUMNS} {_FROM}"
    " WHERE i.watched = 1 AND i.due_order = ? AND t.host = ?"
)
_SAVE = "INSERT INTO standings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_FOLLOW = (
    "UPDATE standings SET group_name = ?, ticket_stamp = ?,"
    f" look_from = min(coalesce(urgent_from, {NEVER}), ?) WHERE ticket_key = ?"
)


@dataclass(frozen=True, slots=True)
class Side:
    """What standings take over from their ticket's row."""

    host: str
    group: str | None
    check_at: int
    """When the ticket is to be judged anew; :data:`NEVER`: not by time alone."""
    stamp: int


def side_of(row: TicketRow, values: Sequence[Any]) -> Side:
    """Of a row and its :func:`slaplugin.store.tickets.ticket_values`."""
    check_at = NEVER if row.next_check_at is None else row.next_check_at
    return Side(row.host, row.seen.group, check_at, _digest(values))


def follow(connection: sqlite3.Connection, key: int, side: Side) -> None:
    """Have the standings of a ticket say what its row says."""
    connection.execute(_FOLLOW, (side.group, side.stamp, side.check_at, key))


def replace_standings(
    connection: sqlite3.Connection,
    key: int,
    side: Side | None,
    instances: Iterable[tuple[StoredInstance, str]],
) -> None:
    """The standings of a ticket's instances, given with their bodies; ``side`` None: as stored."""
    side = side or _stored_side(connection, key)
    connection.execute("DELETE FROM standings WHERE ticket_key = ?", (key,))
    connection.executemany(
        _SAVE,
        [
            _values(key, side, stored, body)
            for stored, body in instances
            if is_watched(stored.instance)
        ],
    )


def _stored_side(connection: sqlite3.Connection, key: int) -> Side:
    sql = f"SELECT {TICKET_COLUMNS} FROM tickets t WHERE ticket_key = ?"
    row = ticket_of(connection.execute(sql, (key,)).fetchone())
    return side_of(row, ticket_values(row))


def _values(key: int, side: Side, stored: StoredInstance, body: str) -> tuple[Any, ...]:
    instance = stored.instance
    urgent_from = NEVER if stored.urgent_from is None else stored.urgent_from
    return (
        key,
        instance.clock,
        instance.start_event,
        side.host,
        side.group,
        instance.policy,
        instance.party,
        int(instance.status == "paused"),
        int(not instance.waived and instance.confidence == "high"),
        NEVER if instance.due_at is None else instance.due_at,
        stored.urgent_from,
        _digest((body,)),
        side.stamp,
        min(urgent_from, side.check_at),
    )


def _digest(values: Sequence[Any]) -> int:
    """Equal for equal values, and so good as never for others."""
    return int.from_bytes(hashlib.blake2b(repr(values).encode(), digest_size=7).digest())


class StandingReads(Reader):
    """What is asked about open clocks as a whole."""

    def tallies(self, host: str, now: int) -> Sequence[Tally]:
        """The open clocks that need no look at the instant, counted."""
        return [
            Tally(group, policy, clock, party, bool(paused), bool(counted), count, _due(due))
            for group, policy, clock, party, paused, counted, count, due in self.rows(
                TALLIES, (host, now)
            )
        ]

    def pressing(self, host: str, now: int, known: Mapping[Key, Pressing]) -> Iterator[Pressing]:
        """The other ones; those that did not change since they were known are not read again."""
        for number, clock, start, stamp, side in self.rows(LOOKS, (host, now)):
            key, stamps = (number, clock, start), (stamp, side)
            before = known.get(key)
            if before is not None and before.stamp == stamps:
                yield before
                continue
            for found in self.rows(_ONE, key):
                row, stored = _slim(found)
                yield Pressing(key, stamps, row, stored.instance)

    def due_at(self, host: str, due: int) -> Iterator[tuple[TicketRow, StoredInstance]]:
        """Open instances with a target that are due at exactly this instant."""
        return map(_slim, self.rows(DUE_AT, (due, host)))


def _slim(columns: Sequence[Any]) -> tuple[TicketRow, StoredInstance]:
    row = replace(ticket_of(columns[4:]), facts={}, current_only=frozenset())
    return row, instance_of(columns[:4])


def _due(order: int) -> int | None:
    return None if order == NEVER else order
