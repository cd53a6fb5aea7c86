"""Everything that is asked of the store; no query walks more rows than it answers with.

Long answers come in pages that each start where the last ended: no read stays open while the
caller writes, so an iteration neither sees its own rows nor blocks anybody.
"""

# ruff: noqa: S608 - column lists are constants of this package, values are always bound.
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from slaplugin.app.ports import Adoption, StoredInstance, StoredTicket, TicketRow
from slaplugin.core.actions import ActionRow, ActionStatus
from slaplugin.core.model import Event
from slaplugin.store.codec import loads
from slaplugin.store.standings import StandingReads
from slaplugin.store.tickets import (
    ACTION_COLUMNS,
    FROM_ACTIONS,
    INSTANCE_COLUMNS,
    TICKET_COLUMNS,
    action_of,
    instance_of,
    ticket_of,
)
from slaplugin.store.timeline import COLUMNS, event_of

PAGE = 500
_BEFORE_ALL, _AFTER_ALL = -(2**63), 2**63 - 1

DUE = (
    "SELECT id FROM tickets WHERE live = 1 AND held IS NULL AND next_check_at IS NOT NULL"
    " AND host = ? AND next_check_at <= ? ORDER BY next_check_at, id LIMIT ?"
)
NEXT_CHECK = (
    "SELECT next_check_at FROM tickets WHERE live = 1 AND held IS NULL"
    " AND next_check_at IS NOT NULL AND host = ? AND next_check_at > ?"
    " ORDER BY next_check_at LIMIT 1"
)
NEXT_RETRY = (
    "SELECT held_until FROM tickets WHERE held IS NOT NULL AND host = ? AND held_until > ?"
    " ORDER BY held_until LIMIT 1"
)
RETRY = (
    "SELECT id FROM tickets WHERE held IS NOT NULL AND host = ? AND held_until <= ?"
    " ORDER BY held_until, id LIMIT ?"
)
_STALE = (
    "SELECT id FROM tickets WHERE open = 1 AND live = 1 AND held IS NULL AND host = ?"
    " AND policy_set {}"
)
# Three ranges of the index instead of a look at every open ticket.
STALE = " UNION ALL ".join(map(_STALE.format, ("IS NULL", "< ?", "> ?"))) + " LIMIT ?"
IDS = "SELECT id FROM tickets WHERE host = ? AND id > ? ORDER BY id LIMIT ?"
OPEN_IDS = "SELECT id FROM tickets WHERE open = 1 AND host = ? AND id > ? ORDER BY id LIMIT ?"
TICKETS_OF = {
    "customer": "SELECT id FROM tickets WHERE open = 1 AND customer_key IS NOT NULL"
    " AND host = ? AND customer_key = ? ORDER BY id",
    "organization": "SELECT id FROM tickets WHERE open = 1 AND organization_key IS NOT NULL"
    " AND host = ? AND organization_key = ? ORDER BY id",
}
OWNED = (
    "SELECT owner, count(*) FROM tickets WHERE open = 1 AND owner IS NOT NULL AND host = ?"
    " GROUP BY owner"
)
OPEN_INSTANCES = (
    f"SELECT i.due_order, i.instance_key, {INSTANCE_COLUMNS}, {TICKET_COLUMNS}"
    " FROM instances i CROSS JOIN tickets t USING (ticket_key)"
    " WHERE i.watched = 1 AND (i.due_order, i.instance_key) > (?, ?) AND t.host = ?"
    " ORDER BY i.due_order, i.instance_key LIMIT ?"
)
ENDED_INSTANCES = (
    f"SELECT i.ended_at, i.instance_key, {INSTANCE_COLUMNS}"
    " FROM instances i CROSS JOIN tickets t USING (ticket_key)"
    " WHERE i.ended_at IS NOT NULL AND (i.ended_at, i.instance_key) > (?, ?) AND t.host = ?"
    " ORDER BY i.ended_at, i.instance_key LIMIT ?"
)
COUNT_WRITES = (
    "SELECT count(*) FROM actions WHERE status = 'done' AND host = ? AND kind = ? AND at >= ?"
)
LAST_TOLD = (
    "SELECT value, max(at) FROM actions WHERE kind = 'notify' AND status = 'done' AND host = ?"
    " GROUP BY value"
)
LAST_ASSIGNED = (
    "SELECT value, max(at) FROM actions WHERE kind = 'set_owner' AND status = 'done'"
    " AND host = ? AND group_name = ? GROUP BY value"
)

