"""The past in bulk: whole tickets by ranges of their keys, three queries for some hundred."""

# ruff: noqa: S608 - column lists are constants of this package, values are always bound.
from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slaplugin.app.history import EVERY_KEY, RUN, KeyRange
from slaplugin.app.ports import StoredInstance, StoredTicket
from slaplugin.core.model import Event
from slaplugin.store.reader import Reader
from slaplugin.store.tickets import INSTANCE_COLUMNS, TICKET_COLUMNS, instance_of, ticket_of
from slaplugin.store.timeline import COLUMNS, event_of

PAGE = 500
"""Tickets that are in memory at once."""

_KEYS = "SELECT min(ticket_key), max(ticket_key) FROM tickets WHERE host = ?"
_FIRST = (
    "SELECT min((SELECT e.at_ms FROM events e WHERE e.ticket_key = t.ticket_key"
    " ORDER BY e.at_ms LIMIT 1)) FROM tickets t WHERE t.host = ?"
)
_MARKS = "SELECT mark FROM past_marks WHERE run BETWEEN ? AND ? ORDER BY run"
_COUNT = "SELECT count(*) FROM tickets WHERE ticket_key BETWEEN ? AND ?"
_TICKETS = (
    f"SELECT t.ticket_key, {TICKET_COLUMNS} FROM tickets t"
    " WHERE t.ticket_key BETWEEN ? AND ? AND t.host = ? ORDER BY t.ticket_key LIMIT ?"
)
_INSTANCES = (
    f"SELECT i.ticket_key, {INSTANCE_COLUMNS} FROM instances i"
    " WHERE i.ticket_key BETWEEN ? AND ? ORDER BY i.ticket_key, i.instance_key"
)


def _events(table: str, more: str = "") -> str:
    return (
        f"SELECT ticket_key, {COLUMNS}{more} FROM {table} WHERE ticket_key BETWEEN ? AND ?"
        " ORDER BY ticket_key, at_ms, seq, identity"
    )


_HOST_EVENTS = _events("events", ", vanished")
_OBSERVED = _events("observed_events")
_AMENDMENTS = _events("amendments")


# What a verdict rests on, one text for a whole range: SQLite writes it twice as fast as it hands
# over the rows. It comes in the order of the key; were that to change, what is derived would be
# made anew for nothing, never kept wrongly.
_CONTENT = (
    "SELECT json_group_array(json_array({columns})) FROM {table} WHERE ticket_key BETWEEN ? AND ?"
)
_EVENT_CONTENT = "ticket_key, at_ms, seq, identity, kind, ours, retarget, payload"
_CONTENTS = tuple(
    _CONTENT.format(table=table, columns=columns)
    for table, columns in (
        ("tickets", "ticket_key, host, id, number, title, facts, current_only, open"),
        ("events", _EVENT_CONTENT),
        ("observed_events", _EVENT_CONTENT),
        ("amendments", _EVENT_CONTENT),
        # What is recorded of an open instance is never read.
        (
            "instances",
            "instance_key, policy_set, finished, revision, CASE finished WHEN 1 THEN body END",
        ),
    )
)


class Pasts(Reader):
    """The port :class:`slaplugin.app.history.PastStore`."""

    def key_range(self, host: str) -> KeyRange | None:
        """The keys of the host's tickets; None: it has none."""
        first, last = self.rows(_KEYS, (host,))[0]
        return None if first is None else KeyRange(first, last)

    def first_event_at(self, host: str) -> int | None:
        """When anything happened for the first time, UTC epoch seconds; None: nothing has."""
        ((first,),) = self.rows(_FIRST, (host,))
        return None if first is None else first // 1000

    def past_tickets(self, host: str, keys: KeyRange = EVERY_KEY) -> Iterator[StoredTicket]:
        """Every ticket of the range, whole, in the order of the keys.

        Each page is one unchanging view; for one view of everything, read within :meth:`reading`.
        """
        first = keys.first
        while page := self._page(host, KeyRange(first, keys.last)):
            for _, ticket in page:
                yield ticket
            first = page[-1][0] + 1

    def past_mark(self, keys: KeyRange) -> bytes:
        """The same as before only if no row of the range has been written since.

        Marks are kept for whole runs of keys, so a row beside the range may change it, too. Empty
        where the range has no tickets.
        """
        found = self.rows(_MARKS, (keys.first // RUN, keys.last // RUN))
        ((tickets,),) = self.rows(_COUNT, (keys.first, keys.last))
        # INSERT OR REPLACE takes a ticket away without calling the trigger of a deletion.
        return b"".join((*(mark for (mark,) in found), b"%d" % tickets)) if found else b""

    def past_digest(self, keys: KeyRange) -> bytes:
        """A hash over all rows of the range that a verdict rests on, whichever helpdesk's.

        What is derived from the rows can say by it whether it still is what the rows are.
        """
        digest = hashlib.blake2b(digest_size=16)
        with self.reading():
            for sql in _CONTENTS:
                ((text,),) = self.rows(sql, (keys.first, keys.last))
                digest.update(text.encode("utf-8", "surrogatepass"))
        return digest.digest()

    def _page(self, host: str, keys: KeyRange) -> list[tuple[int, StoredTicket]]:
        with self.reading():
            tickets = self.rows(_TICKETS, (keys.first, keys.last, host, PAGE))
            if not tickets:
                return []
            bounds = (tickets[0][0], tickets[-1][0])
            events = self.rows(_HOST_EVENTS, bounds)
            parts = _Parts(
                events=_grouped_events([row[:11] for row in events]),
                observed=_grouped_events(self.rows(_OBSERVED, bounds)),
                amendments=_grouped_events(self.rows(_AMENDMENTS, bounds)),
                instances=_grouped_instances(self.rows(_INSTANCES, bounds)),
                vanished=_vanished(events),
            )
        return [(row[0], parts.ticket(row)) for row in tickets]


@dataclass(frozen=True, slots=True)
class _Parts:
    """What belongs to the tickets of a page, by their keys."""

    events: Mapping[int, list[Event]]
    observed: Mapping[int, list[Event]]
    amendments: Mapping[int, list[Event]]
    instances: Mapping[int, list[StoredInstance]]
    vanished: Mapping[int, set[str]]

    def ticket(self, row: Sequence[Any]) -> StoredTicket:
        """The ticket of a row: its key, then :data:`TICKET_COLUMNS`."""
        key = row[0]
        return StoredTicket(
            row=ticket_of(row[1:]),
            events=tuple(self.events.get(key, ())),
            observed=tuple(self.observed.get(key, ())),
            amendments=tuple(self.amendments.get(key, ())),
            instances=tuple(self.instances.get(key, ())),
            vanished=frozenset(self.vanished.get(key, ())),
        )


def _grouped_events(rows: Sequence[Sequence[Any]]) -> Mapping[int, list[Event]]:
    found: defaultdict[int, list[Event]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(event_of(row[1:]))
    return found


def _grouped_instances(rows: Sequence[Sequence[Any]]) -> Mapping[int, list[StoredInstance]]:
    found: defaultdict[int, list[StoredInstance]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(instance_of(row[1:]))
    return found


def _vanished(rows: Sequence[Sequence[Any]]) -> Mapping[int, set[str]]:
    found: defaultdict[int, set[str]] = defaultdict(set)
    for row in rows:
        if row[11]:
            found[row[0]].add(row[3])
    return found
