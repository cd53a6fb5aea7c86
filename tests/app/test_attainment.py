"""From a helpdesk's tickets through the store to attainment."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from slaplugin.app.explaining import present_judge
from slaplugin.app.history import History, always, never
from slaplugin.core.attainment import ByTarget, Contracts, Counting, Ledger, Line, Question, Table
from slaplugin.core.dimensions import parse_dimensions
from slaplugin.core.periods import parse_period
from tests.app.desk_of import HEAD, HOUR, Installation

Live = Callable[..., Installation]

TEXT = (
    HEAD
    + """    objectives:
      - {clock: first_response, share: 90%, per: month, timezone: Europe/Berlin}
      - {clock: first_response, share: 50%, within: 2h, per: month, timezone: Europe/Berlin}
      - {availability: outage, share: 99%, per: day, timezone: Europe/Berlin}
clocks:
  outage: {while: {state: pending reminder}, cycle: each}
"""
)


def history(desk: Installation) -> tuple[History, Contracts]:
    now = desk.clock.now()
    judge = present_judge(desk.policies, desk.store, now)
    return History(desk.store, judge, desk.host.name, now), Contracts(judge.rules)


def table(desk: Installation, by: str, *, detail: bool) -> Table:
    past, contracts = history(desk)
    counting = Counting(ByTarget(contracts), Question("month", parse_dimensions([by])))
    for ticket in past.pasts(detail=always if detail else never):
        counting.add(ticket)
    return counting.result()


def lines(desk: Installation) -> dict[int, list[Line]]:
    past, contracts = history(desk)
    ledger = Ledger(contracts, Question())
    for ticket in past.pasts(detail=always):
        ledger.add(ticket)
    found: dict[int, list[Line]] = {}
    for line in ledger.result().lines():
        found.setdefault(line.commitment.number, []).append(line)
    return found


@pytest.fixture
def desk(live: Live) -> Installation:
    """Ten tickets: seven answered within an hour, one after five, one not yet, one just begun."""
    made = live(TEXT)
    tickets = [made.host.create() for _ in range(9)]
    made.sync(HOUR)
    for ticket in tickets[:7]:
        made.host.agent_replies(ticket)
    made.sync(4 * HOUR)
    made.host.agent_replies(tickets[7])
    made.host.create()
    made.sync(60)
    return made


@pytest.mark.parametrize("detail", [False, True])
def test_ten_tickets_of_known_outcome(desk: Installation, detail: bool) -> None:
    found = table(desk, "clock", detail=detail)
    (cell,) = found.cells
    assert (cell.period, cell.values) == (parse_period("2026-03"), ("first_response",))
    assert cell.counts.share == Fraction(7, 9)
    assert cell.counts.not_due == 1
    assert [behind.ticket for behind in cell.behind] == ["8", "9"]


def test_the_breach_belongs_to_the_group_that_had_the_ticket(desk: Installation) -> None:
    desk.host.set("9", "group", "Second Line")
    desk.sync(60)
    assert [
        (cell.values, cell.counts.misses) for cell in table(desk, "group", detail=False).cells
    ] == [(("Support",), 2)]


def test_objectives_of_one_clock_are_told_apart(desk: Installation) -> None:
    found = lines(desk)
    ((kept,), (within,)) = found[1], found[2]
    assert (kept.told.share, kept.told.met) == (Fraction(7, 9), False)
    assert (within.told.share, within.told.met) == (Fraction(7, 9), True)


def test_an_outage_clock_without_a_target_is_evaluated_and_takes_availability(
    desk: Installation,
) -> None:
    desk.host.set("1", "state", "pending reminder")
    desk.sync(HOUR)
    desk.host.set("2", "state", "pending reminder")
    desk.sync(HOUR)
    desk.host.set("1", "state", "open")
    desk.host.set("2", "state", "open")
    desk.sync(60)
    (day,) = lines(desk)[3]
    assert day.told.share == 1 - Fraction(2, 24)
    assert [behind.ticket for behind in day.behind] == ["1", "2"]