_LOG = (
    "SELECT e.entry_no, e.link_no, e.at, e.kind, e.host, e.ticket, p.payload"
    " FROM audit_entries e LEFT JOIN audit_payloads p USING (entry_no)"
)


class Reads(StandingReads):
    """The reading half of the port :class:`slaplugin.app.ports.Store`."""

    def _one(self, sql: str, values: Sequence[Any] = ()) -> Any:
        rows = self.rows(sql, values)
        return rows[0][0] if rows else None

    def _texts(self, sql: str, values: Sequence[Any]) -> list[str]:
        return [row[0] for row in self.rows(sql, values)]

    # ------------------------------------------------------------------ tickets

    def ticket(self, host: str, ticket: str) -> StoredTicket | None:
        """The ticket with its whole timeline and instances; None if it is not known."""
        with self.reading():
            found = self.rows(
                f"SELECT t.ticket_key, {TICKET_COLUMNS} FROM tickets t WHERE host = ? AND id = ?",
                (host, ticket),
            )
            if not found:
                return None
            key = found[0][0]
            events = self.rows(
                f"SELECT {COLUMNS}, vanished FROM events WHERE ticket_key = ?"
                " ORDER BY at_ms, seq, identity",
                (key,),
            )
            return StoredTicket(
                row=ticket_of(found[0][1:]),
                events=tuple(event_of(row[:10]) for row in events),
                observed=self._events("observed_events", key),
                amendments=self._events("amendments", key),
                instances=self._instances(key),
                vanished=frozenset(row[2] for row in events if row[10]),
            )

    def _events(self, table: str, key: int) -> tuple[Event, ...]:
        rows = self.rows(
            f"SELECT {COLUMNS} FROM {table} WHERE ticket_key = ? ORDER BY at_ms, seq, identity",
            (key,),
        )
        return tuple(map(event_of, rows))

    def _instances(self, key: int) -> tuple[StoredInstance, ...]:
        rows = self.rows(
            f"SELECT {INSTANCE_COLUMNS}, s.urgent_from FROM instances i"
            " LEFT JOIN standings s USING (ticket_key, clock, start_event)"
            " WHERE i.ticket_key = ? ORDER BY i.instance_key",
            (key,),
        )
        return tuple(map(instance_of, rows))

    def revisions(self, host: str, ticket: str) -> Sequence[StoredInstance]:
        """Earlier versions of the ticket's finished instances, oldest first."""
        rows = self.rows(
            "SELECT i.policy_set, 1, i.revision, i.body FROM instance_revisions i"
            " JOIN tickets t USING (ticket_key) WHERE t.host = ? AND t.id = ?"
            " ORDER BY i.clock, i.start_event, i.revision",
            (host, ticket),
        )
        return [instance_of(row) for row in rows]

    def row(self, host: str, ticket: str) -> TicketRow | None:
        """The ticket's row alone; None if it is not known."""
        rows = self.rows(
            f"SELECT {TICKET_COLUMNS} FROM tickets t WHERE host = ? AND id = ?", (host, ticket)
        )
        return ticket_of(rows[0]) if rows else None

    def find(self, text: str) -> Sequence[tuple[str, str]]:
        """(host, id) of the tickets whose number, else whose id, is this text."""
        for column in ("number", "id"):
            rows = self.rows(
                f"SELECT host, id FROM tickets WHERE {column} = ? ORDER BY host, id", (text,)
            )
            if rows:
                return [(host, ticket) for host, ticket in rows]
        return []

    def due(self, host: str, now: int, limit: int) -> Sequence[str]:
        """Ids of live, not held tickets with ``next_check_at`` <= now, earliest first."""
        return self._texts(DUE, (host, now, limit))

    def next_check(self, host: str, after: int) -> int | None:
        """The earliest instant after this one at which :meth:`due` or :meth:`retry` names more."""
        found = (self._one(sql, (host, after)) for sql in (NEXT_CHECK, NEXT_RETRY))
        return min((at for at in found if at is not None), default=None)

    def retry(self, host: str, now: int, limit: int) -> Sequence[str]:
        """Ids of held tickets whose ``held_until`` has come, longest waiting first."""
        return self._texts(RETRY, (host, now, limit))

    def stale(self, host: str, policy_set: str, limit: int) -> Sequence[str]:
        """Ids of open, live, not held tickets last evaluated under another policy set or none."""
        return self._texts(STALE, (host, host, policy_set, host, policy_set, limit))

    def ids(self, host: str, *, open_only: bool = False, after: str = "") -> Iterator[str]:
        """Ids of all tickets of the host behind ``after``, in the order of their text."""
        sql, last = (OPEN_IDS if open_only else IDS), after
        while page := self._texts(sql, (host, last, PAGE)):
            yield from page
            last = page[-1]

    def tickets_of(self, host: str, kind: str, key: str) -> Sequence[str]:
        """Ids of the open tickets of a ``customer`` or an ``organization``."""
        return self._texts(TICKETS_OF[kind], (host, key))

    def held(self, host: str) -> Sequence[TicketRow]:
        """The tickets that are held, the next to be tried first."""
        rows = self.rows(
            f"SELECT {TICKET_COLUMNS} FROM tickets t WHERE held IS NOT NULL AND host = ?"
            " ORDER BY held_until, id",
            (host,),
        )
        return [ticket_of(row) for row in rows]

    def open_instances(self, host: str) -> Iterator[tuple[TicketRow, StoredInstance]]:
        """Every open instance with a target: earliest due first, those without a due last."""
        place = (_BEFORE_ALL, 0)
        while page := self.rows(OPEN_INSTANCES, (*place, host, PAGE)):
            for row in page:
                yield ticket_of(row[6:]), instance_of(row[2:6])
            place = page[-1][:2]

    def ended_instances(self, host: str, since: int) -> Iterator[StoredInstance]:
        """Every finished instance that ended at or after the instant, in that order."""
        place = (since - 1, _AFTER_ALL)
        while page := self.rows(ENDED_INSTANCES, (*place, host, PAGE)):
            for row in page:
                yield instance_of(row[2:])
            place = page[-1][:2]

    def owned_counts(self, host: str) -> Mapping[str, int]:
        """Login -> open tickets owned, as last seen."""
        return dict(self.rows(OWNED, (host,)))

    # ------------------------------------------------------------------ actions

    def action(self, key: str) -> ActionRow | None:
        """The action of this key; None if there is none."""
        rows = self.rows(f"SELECT {ACTION_COLUMNS} {FROM_ACTIONS} WHERE a.key = ?", (key,))
        return action_of(rows[0]) if rows else None

    def actions_of(self, host: str, ticket: str) -> Sequence[ActionRow]:
        """Every action of a ticket, in the order in which they fell due."""
        rows = self.rows(
            f"SELECT {ACTION_COLUMNS} {FROM_ACTIONS} WHERE t.host = ? AND t.id = ?"
            " ORDER BY a.due_at, a.key",
            (host, ticket),
        )
        return [action_of(row) for row in rows]

    def actions(
        self, host: str, *, status: ActionStatus | None = None, since: int | None = None
    ) -> Iterator[ActionRow]:
        """Actions of the host in the order in which their status was set (from ``since`` on)."""
        narrowed = "AND a.status = ?" if status else ""
        sql = (
            f"SELECT {ACTION_COLUMNS} {FROM_ACTIONS} WHERE a.host = ? {narrowed}"
            " AND (a.at, a.key) > (?, ?) ORDER BY a.at, a.key LIMIT ?"
        )
        fixed = (host, status) if status else (host,)
        place = (_BEFORE_ALL if since is None else since, "")
        while page := [action_of(row) for row in self.rows(sql, (*fixed, *place, PAGE))]:
            yield from page
            place = (page[-1].at, page[-1].key)

    def count_writes(self, host: str, since: int, kinds: Sequence[str]) -> int:
        """Actions of these kinds done at or after the instant."""
        return sum(self._one(COUNT_WRITES, (host, kind, since)) for kind in set(kinds))

    def last_told(self, host: str) -> Mapping[str, int]:
        """Notification channel -> instant of our last message to it."""
        return {loads(text): at for text, at in self.rows(LAST_TOLD, (host,))}

    def last_assigned(self, host: str, group: str) -> Mapping[str, int]:
        """Login -> instant of our last assignment in the group."""
        rows = self.rows(LAST_ASSIGNED, (host, group))
        return {login: at for login, at in ((loads(text), at) for text, at in rows) if login}

    # ------------------------------------------------------------------ the rest

    def bookmark(self, host: str, feed: str) -> str | None:
        """How far the feed was read; None: never."""
        return cast(
            str | None,
            self._one("SELECT bookmark FROM bookmarks WHERE host = ? AND feed = ?", (host, feed)),
        )

    def policy_set_text(self, hash: str) -> Mapping[str, Any] | None:
        """``{"text": {file: contents}, "closed": …, "engine": …, "priorities": …}``.

        ``closed`` is described in :func:`slaplugin.core.calendars.closed_dates`.
        """
        rows = self.rows(
            "SELECT text, closed, engine, priorities FROM policy_sets WHERE hash = ?", (hash,)
        )
        if not rows:
            return None
        text, closed, engine, priorities = rows[0]
        return {
            "text": loads(text),
            "closed": loads(closed),
            "engine": engine,
            "priorities": loads(priorities),
        }

    def adoptions(self) -> Sequence[Adoption]:
        """Which policy set was in force from when on, oldest first."""
        rows = self.rows("SELECT at, hash FROM adoptions ORDER BY adoption_no")
        return [Adoption(at, hash_) for at, hash_ in rows]

    def flag(self, name: str) -> str | None:
        """The flag's value; None: not set."""
        return cast(str | None, self._one("SELECT value FROM flags WHERE name = ?", (name,)))

    def audit_log(
        self, *, ticket: str | None = None, since: int | None = None, limit: int | None = None
    ) -> Iterator[Mapping[str, Any]]:
        """Entries, oldest first: ``entry, link, at, kind, host, ticket, payload, erased``.

        ``ticket`` is the host's id; ``limit`` keeps the latest ones. ``payload`` is None where it
        was erased.
        """
        narrowed, values = _narrowed(ticket, since)
        place = self._before_last(limit, narrowed, values) if limit is not None else 0
        sql = f"{_LOG} WHERE e.entry_no > ? {narrowed} ORDER BY e.entry_no LIMIT ?"
        while page := self.rows(sql, (place, *values, PAGE)):
            yield from map(_log_entry, page)
            place = page[-1][0]

    def _before_last(self, limit: int, narrowed: str, values: Sequence[Any]) -> int:
        first = self._one(
            "SELECT min(entry_no) FROM (SELECT e.entry_no FROM audit_entries e"
            f" WHERE e.entry_no > 0 {narrowed} ORDER BY e.entry_no DESC LIMIT ?)",
            (*values, limit),
        )
        return _AFTER_ALL if first is None else int(first) - 1


def _narrowed(ticket: str | None, since: int | None) -> tuple[str, list[Any]]:
    wanted = {"e.ticket = ?": ticket, "e.at >= ?": since}
    given = {part: value for part, value in wanted.items() if value is not None}
    return "".join(f" AND {part}" for part in given), list(given.values())


def _log_entry(row: Sequence[Any]) -> Mapping[str, Any]:
    entry, link, at, kind, host, ticket, payload = row
    return {
        "entry": entry,
        "link": link,
        "at": at,
        "kind": kind,
        "host": host,
        "ticket": ticket,
        "payload": None if payload is None else loads(payload),
        "erased": payload is None,
    }
