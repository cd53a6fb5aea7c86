"""The helpdesk breaks in the middle of a cycle: no bookmark passes unread changes, and it heals.

One story of two working days is lived once without trouble, and once for each fault and each moment
at which it can strike. The next cycle, in another process, has to lead to the same end: the same
events, the same clocks, the same fields and notes on the helpdesk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from slaplugin.app.errors import HostError
from slaplugin.app.feeds import TICKETS
from slaplugin.core.model import ClockInstance
from tests.hosts.otrs.standin import Clock, Desk, Server
from tests.hosts.otrs.standin.crowd import Crowd
from tests.hosts.otrs.standin.installation import NAME, Installation

ZONE = "Europe/Berlin"
START = "2026-11-02T07:00:00Z"
SHIFTS = 2
STRUCK = 1
"""The shift at whose end the fault strikes."""
PAGE = 8
"""So small that windows are halved often."""

Trouble = Callable[[Server, int], None]


def killed(server: Server, after: int) -> None:
    """The process dies under the request that comes then."""
    server.faults.every(after + 1, lambda _: server.stop())


def fails(kind: Any, *operations: str, tables: tuple[str, ...] = ()) -> Trouble:
    def trouble(server: Server, after: int) -> None:
        more = {"tables": frozenset(tables)} if tables else {}
        server.faults.fail(None, kind, operations=operations, skip=after, **more)

    return trouble


def ignores(*parameters: str) -> Trouble:
    """From then on the search does not know these parameters any more."""

    def trouble(server: Server, after: int) -> None:
        server.faults.every(after + 1, lambda _: server.faults.ignored.update(parameters))

    return trouble


WINDOW = ("TicketChangeTimeNewerDate", "TicketChangeTimeOlderDate")

TROUBLES: dict[str, Trouble] = {
    "killed": killed,
    "database down": fails("db_down"),
    "connection dropped": fails("drop_connection"),
    "answer dropped": fails("drop_answer"),
    "answers to writes dropped": fails("drop_answer", "TicketUpdate"),
    "every statement fails": fails("query_fails"),
    "searches find nothing": fails("query_fails", tables=("search",)),
    "history unreadable": fails("query_fails", tables=("ticket_history",)),
    "messages unreadable": fails("query_fails", tables=("article",)),
    "fields unreadable": fails("query_fails", tables=("dynamic_field_value",)),
    "newer-than ignored": ignores(WINDOW[0]),
    "older-than ignored": ignores(WINDOW[1]),
    "window ignored": ignores(*WINDOW),
    "sessions thrown away": lambda server, after: server.faults.every(
        after + 1, lambda _: server.interface.access.expire_sessions()
    ),
}
MOMENTS = (0, 2, 7)
"""Requests of the struck cycle that are answered well."""


@dataclass(frozen=True, slots=True)
class End:
    """What is left after a story."""

    events: dict[str, Any]
    """What others did; our own writes may come later than they would have."""
    clocks: dict[str, Any]
    shown: dict[str, Any]


class Story:
    """Two working days at a desk, with a cycle after each shift."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.crowd = Crowd(server.desk, seed=42)
        self.was_struck = False
        self.installation = Installation(server, folder, zone=ZONE, page_size=PAGE)

    def live(self, trouble: Callable[[], None] | None = None) -> End:
        for _ in range(8):
            self.crowd.new_ticket()
            self._pass(60)
        self.installation.sync()
        for shift in range(SHIFTS):
            self._work()
            if trouble is not None and shift == STRUCK:
                self._struck(trouble)
            self.installation.sync()
        for _ in range(2):  # what was held for a while is taken up again
            self._pass(300)
            self.installation.sync()
        return self._end()

    def _pass(self, seconds: int) -> None:
        self.server.desk.clock.advance(seconds)

    def _work(self) -> None:
        for turn in range(9):
            if turn % 4 == 0:
                self.crowd.new_ticket()
            self._pass(0 if turn % 3 else 600)
            self.crowd.something()
        self._pass(2 * 3600)

    def _struck(self, trouble: Callable[[], None]) -> None:
        """A cycle in trouble; afterwards the host is well again and another process goes on."""
        trouble()
        before = self.server.faults.met
        with suppress(HostError):
            self.installation.sync()
        self.was_struck = self.server.faults.met > before
        self.server.faults.nobody_writes()
        self.server.faults.clear()
        self.server.stop()
        self.server.start()
        self.installation.restart()
        assert self.unread() <= self.named()

    def unread(self) -> set[str]:
        """Tickets of which the store has not heard everything, though they are in its care."""
        known = {*self.installation.store.ids(NAME)}
        began = self.server.desk.clock.now() - 3 * 3600
        return {
            str(ticket)
            for ticket in self.crowd.tickets
            if (str(ticket) in known or self.server.desk.ticket(ticket).created >= began)
            and self.installation.facts(ticket) != self.crowd.witness.facts(ticket)
            and ticket not in self.crowd.witness.partner
        } - {row.id for row in self.installation.store.held(NAME)}

    def named(self) -> set[str]:
        """What the feed names from the stored bookmark on."""
        bookmark = self.installation.store.bookmark(NAME, TICKETS)
        pages = self.installation.host.changes(bookmark)
        return {ref.id for page in pages for ref in page.items}

    def _end(self) -> End:
        store, desk = self.installation.store, self.server.desk
        events, clocks, shown = {}, {}, {}
        for ticket in store.ids(NAME):
            stored = store.ticket(NAME, ticket)
            assert stored is not None
            events[ticket] = self.installation.facts(int(ticket))
            clocks[ticket] = [_decided(row.instance) for row in stored.instances]
            row = desk.ticket(int(ticket))
            ours = [article.subject for article in row.articles if article.by == 2]
            shown[ticket] = (row.fields, row.priority, row.queue, row.owner, ours)
        return End(events, clocks, shown)


