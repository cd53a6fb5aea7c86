"""The adapter itself: the ``Host`` protocol, put together from its parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from slaplugin.app.errors import HostGoneError, HostLostError
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
from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.parts import in_parts
from slaplugin.hosts.rt.client import BATCH, Client
from slaplugin.hosts.rt.directory import Directory
from slaplugin.hosts.rt.feed import Feed
from slaplugin.hosts.rt.names import priority_names
from slaplugin.hosts.rt.reader import Reader
from slaplugin.hosts.rt.reference import Owners, reference
from slaplugin.hosts.rt.search import every_ticket
from slaplugin.hosts.rt.wire import either
from slaplugin.hosts.rt.writes import Writer
from slaplugin.hosts.rt.zone import Zone

_NO_FEED = "{}"


class RtHost:
    """One Request Tracker. Cheap to make: nothing is asked before it is needed."""

    def __init__(self, config: HostConfig) -> None:
        self.config = config
        self.client = Client(config)
        self.transport = self.client.transport
        self.directory = Directory(self.client, config)
        self._zone = Zone(self.client, self.directory)
        self._reader = Reader(self.client, self.directory)
        self._writer = Writer(self.client, self.directory, self._zone)
        self._feed = Feed(self.client, config, self._zone)
        self._owners = Owners(self.client, self.directory, config)

    @property
    def name(self) -> str:
        """The configured name; the first part of every ticket key."""
        return self.config.name

    @property
    def account(self) -> str | None:
        """Our own login, as ``Actor.key`` has it; None where the token does not tell."""
        return self.directory.own_login()

    @property
    def priority_names(self) -> Mapping[str, str]:
        """Priority number as text -> urgent, high, normal, low."""
        return priority_names(self.config)

    def now(self) -> int:
        """The host's present, UTC epoch seconds; asks for the time if nothing was asked yet."""
        if not self.transport.clock.known:
            self.client.get("rt")
        return self.transport.now()

    def requests_made(self) -> int:
        """HTTP requests since this object was made, repeated ones included."""
        return self.transport.requests_made()

    def reference(self) -> Reference:
        """Every name that a policy set may use, as far as this account may see them."""
        return reference(self.client, self.directory, self.config)

    # ---------------------------------------------------------------- reading

    def changes(self, bookmark: str | None) -> Iterator[Page]:
        """Tickets changed since the bookmark (with overlap); None: every open ticket."""
        return self._feed.changes(bookmark)

    def history(self, since: int, until: int | None, bookmark: str | None) -> Iterator[Page]:
        """Every ticket created before ``until`` and changed since ``since``, closed ones too."""
        return self._feed.history(since, until, bookmark)

    def parties(self, bookmark: str | None) -> Iterator[PartyPage]:
        """Only a bookmark: REST 2 tells nobody but administrators when an account changed.

        What changed about a customer shows at the next read of a ticket (decision 99).
        """
        yield PartyPage((), bookmark or _NO_FEED)

    def read(self, ticket_id: str) -> Snapshot:
        """Everything about one ticket; raises HostGoneError (404) or HostLostError (403)."""
        return self._reader.read(ticket_id)

    def read_many(self, ticket_ids: Sequence[str]) -> Iterator[tuple[str, ReadResult]]:
        """Fifty tickets with all their transactions in a handful of requests."""
        return self._reader.read_many(ticket_ids)

    def look(self, ticket_id: str) -> Seen:
        """What the ticket shows now, in one request."""
        return self._reader.look(ticket_id)

    def missing(self, known: Iterable[str]) -> Iterator[Missing]:
        """Which of these tickets are gone (404, or deleted) or lost (403), fifty at once."""
        for part in in_parts(known, BATCH):
            yield from self._missing(part)

    def _missing(self, batch: list[str]) -> Iterator[Missing]:
        query = f"({either('id', batch)}) AND EffectiveId>0"
        listed = {str(row["id"]) for row in every_ticket(self.client, query, "Status")}
        for ticket_id in batch:
            if ticket_id in listed:
                continue
            try:
                shown = self._reader.look(ticket_id)
            except HostGoneError:
                yield Missing(ticket_id, "gone")
            except HostLostError:
                yield Missing(ticket_id, "lost")
            else:
                if shown.state_kind == "removed":
                    yield Missing(ticket_id, "gone")

    def agents_of(self, group: str) -> Sequence[Agent]:
        """Who can own tickets of the queue, by login."""
        return self._owners.of(group)

    # ---------------------------------------------------------------- writing

    def write(self, ticket_id: str, changes: Sequence[Change]) -> None:
        """Apply the changes; everything but a note in one request."""
        self._writer.write(ticket_id, changes)

    def has_note(self, ticket_id: str, key: str) -> bool:
        """Whether the note with this action key is on the ticket already."""
        return self._writer.has_note(ticket_id, key)

    def close(self) -> None:
        """Give the connections back."""
        self.transport.close()
