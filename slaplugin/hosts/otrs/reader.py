"""Full reads in batches, and what the host may not be believed (facts 5, 6, 11).

A database statement that fails gives an answer that looks whole: no history, no messages, empty
fields. What contradicts itself is read once more by itself and then counts as a failed read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from slaplugin.app.errors import (
    HostError,
    HostLostError,
    HostPermanentError,
    HostTemporaryError,
    SlapluginError,
    TicketHeldError,
)
from slaplugin.app.ports import ReadResult, Snapshot
from slaplugin.core.actions import Seen
from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.otrs.client import Client, FaultError, OperationError
from slaplugin.hosts.otrs.directory import Directory
from slaplugin.hosts.otrs.names import NOBODY, Names, shown, tags_of, values_of
from slaplugin.hosts.otrs.timeline import (
    RawTicket,
    created_at,
    raw_of,
    states_of,
    to_timeline,
)
from slaplugin.hosts.otrs.timeline.merges import merged_into, merges_into
from slaplugin.hosts.otrs.timeline.spelling import field_change
from slaplugin.hosts.otrs.wire import Record, local, number, text

BATCH = 100
"""Tickets in one request; beyond that batching buys nothing (facts 12)."""
_FIELD_UPDATE = "TicketDynamicFieldUpdate"
_WRONG_ZONE = 600
"""Seconds that an answer may be on its way; zones differ by 900 at least."""


@dataclass(frozen=True, slots=True)
class Read:
    """One ticket as it came; ``now`` is the host's present, UTC epoch seconds."""

    ticket: Record
    history: Sequence[Record]
    now: int


