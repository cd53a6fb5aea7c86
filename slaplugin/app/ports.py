"""What the application asks of the world, as protocols; adapters live at the edges.

Instants are UTC epoch seconds, events carry UTC epoch milliseconds (see ``core.model``).
Adapters raise the errors of :mod:`slaplugin.app.errors` and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from slaplugin.app.erasing import PruningStore, PruningTransaction
from slaplugin.app.errors import SlapluginError
from slaplugin.app.standings import Key, Pressing, Tally
from slaplugin.core.actions import ActionRow, ActionStatus, ChangeKind, Seen
from slaplugin.core.model import ClockInstance, Event, Ticket, Timeline
from slaplugin.core.policies import PolicySet

# --------------------------------------------------------------------------- the helpdesk


@dataclass(frozen=True, slots=True)
class Change:
    """One wanted change of one ticket on the host."""

    kind: ChangeKind
    value: str | int | None
    """Tag, host name of the priority, group, state; owner login (None: nobody); note text;
    for ``set_field`` text, None (empty) or, for a date field, UTC epoch seconds."""
    field: str | None = None
    """Host field name, for ``set_field``."""
    key: str | None = None
    """The deterministic key of the action, carried by a note so that it is found again."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One full read of a ticket: its past, and what it shows now."""

    timeline: Timeline
    seen: Seen
    read_at: int
    """The host's now at the answer."""
    customer_key: str | None = None
    """The customer's id on the host (party facts change without the ticket, R14)."""
    organization_key: str | None = None


ReadResult = Snapshot | SlapluginError
"""A ticket, or why it could not be read (HostError, TicketHeldError)."""


def read_each(
    read: Callable[[str], Snapshot], ticket_ids: Sequence[str]
) -> Iterator[tuple[str, ReadResult]]:
    """``Host.read_many`` for hosts that give one ticket at a time."""
    for ticket_id in ticket_ids:
        try:
            yield ticket_id, read(ticket_id)
        except SlapluginError as error:
            yield ticket_id, error


@dataclass(frozen=True, slots=True)
class TicketRef:
    """A ticket that a change feed names."""

    id: str
    updated_at_ms: int
    """The host's stamp of the state it names, as ``Seen.updated_at_ms`` has it; 0: not told, so
    that the ticket is read whenever it is named."""
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a feed; ``bookmark`` may be saved once every item of the page is committed."""

    items: tuple[TicketRef, ...]
    bookmark: str
    left: int | None = None
    """Tickets after this page, where the host tells how many (backfill)."""
    share: float | None = None
    """How much of the feed is behind us after this page, 0 to 1, by dates where it does not."""


@dataclass(frozen=True, slots=True)
class Party:
    """A customer or organization as the host has it now.

    ``facts`` is keyed like a ticket's facts (``customer.vip``, ``organization.fields.tier``).
    """

    kind: Literal["customer", "organization"]
    key: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PartyPage:
    """Parties changed since a bookmark."""

    items: tuple[Party, ...]
    bookmark: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A ticket that a sweep did not find any more."""

    id: str
    why: Literal["gone", "lost"]
    """``gone``: deleted (404); ``lost``: no longer readable (403), may come back."""


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who can own tickets of a group."""

    login: str
    name: str
    open_tickets: int | None = None
    """None where the host does not tell; the application then counts its own."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The names a policy set may use, with the host's own words."""

    groups: tuple[str, ...]
    priorities: tuple[str, ...]
    states: Mapping[str, str]
    """State name -> state kind."""
    owners: tuple[str, ...]
    fields: Mapping[str, str]
    """Ticket custom field -> type: ``text``, ``datetime``, ``select``, ``number``, ``boolean``, or
    ``unknown`` where the account sees no definitions and no ticket has a value yet."""
    customer_fields: tuple[str, ...] = ()
    organization_fields: tuple[str, ...] = ()
    tags: tuple[str, ...] | None = None
    """None where the host does not list them to this account."""
    tags_field: str | None = None
    """The custom field in which tags live; None: the host has tags of its own."""
    complete: bool = True
    """False when the account may not list everything (names then count as unknown, not wrong)."""
    escalation_fields: frozenset[str] = frozenset()
    """Fields whose change makes the host choose another of its own SLAs."""


