"""Full reads: many tickets with their whole past in a handful of requests (facts 4).

Tickets are asked for before their transactions: what happens in between is then told by a
transaction and merely not shown yet, and the feed names the ticket again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from slaplugin.app.errors import (
    HostGoneError,
    HostPermanentError,
    HostTemporaryError,
    SlapluginError,
    TicketHeldError,
)
from slaplugin.app.ports import ReadResult, Snapshot
from slaplugin.core.actions import Seen
from slaplugin.hosts.rt.client import BATCH, TICKET_FIELDS, Client
from slaplugin.hosts.rt.directory import Directory
from slaplugin.hosts.rt.names import (
    CORE_DATES,
    Names,
    field_value,
    priority_text,
)
from slaplugin.hosts.rt.search import every_ticket, every_transaction, is_whole
from slaplugin.hosts.rt.timeline import RawTicket, Row, customer_of, rows_of, to_timeline
from slaplugin.hosts.rt.wire import Record, either, ref, refs, seconds, stamp, whole

Rows = Mapping[str, Sequence[Row]]


@dataclass(frozen=True, slots=True)
class _Batch:
    """What was found of some tickets, and what went wrong with others."""

    tickets: Mapping[str, Record]
    failed: Mapping[str, SlapluginError]


class Reader:
    """Fetches raw tickets and turns them into snapshots."""

    def __init__(self, client: Client, directory: Directory) -> None:
        self._client = client
        self._directory = directory

    # ---------------------------------------------------------------- one ticket

    def read(self, ticket_id: str) -> Snapshot:
        """Everything about one ticket; three requests for one whose people are known."""
        answer = self._client.ticket(ticket_id)
        record = self._own(ticket_id, answer.data)
        newest = whole((answer.etag or "").strip('"')) if record is answer.data else None
        rows = rows_of(every_transaction(self._client, _of([ticket_id]), until=newest))
        return self._snapshots({ticket_id: record}, rows)[ticket_id].snapshot()

    def _own(self, ticket_id: str, record: Record) -> Record:
        """A ticket's own columns: a merged one is answered with its survivor's (facts 3)."""
        if str(record.get("Type") or "ticket") != "ticket":
            raise HostGoneError(f"{ticket_id} is a {record['Type']} and no ticket")
        if str(record.get("id")) == ticket_id:
            return record
        found = every_ticket(self._client, f"id={int(ticket_id)} AND EffectiveId>0", TICKET_FIELDS)
        own = next((row for row in found if str(row["id"]) == ticket_id), None)
        return own or {**record, "id": ticket_id, "EffectiveId": {"id": str(record.get("id"))}}

    def look(self, ticket_id: str) -> Seen:
        """What the ticket shows now: one request."""
        record = self._own(ticket_id, self._client.ticket(ticket_id).data)
        self._directory.require_shown([record])
        return seen_of(ticket_id, record, self._directory.names())

    # ---------------------------------------------------------------- many

    def read_many(self, ticket_ids: Sequence[str]) -> Iterator[tuple[str, ReadResult]]:
        """Fifty at a time; one that is amiss comes with its error and spoils no other."""
        for first in range(0, len(ticket_ids), BATCH):
            ids = list(dict.fromkeys(ticket_ids[first : first + BATCH]))
            yield from self._read_batch(ids)

    def _read_batch(self, ids: list[str]) -> Iterator[tuple[str, ReadResult]]:
        try:
            batch = self._listed(ids)
            rows = self._rows(list(batch.tickets))
            found = self._snapshots(batch.tickets, rows)
        except HostTemporaryError as error:
            yield from ((ticket_id, error) for ticket_id in ids)
            return
        except (HostPermanentError, TicketHeldError):
            yield from ((ticket_id, self._alone(ticket_id)) for ticket_id in ids)
            return
        for ticket_id in ids:
            failed = batch.failed.get(ticket_id)
            yield ticket_id, failed or found[ticket_id].result

    def _alone(self, ticket_id: str) -> ReadResult:
        try:
            return self.read(ticket_id)
        except SlapluginError as error:
            return error

    def _listed(self, ids: list[str]) -> _Batch:
        """Tickets by search, merged ones too; whatever it leaves out (deleted ones) one by one."""
        query = f"({either('id', ids)}) AND EffectiveId>0"
        tickets = {str(row["id"]): row for row in every_ticket(self._client, query, TICKET_FIELDS)}
        failed: dict[str, SlapluginError] = {}
        for ticket_id in ids:
            if ticket_id in tickets:
                continue
            try:
                answer = self._client.ticket(ticket_id)
                tickets[ticket_id] = self._own(ticket_id, answer.data)
            except HostTemporaryError:
                raise
            except SlapluginError as error:
                failed[ticket_id] = error
        return _Batch(tickets, failed)

    def _rows(self, ids: list[str]) -> Rows:
        return rows_of(every_transaction(self._client, _of(ids))) if ids else {}

    # ---------------------------------------------------------------- put together

    def _snapshots(self, tickets: Mapping[str, Record], rows: Rows) -> dict[str, _Read]:
        raws = {
            ticket_id: RawTicket(ticket_id, record, tuple(rows.get(ticket_id, ())))
            for ticket_id, record in tickets.items()
        }
        pools = self._sources(raws)
        raws = {key: with_sources(raw, pools.get(key, {})) for key, raw in raws.items()}
        self._require(raws.values())
        names = self._directory.names()
        now = self._client.transport.now()
        checked = _Completeness(self._client)
        return {key: _Read(raw, names, now, checked) for key, raw in raws.items()}

    def _sources(self, raws: Mapping[str, RawTicket]) -> dict[str, dict[str, RawTicket]]:
        """Survivor -> everything that was ever merged into it."""
        into = {_final(raw) for raw in raws.values() if _survives(raw)}
        if not into:
            return {}
        found: dict[str, Record] = {}
        for some in _chunks(sorted(into)):
            rows = every_ticket(self._client, either("EffectiveId", some), TICKET_FIELDS)
            _check_survivors(some, rows, raws)
            found |= {str(row["id"]): row for row in rows if str(row["id"]) not in into}
        past: dict[str, Sequence[Row]] = {key: raw.rows for key, raw in raws.items()}
        for some in _chunks(sorted(found.keys() - raws.keys())):
            past |= self._rows(some)
        sources = {key: RawTicket(key, row, tuple(past.get(key, ()))) for key, row in found.items()}
        return {
            key: {one: raw for one, raw in sources.items() if _final(raw) == _final(survivor)}
            for key, survivor in raws.items()
            if _final(survivor) in into
        }

    def _require(self, raws: Iterable[RawTicket]) -> None:
        """Make sure that every name these tickets need is known."""
        whole_past = [part for raw in raws for part in _parts(raw)]
        rows = [row for raw in whole_past for row in raw.rows]
        self._directory.require_shown(raw.ticket for raw in whole_past)
        queues = {one for row in rows if row.attribute == "Queue" for one in (row.old, row.new)}
        fields = {row.field for row in rows if row.type == "CustomField"}
        self._directory.require((one for one in queues if one), fields)
        numbers = {
            one
            for row in rows
            if row.attribute == "Owner" or row.type in ("AddWatcher", "DelWatcher")
            for one in (row.old, row.new)
        }
        logins = {row.by for row in rows}
        for raw in whole_past:
            logins |= {*refs(raw.ticket.get("Requestor")), *refs(raw.ticket.get("Owner"))}
        self._directory.require_people(
            (one for one in logins if one), (one for one in numbers if one not in ("", "0"))
        )


class _Completeness:
    """Whether a ticket's transactions are all there; asks only where a doubt is left."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def check(self, raw: RawTicket) -> None:
        """Raises HostTemporaryError for half a past, so that nothing is concluded from it."""
        if not any(row.type == "Create" for row in raw.rows):
            raise HostTemporaryError(
                f"ticket {raw.id}: its history came without its creation; the helpdesk's answer "
                "was not whole, nothing was saved from it, the next cycle tries again"
            )
        changed = seconds(raw.ticket.get("LastUpdated")) or 0
        if not is_whole(self._client, raw.id, raw.rows[-1], changed):
            raise HostTemporaryError(
                f"ticket {raw.id}: a part of its history is missing from the helpdesk's answer; "
                "nothing was saved from it, the next cycle tries again"
            )


