"""The adapter itself: the ``Host`` protocol, put together from its parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from slaplugin.app.errors import (
    HostGoneError,
    HostLostError,
    HostPermanentError,
)
from slaplugin.app.ports import (
    Agent,
    Change,
    Missing,
    Page,
    PartyPage,
    ReadResult,
    Reference,
    Snapshot,
    read_each,
)
from slaplugin.core.actions import Seen
from slaplugin.hosts.access import in_header
from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.http import Transport
from slaplugin.hosts.parts import in_parts
from slaplugin.hosts.zammad.client import SCHEME, Client
from slaplugin.hosts.zammad.directory import Directory, away
from slaplugin.hosts.zammad.feed import Feed
from slaplugin.hosts.zammad.names import DEFAULT_PRIORITIES
from slaplugin.hosts.zammad.parties import Parties
from slaplugin.hosts.zammad.reader import Reader
from slaplugin.hosts.zammad.reference import TicketFields, reference
from slaplugin.hosts.zammad.writes import Writer

_BATCH = 200


@dataclass(frozen=True, slots=True)
class Account:
    """The account behind the credentials: its id is the ``actor.key`` of our own writes."""

    key: str
    login: str


class ZammadHost:
    """One Zammad. Cheap to make: nothing is asked of the helpdesk before it is needed."""

    readers = 2
    """Sessions that a backfill gains from: each ticket is three requests, which mostly wait."""

    def __init__(self, config: HostConfig) -> None:
        self.config = config
        self.transport = Transport(config, in_header(config, SCHEME))
        self.client = Client(self.transport)
        self.directory = Directory(self.client, config)
        self.fields = TicketFields(self.client)
        self._reader = Reader(self.client, self.directory)
        self._writer = Writer(self.client, self.directory)
        self._feed = Feed(
            self.client, self.directory, overlap=config.overlap, page_size=config.page_size
        )
        self._parties = Parties(self.client, self.directory, overlap=config.overlap)

    @property
    def name(self) -> str:
        """The configured name; the first part of every ticket key."""
        return self.config.name

    @property
    def priority_names(self) -> Mapping[str, str]:
        """Host priority -> urgent, high, normal, low."""
        return {**DEFAULT_PRIORITIES, **self.config.priorities}

    def now(self) -> int:
        """The host's present, UTC epoch seconds; asks for the time if nothing was asked yet."""
        if not self.transport.clock.known:
            self.directory.states()
        return self.transport.now()

    def requests_made(self) -> int:
        """HTTP requests since this object was made, repeated ones included."""
        return self.transport.requests_made()

    def own_account(self) -> Account:
        """The account that we write as."""
        me = self.directory.me()
        return Account(str(me["id"]), str(me.get("login", "")))

    @property
    def account(self) -> str | None:
        """Our own account's id, as ``Actor.key`` has it."""
        return self.own_account().key

    def reference(self) -> Reference:
        """Every name that a policy set may use, as far as this account may see them."""
        return reference(self.client, self.directory, self.fields)

    # ---------------------------------------------------------------- reading

    def changes(self, bookmark: str | None) -> Iterator[Page]:
        """Tickets changed since the bookmark (with overlap); None: every open ticket."""
        return self._feed.changes(bookmark)

    def history(self, since: int, until: int | None, bookmark: str | None) -> Iterator[Page]:
        """Every ticket created before ``until`` and changed since ``since``, closed ones too."""
        return self._feed.history(since, until, bookmark)

    def parties(self, bookmark: str | None) -> Iterator[PartyPage]:
        """Customers and organizations changed since the bookmark; None: only set a bookmark."""
        return self._parties.changed(bookmark)

    def read(self, ticket_id: str) -> Snapshot:
        """Everything about one ticket; raises HostGoneError (404) or HostLostError (403)."""
        return self._reader.read(ticket_id)

    def read_many(self, ticket_ids: Sequence[str]) -> Iterator[tuple[str, ReadResult]]:
        """One after the other: the API tells the history of a single ticket alone (facts 4)."""
        return read_each(self.read, ticket_ids)

    def look(self, ticket_id: str) -> Seen:
        """What the ticket shows now, in two requests."""
        return self._reader.look(ticket_id)

    def missing(self, known: Iterable[str]) -> Iterator[Missing]:
        """Which of these tickets are gone (404) or lost (403); 200 are asked about at once."""
        for part in in_parts(known, _BATCH):
            yield from self._missing(part)

    def _missing(self, batch: Sequence[str]) -> Iterator[Missing]:
        listed = {str(row["id"]) for row in self.client.tickets_of([int(one) for one in batch])}
        for ticket_id in batch:
            if ticket_id in listed:
                continue
            try:
                self.client.ticket(ticket_id)
            except HostGoneError:
                yield Missing(ticket_id, "gone")
            except HostLostError:
                yield Missing(ticket_id, "lost")

    def agents_of(self, group: str) -> Sequence[Agent]:
        """Active staff with full access to the group, by login.

        Left out are those out of office, the accounts listed in ``bots`` and our own.
        """
        number = self.directory.group_id(group)
        if number is None:
            raise HostPermanentError(
                f"group {group!r} does not exist on the helpdesk, or this account may not see it; "
                "check its name in the policies"
            )
        machines = self.config.bots | {self.own_account().login}
        today = datetime.fromtimestamp(self.now(), UTC).date()
        return [
            Agent(person.login, person.name)
            for person in self.directory.staff()
            if number in person.full_groups
            and person.login not in machines
            and not away(person.record, today)
        ]

    # ---------------------------------------------------------------- writing

    def write(self, ticket_id: str, changes: Sequence[Change]) -> None:
        """Apply the changes; everything but tags in one request."""
        self._writer.write(ticket_id, changes)

    def has_note(self, ticket_id: str, key: str) -> bool:
        """Whether the note with this action key is on the ticket already."""
        return self._writer.has_note(ticket_id, key)

    def close(self) -> None:
        """Give the connections back."""
        self.transport.close()
