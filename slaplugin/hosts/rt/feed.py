"""The change feed by transaction number, the first load, and backfills (facts 4).

Numbers only grow, no time zone is involved, and deletions and merges are among them. What the
account may not see leaves gaps, and a database in trouble answers with emptiness; so the feed
moves past nothing it has not read, and believes in "nothing new" only when the ticket that changed
last confirms it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from slaplugin.app.errors import HostTemporaryError
from slaplugin.app.ports import Page, TicketRef
from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.rt.bookmarks import Bookmark, Place
from slaplugin.hosts.rt.client import Client, Found
from slaplugin.hosts.rt.names import DEFAULT_STATES, ENDED
from slaplugin.hosts.rt.search import (
    NO_MAIL,
    TICKETS_ONLY,
    check_count,
    every_ticket,
    feed_from,
)
from slaplugin.hosts.rt.timeline import Row, row_of
from slaplugin.hosts.rt.wire import Record, either, literal, ref, seconds, sql_time, stamp
from slaplugin.hosts.rt.zone import Zone

_REF_FIELDS = "Status,Created,LastUpdated,EffectiveId"
_SEASON = 2 * 3600
"""Seconds that a backfill asks for beyond its range: the zone was proven by one instant, and a
server may have another offset in another season. The answers are in UTC and decide."""


@dataclass(frozen=True, slots=True)
class _Span:
    """A backfill's range, UTC epoch seconds, ``until`` exclusive."""

    since: int
    until: int | None

    @property
    def query(self) -> str:
        """TicketSQL for it, merged tickets included, a little too wide."""
        asked = f"LastUpdated>={literal(sql_time(max(self.since - _SEASON, 86400)))}"
        if self.until is not None:
            asked += f" AND Created<{literal(sql_time(self.until + _SEASON))}"
        return f"{asked} AND EffectiveId>0"

    def holds(self, row: Record) -> bool:
        """Whether a ticket was created or changed in the range."""
        created, changed = seconds(row.get("Created")), seconds(row.get("LastUpdated"))
        if changed is None or changed < self.since:
            return False
        return self.until is None or (created is not None and created < self.until)


@dataclass(frozen=True, slots=True)
class _Step:
    """Some transactions after those that were read."""

    rows: tuple[Record, ...] = ()
    ended: bool = False
    """Nothing comes after them."""
    full: bool = False
    """They filled a page, so that more is likely."""