class Reader:
    """Fetches raw tickets and turns them into snapshots."""

    def __init__(self, client: Client, directory: Directory, config: HostConfig) -> None:
        self._client = client
        self._directory = directory
        self._timing = config.timing
        self._zone_name = config.timezone
        self._zone_fits = False
        self._filled: set[str] = set()
        """Tickets that had values in their fields when they were last read."""

    # ---------------------------------------------------------------- full reads

    def read(self, ticket_id: str) -> Snapshot:
        """Everything about one ticket."""
        for _, found in self.read_many([ticket_id]):
            if isinstance(found, Snapshot):
                return found
            raise found
        raise HostLostError(f"ticket {ticket_id}: nothing was read")

    def read_many(self, ticket_ids: Sequence[str]) -> Iterator[tuple[str, ReadResult]]:
        """Two requests for each hundred; what fails together is read in ever smaller parts."""
        for start in range(0, len(ticket_ids), BATCH):
            yield from self._batch(ticket_ids[start : start + BATCH])

    def _batch(self, ids: Sequence[str]) -> Iterator[tuple[str, ReadResult]]:
        try:
            found = self._fetch(ids)
        except HostError as error:
            if len(ids) > 1 and _may_be_one_of_them(error):
                half = len(ids) // 2
                yield from self._batch(ids[:half])
                yield from self._batch(ids[half:])
            else:
                yield from ((one, _of_ticket(one, error)) for one in ids)
            return
        for ticket_id in ids:
            yield ticket_id, self._result(ticket_id, found.get(ticket_id))

    def _fetch(self, ids: Sequence[str]) -> dict[str, Read]:
        """Raises what the host answers for any of them.

        The history comes first: what happens before the second request is then left out as a whole
        (its messages are in no entry), and never told without its messages.
        """
        wanted = list(dict.fromkeys(ids))
        histories = self._client.histories(wanted)
        tickets = self._client.tickets(wanted)
        now = self._now()
        self._check_zone(tickets, now)
        self._directory.learn(tickets)
        self._directory.learn_accounts(histories.values())
        by_id = {text(ticket.get("TicketID")): ticket for ticket in tickets}
        return {
            ticket_id: Read(_without_texts(ticket), histories.get(ticket_id, ()), now)
            for ticket_id, ticket in by_id.items()
        }

    def _result(self, ticket_id: str, read: Read | None) -> ReadResult:
        try:
            return self._snapshot(ticket_id, self._sound(ticket_id, read))
        except SlapluginError as error:
            return error
        except (KeyError, TypeError, ValueError, IndexError) as error:
            return TicketHeldError(
                f"ticket {ticket_id}: the helpdesk's data cannot be understood "
                f"({type(error).__name__}: {error}); the others go on. Please report it with the "
                "answers of TicketGet and TicketHistoryGet"
            )

    def _sound(self, ticket_id: str, read: Read | None) -> Read:
        """The read, or a second one where the first contradicts itself."""
        if read is not None and _doubt(read) is None:
            return read
        again = self._fetch_one(ticket_id)
        doubt = "it gave nothing" if again is None else _doubt(again)
        if again is None or doubt is not None:
            raise HostTemporaryError(
                f"ticket {ticket_id}: the helpdesk's answer contradicts itself ({doubt}), as it "
                "does while its database fails; nothing was saved, the next cycle reads it again"
            )
        return again

    def _fetch_one(self, ticket_id: str) -> Read | None:
        try:
            return self._fetch([ticket_id]).get(ticket_id)
        except HostError as error:
            raise _of_ticket(ticket_id, error) from error

    def _snapshot(self, ticket_id: str, read: Read) -> Snapshot:
        raw = self._with_sources(self._raw(read), frozenset())
        target = self._target(raw)
        self._directory.require(states_of(raw) | (states_of(target) if target else {}))
        names = self._directory.names
        seen = seen_of(read.ticket, names)
        self._remember(ticket_id, read.ticket)
        return Snapshot(
            timeline=to_timeline(raw, names, target),
            seen=seen,
            read_at=self._client.transport.now(),
            customer_key=text(read.ticket.get("CustomerUserID")) or None,
            organization_key=text(read.ticket.get("CustomerID")) or None,
        )

    def _raw(self, read: Read) -> RawTicket:
        return raw_of(read.ticket, read.history, self._directory.names.zone, read.now)

    # ---------------------------------------------------------------- merges

    def _with_sources(self, raw: RawTicket, inside: frozenset[int]) -> RawTicket:
        """With the tickets that were merged into it, and into those."""
        inside |= {raw.id}
        found: dict[int, RawTicket] = {}
        for merge in merges_into(raw):
            if merge.source in inside or merge.source in found:
                continue
            source = self._other(merge.source)
            if source is not None:
                found[merge.source] = self._with_sources(source, inside)
        return replace(raw, absorbed=found)

    def _target(self, raw: RawTicket) -> RawTicket | None:
        """The ticket that has the messages of a merged one, at the end of the chain."""
        passed = {raw.id}
        found: RawTicket | None = None
        into = merged_into(raw)
        while into is not None and into not in passed:
            passed.add(into)
            target = self._other(into)
            if target is None:
                break
            found, into = target, merged_into(target)
        return self._with_sources(found, frozenset()) if found else None

    def _other(self, ticket: int) -> RawTicket | None:
        """Another ticket of a merge; None where it cannot be read (any more)."""
        try:
            return self._raw(self._sound(str(ticket), self._fetch_one(str(ticket))))
        except HostLostError:
            return None

    # ---------------------------------------------------------------- cheap reads

    def look(self, ticket_id: str) -> Seen:
        """What the ticket shows now: one request, a second one where all fields are empty."""
        ticket = self.plain(ticket_id)
        if ticket_id in self._filled and not _has_values(ticket):
            ticket = self.plain(ticket_id)
        self._remember(ticket_id, ticket)
        self._directory.learn([ticket])
        return seen_of(ticket, self._directory.names)

    def plain(self, ticket_id: str) -> Record:
        """The ticket with its fields, without messages; HostLostError where it is not readable."""
        try:
            found = self._client.tickets([ticket_id], articles=False, extended=False)
        except HostError as error:
            raise _of_ticket(ticket_id, error) from error
        if not found:
            raise HostTemporaryError(f"ticket {ticket_id}: TicketList gave nothing")
        return found[0]

    def plain_many(self, ticket_ids: Sequence[str]) -> list[Record]:
        """Those of the tickets that can be read, with their fields, without messages."""
        found: list[Record] = []
        for start in range(0, len(ticket_ids), BATCH):
            found += self._readable(ticket_ids[start : start + BATCH])
        return found

    def _readable(self, ids: Sequence[str]) -> list[Record]:
        try:
            return self._client.tickets(ids, articles=False, extended=False)
        except OperationError as refused:
            if refused.code != "AccessDenied":
                raise
        if len(ids) == 1:
            return []
        half = len(ids) // 2
        return [*self._readable(ids[:half]), *self._readable(ids[half:])]

    def _remember(self, ticket_id: str, ticket: Record) -> None:
        if _has_values(ticket):
            self._filled.add(ticket_id)
        else:
            self._filled.discard(ticket_id)

    # ---------------------------------------------------------------- time

    def _now(self) -> int:
        """The host's own present, also where ``--now`` moves ours: ages are counted from it."""
        return int(self._timing.wall() + self._client.transport.clock.skew())

    def _check_zone(self, tickets: Sequence[Record], now: int) -> None:
        """Ages are true seconds, creation times local texts: together they tell the zone (facts 8).

        HostPermanentError where no ticket fits the configured one.
        """
        aged = [ticket for ticket in tickets if number(ticket.get("Age")) > 0]
        if self._zone_fits or not aged:
            return
        zone = self._directory.names.zone
        for ticket in aged:
            if abs(created_at(ticket, zone, now) + number(ticket.get("Age")) - now) <= _WRONG_ZONE:
                self._zone_fits = True
                return
        ticket = aged[0]
        told = local(text(ticket.get("Created")))
        true = zone.local(now - number(ticket.get("Age")))
        raise HostPermanentError(
            f"host_timezone is {self._zone_name}, and the helpdesk's times do not fit it: ticket "
            f"{text(ticket.get('TicketID'))} shows {told} where it must be about {true}. Set "
            "host_timezone to what the helpdesk's setting OTOBOTimeZone or OTRSTimeZone says"
        )


