"""Searching by closed windows of time, halved while they are full (facts 4).

The search has no offset, answers mistakes and database failures with nothing at all, and ignores
what it does not know. So: bounds are checked before they are sent; an empty window between others
is asked for again, after a search that must find something; and before a full window is believed,
one that is known to be empty must come back empty.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from slaplugin.app.errors import HostPermanentError, HostTemporaryError
from slaplugin.hosts.otrs.client import Client, OperationError
from slaplugin.hosts.otrs.wire import Zone, local, stamp, text

FLOOR = datetime(1995, 1, 1)  # noqa: DTZ001 - a local time of the host, which has no zone
"""Before any ticket of this family of products."""
CEILING = datetime(2037, 12, 31)  # noqa: DTZ001 - the same
"""After any ticket that there is; databases with 32-bit times go no further."""
_ASK_AGAIN = 32
"""Full windows from one check that bounds are heeded to the next."""
_SECOND = timedelta(seconds=1)
_HIGHEST = 1_000_000

Column = Literal["TicketChangeTime", "TicketCreateTime"]


@dataclass(frozen=True, slots=True)
class Window:
    """A closed stretch of the host's local time, in whole seconds."""

    lower: datetime
    upper: datetime

    @property
    def one_second(self) -> bool:
        return self.upper <= self.lower

    def halves(self) -> tuple[Window, Window]:
        """Two windows that touch and do not overlap."""
        seconds = int((self.upper - self.lower).total_seconds()) // 2
        middle = self.lower + timedelta(seconds=seconds)
        return Window(self.lower, middle), Window(middle + _SECOND, self.upper)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A window whose tickets are all known."""

    window: Window
    ids: tuple[str, ...]


class Windows:
    """Searches of one helpdesk by windows of time."""

    def __init__(self, client: Client, zone: Zone, size: int) -> None:
        self._client = client
        self._zone = zone
        self._size = size
        self._full: Counter[Column] = Counter()

    def leaves(self, column: Column, window: Window, criteria: Mapping[str, Any]) -> Iterator[Leaf]:
        """The window's tickets in windows that are not full, earliest first.

        Empty ones are believed here only between others: of a single empty leaf for the whole
        window the caller has to ask :meth:`sure`.
        """
        pending = [window]
        while pending:
            part = pending.pop()
            ids = self.search(column, part, criteria, self._size)
            if not ids and part != window:
                ids = self._again(column, part, criteria)
            if len(ids) >= self._size:
                self._check_honoured(column)
                if not part.one_second:
                    pending.extend(reversed(self._parts(column, part, criteria)))
                    continue
                ids = self._whole_second(column, part, criteria)
            yield Leaf(part, tuple(ids))

    def _parts(
        self, column: Column, window: Window, criteria: Mapping[str, Any]
    ) -> tuple[Window, ...]:
        """The halves of a full window; of all times, what lies before and after the beginning."""
        if column == "TicketCreateTime" and window.lower == FLOOR:
            first = self._first_creation(criteria)
            if first is not None and window.lower < first <= window.upper:
                return Window(window.lower, first - _SECOND), Window(first, window.upper)
        return window.halves()

    def _first_creation(self, criteria: Mapping[str, Any]) -> datetime | None:
        """When the oldest of the tickets was created. Only a guess that saves many halves: what
        lies before it is searched like every other window."""
        order = {"SortBy": "Age", "OrderBy": "Up", "Limit": 1, "SearchInArchive": "AllTickets"}
        try:
            ids = self._client.search({**criteria, **order})
            tickets = self._client.tickets(ids, articles=False, extended=False) if ids else []
            return local(text(tickets[0].get("Created"))) if tickets else None
        except (OperationError, ValueError):
            return None

    def search(
        self, column: Column, window: Window, criteria: Mapping[str, Any], limit: int
    ) -> list[str]:
        """Ids of the window's tickets, at most ``limit``, by ticket number (the stable order)."""
        lower = self._zone.lower(window.lower, self._client.transport.now())
        return self._search(column, (lower, self._zone.upper(window.upper)), criteria, limit)

    def _search(
        self, column: Column, bounds: tuple[str, str], criteria: Mapping[str, Any], limit: int
    ) -> list[str]:
        return self._client.search(
            {
                f"{column}NewerDate": bounds[0],
                f"{column}OlderDate": bounds[1],
                **criteria,
                "SortBy": "TicketNumber",
                "OrderBy": "Up",
                "Limit": limit,
                "SearchInArchive": "AllTickets",
            }
        )

    def finds_anything(self) -> bool:
        """The control: whether a search over all times finds a ticket at all."""
        ever = Window(FLOOR, self._zone.upto(self._client.transport.now()))
        return bool(self.search("TicketChangeTime", ever, {}, 1))

    def sure(self, column: Column, window: Window, criteria: Mapping[str, Any]) -> bool:
        """Whether an empty window is truly empty: the search works, and says so again."""
        if not self.finds_anything():
            return False
        return not self.search(column, window, criteria, 1)

    def _again(self, column: Column, window: Window, criteria: Mapping[str, Any]) -> list[str]:
        """A second answer for an empty window, after a search that must find something."""
        if not self.finds_anything():
            raise HostTemporaryError(
                "TicketSearch suddenly finds no ticket at all, as it does while the helpdesk's "
                "database fails; the next cycle goes on from the last page"
            )
        return self.search(column, window, criteria, self._size)

    def _whole_second(
        self, column: Column, window: Window, criteria: Mapping[str, Any]
    ) -> list[str]:
        """All tickets of one second: it cannot be halved, so the limit is raised."""
        limit = self._size
        while limit < _HIGHEST:
            limit *= 8
            ids = self.search(column, window, criteria, limit)
            if len(ids) < limit:
                return ids
        raise HostTemporaryError(f"TicketSearch gives {limit} tickets for a single second")

    def _check_honoured(self, column: Column) -> None:
        """A time that is ignored widens the search to everything (facts 4).

        Each bound has to exclude every ticket while the other excludes none. Asked again now and
        then, lest a feed ends in windows of a second each.
        """
        self._full[column] += 1
        if self._full[column] % _ASK_AGAIN != 1:
            return
        if any(self._search(column, (stamp(at), stamp(at)), {}, 1) for at in (FLOOR, CEILING)):
            raise HostPermanentError(
                f"TicketSearch ignores {column}NewerDate or {column}OlderDate, so that changes "
                "cannot be followed: the product is too old (OTRS 6 or later is needed), or the "
                "web service maps its parameters away; import the shipped definition as it is"
            )