class Feed:
    """Which tickets changed, page by page with bookmarks."""

    def __init__(self, client: Client, config: HostConfig, zone: Zone) -> None:
        self._client = client
        self._config = config
        self._zone = zone
        self._states = {**DEFAULT_STATES, **config.states}

    # ---------------------------------------------------------------- changes

    def changes(self, text: str | None) -> Iterator[Page]:
        """Tickets changed since the bookmark; None: every open ticket first."""
        bookmark = Bookmark.parse(text)
        if bookmark is None:
            latest = self._latest()
            if latest is None:
                return  # no bookmark: whether there are none or they are withheld, ask again
            bookmark = Bookmark(after=self._start(latest), seen={}, loading=0)
        if bookmark.loading is None:
            yield from self._since(bookmark)
            return
        for items, reached in self._open_tickets(bookmark):
            yield Page(items, reached.text())
        for page in self._since(bookmark.loaded_to(None)):
            yield Page(self._with_status(page.items), page.bookmark)

    def _since(self, bookmark: Bookmark) -> Iterator[Page]:
        """Pages from the bookmark on, until the end is certain."""
        given = dict(bookmark.seen or {})
        last, step = bookmark.after, _Step()
        while not step.ended:
            step = self._next(last, step)
            rows = [row_of(record) for record in step.rows]
            bookmark = bookmark.reached(((row.id, row.at) for row in rows), self._config.overlap)
            yield Page(_refs(rows, given), bookmark.text())
            given.update((row.id, row.at) for row in rows)
            last = rows[-1].id if rows else last

    def _next(self, last: int, before: _Step) -> _Step:
        """The next rows after a number.

        Asked for from that number on, newest first: a page that reaches down to the number itself
        was cut nowhere, so that everything visible after it is there. In quiet times that is the
        whole pull; after a full page there is no hope of it.
        """
        query = feed_from(last)
        newest: tuple[Record, ...] = ()
        if not before.full:
            tail = self._client.transactions(query, order="DESC", per_page=self._client.page_size)
            newest = _newer(reversed(tail.items), last)
            if len(newest) < len(tail.items):
                return _Step(newest, ended=True)
        pages = self._pages(query)
        head = next(pages).items
        rows = _newer(head, last)
        if rows or before.full:
            return _Step(rows, full=bool(rows) and len(head) == self._client.page_size)
        until = int(newest[-1]["id"]) if newest else self._shown_elsewhere(last)
        if until <= last:
            return _Step(ended=True)
        return _Step(self._behind_hidden(pages, until, last))

    def _pages(self, query: str) -> Iterator[Found]:
        """Pages without end: the caller judges."""
        page = 1
        while True:
            yield self._client.transactions(query, page=page, per_page=self._client.page_size)
            page += 1

    def _behind_hidden(self, pages: Iterator[Found], newest: int, last: int) -> tuple[Record, ...]:
        """Rows behind whole pages of hidden ones: there can be no more of them than numbers."""
        for found in pages:
            if found.items:
                return found.items
            if (found.page - 1) * found.size > newest - last:
                break
        raise HostTemporaryError(
            f"the helpdesk has change {newest} and lists nothing after {last}: its database "
            "failed; nothing was saved from it, the next cycle tries again"
        )

    def _with_status(self, items: tuple[TicketRef, ...]) -> tuple[TicketRef, ...]:
        """The same tickets, told which are closed: a first load takes in no closed ones."""
        if not items:
            return ()
        query = f"({either('id', [one.id for one in items])}) AND EffectiveId>0"
        rows = every_ticket(self._client, query, _REF_FIELDS)
        listed = {str(row["id"]): self._ref(row) for row in rows}
        return tuple(listed.get(one.id, TicketRef(one.id, 0, closed=True)) for one in items)

    # ---------------------------------------------------------------- the control

    def _shown_elsewhere(self, last: int) -> int:
        """Number of the newest transaction of the ticket that changed last.

        It asks another table in another way than the feed does, when that showed nothing.
        """
        latest = self._latest()
        if latest is not None:
            return self._newest_of(latest)
        if not last:
            return 0
        raise HostTemporaryError(
            "the helpdesk shows no ticket at all, although it did before: its database failed, or "
            "the account lost its rights; nothing was saved, the next cycle tries again"
        )

    def _latest(self) -> Record | None:
        """The ticket that changed last; None where the account sees none."""
        found = self._client.latest("id>0", "LastUpdated", most=1)
        check_count(found)
        return next(iter(found.items), None)

    def _start(self, latest: Record) -> int:
        """Where the feed goes on after a first load: before what may still come to light late."""
        query = feed_from(0)
        rows = [row_of(row) for row in self._client.transactions(query, order="DESC").items]
        if not rows:
            return self._newest_of(latest)
        bound = rows[0].at - self._config.overlap
        old = [row.id for row in rows if row.at < bound]
        return max(old, default=rows[-1].id)

    def _newest_of(self, ticket: Record) -> int:
        """Number of a ticket's newest transaction."""
        query = f"{TICKETS_ONLY} AND ObjectId={int(ticket['id'])} AND {NO_MAIL}"
        found = self._client.transactions(query, order="DESC").items
        if not found:
            raise HostTemporaryError(
                f"the helpdesk shows ticket {ticket['id']} without any history: its database "
                "failed; nothing was saved, the next cycle tries again"
            )
        return max(int(row["id"]) for row in found)

    # ---------------------------------------------------------------- the first load

    def _open_tickets(self, bookmark: Bookmark) -> Iterator[tuple[tuple[TicketRef, ...], Bookmark]]:
        last = bookmark.loading or 0
        for rows in self._tickets_after(last, self._open_query()):
            last = max([last, *(int(row["id"]) for row in rows)])
            yield tuple(self._ref(row) for row in rows), bookmark.loaded_to(last)
        yield (), bookmark.loaded_to(None)

    def _open_query(self) -> str:
        """Whatever the host calls active, and what the settings call open all the same."""
        terms = ["Status='__Active__'"]
        terms += [
            f"Status={literal(name)}"
            for name, meaning in self._config.states.items()
            if meaning.kind not in ENDED
        ]
        return f"({' OR '.join(terms)})"

    def _tickets_after(self, last: int, query: str) -> Iterator[tuple[Record, ...]]:
        """Tickets of a query by number: what changes meanwhile changes no ticket's place."""
        return (found.items for found in self._founds_after(last, query))

    def _founds_after(self, last: int, query: str) -> Iterator[Found]:
        """The same with how many there are."""
        promised = 0
        while True:
            found = self._first_page(f"{query} AND id>{last}")
            if found is None:
                self._confirm_end(promised)
                return
            promised = max((found.total or 0) - len(found.items), 0)
            yield found
            last = int(found.items[-1]["id"])
            if found.ended:
                return

    def _confirm_end(self, promised: int) -> None:
        """An empty page where more was announced, or where no ticket shows at all, is no end."""
        if promised or self._latest() is None:
            raise HostTemporaryError(
                "the helpdesk stopped listing tickets in the middle of them, or lists none at "
                "all: its database failed, or the account lacks ShowTicket; what was read is "
                "kept, the next cycle goes on from there"
            )

    def _first_page(self, query: str) -> Found | None:
        """The first page that shows a ticket; None where none does."""
        order = {"fields": _REF_FIELDS, "orderby": "id", "order": "ASC"}
        order |= {"per_page": str(self._client.page_size)}
        page = 1
        while True:
            found = self._client.tickets(query, page=page, **order)
            if found.items:
                return found
            if page == 1:
                check_count(found)
            if found.ended:
                return None
            page += 1

    def _ref(self, row: Record) -> TicketRef:
        meaning = self._states.get(str(row.get("Status") or ""))
        merged = ref(row.get("EffectiveId")) not in (None, str(row["id"]))
        closed = merged or (meaning is not None and meaning.kind in ENDED)
        return TicketRef(str(row["id"]), stamp(row.get("LastUpdated")), closed)

    # ---------------------------------------------------------------- backfill

    def history(self, since: int, until: int | None, text: str | None) -> Iterator[Page]:
        """Every ticket created or changed in [since, until), UTC epoch seconds; then the deleted
        ones, which no search of tickets shows (facts 3)."""
        if self._latest() is None:
            return  # nothing is concluded from a helpdesk that shows no ticket at all
        self._zone.require_utc()
        span, place = _Span(since, until), Place.parse(text)
        if place.deletion is None:
            for found in self._founds_after(place.ticket, span.query):
                place = Place(int(found.items[-1]["id"]))
                items = tuple(self._ref(row) for row in found.items if span.holds(row))
                yield Page(items, place.text(), left=found.left)
            place = Place(place.ticket, 0)
        yield from self._deleted(span, place)

    def _deleted(self, span: _Span, place: Place) -> Iterator[Page]:
        """By the transactions that deleted them; their state of today is read anyway."""
        since = literal(sql_time(max(span.since - _SEASON, 86400)))
        asked = f"{TICKETS_ONLY} AND Type='Status' AND NewValue='deleted' AND Created>={since}"
        last = place.deletion or 0
        while True:
            size = self._client.page_size
            found = self._client.transactions(f"{asked} AND id>{last}", per_page=size)
            rows = [row_of(record) for record in found.items]
            wanted = dict.fromkeys(row.ticket for row in rows if row.at >= span.since)
            last = rows[-1].id if rows else last
            refs = tuple(TicketRef(one, 0, closed=True) for one in wanted)
            yield Page(refs, Place(place.ticket, last).text())
            if not rows:
                return


def _newer(rows: Iterable[Record], last: int) -> tuple[Record, ...]:
    return tuple(row for row in rows if int(row["id"]) > last)


def _refs(rows: list[Row], given: dict[int, int]) -> tuple[TicketRef, ...]:
    """The tickets of rows that were not given out before, with the newest stamp among theirs.

    A row that came to light behind newer ones has a stamp that was perhaps judged without it: such
    a ticket is read in any case.
    """
    newest = max(given, default=0)
    stamps: dict[str, int] = {}
    late: set[str] = set()
    for row in rows:
        if row.id in given:
            continue
        stamps[row.ticket] = max(stamps.get(row.ticket, 0), row.at * 1000)
        if row.id < newest:
            late.add(row.ticket)
    return tuple(TicketRef(one, 0 if one in late else at) for one, at in stamps.items())