def seen_of(ticket: Record, names: Names) -> Seen:
    """What a ticket record shows. A state of unknown type has no kind."""
    state = text(ticket.get("State"))
    known = names.states.get(state)
    values = values_of(ticket)
    owner = text(ticket.get("Owner"))
    changed = text(ticket.get("Changed"))
    return Seen(
        tags=frozenset(tags_of(values.get(names.tags_field))),
        priority=text(ticket.get("Priority")) or None,
        group=text(ticket.get("Queue")) or None,
        owner=None if number(ticket.get("OwnerID")) == NOBODY else owner or None,
        state=state or None,
        state_kind=known.kind if known else None,
        fields={
            name: shown(value, names.zone)
            for name, value in values.items()
            if name != names.tags_field
        },
        updated_at_ms=names.zone.seconds(changed) * 1000 if changed else 0,
    )


def _of_ticket(ticket_id: str, error: HostError) -> HostError:
    """``AccessDenied`` means "no such ticket" and "not for you" alike (facts 2)."""
    if not isinstance(error, OperationError) or error.code != "AccessDenied":
        return error
    return HostLostError(
        f"ticket {ticket_id} is not readable for this account: it was deleted, or moved to a queue "
        "that the account may not read; give the account rights on the queue",
        status=403,
    )


def _may_be_one_of_them(error: HostError) -> bool:
    """Whether a smaller batch may fare better."""
    if isinstance(error, OperationError):
        return error.status != 401
    return isinstance(error, FaultError) or error.status in (413, 504)


def _without_texts(ticket: Record) -> Record:
    """Without the texts of messages: most of the bytes, and nobody's business here."""
    articles = ticket.get("Article")
    if not isinstance(articles, list):
        return ticket
    kept = [
        {key: value for key, value in article.items() if key not in ("Body", "Attachment")}
        for article in articles
        if isinstance(article, Mapping)
    ]
    return {**ticket, "Article": kept}


def _has_values(ticket: Record) -> bool:
    return any(value not in (None, "", []) for value in values_of(ticket).values())


def _doubt(read: Read) -> str | None:
    """Why a read cannot be true; None: nothing speaks against it."""
    if not any(_is(entry, "NewTicket") for entry in read.history):
        return "a history without the ticket's creation"
    bound = any(number(entry.get("ArticleID")) for entry in read.history)
    if bound and not read.ticket.get("Article"):
        return "no messages, although the history speaks of some"
    if not _has_values(read.ticket) and _should_have_values(read):
        return "every custom field empty, although the history filled one"
    return None


def _should_have_values(read: Read) -> bool:
    listed = values_of(read.ticket)
    last: dict[str, str] = {}
    for entry in read.history:
        change = field_change(text(entry.get("Name"))) if _is(entry, _FIELD_UPDATE) else None
        if change is not None and change.to is not None:
            last[change.field] = change.to
    return any(value for name, value in last.items() if not listed or name in listed)


def _is(entry: Record, kind: str) -> bool:
    return text(entry.get("HistoryType")) == kind
