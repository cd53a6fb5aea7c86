"""Adapters with one flaw each, around the in-memory one: in what they read."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from slaplugin.app.errors import HostError, HostPermanentError
from slaplugin.app.ports import Missing, Page, Snapshot
from slaplugin.core.actions import Seen
from slaplugin.core.model import Event
from slaplugin.hosts.memory import MemoryHost

BERLIN = ZoneInfo("Europe/Berlin")
DAY_MS = 86_400_000


class Flawless:
    """Passes everything on; a flaw overrides one thing of it."""

    def __init__(self, real: MemoryHost) -> None:
        self.real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    @property
    def newest(self) -> int:
        return max((ticket.updated_at_ms for ticket in self.real.tickets.values()), default=0)

    # a flaw in the past is one in `told`, a flaw in the present one in `shown`

    def told(self, events: tuple[Event, ...]) -> Iterable[Event]:
        return events

    def shown(self, seen: Seen) -> Seen:
        return seen

    def read(self, ticket: str) -> Snapshot:
        found = self.real.read(ticket)
        events = tuple(self.told(found.timeline.events))
        timeline = replace(found.timeline, events=events)
        return replace(found, timeline=timeline, seen=self.shown(found.seen))

    def look(self, ticket: str) -> Seen:
        return self.shown(self.real.look(ticket))

    def read_many(self, tickets: Sequence[str]) -> Iterator[tuple[str, Any]]:
        for ticket in tickets:
            try:
                yield ticket, self.read(ticket)
            except HostError as error:
                yield ticket, error


# -------------------------------------------------------------------------- feeds


class LosesTies(Flawless):
    """Asks for what is after the bookmark, not for what is at it."""

    def changes(self, bookmark: str | None) -> Iterator[Page]:
        for page in self.real.changes(bookmark):
            kept = [item for item in page.items if item.updated_at_ms > int(bookmark or 0)]
            yield replace(page, items=tuple(kept))


class MovesTooFar(Flawless):
    """Sets the bookmark of each page to the present."""

    def changes(self, bookmark: str | None) -> Iterator[Page]:
        for page in self.real.changes(bookmark):
            yield replace(page, bookmark=str(self.newest + 1))


class SkipsAtFirst(Flawless):
    """Begins with what is recent."""

    def changes(self, bookmark: str | None) -> Iterator[Page]:
        yield from self.real.changes(bookmark or str(self.real.now() * 1000 - DAY_MS))


class TrustsQuiet(Flawless):
    """Moves the bookmark to tomorrow's midnight where nothing happened."""

    def changes(self, bookmark: str | None) -> Iterator[Page]:
        for page in self.real.changes(bookmark):
            ahead = str((self.real.now() + 8 * 86_400) * 1000)
            yield page if page.items else replace(page, bookmark=ahead)


class OverlooksMessages(Flawless):
    """Goes by a stamp that messages do not move."""

    def changes(self, bookmark: str | None) -> Iterator[Page]:
        for page in self.real.changes(bookmark):
            kept = [item for item in page.items if not self._is_message(item.id)]
            yield replace(page, items=tuple(kept))

    def _is_message(self, ticket: str) -> bool:
        return self.real.tickets[ticket].events[-1].kind == "customer_message"


class StampsCreation(Flawless):
    """Names tickets with a stamp that never moves."""

    def changes(self, bookmark: str | None) -> Iterator[Page]:
        for page in self.real.changes(bookmark):
            items = [replace(item, updated_at_ms=1) for item in page.items]
            yield replace(page, items=tuple(items))


class ForgetsMerged(Flawless):
    """Searches leave merged tickets out."""

    def changes(self, bookmark: str | None) -> Iterator[Page]:
        merged = {t.id for t in self.real.tickets.values() if t.values["state"] == "merged"}
        for page in self.real.changes(bookmark):
            yield replace(page, items=tuple(i for i in page.items if i.id not in merged))


class BackfillsOpen(Flawless):
    """Leaves closed tickets out of the backfill."""

    def history(self, since: int, until: int | None, bookmark: str | None) -> Iterator[Page]:
        for page in self.real.history(since, until, bookmark):
            yield replace(page, items=tuple(item for item in page.items if not item.closed))


class BackfillsEverything(Flawless):
    """A search parameter is ignored."""

    def history(self, since: int, until: int | None, bookmark: str | None) -> Iterator[Page]:
        yield from self.real.history(0, None, bookmark)


class BackfillsTooFar(Flawless):
    """The backfill's bookmark is the end of its time."""

    def history(self, since: int, until: int | None, bookmark: str | None) -> Iterator[Page]:
        for page in self.real.history(since, until, bookmark):
            yield replace(page, bookmark=str(self.newest + 1))


class BackfillsByOffset(Flawless):
    """What changes meanwhile leaves the window that is paged."""

    def history(self, since: int, until: int | None, bookmark: str | None) -> Iterator[Page]:
        for page in self.real.history(since, until, bookmark):
            end = (until or self.real.now() + 1) * 1000
            tickets = self.real.tickets
            left = [item for item in page.items if tickets[item.id].updated_at_ms < end]
            yield replace(page, items=tuple(left))


