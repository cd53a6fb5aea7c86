"""One full read of a ticket: three requests, a few more after a merge or for a stranger."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from slaplugin.app.errors import HostGoneError, HostLostError, TicketHeldError
from slaplugin.app.ports import Snapshot
from slaplugin.core.actions import Seen
from slaplugin.hosts.zammad.client import Client
from slaplugin.hosts.zammad.directory import Directory
from slaplugin.hosts.zammad.names import NOBODY, Names, ticket_fields
from slaplugin.hosts.zammad.timeline import RawTicket, Row, to_timeline
from slaplugin.hosts.zammad.wire import Record, assets_of, by_id, is_time, ms


class Reader:
    """Fetches raw tickets and turns them into snapshots."""

    def __init__(self, client: Client, directory: Directory) -> None:
        self._client = client
        self._directory = directory

    def read(self, ticket_id: str) -> Snapshot:
        """Everything about one ticket, as one snapshot."""
        raw = self._raw(ticket_id)
        try:
            return self._snapshot(raw)
        except (KeyError, TypeError, ValueError) as error:
            raise TicketHeldError(
                f"ticket {ticket_id}: the helpdesk's data cannot be understood "
                f"({type(error).__name__}: {error}); the others go on. Please report it with the "
                "answer of ticket_history"
            ) from error

    def _snapshot(self, raw: RawTicket) -> Snapshot:
        self._directory.require(*_mentioned(raw))
        self._directory.require_tables(_had(raw, "state"), _had(raw, "priority"))
        names = self._directory.names()
        return Snapshot(
            timeline=to_timeline(raw, names),
            seen=seen_of(raw.ticket, raw.tags, names),
            read_at=self._client.transport.now(),
            customer_key=_key(raw.ticket.get("customer_id")),
            organization_key=_key(raw.ticket.get("organization_id")),
        )

    def look(self, ticket_id: str) -> Seen:
        """Only what the ticket shows now: two requests, with the host's own names."""
        ticket = self._client.ticket(ticket_id)
        tags = self._client.tags(ticket_id)
        states = self._directory.states()
        known = states.get(int(ticket["state_id"]))
        owner = ticket.get("owner")
        return Seen(
            tags=frozenset(tags),
            priority=ticket.get("priority"),
            group=ticket.get("group"),
            owner=None if owner in (None, "-") else str(owner),
            state=ticket.get("state"),
            state_kind=known.kind if known else None,
            fields=_fields(ticket),
            updated_at_ms=ms(ticket["updated_at"]),
        )

    # ---------------------------------------------------------------- raw

    def _raw(self, ticket_id: str) -> RawTicket:
        # Tags first: a tag added in between is then undone by its row instead of being taken for
        # one that was there from the start.
        tags = self._tags(ticket_id)
        history = self._client.history(ticket_id)
        articles = by_id(self._client.articles(ticket_id))
        raw = self._from_history(ticket_id, history, frozenset())
        return self._with_moved(replace(raw, articles={**raw.articles, **articles}, tags=tags))

    def _tags(self, ticket_id: str) -> tuple[str, ...]:
        try:
            return self._client.tags(ticket_id)
        except HostLostError:
            # From 7 on tags ask for access, and nothing has access to a ticket that is gone.
            self._client.history(ticket_id)
            raise

    def _from_history(self, ticket_id: str, history: Record, inside: frozenset[int]) -> RawTicket:
        """Without tags; ``inside`` are the tickets that this one was merged into, in turn."""
        assets = assets_of(history)
        self._directory.learn(assets)
        ticket = by_id(assets.get("Ticket", {})).get(int(ticket_id))
        if ticket is None:
            ticket = self._client.ticket(ticket_id)
        raw = RawTicket(ticket, tuple(history.get("history") or ()), {})
        own = {row.about for row in raw.rows if row.article}
        pool = by_id(assets.get("TicketArticle", {}))
        known = {number: record for number, record in pool.items() if number in own}
        sources = self._sources(raw.rows, inside | {int(ticket_id)})
        return replace(raw, articles=known, absorbed=sources)

    def _sources(self, rows: tuple[Row, ...], inside: frozenset[int]) -> dict[int, RawTicket]:
        """The tickets that were merged into this one; their history tells what they brought.

        Two tickets can be merged into each other, one way and later back.
        """
        found: dict[int, RawTicket] = {}
        for row in rows:
            number = row.id_from if row.type == "received_merge" else None
            if number and number not in found and number not in inside:
                source = self._source(number, inside)
                if source is not None:
                    found[number] = source
        return found

    def _source(self, number: int, inside: frozenset[int]) -> RawTicket | None:
        try:
            history = self._client.history(str(number))
        except (HostGoneError, HostLostError):
            return None
        return self._from_history(str(number), history, inside)

    def _with_moved(self, raw: RawTicket) -> RawTicket:
        """Messages of a merged ticket live in its target; usually the assets still have them."""
        rows = raw.rows
        missing = {row.about for row in rows if row.article} - set(raw.articles)
        target = next((row.id_to for row in reversed(rows) if row.type == "merged_into"), None)
        if not missing or target is None:
            return raw
        try:
            moved = by_id(self._client.articles(str(target)))
        except (HostGoneError, HostLostError):
            return raw
        found = {number: moved[number] for number in missing if number in moved}
        return replace(raw, articles={**raw.articles, **found})


def seen_of(ticket: Record, tags: tuple[str, ...], names: Names) -> Seen:
    """What a plain ticket record shows, with names from the directory."""
    state = names.states.get(int(ticket["state_id"]))
    return Seen(
        tags=frozenset(tags),
        priority=names.priority(ticket.get("priority_id")),
        group=names.group(ticket.get("group_id")),
        owner=names.login(ticket.get("owner_id")),
        state=state.name if state else None,
        state_kind=state.kind if state else None,
        fields=_fields(ticket),
        updated_at_ms=ms(ticket["updated_at"]),
    )


def _fields(ticket: Record) -> dict[str, Any]:
    """Custom fields exactly as stored, so that undo can put them back; dates as epoch seconds."""
    return {name: _shown(ticket[name]) for name in ticket_fields(ticket)}


def _shown(value: Any) -> Any:
    return ms(value) // 1000 if is_time(value) else value


def _mentioned(raw: RawTicket) -> tuple[set[int], set[int]]:
    """Accounts and organizations whose names or facts the timeline needs."""
    ticket = raw.ticket
    people = {ticket.get("customer_id"), ticket.get("owner_id"), ticket.get("created_by_id")}
    for article in raw.articles.values():
        people |= {article.get("created_by_id"), article.get("origin_by_id")}
    organizations = {ticket.get("organization_id")}
    for row in raw.rows:
        if row.change and row.attribute in ("owner", "customer"):
            people |= {row.id_from, row.id_to}
        elif row.change and row.attribute == "organization":
            organizations |= {row.id_from, row.id_to}
    for source in raw.absorbed.values():
        more = _mentioned(source)
        people |= more[0]
        organizations |= more[1]
    return (
        {number for number in people if number and number != NOBODY},
        {number for number in organizations if number},
    )


def _had(raw: RawTicket, attribute: str) -> set[int]:
    """States or priorities the ticket has or had, and those merged into it."""
    rows = raw.rows
    moves = [row for row in rows if row.change and row.attribute == attribute]
    past = {number for row in moves for number in (row.id_from, row.id_to)}
    found = {number for number in (*past, raw.ticket.get(f"{attribute}_id")) if number}
    return found.union(*(_had(source, attribute) for source in raw.absorbed.values()))


def _key(number: Any) -> str | None:
    return None if number is None else str(number)
