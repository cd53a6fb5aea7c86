"""Everything that is written, inside one BEGIN IMMEDIATE … COMMIT."""

# ruff: noqa: S608 - column lists are constants of this package, values are always bound.
from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from slaplugin import __version__
from slaplugin.app.errors import StoreError
from slaplugin.app.ports import AuditEntry, Lease, StoredInstance, StoredTicket, TicketRow
from slaplugin.app.reporting.sealed import Seal
from slaplugin.core.actions import ActionRow
from slaplugin.core.calendars import closed_dates
from slaplugin.core.model import Event
from slaplugin.core.policies import PolicySet
from slaplugin.store import chain, erasing
from slaplugin.store.codec import dumps, load_seen, mapping_bytes
from slaplugin.store.failures import translated
from slaplugin.store.seals import insert_seal
from slaplugin.store.standings import Side, follow, replace_standings, side_of
from slaplugin.store.tickets import (
    SAVE_ACTION,
    SAVE_INSTANCE,
    SAVE_TICKET,
    action_values,
    instance_values,
    ticket_values,
)
from slaplugin.store.timeline import COLUMNS, IDENTITY, SAME, Row, first_of_each, row_of

if TYPE_CHECKING:
    from slaplugin.core.attainment.figures import Evidence

_HELD_FOR_GOOD = frozenset({"done", "adopted"})
_SELECT_EVENTS = f"SELECT ticket_key, {COLUMNS}, vanished FROM events WHERE ticket_key = ?"
_INSERT = (
    f"INSERT INTO events (ticket_key, {COLUMNS}, vanished) VALUES (?,?,?,?,?,?,?,?,?,?,?,{{}})"
)
_INSERT_EVENT, _INSERT_VANISHED = _INSERT.format(0), _INSERT.format(1)
_INSERT_ONCE = f"INSERT OR IGNORE INTO {{}} (ticket_key, {COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?)"
_INSERT_OBSERVED = _INSERT_ONCE.format("observed_events")
_INSERT_AMENDMENT = _INSERT_ONCE.format("amendments")


