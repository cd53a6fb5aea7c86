"""The port of the local store, and the rows that it keeps. Instants are UTC epoch seconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from slaplugin.app.erasing import PruningStore, PruningTransaction
from slaplugin.app.standings import Key, Pressing, Tally
from slaplugin.core.actions import ActionRow, ActionStatus, Seen
from slaplugin.core.model import ClockInstance, Event, Ticket
from slaplugin.core.policies import PolicySet

NOTHING_SEEN = Seen()


@dataclass(frozen=True, slots=True)
class TicketRow:
    """What the store keeps about a ticket beside its events."""

    host: str
    id: str
    number: str
    title: str
    facts: Mapping[str, Any]
    """Facts at creation; of current-only facts the value first seen (the baseline, R14)."""
    current_only: frozenset[str]
    first_seen_at: int
    customer_key: str | None = None
    organization_key: str | None = None
    revision: str = ""
    """Hash of the content without our tags, fields and notes (architecture, rule 6)."""
    updated_at_ms: int = 0
    seen: Seen = NOTHING_SEEN
    next_check_at: int | None = None
    open: bool = True
    live: bool = True
    """False for tickets known only through a backfill: measured, never written."""
    held: str | None = None
    """Why the ticket is held (a poison ticket, a lost one); None: it is not."""
    held_until: int | None = None
    holds: int = 0
    """How often in a row it was held (backoff)."""
    missing: Literal["gone", "lost"] | None = None
    policy_set: str | None = None
    """Hash of the set it was last evaluated under."""
    url: str | None = None

    @property
    def ticket(self) -> Ticket:
        """What the engine needs of it."""
        return Ticket(
            host=self.host,
            id=self.id,
            number=self.number,
            title=self.title,
            url=self.url,
            facts=self.facts,
            current_only=self.current_only,
        )


@dataclass(frozen=True, slots=True)
class StoredInstance:
    """A clock instance as it was last recorded."""

    instance: ClockInstance
    policy_set: str
    finished: bool
    revision: int = 1
    urgent_from: int | None = None
    """From when on time alone makes it at risk or breached, UTC epoch seconds; None: never."""


@dataclass(frozen=True, slots=True)
class StoredTicket:
    """A ticket with its whole timeline: host events, observed events, amendments."""

    row: TicketRow
    events: tuple[Event, ...]
    """Host events, those marked vanished included, in order."""
    observed: tuple[Event, ...]
    amendments: tuple[Event, ...]
    instances: tuple[StoredInstance, ...]
    vanished: frozenset[str] = frozenset()
    """Identities of the host events that the host no longer shows."""

    @property
    def ticket(self) -> Ticket:
        return self.row.ticket


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry of the append-only history."""

    kind: str
    """``policy_loaded``, ``started``, ``breached``, ``met``, ``correction``, ``written`` …"""
    at: int
    payload: Mapping[str, Any]
    host: str | None = None
    ticket: str | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write: one holder at a time."""

    holder: str
    epoch: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class Adoption:
    """From ``at`` on the policy set of this hash was in force (rule R11)."""

    at: int
    hash: str


class Transaction(PruningTransaction, Protocol):
    """One BEGIN IMMEDIATE … COMMIT; its audit entries become one link of the chain."""

    def part(self) -> AbstractContextManager[None]:
        """Everything in the block or nothing of it, while the transaction goes on: for one ticket
        among many, of which something cannot be stored (TicketHeldError)."""

    def save_ticket(self, row: TicketRow) -> None: ...

    def replace_events(self, host: str, ticket: str, events: Sequence[Event]) -> Sequence[Event]:
        """Replace the host events as a whole; events the host no longer shows stay, marked
        vanished. Returns the events that are new or changed (empty: nothing happened)."""

    def add_observed(self, host: str, ticket: str, events: Sequence[Event]) -> None: ...

    def add_amendment(self, host: str, ticket: str, event: Event) -> None: ...

    def save_instances(self, host: str, ticket: str, instances: Sequence[StoredInstance]) -> None:
        """Replace the ticket's instance rows; a changed finished one keeps its older revisions."""

    def save_action(self, row: ActionRow) -> None: ...

    def claim(self, row: ActionRow, lease: Lease) -> bool:
        """Mark as claimed if the lease's epoch is still the store's; False if not, or if the
        action is already done."""

    def save_bookmark(self, host: str, feed: str, bookmark: str) -> None: ...

    def save_policy_set(self, policy_set: PolicySet, at: int) -> None: ...

    def set_flag(self, name: str, value: str | None) -> None: ...

    def audit(self, entry: AuditEntry) -> None: ...


