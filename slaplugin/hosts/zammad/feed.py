"""Changed tickets: condition search with a moving bound, never a page offset (facts 2.8).

The server sorts by (updated_at, id) ascending and every request asks for what is at or after the
last row seen. Only while a whole page shares one instant does the page number rise. Rows are
checked against the bound, since the host drops a condition it finds invalid and then answers with
everything (facts 2.3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from slaplugin.app.ports import Page, TicketRef
from slaplugin.hosts.parts import share_of
from slaplugin.hosts.refusals import RefusedError
from slaplugin.hosts.zammad.bookmarks import Bookmark, Seen
from slaplugin.hosts.zammad.client import Client
from slaplugin.hosts.zammad.directory import Directory
from slaplugin.hosts.zammad.wire import Record, assets_of, iso, ms, rows_of

_LIKELY_CAP = 50
"""The smallest page a server may silently cut to; fewer rows than this are certainly the end."""
_FAR_FUTURE = 32_503_680_000_000
_NEWEST = {"sort_by": "updated_at,id", "order_by": "desc,desc"}


class ConditionIgnoredError(Exception):
    """The host answered with rows that the condition leaves out. Never leaves the feed."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What is searched for beside the moving bound, and how a row is checked against it."""

    condition: Mapping[str, Any]
    states: frozenset[int] | None = None
    created_until: int | None = None
    """UTC epoch milliseconds, included."""

    def allows(self, row: Record) -> bool:
        """Whether the row is one that was asked for."""
        in_state = self.states is None or int(row["state_id"]) in self.states
        in_time = self.created_until is None or ms(row["created_at"]) <= self.created_until
        return in_state and in_time


EVERYTHING = Filter({})