class Host(Protocol):
    """A helpdesk. Every method may raise HostTemporaryError / HostPermanentError."""

    @property
    def name(self) -> str:
        """The configured name; the first part of every ticket key."""

    @property
    def account(self) -> str | None:
        """Our own account's id on the host, as ``Actor.key`` has it; None: not known."""

    @property
    def priority_names(self) -> Mapping[str, str]:
        """Host priority -> urgent, high, normal, low."""

    def now(self) -> int:
        """The host's present: ``Date`` of the last answer plus local monotonic time."""

    def requests_made(self) -> int:
        """HTTP requests since this object was made (for the cycle's report)."""

    def reference(self) -> Reference: ...

    def changes(self, bookmark: str | None) -> Iterator[Page]:
        """Tickets changed since the bookmark (>=, with overlap); None: every open ticket."""

    def history(self, since: int, until: int | None, bookmark: str | None) -> Iterator[Page]:
        """Every ticket created or changed in [since, until), closed ones too (backfill)."""

    def parties(self, bookmark: str | None) -> Iterator[PartyPage]:
        """Customers and organizations changed since the bookmark; None: only set a bookmark."""

    def read(self, ticket_id: str) -> Snapshot:
        """Everything about one ticket; raises HostGoneError (404) or HostLostError (403)."""

    def read_many(self, ticket_ids: Sequence[str]) -> Iterator[tuple[str, ReadResult]]:
        """:meth:`read` for several, in this order, with as few requests as the host allows.

        Nothing is raised: what went wrong with a ticket comes in the place of its snapshot, and
        one that cannot be read does not spoil those that are asked for together with it.
        """

    def look(self, ticket_id: str) -> Seen:
        """Only what the ticket shows now: the cheap read that verifies a write."""

    def missing(self, known: Iterable[str]) -> Iterator[Missing]:
        """Which of the known tickets were deleted or can no longer be read (sweep)."""

    def agents_of(self, group: str) -> Sequence[Agent]:
        """Who can own tickets of the group, in a stable order."""

    def write(self, ticket_id: str, changes: Sequence[Change]) -> None:
        """Apply the changes, everything but tags in one request; tags: add before remove.

        Raises HostPermanentError when the host refuses. Verification is the caller's.
        """

    def has_note(self, ticket_id: str, key: str) -> bool:
        """Whether the note with this action key is on the ticket already."""


# --------------------------------------------------------------------------- the store


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


# --------------------------------------------------------------------------- the rest


class Hooks(Protocol):
    """What plugins are asked, one implementation after the other (architecture, rule 11).

    The *decide* methods raise HookError, which holds the ticket.
    """

    def ticket_facts(self, timeline: Timeline) -> Mapping[str, Any]:
        """Facts to add, keyed ``facts.<name>`` (or a known name such as ``customer.vip``)."""

    def pause_reason(self, timeline: Timeline) -> str | None:
        """Text while the ticket should count as waiting, else None."""

    def calendar_for(self, timeline: Timeline) -> str | None:
        """Name of the calendar that replaces the target's for this ticket, else None."""

    def choose_assignee(
        self, timeline: Timeline, group: str | None, candidates: Sequence[Agent]
    ) -> str | None: ...

    def transition(self, entry: AuditEntry) -> None:
        """Tell observers; their failures are recorded, nothing else happens."""


class PolicySource(Protocol):
    """Where policy sets come from."""

    def current(self) -> PolicySet:
        """The set in force; raises ConfigurationError with every problem."""

    def by_hash(self, hash: str) -> PolicySet | None:
        """A set that was in force once, rebuilt from the store's copy."""


class WallClock(Protocol):
    """The only source of now for the application."""

    def now(self) -> int: ...


class Progress(Protocol):
    """Told about long work; may print or stay silent."""

    def begin(self, what: str, total: int | None) -> None: ...

    def advance(self, done: int = 1) -> None: ...

    def end(self) -> None: ...
