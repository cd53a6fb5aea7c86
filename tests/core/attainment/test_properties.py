"""What holds of every table, whatever the tickets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from slaplugin.core.attainment import (
    ByObjective,
    ByTarget,
    Contracts,
    Counting,
    Ledger,
    Question,
    Table,
)
from slaplugin.core.dimensions import parse_dimensions
from slaplugin.core.model import ClockInstance
from slaplugin.core.objectives import Objective, attainment
from slaplugin.core.past import Past
from slaplugin.core.periods import CalendarPeriod, Period
from slaplugin.core.policies import Policy
from tests.core.attainment.pasts import HOUR, NOW, contracts, met, missed, objective, past, pending

YEAR = 366 * 24 * HOUR
PERS: st.SearchStrategy[Period | None] = st.sampled_from(
    ["day", "week", "month", "quarter", "year", None]
)
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"])
BY = parse_dimensions(["group, policy"])


@st.composite
def instances(draw: st.DrawFn) -> ClockInstance:
    end = draw(st.integers(NOW - YEAR, NOW - HOUR))
    made: ClockInstance = draw(st.sampled_from([met, missed]))(end)
    if draw(st.booleans()):
        made = pending()
    changes: dict[str, Any] = {
        "clock": draw(st.sampled_from(["first_response", "outage"])),
        "policy": draw(st.sampled_from(["standard", "vip"])),
        "waived": draw(st.booleans()),
        "elapsed": draw(st.integers(0, 9 * HOUR)),
        "confidence": draw(st.sampled_from(["high", "high", "low"])),
    }
    odd = draw(st.sampled_from([None, None, "void", "closed_unanswered"]))
    if odd == "void" and not made.is_open:
        changes |= {"status": "void"}
        changes |= {} if made.breached_at else {"outcome": "void"}
    elif odd and not made.is_open and not made.breached_at:
        changes |= {"outcome": odd}
    return replace(made, **changes)


@st.composite
def tickets(draw: st.DrawFn) -> list[Past]:
    lists = draw(st.lists(st.lists(instances(), max_size=4), max_size=8))
    groups = st.sampled_from(["Support", "Billing", None])
    return [
        past(str(number), *each, group=draw(groups)) for number, each in enumerate(lists, start=1)
    ]


def known(*goals: Objective) -> Contracts:
    return contracts(Policy("standard", objectives=goals), Policy("vip", parent="standard"))


def plain(found: list[Past], question: Question) -> Table:
    counting = Counting(ByTarget(contracts()), question)
    for ticket in found:
        counting.add(ticket)
    return counting.result()


few = settings(max_examples=40, deadline=None)


@few
@given(tickets(), PERS)
def test_values_and_periods_add_up_to_the_whole(found: list[Past], per: Period | None) -> None:
    whole = plain(found, Question()).total
    table = plain(found, Question(per, BY))
    assert table.total == whole
    assert sum((cell.counts for cell in table.by_values()), type(whole)()) == whole
    assert sum((cell.counts for cell in table.by_period()), type(whole)()) == whole
    assert sum(len(cell.behind) for cell in table.cells) == whole.misses


@few
@given(tickets(), PERS, st.randoms(), st.integers(0, 8))
def test_neither_order_nor_division_of_the_tickets_matters(
    found: list[Past], per: Period | None, random: Any, cut: int
) -> None:
    question = Question(per, BY)
    table = plain(found, question)
    mixed = random.sample(found, len(found))
    assert plain(mixed, question) == table
    assert plain(mixed[:cut], question) + plain(mixed[cut:], question) == table


@few
@given(tickets(), PERS, ZONES, st.sampled_from([None, HOUR, 5 * HOUR]))
def test_the_present_period_is_what_the_objective_says(
    found: list[Past], per: Period | None, zone: str, within: int | None
) -> None:
    goal = objective("90", per=per, zone=zone, within=within)
    counting = Counting(ByObjective(known(goal), known(goal).commitments[0]), Question(per))
    for ticket in found:
        counting.add(ticket)
    every = [instance for ticket in found for instance in ticket.instances]
    told = attainment(goal, every, NOW, contracts().calendars)
    present = None if per is None else CalendarPeriod.around(per, zone, NOW)
    counts = counting.result().cell(present).counts
    assert (counts.share, counts.hits, counts.misses) == (told.share, told.hits, told.misses)
    assert (counts.waived, counts.void) == (told.waived, told.void)
    assert (counts.unanswered, counts.low_confidence, counts.not_due) == (
        told.unanswered,
        told.low_confidence,
        told.not_due,
    )


@few
@given(tickets(), PERS, ZONES)
def test_availability_is_what_the_objective_says(
    found: list[Past], per: Period | None, zone: str
) -> None:
    goal = objective("99.9", availability="outage", per=per, zone=zone)
    ledger = Ledger(known(goal), Question())
    # Without any ticket nobody has said what time it is.
    for ticket in [*found, past("0")]:
        ledger.add(ticket)
    every = [instance for ticket in found for instance in ticket.instances]
    told = attainment(goal, every, NOW, contracts().calendars)
    present = None if per is None else CalendarPeriod.around(per, zone, NOW)
    (line,) = [line for line in ledger.result().lines() if line.period == present]
    assert line.told == told
