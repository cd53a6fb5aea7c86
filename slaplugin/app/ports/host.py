"""The port of a helpdesk, and the values that pass through it.

Instants are UTC epoch seconds, events carry UTC epoch milliseconds (see ``core.model``).
Adapters raise the errors of :mod:`slaplugin.app.errors` and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from slaplugin.app.errors import SlapluginError
from slaplugin.core.actions import ChangeKind, Seen
from slaplugin.core.model import Timeline


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

    def names(self, stamp_ms: int) -> bool:
        """Whether this is the state of the stamp; never where the host tells none."""
        return bool(self.updated_at_ms) and self.updated_at_ms == stamp_ms


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