class Store(PruningStore, Protocol):
    """The local store. Raises StoreError (exit code 5) when it cannot be used."""

    def tx(self) -> AbstractContextManager[Transaction]: ...

    def acquire(self, holder: str, now: int, seconds: int) -> Lease | None:
        """Take or renew the writer's lease; None while somebody else holds it."""

    def release(self, lease: Lease) -> None: ...

    def lease(self) -> Lease | None:
        """The lease as it stands, valid or expired; None: never taken, or given back."""

    def bookmark(self, host: str, feed: str) -> str | None: ...

    def ticket(self, host: str, ticket: str) -> StoredTicket | None: ...

    def row(self, host: str, ticket: str) -> TicketRow | None: ...

    def due(self, host: str, now: int, limit: int) -> Sequence[str]:
        """Ids of live, not held tickets with ``next_check_at`` <= now, earliest first."""

    def next_check(self, host: str, after: int) -> int | None:
        """The earliest instant after this one at which :meth:`due` or :meth:`retry` names more."""

    def retry(self, host: str, now: int, limit: int) -> Sequence[str]:
        """Ids of held tickets whose ``held_until`` has come."""

    def stale(self, host: str, policy_set: str, limit: int) -> Sequence[str]:
        """Ids of open live tickets last evaluated under another policy set."""

    def ids(self, host: str, *, open_only: bool = False, after: str = "") -> Iterator[str]: ...

    def tickets_of(self, host: str, kind: str, key: str) -> Sequence[str]:
        """Open tickets of a customer or an organization (``kind`` as in :class:`Party`)."""

    def held(self, host: str) -> Sequence[TicketRow]: ...

    def open_instances(self, host: str) -> Iterator[tuple[TicketRow, StoredInstance]]:
        """Every open instance with a target, for ``status`` (earliest due first)."""

    def reading(self) -> AbstractContextManager[object]:
        """One unchanging view for the block, whoever writes meanwhile."""

    def tallies(self, host: str, now: int) -> Sequence[Tally]:
        """Open clocks with a target that need no look at ``now``, counted."""

    def pressing(self, host: str, now: int, known: Mapping[Key, Pressing]) -> Iterator[Pressing]:
        """All others; those that are as they were known are not read again."""

    def due_at(self, host: str, due: int) -> Iterator[tuple[TicketRow, StoredInstance]]:
        """Open clocks with a target that are due at exactly this instant."""

    def ended_instances(self, host: str, since: int) -> Iterator[StoredInstance]:
        """Every finished instance that ended at or after the instant, in that order (today's
        attainment); one that left its policies while its ticket is open is not finished."""

    def action(self, key: str) -> ActionRow | None: ...

    def actions_of(self, host: str, ticket: str) -> Sequence[ActionRow]: ...

    def actions(
        self, host: str, *, status: ActionStatus | None = None, since: int | None = None
    ) -> Iterator[ActionRow]: ...

    def count_writes(self, host: str, since: int, kinds: Sequence[str]) -> int:
        """Actions of these kinds done at or after the instant (hourly limits)."""

    def owned_counts(self, host: str) -> Mapping[str, int]:
        """Login -> open tickets owned, as the store has them (``least_loaded``)."""

    def last_told(self, host: str) -> Mapping[str, int]:
        """Notification channel -> instant of our last message to it."""

    def last_assigned(self, host: str, group: str) -> Mapping[str, int]:
        """Login -> instant of our last assignment in the group (``round_robin``)."""

    def policy_set_text(self, hash: str) -> Mapping[str, Any] | None:
        """``{"text": {file: contents}, "closed": …, "engine": …, "priorities": …}``."""

    def adoptions(self) -> Sequence[Adoption]: ...

    def flag(self, name: str) -> str | None: ...

    def audit_log(
        self, *, ticket: str | None = None, since: int | None = None, limit: int | None = None
    ) -> Iterator[Mapping[str, Any]]: ...

    def close(self) -> None: ...
