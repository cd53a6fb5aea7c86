"""The store as a first load leaves it, without asking the helpdesk 300,000 times.

Each template is read through the adapter; its copies are derived from that reading as the
helpdesk's own copies are (ids and instants moved on), judged and recorded by the program's steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from slaplugin.app.cycle import adopt
from slaplugin.app.desk import Desk, begin
from slaplugin.app.feeds import PARTIES, TICKETS
from slaplugin.app.known import Reading, from_host
from slaplugin.app.ports import Snapshot
from slaplugin.app.sync import Outcome, record, sync_ticket
from slaplugin.core.model import Event
from slaplugin.hosts.zammad.bookmarks import Bookmark, Seen

PORTION = 1000


@dataclass(frozen=True, slots=True)
class Copies:
    """How the helpdesk's tickets were copied: ids per template, and how many copies there are."""

    tickets: int
    articles: int
    history: int
    copies: int
    ages_ms: int

    def shift(self, copy: int) -> int:
        """Milliseconds by which a copy is younger."""
        return self.ages_ms * copy // self.copies


def fill(desk: Desk, copies: Copies, tickets: int) -> None:
    """Every open ticket in the store, the feeds at their ends."""
    run = begin(desk)
    adopt(run, live=True)
    outcomes = (
        sync_ticket(from_host(Reading(each, None, ()), run.context, desk.options), run, run.now)
        for each in islice(_snapshots(desk, copies), tickets)
    )
    while portion := list(islice(outcomes, PORTION)):
        _record(desk, portion, run.now)
    with desk.store.tx() as tx:
        tx.set_flag(f"swept:{desk.host.name}", str(run.now))
        for page in desk.host.parties(None):
            tx.save_bookmark(desk.host.name, PARTIES, page.bookmark)
        tx.save_bookmark(desk.host.name, TICKETS, _end_of_feed(desk))


def _record(desk: Desk, portion: list[Outcome], now: int) -> None:
    with desk.store.tx() as tx:
        for outcome in portion:
            record(tx, outcome, now)


def _end_of_feed(desk: Desk) -> str:
    """The bookmark of a finished first load: everything up to now is known."""
    return Bookmark(desk.host.now() * 1000, None, Seen({}), tested=True).text()


def _snapshots(desk: Desk, copies: Copies) -> Iterator[Snapshot]:
    templates = [desk.host.read(str(number + 1)) for number in range(copies.tickets)]
    for copy in range(copies.copies):
        for template in templates:
            yield _copied(template, copy, copies)


def _copied(template: Snapshot, copy: int, copies: Copies) -> Snapshot:
    ticket, shift = template.timeline.ticket, copies.shift(copy)
    number = str(int(ticket.id) + copy * copies.tickets)
    url = (ticket.url or "").rpartition("/")[0] + "/" + number
    name = str(int(ticket.number) + copy * copies.tickets)
    moved = replace(ticket, id=number, number=name, url=url)
    events = tuple(_event(event, copy, copies) for event in template.timeline.events)
    seen = replace(template.seen, updated_at_ms=template.seen.updated_at_ms + shift)
    timeline = replace(template.timeline, ticket=moved, events=events)
    return replace(template, timeline=timeline, seen=seen)


def _event(event: Event, copy: int, copies: Copies) -> Event:
    step = {"h": copies.history, "a": copies.articles}[event.id[0]]
    data: dict[str, Any] = dict(event.data)
    if "message" in data:
        data["message"] = str(int(data["message"]) + copy * copies.articles)
    return replace(
        event,
        id=event.id[0] + str(int(event.id[1:]) + copy * step),
        at_ms=event.at_ms + copies.shift(copy),
        seq=event.seq + 10 * copy * copies.history,
        data=data,
    )