class Feed:
    """The change feed of one Zammad."""

    def __init__(
        self, client: Client, directory: Directory, *, overlap: int, page_size: int
    ) -> None:
        self._client = client
        self._directory = directory
        self._overlap_ms = overlap * 1000
        self._size = page_size

    # ---------------------------------------------------------------- the three feeds

    def changes(self, text: str | None) -> Iterator[Page]:
        """Changed since the bookmark; None: every open ticket, then from there on."""
        bookmark = Bookmark.parse(text)
        if not bookmark.tested:
            bookmark = self._tested(bookmark)
        elif not bookmark.conditions:
            bookmark = bookmark.with_conditions(self._honours_conditions())
        if bookmark.start_ms is not None:
            yield from self._open(bookmark)
        else:
            yield from self._since(bookmark)

    def history(self, since: int, until: int | None, text: str | None) -> Iterator[Page]:
        """Every ticket that was created before ``until`` and changed at or after ``since``.

        A ticket changed again after ``until`` is among them: the host tells only its last change.
        """
        bookmark = Bookmark.parse(text)
        if not bookmark.tested:
            bookmark = self._tested(bookmark).at(since * 1000)
        wanted = EVERYTHING
        if until is not None:
            last = until * 1000 - 1
            before = {"operator": "before (absolute)", "value": iso(last)}
            wanted = Filter({"ticket.created_at": before}, created_until=last)
        now = self._client.transport.now()
        for page in self._pages(bookmark, bookmark.after_ms, wanted):
            last_seen = page.items[-1].updated_at_ms // 1000 if page.items else now
            yield replace(page, share=share_of(last_seen, since, now))

    def _since(self, bookmark: Bookmark) -> Iterator[Page]:
        bound = max(0, bookmark.after_ms - self._overlap_ms)
        yield from self._pages(bookmark, bound, EVERYTHING)

    def _open(self, bookmark: Bookmark) -> Iterator[Page]:
        """The first load; afterwards the feed goes on from where the load began.

        A ticket that was closed while the load ran is then seen once more, and its close with it.
        """
        states = self._directory.states().values()
        wanted = frozenset(state.id for state in states if not state.ended)
        condition = {"ticket.state_id": {"operator": "is", "value": sorted(wanted)}}
        last = bookmark
        for page, last in self._sweep(bookmark, bookmark.after_ms, Filter(condition, wanted)):
            yield Page(page, last.text())
        yield Page((), last.loaded().text())

    # ---------------------------------------------------------------- sweeping

    def _pages(self, bookmark: Bookmark, bound: int, wanted: Filter) -> Iterator[Page]:
        for items, reached in self._sweep(bookmark, bound, wanted):
            yield Page(items, reached.text())

    def _sweep(
        self, bookmark: Bookmark, bound: int, wanted: Filter
    ) -> Iterator[tuple[tuple[TicketRef, ...], Bookmark]]:
        """Pages of new rows with the bookmark reached after each; at least one, maybe empty."""
        source = self._by_condition if bookmark.conditions else self._by_newest
        seen = bookmark.seen
        try:
            for rows in source(bound, wanted):
                fresh = [row for row in rows if seen.add(int(row["id"]), ms(row["updated_at"]))]
                bookmark = bookmark.reached(seen, self._overlap_ms)
                yield tuple(self._ref(row) for row in fresh), bookmark
        except ConditionIgnoredError:
            slowly = self._sweep(bookmark.with_conditions(False), bound, wanted)
            yield from ((items, reached.with_conditions(True)) for items, reached in slowly)

    def _ref(self, row: Record) -> TicketRef:
        state = self._directory.states().get(int(row["state_id"]))
        closed = state is not None and state.ended
        return TicketRef(str(row["id"]), ms(row["updated_at"]), closed)

    def _by_condition(self, bound: int, wanted: Filter) -> Iterator[list[Record]]:
        page = 1
        while True:
            rows = self._search(bound, page, wanted)
            yield rows
            if len(rows) < min(self._size, _LIKELY_CAP):
                return
            last = ms(rows[-1]["updated_at"])
            page = page + 1 if last == bound else 1
            bound = last

    def _search(self, bound: int, page: int, wanted: Filter) -> list[Record]:
        after = {"operator": "after (absolute)", "value": iso(bound)}
        answer = self._client.search(
            {
                "condition": {"ticket.updated_at": after, **wanted.condition},
                "sort_by": "updated_at,id",
                "order_by": "asc,asc",
                "page": page,
                "per_page": self._size,
            }
        )
        self._directory.learn(assets_of(answer))
        rows = rows_of(answer)
        stamps = [ms(row["updated_at"]) for row in rows]
        honoured = all(stamp >= bound for stamp in stamps) and stamps == sorted(stamps)
        if not honoured or not all(wanted.allows(row) for row in rows):
            raise ConditionIgnoredError
        return rows

    # ---------------------------------------------------------------- without conditions

    def _by_newest(self, bound: int, wanted: Filter) -> Iterator[list[Record]]:
        """All tickets, newest first, until they are older than the bound; else the whole index."""
        rows = self._newest_down_to(bound)
        if rows is None:
            rows = list(self._whole_index())
        found = [row for row in rows if ms(row["updated_at"]) >= bound and wanted.allows(row)]
        found.sort(key=lambda row: (ms(row["updated_at"]), int(row["id"])))
        for start in range(0, len(found), self._size):
            yield found[start : start + self._size]
        if not found:
            yield []

    def _newest_down_to(self, bound: int) -> list[Record] | None:
        """None where the host does not list or sort without a condition (ES on, up to 6.4)."""
        found: list[Record] = []
        page = 1
        while True:
            rows = rows_of(self._client.search({**_NEWEST, "page": page, "per_page": self._size}))
            stamps = [ms(row["updated_at"]) for row in rows]
            if (page == 1 and not rows) or stamps != sorted(stamps, reverse=True):
                return None
            found.extend(rows)
            if not rows or stamps[-1] < bound:
                return found
            page += 1

    def _whole_index(self) -> Iterator[Record]:
        page = 1
        while rows := self._client.index(page):
            yield from rows
            page += 1

    # ---------------------------------------------------------------- the self-test

    def _tested(self, bookmark: Bookmark) -> Bookmark:
        """Ask what must be empty and what must be sorted, before anything is built on it."""
        newest = self._newest()
        start = ms(newest[0]["updated_at"]) if newest else 0
        return Bookmark(
            after_ms=0,
            start_ms=start,
            seen=Seen({}),
            tested=True,
            conditions=self._honours_conditions(),
        )

    def _newest(self) -> Sequence[Record]:
        """The newest ticket: its stamp is the server's own idea of now."""
        everything = {"ticket.updated_at": {"operator": "after (absolute)", "value": iso(0)}}
        body = {**_NEWEST, "page": 1, "per_page": 1}
        try:
            return rows_of(self._client.search({"condition": everything, **body}))
        except RefusedError as refused:
            _unless_values(refused)
            return rows_of(self._client.search(body))

    def _honours_conditions(self) -> bool:
        try:
            return not self._search(_FAR_FUTURE, 1, EVERYTHING)
        except ConditionIgnoredError:
            return False
        except RefusedError as refused:
            _unless_values(refused)
            return False


def _unless_values(refused: RefusedError) -> None:
    """A database that does not take our spelling of a time answers 422; all else is no probe's."""
    if refused.status != 422:
        raise refused
