"""1,300 tickets of weeks are pulled while others go on working: nothing missed, nothing twice.

The measure is a witness who saw every act and has read no history.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.hosts.otrs.standin import Clock, Desk, Server, epoch
from tests.hosts.otrs.standin.crowd import REQUEST, Crowd
from tests.hosts.otrs.standin.installation import NAME, Installation
from tests.hosts.otrs.standin.witness import Fact

TICKETS = 1300
BURSTS = (130, 40, 25)
"""Tickets of one second: more than a page holds, and fewer."""
START = "2026-10-12T05:00:00Z"
ZONE = "Europe/Berlin"
"""Its clocks are set back in these weeks."""


@pytest.fixture
def crowd() -> Crowd:
    crowd = Crowd(Desk(Clock(START, zone=ZONE)), seed=1300)
    crowd.weeks(TICKETS, BURSTS)
    crowd.desk.clock.advance(3600)
    return crowd


@pytest.fixture
def installation(crowd: Crowd, tmp_path: Path) -> Iterator[Installation]:
    with Server(crowd.desk) as server:
        installation = Installation(server, tmp_path, zone=ZONE)
        yield installation
        installation.close()


Facts = Counter[Fact]


class Comparison:
    """What the store tells beside what the witness saw.

    Two tickets that were merged count together: the host does not tell whose message was whose.
    """

    def __init__(self, crowd: Crowd, installation: Installation) -> None:
        self._crowd = crowd
        self._installation = installation
        self._clock = crowd.desk.clock

    def seen(self) -> dict[int, Facts]:
        """Of each ticket, everything that has happened so far."""
        return self._by_ticket(self._crowd.witness.facts)

    def told(self) -> dict[int, Facts]:
        return self._by_ticket(self._installation.facts)

    def _by_ticket(self, facts: Callable[[int], Facts]) -> dict[int, Facts]:
        partner = self._crowd.witness.partner
        found: dict[int, Facts] = {}
        for ticket in self._crowd.tickets:
            first = min(ticket, partner.get(ticket, ticket))
            found[first] = found.get(first, Counter()) + self._as_read(facts(ticket))
        return found

    def _as_read(self, facts: Facts) -> Facts:
        """Of the hour that comes twice, the host's texts mean the later pass (facts 8)."""
        found: Facts = Counter()
        for (kind, at, value), times in facts.items():
            found[kind, self._clock.as_read(at), value] += times
        return found


def beyond(several: dict[int, Facts], others: dict[int, Facts]) -> dict[int, Facts]:
    """What the one has more than the other, by ticket."""
    more = {ticket: facts - others.get(ticket, Counter()) for ticket, facts in several.items()}
    return {ticket: facts for ticket, facts in more.items() if facts}


@pytest.mark.long
def test_others_work_during_the_pull(crowd: Crowd, installation: Installation) -> None:
    """Nothing is lost of what was there when the pull began, nothing is invented or told twice,
    and a later pull brings what happened since."""
    comparison = Comparison(crowd, installation)
    before, tickets = comparison.seen(), {*crowd.tickets}

    def work(turn: int) -> None:
        crowd.desk.clock.advance(turn % 3 * REQUEST)
        for _ in range(5):
            crowd.something()
        if turn % 10 == 0:
            crowd.new_ticket()

    installation.server.faults.every(1, work)
    report = installation.backfill(epoch(START))
    installation.server.faults.nobody_writes()
    assert report.problems == ()
    assert {int(ticket) for ticket in installation.store.ids(NAME)} >= tickets
    told, seen = comparison.told(), comparison.seen()
    assert sum(map(Counter.total, seen.values())) > sum(map(Counter.total, before.values()))
    assert beyond(_joined(before, crowd), told) == {}
    assert beyond(told, seen) == {}

    installation.backfill(epoch(START) - 1)
    assert comparison.told() == comparison.seen()


def _joined(facts: dict[int, Facts], crowd: Crowd) -> dict[int, Facts]:
    """With those together that were merged later."""
    found: dict[int, Facts] = {}
    for ticket, of_ticket in facts.items():
        first = min(ticket, crowd.witness.partner.get(ticket, ticket))
        found[first] = found.get(first, Counter()) + of_ticket
    return found
