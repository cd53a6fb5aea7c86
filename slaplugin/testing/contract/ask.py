"""Small questions to an adapter and to the events it tells, shared by the clauses."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from slaplugin.app.errors import HostError, HostTemporaryError
from slaplugin.app.ports import Host, Page, TicketRef
from slaplugin.core.model import Event
from slaplugin.testing.contract.clause import broken, expect
from slaplugin.testing.desk import Desk

MINUTE = 60


# -------------------------------------------------------------------------- feeds


def last(pages: Sequence[Page], bookmark: str | None) -> str | None:
    """The bookmark after a pull; the one before it where no page came."""
    return pages[-1].bookmark if pages else bookmark


def names(pages: Iterable[Page]) -> set[str]:
    """Ids of the tickets that pages name."""
    return {item.id for page in pages for item in page.items}


def refs(pages: Iterable[Page]) -> dict[str, TicketRef]:
    """What pages say last about each ticket."""
    return {item.id: item for page in pages for item in page.items}


_CAUGHT_UP: WeakKeyDictionary[Desk, str | None] = WeakKeyDictionary()


def caught_up(desk: Desk) -> str | None:
    """A bookmark after which nothing has happened yet; None where there is nothing at all.

    A helpdesk that tests share is loaded once: it fills with tickets.
    """
    host, known = desk.host(), _CAUGHT_UP.get(desk)
    if known is None:
        known = last(list(host.changes(None)), None)
    _CAUGHT_UP[desk] = last(list(host.changes(known)), known)
    return _CAUGHT_UP[desk]


def several(desk: Desk) -> list[str]:
    """New tickets for two full pages and a begun one."""
    return [desk.create() for _ in range(2 * desk.words.page_size + 1)]


def resumable(
    pages: Sequence[Page], ours: set[str], again: Callable[[str], Iterable[Page]]
) -> None:
    """What a fresh adapter gives from the bookmark of each page holds what the later pages had."""
    for place in _sample(len(pages)):
        later = names(pages[place + 1 :]) & ours - names(pages[: place + 1])
        missed = later - names(again(pages[place].bookmark))
        expect(
            not missed,
            f"a pull that stopped after page {place + 1} of {len(pages)} and went on from its "
            f"bookmark in another process never named {listed(missed)}; the bookmark of a page "
            "may cover no ticket of a later page",
        )


def _sample(count: int) -> list[int]:
    """The first pages, some of the middle, and the last ones."""
    return sorted({place for place in (0, 1, 2, count // 2, count - 2) if 0 <= place < count})


def in_order(asked: Sequence[str], got: Sequence[str]) -> None:
    """A batch answers about each ticket once, in the order asked for."""
    expect(list(asked) == list(got), f"asked for {list(asked)}, answered about {list(got)}")


def listed(tickets: Iterable[str]) -> str:
    """Ticket ids for a message."""
    found = sorted(tickets)
    return f"ticket{'s' if len(found) != 1 else ''} {', '.join(found)}"


# -------------------------------------------------------------------------- the past


@dataclass(frozen=True, slots=True)
class Span:
    """When something was done, UTC epoch seconds, both ends included."""

    start: int
    end: int

    def holds(self, event: Event) -> bool:
        """Whether the event is stamped in it."""
        return self.start <= event.at <= self.end


def later(desk: Desk, act: Callable[[], None]) -> Span:
    """Do something a minute later; when it was."""
    desk.advance(MINUTE)
    start = desk.now()
    act()
    return Span(start, desk.now() + desk.words.slack)


def past(desk: Desk, ticket: str) -> tuple[Event, ...]:
    """The ticket's events, as a fresh adapter tells them."""
    return desk.host().read(ticket).timeline.events


def fits(event: Event, kind: str, data: dict[str, Any]) -> bool:
    """Whether an event is of the kind and says so much."""
    return event.kind == kind and all(event.data.get(key) == to for key, to in data.items())


def one(events: Iterable[Event], kind: str, **data: Any) -> Event:
    """The one event of the kind that says so much; the clause is broken by none and by two."""
    events = list(events)
    found = [event for event in events if fits(event, kind, data)]
    if len(found) != 1:
        wanted = f"{kind} {data}" if data else kind
        broken(f"{len(found) or 'no'} events {wanted}, not one, among {told(events)}")
    return found[0]


def stamped(event: Event, when: Span) -> None:
    """The event has the instant at which it was done."""
    if not when.holds(event):
        off = event.at - (when.start if event.at < when.start else when.end)
        broken(
            f"{event.kind} was done at {when.start} and is told {off:+d} s from there; instants "
            "are UTC epoch milliseconds, whatever zone the helpdesk writes in"
        )


def without_opening(events: Iterable[Event]) -> list[Event]:
    """All but the message with which the ticket was created."""
    return [event for event in events if not event.data.get("opening")]


def told(events: Iterable[Event]) -> str:
    """Events for a message."""
    return ", ".join(f"{event.kind}@{event.at}" for event in events) or "none"


# -------------------------------------------------------------------------- trouble


def refused(act: Callable[[], object]) -> HostError | None:
    """The error of the host that an act ends with; None when it went well."""
    try:
        act()
    except HostTemporaryError:
        raise
    except HostError as error:
        return error
    return None


def fails(act: Callable[[], object]) -> bool:
    """Whether an act ends with trouble that passes."""
    try:
        act()
    except HostTemporaryError:
        return True
    return False


def error_of(act: Callable[[], object]) -> HostError | None:
    """The error of the host that an act ends with, of whatever kind; None when it went well."""
    try:
        act()
    except HostError as error:
        return error
    return None


@contextmanager
def machine_zone(name: str) -> Iterator[None]:
    """Run with another zone on this machine, as far as its system lets a process choose one."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = name
    time.tzset()
    try:
        yield
    finally:
        os.environ.pop("TZ")
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()


def kinds(events: Iterable[Event]) -> set[str]:
    """The kinds that occur."""
    return {event.kind for event in events}


def own(host: Host, event: Event) -> bool:
    """Whether the event was done by our account."""
    return event.actor is not None and event.actor.key == host.account
