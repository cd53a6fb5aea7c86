"""Which tickets changed: windows over the times of history entries, the complete feed (facts 4).

``Changed`` of a ticket misses half of what happens to it, so a change is named without a stamp and
the ticket is read. No bookmark moves past an empty answer that is not proved to be one: while
nothing changes the window just grows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from slaplugin.app.errors import HostTemporaryError
from slaplugin.app.ports import Page, TicketRef
from slaplugin.hosts.otrs.bookmarks import Bookmark, Place, bookmark_of, place_of
from slaplugin.hosts.otrs.client import Client
from slaplugin.hosts.otrs.names import OPEN_TYPES
from slaplugin.hosts.otrs.windows import FLOOR, Leaf, Window, Windows
from slaplugin.hosts.otrs.wire import Zone
from slaplugin.hosts.parts import share_of

_SECOND = timedelta(seconds=1)
_UNFINISHED: Mapping[str, Any] = {"StateType": list(OPEN_TYPES)}


@dataclass(frozen=True, slots=True)
class Pace:
    """``overlap`` in seconds; ``size``: tickets on a page."""

    overlap: int
    size: int


class Feed:
    """Changes since a bookmark, the first load, and ranges of the past."""

    def __init__(self, client: Client, zone: Zone, pace: Pace) -> None:
        self._client = client
        self._zone = zone
        self._pace = pace
        self._windows = Windows(client, zone, pace.size)

    # ---------------------------------------------------------------- changes

    def changes(self, text: str | None) -> Iterator[Page]:
        """Pages since the bookmark; None: every unfinished ticket, then what changed meanwhile."""
        bookmark = bookmark_of(text)
        if bookmark is None:
            bookmark = Bookmark(after=self._now(), loading=FLOOR)
        if bookmark.loading is None:
            return self._since(bookmark)
        return self._load(bookmark, bookmark.loading)

    def _since(self, bookmark: Bookmark) -> Iterator[Page]:
        now = self._now()
        start = max(0, min(bookmark.after, now) - self._pace.overlap)
        window = Window(self._zone.since(start), self._zone.upto(now))
        told: set[str] = set()
        for leaf in self._windows.leaves("TicketChangeTime", window, {}):
            if not leaf.ids and leaf.window == window:
                self._check_control(bookmark)
                yield Page((), bookmark.text())
                return
            reached = self._reached(leaf, window, now)
            after = replace(
                bookmark,
                after=max(bookmark.after, reached),
                hit=leaf.window if leaf.ids else bookmark.hit,
                some=True,
            )
            yield from self._pages(_fresh(leaf, told), bookmark.text(), after.text())
            bookmark = after

    def _reached(self, leaf: Leaf, window: Window, now: int) -> int:
        """The instant up to which everything is told after a leaf, rather too early than late."""
        if leaf.window.upper >= window.upper:
            return now
        return min(now, self._zone.epoch(leaf.window.upper, first=True))

    def _check_control(self, bookmark: Bookmark) -> None:
        """Nothing changed, or the search fails: what was found before must still be found."""
        if bookmark.hit is not None:
            if self._windows.search("TicketChangeTime", bookmark.hit, {}, 1):
                return
        elif not bookmark.some:
            return
        if not self._windows.finds_anything():
            raise HostTemporaryError(
                "TicketSearch finds not a single ticket, not even those it found before: the "
                "helpdesk's database fails, or the account lost its rights on every queue; the "
                "bookmark stays where it is"
            )

    # ---------------------------------------------------------------- the first load

    def _load(self, bookmark: Bookmark, start: datetime) -> Iterator[Page]:
        """Unfinished tickets by their creation, then what changed since the load began."""
        window = Window(start, self._zone.upto(bookmark.after))
        for leaf in self._created(window, _UNFINISHED):
            if leaf is None:
                yield Page((), bookmark.text())
                return
            after = replace(
                bookmark,
                loading=leaf.window.upper + _SECOND,
                some=bookmark.some or bool(leaf.ids),
            )
            yield from self._pages(_fresh(leaf, set()), bookmark.text(), after.text())
            bookmark = after
        bookmark = replace(bookmark, loading=None, some=True)
        yield Page((), bookmark.text())
        if self._now() > bookmark.after:
            yield from self._since(bookmark)

    # ---------------------------------------------------------------- the past

    def history(self, since: int, until: int | None, text: str | None) -> Iterator[Page]:
        """Every ticket with a history entry in [since, until), each once, by its creation.

        Creations never move, so that nobody's changes shift the pages.
        """
        now = self._now() + 1
        end = now if until is None else min(until, now)
        place = place_of(text, end)
        if place.done or place.until <= since:
            yield Page((), replace(place, done=True).text())
            return
        upper = self._zone.upto(place.until - 1)
        changed = {
            "TicketChangeTimeNewerDate": self._zone.lower(self._zone.since(since), self._now()),
            "TicketChangeTimeOlderDate": self._zone.upper(upper),
        }
        for leaf in self._created(Window(place.following, upper), changed):
            if leaf is None:
                yield Page((), place.text())
                return
            after = Place(place.until, leaf.window.upper + _SECOND)
            open_ones = self._unfinished(leaf.ids)
            refs = [TicketRef(one, 0, closed=one not in open_ones) for one in leaf.ids]
            share = share_of(self._zone.epoch(leaf.window.upper, first=True), since, end)
            for page in self._pages(refs, place.text(), after.text()):
                yield replace(page, share=share)
            place = after
        yield Page((), replace(place, done=True).text())

    def _created(self, window: Window, criteria: Mapping[str, Any]) -> Iterator[Leaf | None]:
        """Leaves by creation; None where nothing is found and nothing proves that to be true."""
        if window.upper < window.lower:
            return
        for leaf in self._windows.leaves("TicketCreateTime", window, criteria):
            whole = leaf.window == window
            if (
                not leaf.ids
                and whole
                and not self._windows.sure("TicketCreateTime", window, criteria)
            ):
                yield None
                return
            yield leaf

    def _unfinished(self, ids: Sequence[str]) -> frozenset[str]:
        if not ids:
            return frozenset()
        wanted = {"TicketID": list(ids), "Limit": len(ids), **_UNFINISHED}
        return frozenset(self._client.search(wanted))

    # ---------------------------------------------------------------- pages

    def _pages(self, refs: Sequence[TicketRef], before: str, after: str) -> Iterator[Page]:
        """One page, or several of a crowded second: only the last of them moves the bookmark."""
        size = self._pace.size
        starts = range(0, len(refs), size) or range(1)
        for start in starts:
            last = start + size >= len(refs)
            yield Page(tuple(refs[start : start + size]), after if last else before)

    def _now(self) -> int:
        """The host's present; asked for where no answer has told it yet."""
        if not self._client.transport.clock.known:
            self._client.me()
        return self._client.transport.now()


def _fresh(leaf: Leaf, told: set[str]) -> list[TicketRef]:
    """Tickets not yet named in this sweep: what was read since it began is read up to its end."""
    found = [one for one in leaf.ids if one not in told]
    told.update(found)
    return [TicketRef(one, 0) for one in found]