@dataclass(frozen=True, slots=True)
class _Read:
    """A ticket that was fetched, on the way to its snapshot."""

    raw: RawTicket
    names: Names
    now: int
    completeness: _Completeness

    @property
    def result(self) -> ReadResult:
        try:
            return self.snapshot()
        except SlapluginError as error:
            return error

    def snapshot(self) -> Snapshot:
        """Raises TicketHeldError for data that cannot be understood."""
        for part in _parts(self.raw):
            self.completeness.check(part)
        try:
            return self._snapshot()
        except (KeyError, TypeError, ValueError) as error:
            raise TicketHeldError(
                f"ticket {self.raw.id}: the helpdesk's data cannot be understood "
                f"({type(error).__name__}: {error}); the others go on. Please report it with the "
                f"answer of ticket/{self.raw.id}/history"
            ) from error

    def _snapshot(self) -> Snapshot:
        timeline = to_timeline(self.raw, self.names)
        customer = customer_of(self.raw, self.names)
        person = self.names.people.get(customer or "")
        return Snapshot(
            timeline=timeline,
            seen=seen_of(self.raw.id, self.raw.ticket, self.names),
            read_at=self.now,
            customer_key=customer,
            organization_key=person.organization if person else None,
        )


def seen_of(ticket_id: str, ticket: Record, names: Names) -> Seen:
    """What a ticket's own columns show.

    One that was merged shows its end alone: whoever opens it sees the other one, and whatever is
    written to it is written there (facts 3). So there is nothing of ours left to take back.
    """
    status = str(ticket.get("Status") or "")
    changed = stamp(ticket.get("LastUpdated"))
    if ref(ticket.get("EffectiveId")) not in (None, ticket_id):
        return Seen(state=status, state_kind="merged", updated_at_ms=changed)
    meaning = names.states.get(status) or names.states.get(status.lower())
    shown = {str(one.get("name")): one for one in ticket.get("CustomFields") or ()}
    tags = shown.pop(names.tags_field, {}).get("values") or ()
    return Seen(
        tags=frozenset(str(tag) for tag in tags if tag not in (None, "")),
        priority=priority_text(ticket.get("Priority")),
        group=names.queue(ref(ticket.get("Queue"))),
        owner=names.owner(ref(ticket.get("Owner"))),
        state=status,
        state_kind=meaning.kind if meaning else None,
        fields={name: _field_shown(names, one) for name, one in shown.items()}
        | {name: seconds(ticket.get(name)) for name in CORE_DATES},
        updated_at_ms=changed,
    )