def _decided(instance: ClockInstance) -> ClockInstance:
    """Without what only tells when it was last looked at."""
    return replace(instance, elapsed=0, paused=0, remaining=None)


@contextmanager
def a_story(folder: Path) -> Iterator[Story]:
    with Server(Desk(Clock(START, zone=ZONE))) as server:
        story = Story(server, folder)
        yield story
        story.installation.close()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> End:
    with a_story(tmp_path_factory.mktemp("undisturbed")) as story:
        end = story.live()
        assert any(fields for fields, *_ in end.shown.values())
        return end


@pytest.mark.parametrize("after", MOMENTS)
@pytest.mark.parametrize("name", TROUBLES)
def test_the_next_cycle_heals(undisturbed: End, tmp_path: Path, name: str, after: int) -> None:
    with a_story(tmp_path) as story:
        end = story.live(lambda: TROUBLES[name](story.server, after))
        assert story.was_struck
        for ticket in end.events:
            if int(ticket) not in story.crowd.witness.partner:
                told = story.installation.facts(int(ticket))
                assert told == story.crowd.witness.facts(int(ticket)), ticket
    assert end.events == undisturbed.events
    assert end.shown == undisturbed.shown
    assert end.clocks == undisturbed.clocks


def test_what_happens_between_the_two_requests_of_a_read_is_told_whole_or_not_at_all(
    tmp_path: Path,
) -> None:
    with a_story(tmp_path) as story:
        people = story.server.desk
        ticket = people.portal_ticket("lena.nord", "Support")
        people.clock.advance(600)
        story.server.faults.every(1, lambda _: _answer_once(people, ticket))
        kinds = [event.kind for event in story.installation.host.read(str(ticket)).timeline.events]
        assert kinds.count("agent_reply") == kinds.count("state_changed")


def _answer_once(people: Desk, ticket: int) -> None:
    """An agent answers right after the helpdesk has shown the ticket's messages."""
    shown = people.ticket(ticket)
    if len(shown.articles) < 6:
        people.clock.advance(1)
        state = "open" if people.catalog.states[shown.state].name == "new" else "new"
        people.agent_mail("anna.berg", ticket, state=state)
