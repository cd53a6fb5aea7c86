"""The adapter itself: the ``Host`` protocol, put together from its parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from slaplugin.app.errors import HostPermanentError, HostTemporaryError
from slaplugin.app.ports import (
    Agent,
    Change,
    Missing,
    Page,
    PartyPage,
    ReadResult,
    Reference,
    Snapshot,
)
from slaplugin.core.actions import Seen
from slaplugin.hosts.access import unsigned
from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.http import Transport
from slaplugin.hosts.otrs.client import Client, login_of
from slaplugin.hosts.otrs.directory import Directory
from slaplugin.hosts.otrs.feed import Feed, Pace
from slaplugin.hosts.otrs.names import DEFAULT_PRIORITIES
from slaplugin.hosts.otrs.reader import Reader
from slaplugin.hosts.otrs.reference import Samples
from slaplugin.hosts.otrs.routes import routes_of
from slaplugin.hosts.otrs.wire import zone_of
from slaplugin.hosts.otrs.writes import Writer
from slaplugin.hosts.parts import in_parts

_BATCH = 400
"""Tickets that a sweep asks about at once."""


def make_client(config: HostConfig) -> Client:
    """Typed calls to the helpdesk of these settings; nothing is asked of it yet.

    ConfigurationError for mistakes in ``url``, ``routes``, ``user`` and ``password``.
    """
    routes = routes_of(config)
    transport = Transport(replace(config, url=routes.site), unsigned)
    return Client(transport, routes, login_of(config))


class OtrsHost:
    """One helpdesk of the family. Cheap to make: nothing is asked before it is needed."""

    def __init__(self, config: HostConfig) -> None:
        self.config = config
        self.zone = zone_of(config.timezone)
        self.client = make_client(config)
        self.transport = self.client.transport
        self.directory = Directory(self.client, config, self.zone)
        self._reader = Reader(self.client, self.directory, config)
        self._writer = Writer(self.client, self._reader, self.directory.names)
        self._feed = Feed(self.client, self.zone, Pace(config.overlap, config.page_size))
        self._samples = Samples(self.client, self._reader, self.directory)

    @property
    def name(self) -> str:
        """The configured name; the first part of every ticket key."""
        return self.config.name

    @property
    def account(self) -> str | None:
        """Our own account's id (``UserID``), as ``Actor.key`` has it."""
        return self.client.me().get("UserID") or None

    @property
    def priority_names(self) -> Mapping[str, str]:
        """Host priority -> urgent, high, normal, low."""
        return {**DEFAULT_PRIORITIES, **self.config.priorities}

    def now(self) -> int:
        """The host's present, UTC epoch seconds; asks for the time if nothing was asked yet."""
        if not self.transport.clock.known:
            self.client.me()
        return self.transport.now()

    def requests_made(self) -> int:
        """HTTP requests since this object was made, repeated ones included."""
        return self.transport.requests_made()

    def reference(self) -> Reference:
        """The names that recent tickets show; never complete, since the host lists nothing."""
        return self._samples.reference()

    # ---------------------------------------------------------------- reading

    def changes(self, bookmark: str | None) -> Iterator[Page]:
        """Tickets changed since the bookmark (with overlap); None: every unfinished ticket."""
        return self._feed.changes(bookmark)

    def history(self, since: int, until: int | None, bookmark: str | None) -> Iterator[Page]:
        """Every ticket created or changed in [since, until), finished ones too."""
        return self._feed.history(since, until, bookmark)

    def parties(self, bookmark: str | None) -> Iterator[PartyPage]:
        """None ever changes: the host shows of customers only what their tickets say."""
        yield PartyPage((), bookmark or "none")

    def read(self, ticket_id: str) -> Snapshot:
        """Everything about one ticket; raises HostLostError where it is not readable (any more)."""
        return self._reader.read(ticket_id)

    def read_many(self, ticket_ids: Sequence[str]) -> Iterator[tuple[str, ReadResult]]:
        """Two requests for each hundred tickets, a few more after merges."""
        return self._reader.read_many(ticket_ids)

    def look(self, ticket_id: str) -> Seen:
        """What the ticket shows now, in one request."""
        return self._reader.look(ticket_id)

    def missing(self, known: Iterable[str]) -> Iterator[Missing]:
        """Which tickets cannot be found any more: always ``lost``, since the host does not tell a
        deleted ticket from one in a queue that this account may not read (decision 0090).

        HostTemporaryError where the search finds nothing at all.
        """
        for part in in_parts(known, _BATCH):
            yield from self._missing(part)

    def _missing(self, batch: Sequence[str]) -> Iterator[Missing]:
        found = self._found(batch)
        suspects = [one for one in batch if one not in found]
        if suspects and not found and not self.client.search({"Limit": 1}):
            raise HostTemporaryError(
                "TicketSearch finds no ticket at all: the helpdesk's database fails, or the "
                "account lost its rights on every queue; no ticket counts as missing by it"
            )
        # Asked again: a statement that failed in between looks like tickets that are gone.
        again = self._found(suspects) if suspects else frozenset()
        yield from (Missing(one, "lost") for one in suspects if one not in again)

    def _found(self, batch: Sequence[str]) -> frozenset[str]:
        wanted = {"TicketID": list(batch), "Limit": len(batch), "SearchInArchive": "AllTickets"}
        found = frozenset(self.client.search(wanted))
        if not found <= set(batch):
            raise HostPermanentError(
                "TicketSearch ignores TicketID, so that nothing tells which tickets are missing; "
                "import the definition of the web service that ships with slaplugin as it is"
            )
        return found

    def agents_of(self, group: str) -> Sequence[Agent]:
        """Who owns or answers for recent tickets of the queue, by login.

        Left out are the accounts listed in ``bots`` and our own.
        """
        own = frozenset({self.client.me().get("UserLogin", "")})
        return self._samples.agents_of(group, self.config.bots | own)

    # ---------------------------------------------------------------- writing

    def write(self, ticket_id: str, changes: Sequence[Change]) -> None:
        """Apply the changes: fields, tags, priority and state in one request, then the move, the
        owner and the note in a request each."""
        self._writer.write(ticket_id, changes)

    def has_note(self, ticket_id: str, key: str) -> bool:
        """Whether the note with this action key is on the ticket already."""
        return self._writer.has_note(ticket_id, key)

    def close(self) -> None:
        """Give the connections back."""
        self.transport.close()