# -------------------------------------------------------------------------- the present


class LooksAtLess(Flawless):
    """The cheap read leaves the tags out."""

    def look(self, ticket: str) -> Seen:
        return replace(self.real.look(ticket), tags=frozenset())


class NamesAStandIn(Flawless):
    """Nobody is somebody."""

    def shown(self, seen: Seen) -> Seen:
        return replace(seen, owner=seen.owner or "root@localhost")


class Reorders(Flawless):
    """A batch comes by id."""

    def read_many(self, tickets: Sequence[str]) -> Iterator[tuple[str, Any]]:
        yield from super().read_many(sorted(tickets))


class DropsBad(Flawless):
    """A batch leaves out what it cannot read."""

    def read_many(self, tickets: Sequence[str]) -> Iterator[tuple[str, Any]]:
        found = super().read_many(tickets)
        yield from ((t, answer) for t, answer in found if not isinstance(answer, HostError))


class RaisesInBatch(Flawless):
    """A batch ends at the first ticket that it cannot read."""

    def read_many(self, tickets: Sequence[str]) -> Iterator[tuple[str, Any]]:
        for ticket in tickets:
            yield ticket, self.read(ticket)


class SeesAllThere(Flawless):
    """Never finds a ticket missing."""

    def missing(self, known: Iterable[str]) -> Iterator[Missing]:
        yield from ()


class CallsHiddenGone(Flawless):
    """Takes what is out of sight for deleted."""

    def missing(self, known: Iterable[str]) -> Iterator[Missing]:
        yield from (replace(item, why="gone") for item in self.real.missing(known))


class RefusesMissing(Flawless):
    """An unknown ticket is just a refusal."""

    def look(self, ticket: str) -> Seen:
        try:
            return self.real.look(ticket)
        except HostError as error:
            raise HostPermanentError(str(error)) from error


class HasItsOwnTime(Flawless):
    """Reads the machine's clock."""

    def now(self) -> int:
        return int(time.time())


class CountsOnce(Flawless):
    """Counts logins only."""

    def requests_made(self) -> int:
        return 1


# -------------------------------------------------------------------------- the past


def without(*kinds: str) -> type[Flawless]:
    """Leaves events of some kinds out."""

    class Leaves(Flawless):
        def told(self, events: tuple[Event, ...]) -> Iterable[Event]:
            return (event for event in events if event.kind not in kinds)

    return Leaves


class TakesNotesForAnswers(Flawless):
    def told(self, events: tuple[Event, ...]) -> Iterable[Event]:
        return (replace(e, kind="agent_reply") if e.kind == "note" else e for e in events)


class TellsTodaysFacts(Flawless):
    def read(self, ticket: str) -> Snapshot:
        found = self.real.read(ticket)
        told = found.timeline.ticket
        today = {**told.facts, "priority": found.seen.priority, "group": found.seen.group}
        timeline = replace(found.timeline, ticket=replace(told, facts=today))
        return replace(found, timeline=timeline)


class MistakesWaiting(Flawless):
    """Takes a pending state for an open one."""

    def told(self, events: tuple[Event, ...]) -> Iterable[Event]:
        for event in events:
            waits = str(event.data.get("kind", "")).startswith("waiting")
            yield replace(event, data={**event.data, "kind": "open"}) if waits else event


class TellsBackwards(Flawless):
    def told(self, events: tuple[Event, ...]) -> Iterable[Event]:
        return reversed(events)


class NumbersByLuck(Flawless):
    """An identity that depends on how many events there are."""

    def told(self, events: tuple[Event, ...]) -> Iterable[Event]:
        return (replace(e, id=f"{len(events) - place}") for place, e in enumerate(events))


class TrustsTheMachine(Flawless):
    """Takes texts without a zone for local ones."""

    def told(self, events: tuple[Event, ...]) -> Iterable[Event]:
        off = time.localtime().tm_gmtoff
        return (replace(event, at_ms=event.at_ms + off * 1000) for event in events)


class KnowsOneOffset(Flawless):
    """Takes the zone's offset of today for that of the whole year."""

    def told(self, events: tuple[Event, ...]) -> Iterable[Event]:
        for event in events:
            off = datetime.fromtimestamp(event.at, BERLIN).utcoffset()
            summer = off is not None and off.total_seconds() > 3600
            yield replace(event, at_ms=event.at_ms + 3_600_000) if summer else event


class TellsMergesTwice(Flawless):
    def told(self, events: tuple[Event, ...]) -> Iterable[Event]:
        for event in events:
            yield event
            if event.kind == "merged":
                yield replace(event, id=f"{event.id}-again", seq=event.seq + 1)


class BringsTwice(Flawless):
    """Tells what was merged in once more as the ticket's own."""

    def told(self, events: tuple[Event, ...]) -> Iterable[Event]:
        for event in events:
            yield event
            yield from event.data.get("events", ())


class KnowsPartiesForever(Flawless):
    def read(self, ticket: str) -> Snapshot:
        found = self.real.read(ticket)
        told = replace(found.timeline.ticket, current_only=frozenset())
        return replace(found, timeline=replace(found.timeline, ticket=told))