class SqliteTransaction:
    """The writes of one transaction (port :class:`slaplugin.app.ports.Transaction`).

    Made by :meth:`slaplugin.store.SqliteStore.tx` and of no use once its block has ended.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection: sqlite3.Connection | None = connection
        self._path = path
        self._keys: dict[tuple[str, str], int] = {}
        self._sides: dict[int, Side] = {}
        self._entries: list[chain.Sealed] = []

    # ------------------------------------------------------------------ life, for the store

    @property
    def _db(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StoreError("this transaction has ended: take a new one from the store")
        return self._connection

    def seal(self) -> None:
        """Add this transaction's audit entries as one link, just before the commit."""
        if self._entries:
            chain.append(self._db, self._entries)

    def end(self) -> None:
        """Refuse every later use."""
        self._connection = None

    @contextmanager
    def part(self) -> Iterator[None]:
        """Everything in the block or nothing of it, while the rest of the transaction goes on.

        For one ticket among many: what cannot be stored of it (TicketHeldError) is taken back, its
        audit entries too, and the others are recorded. Not to be nested.
        """
        entries = len(self._entries)
        with translated(self._path):
            self._db.execute("SAVEPOINT part")
            try:
                yield
            except BaseException:
                del self._entries[entries:]
                self._keys.clear()  # a key may be that of a ticket that is gone again
                self._sides.clear()
                if self._db.in_transaction:  # a full disk ends it whole
                    self._db.execute("ROLLBACK TO part")
                    self._db.execute("RELEASE part")
                raise
            self._db.execute("RELEASE part")

    # ------------------------------------------------------------------ tickets

    def save_ticket(self, row: TicketRow) -> None:
        """Insert or update the ticket's row."""
        values = ticket_values(row)
        (key,) = self._db.execute(SAVE_TICKET, values).fetchone()
        self._keys[row.host, row.id] = key
        side = self._sides[key] = side_of(row, values)
        follow(self._db, key, side)

    def replace_events(self, host: str, ticket: str, events: Sequence[Event]) -> Sequence[Event]:
        """Replace the host events as a whole; returns those that are new or changed.

        An event that the host no longer shows stays and counts, marked vanished.
        """
        key = self._key(host, ticket)
        given = first_of_each(events)
        old: dict[str, tuple[Row, int]] = {
            row[IDENTITY]: (row[:11], row[11])
            for row in self._db.execute(_SELECT_EVENTS, (key,)).fetchall()
        }
        if not old:
            self._db.executemany(_INSERT_EVENT, [row_of(key, event) for event in given.values()])
            return list(given.values())
        new = {identity: row_of(key, event) for identity, event in given.items()}
        kept = {identity: row for identity, (row, _) in old.items() if identity not in new}
        if _same_rows(old, new, kept):
            return ()
        self._db.execute("DELETE FROM events WHERE ticket_key = ?", (key,))
        self._db.executemany(_INSERT_EVENT, new.values())
        self._db.executemany(_INSERT_VANISHED, kept.values())
        return [
            event
            for identity, event in given.items()
            if identity not in old or old[identity][0][SAME] != new[identity][SAME]
        ]

    def add_observed(self, host: str, ticket: str, events: Sequence[Event]) -> None:
        """Add what was observed; an event whose identity is there already is the same event."""
        key = self._key(host, ticket)
        self._db.executemany(_INSERT_OBSERVED, [row_of(key, event) for event in events])

    def add_amendment(self, host: str, ticket: str, event: Event) -> None:
        """Add an amendment; an event whose identity is there already is the same event."""
        self._db.execute(_INSERT_AMENDMENT, row_of(self._key(host, ticket), event))

    # ------------------------------------------------------------------ instances

    def save_instances(self, host: str, ticket: str, instances: Sequence[StoredInstance]) -> None:
        """Replace the ticket's instance rows; a changed or dropped finished one keeps its past.

        The store numbers the revisions; ``StoredInstance.revision`` is what it answers with.
        """
        key = self._key(host, ticket)
        old = {
            (clock, start): (policy_set, finished, body, revision)
            for clock, start, policy_set, finished, body, revision in self._db.execute(
                "SELECT clock, start_event, policy_set, finished, body, revision"
                " FROM instances WHERE ticket_key = ?",
                (key,),
            )
        }
        past = self._last_revisions(key) if instances else {}
        rows = []
        for stored in instances:
            row = instance_values(key, stored, 0)
            rows.append((*row[:5], _revision(row, old.get(row[1:3]), past), *row[6:]))
        self._keep_finished(key, old, {row[1:3]: (row[3], row[4], row[8]) for row in rows})
        if old:
            self._db.execute("DELETE FROM instances WHERE ticket_key = ?", (key,))
        self._db.executemany(SAVE_INSTANCE, rows)
        bodies = (row[8] for row in rows)
        replace_standings(self._db, key, self._sides.get(key), zip(instances, bodies, strict=True))

    def _last_revisions(self, key: int) -> Mapping[tuple[str, str], int]:
        return {
            (clock, start): revision
            for clock, start, revision in self._db.execute(
                "SELECT clock, start_event, max(revision) FROM instance_revisions"
                " WHERE ticket_key = ? GROUP BY clock, start_event",
                (key,),
            )
        }

    def _keep_finished(
        self,
        key: int,
        old: Mapping[tuple[str, str], tuple[str, int, str, int]],
        new: Mapping[tuple[str, str], tuple[str, int, str]],
    ) -> None:
        self._db.executemany(
            "INSERT INTO instance_revisions"
            " (ticket_key, clock, start_event, revision, policy_set, body)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [
                (key, *identity, revision, policy_set, body)
                for identity, (policy_set, finished, body, revision) in old.items()
                if finished and new.get(identity) != (policy_set, finished, body)
            ],
        )

    # ------------------------------------------------------------------ actions

    def save_action(self, row: ActionRow) -> None:
        """Insert or update the action of this key."""
        key = self._key(row.host, row.ticket)
        if row.kind == "set_owner" and row.group is None:
            row = replace(row, group=self._group_of(key))
        self._db.execute(SAVE_ACTION, action_values(key, row))

    def _group_of(self, key: int) -> str | None:
        (seen,) = self._db.execute(
            "SELECT seen FROM tickets WHERE ticket_key = ?", (key,)
        ).fetchone()
        return load_seen(seen).group

    def claim(self, row: ActionRow, lease: Lease) -> bool:
        """Save the action as claimed under the lease's epoch, if that is still the store's.

        False, and nothing changed, if another holder took the lease meanwhile or the action is
        done or adopted already.
        """
        current = self._db.execute("SELECT holder, epoch FROM lease").fetchone()
        if current != (lease.holder, lease.epoch):
            return False
        before = self._db.execute(
            "SELECT status, attempts FROM actions WHERE key = ?", (row.key,)
        ).fetchone()
        if before and before[0] in _HELD_FOR_GOOD:
            return False
        attempts = max(row.attempts, before[1] + 1 if before else 1)
        self.save_action(replace(row, status="claimed", epoch=lease.epoch, attempts=attempts))
        return True

    # ------------------------------------------------------------------ the rest

    def save_bookmark(self, host: str, feed: str, bookmark: str) -> None:
        """Remember how far a feed was read."""
        self._db.execute(
            "INSERT INTO bookmarks VALUES (?, ?, ?)"
            " ON CONFLICT (host, feed) DO UPDATE SET bookmark = excluded.bookmark",
            (host, feed, bookmark),
        )

    def save_policy_set(self, policy_set: PolicySet, at: int) -> None:
        """Keep the set whole under its hash; from ``at`` on it is the one in force."""
        self._keep_policy_set(policy_set, at)
        last = self._db.execute(
            "SELECT hash FROM adoptions ORDER BY adoption_no DESC LIMIT 1"
        ).fetchone()
        if last != (policy_set.hash,):
            self._db.execute(
                "INSERT INTO adoptions (at, hash) VALUES (?, ?)", (at, policy_set.hash)
            )

    def _keep_policy_set(self, policy_set: PolicySet, at: int) -> None:
        known = self._db.execute("SELECT 1 FROM policy_sets WHERE hash = ?", (policy_set.hash,))
        if known.fetchone():
            return
        values = (
            policy_set.hash,
            dumps(policy_set.text),
            dumps(closed_dates(policy_set.calendars)),
            __version__,
            dumps(policy_set.priorities),
            at,
        )
        self._db.execute("INSERT INTO policy_sets VALUES (?, ?, ?, ?, ?, ?)", values)

    def set_flag(self, name: str, value: str | None) -> None:
        """Set a flag; None removes it."""
        if value is None:
            self._db.execute("DELETE FROM flags WHERE name = ?", (name,))
        else:
            self._db.execute(
                "INSERT INTO flags VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (name, value),
            )

    def save_seal(self, seal: Seal, evidence: Sequence[Evidence]) -> None:
        """Keep a closed period and the instances behind it."""
        insert_seal(self._db, seal, evidence)

    # ------------------------------------------------------------------ forgetting

    def forget_in(self, stored: StoredTicket, change: Callable[[str], str]) -> None:
        """Put a ticket without a person in the place of what is there.

        ``change`` takes the person out of the texts around it: of clocks, actions, revisions.
        """
        self.save_ticket(stored.row)
        key = self._key(stored.row.host, stored.row.id)
        erasing.rewrite_timeline(self._db, key, stored)
        erasing.change_texts(self._db, key, change)

    def prune(self, stored: StoredTicket, agent: Callable[[str], str], at: int) -> None:
        """Leave of a ticket and its actions only what figures need (UTC epoch seconds)."""
        self.save_ticket(stored.row)
        key = self._key(stored.row.host, stored.row.id)
        erasing.rewrite_timeline(self._db, key, stored)
        erasing.blur_actions(self._db, key, agent)
        erasing.mark_pruned(self._db, key, at)
        self.erase_history(stored.row.host, stored.row.id)

    def erase_history(self, host: str, ticket: str) -> int:
        """Erase what the audit entries of a ticket say; how many said something."""
        return self._erase(erasing.entries_of(self._db, host, ticket))

    def erase_speaking(self, within: Callable[[str], bool]) -> int:
        """Erase every audit entry that speaks so, whatever it is about; how many there were."""
        return self._erase(erasing.entries_speaking(self._db, within))

    def _erase(self, entries: Sequence[int]) -> int:
        chain.erase(self._db, entries)
        return len(entries)

    def remember_forgotten(self, host: str, tokens: Iterable[str], alias: str, at: int) -> None:
        """Set tombstones, so that the person is recognised and never stored by name again."""
        erasing.remember(self._db, host, tokens, (alias, at))

    # ------------------------------------------------------------------ the chain

    def audit(self, entry: AuditEntry) -> None:
        """Record an entry; it becomes part of this transaction's link of the chain."""
        self._entries.append((entry, mapping_bytes(entry.payload)))

    def _key(self, host: str, ticket: str) -> int:
        key = self._keys.get((host, ticket))
        if key is None:
            row = self._db.execute(
                "SELECT ticket_key FROM tickets WHERE host = ? AND id = ?", (host, ticket)
            ).fetchone()
            if row is None:
                raise StoreError(
                    f"the store knows no ticket {ticket} of {host}: save_ticket must come first"
                )
            key = self._keys[host, ticket] = int(row[0])
        return key


def _same_rows(
    old: Mapping[str, tuple[Row, int]], new: Mapping[str, Row], kept: Mapping[str, Row]
) -> bool:
    # Names included: a renamed account is written down, although it changes no event.
    return all(old.get(identity) == (row, 0) for identity, row in new.items()) and all(
        old[identity][1] for identity in kept
    )


def _revision(
    row: Sequence[object],
    old: tuple[str, int, str, int] | None,
    past: Mapping[tuple[str, str], int],
) -> int:
    identity = (str(row[1]), str(row[2]))
    if old is None:
        return past.get(identity, 0) + 1
    policy_set, finished, body, revision = old
    changed = (row[3], row[4], row[8]) != (policy_set, finished, body)
    return revision + 1 if finished and changed else revision