def _field_shown(names: Names, shown: Record) -> object:
    found = names.field_named(str(shown.get("id")), str(shown.get("name")))
    return field_value(found, list(shown.get("values") or ()))


def with_sources(raw: RawTicket, pool: Mapping[str, RawTicket]) -> RawTicket:
    """The ticket with those that were merged into it, and those with theirs in turn.

    One whose history did not come is kept among them, so that the check finds it wanting.
    """
    own = {
        key: with_sources(other, {k: v for k, v in pool.items() if k not in (key, raw.id)})
        for key, other in pool.items()
        if key != raw.id and (not other.rows or _went_into(raw.id, other))
    }
    return RawTicket(raw.id, raw.ticket, raw.rows, own)


def _went_into(ticket_id: str, other: RawTicket) -> bool:
    return any(row.merge and row.target == ticket_id for row in other.rows)


def _parts(raw: RawTicket) -> Iterator[RawTicket]:
    yield raw
    for source in raw.absorbed.values():
        yield from _parts(source)


def _check_survivors(
    ids: Iterable[str], listed: Iterable[Record], raws: Mapping[str, RawTicket]
) -> None:
    """A survivor is part of itself: a list without it is a failed answer (facts 3)."""
    known = {str(row["id"]) for row in listed}
    for ticket_id in ids:
        survivor = raws.get(ticket_id)
        deleted = survivor is not None and survivor.ticket.get("Status") == "deleted"
        if survivor is not None and not deleted and ticket_id not in known:
            raise HostTemporaryError(
                f"ticket {ticket_id} was merged with others, and the helpdesk lists none of them: "
                "its database failed; nothing was saved from it, the next cycle tries again"
            )


def _survives(raw: RawTicket) -> bool:
    """Whether another ticket was merged into it."""
    return any(row.merge and row.target == raw.id for row in raw.rows)


def _final(raw: RawTicket) -> str:
    """Number of the ticket that it is part of now: mostly its own."""
    return ref(raw.ticket.get("EffectiveId")) or raw.id


def _of(ids: list[str]) -> str:
    """The query for the transactions of some tickets."""
    terms = either("ObjectId", ids)
    return terms if len(ids) == 1 else f"({terms})"


def _chunks(ids: list[str]) -> Iterator[list[str]]:
    for first in range(0, len(ids), BATCH):
        yield ids[first : first + BATCH]
