"""Tables of attainment: policy-language §8, details 46."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from slaplugin.core.attainment import (
    ByObjective,
    ByTarget,
    Contracts,
    Counting,
    Counts,
    Question,
    Table,
)
from slaplugin.core.attainment.values import SAMPLE
from slaplugin.core.conditions import Test
from slaplugin.core.dimensions import parse_dimensions
from slaplugin.core.model import ClockInstance, Span
from slaplugin.core.past import Past, Stage
from slaplugin.core.periods import CalendarPeriod, parse_period
from slaplugin.core.policies import Policy, PolicySet
from slaplugin.core.rulebook import RuleBook
from tests.core.attainment.pasts import (
    HOUR,
    NOW,
    at,
    contracts,
    met,
    missed,
    objective,
    past,
    pasts,
    pending,
)

MARCH = parse_period("2026-03")
APRIL = parse_period("2026-04")
IN_MARCH = "2026-03-10T10:00:00+01:00"


def counted(question: Question, *tickets: Past, zone: str = "UTC") -> Table:
    counting = Counting(ByTarget(contracts(zone=zone)), question)
    for ticket in tickets:
        counting.add(ticket)
    return counting.result()


def kept(*tickets: Past, policy: Policy, by: str = "") -> Table:
    """The table of the policy's first objective."""
    known = contracts(policy)
    commitment = known.commitments[0]
    question = Question(commitment.objective.per, parse_dimensions([by]))
    counting = Counting(ByObjective(known, commitment), question)
    for ticket in tickets:
        counting.add(ticket)
    return counting.result()


def test_ten_tickets_of_known_outcome_are_seven_of_nine() -> None:
    tickets = pasts(*[met(IN_MARCH)] * 7, *[missed(IN_MARCH)] * 2, pending())
    table = counted(Question("month"), *tickets)
    (cell,) = table.cells
    assert cell.counts.share == Fraction(7, 9)
    assert (cell.counts.counted, cell.counts.not_due) == (9, 1)
    assert [(behind.ticket, behind.number) for behind in cell.behind] == [("8", "48"), ("9", "49")]


def test_each_way_to_stand_apart_has_its_own_count() -> None:
    apart = [
        met(IN_MARCH, waived=True),
        met(IN_MARCH, confidence="low"),
        replace(met(IN_MARCH), status="void", outcome="void"),
        replace(met(IN_MARCH), outcome="closed_unanswered"),
        pending(),
        replace(met(IN_MARCH), status="not_applicable", outcome="not_applicable"),
        replace(met(IN_MARCH), outcome="not_applicable", target=None),
    ]
    table = counted(Question("month"), *pasts(*apart, met(IN_MARCH)))
    assert table.total == Counts(
        hits=1, waived=1, void=1, unanswered=1, low_confidence=1, not_due=1, elapsed=HOUR
    )


def test_an_open_overdue_one_is_a_miss_where_it_was_breached() -> None:
    overdue = missed("2026-03-31T12:00:00+02:00", status="running", stopped_at=None)
    assert counted(Question("month"), *pasts(overdue)).cell(MARCH).counts.misses == 1


@pytest.mark.parametrize(
    ("zone", "instant", "month"),
    [
        # Summer time has begun in Berlin, and the month ends an hour earlier than it began.
        ("Europe/Berlin", "2026-03-31T21:59:59+00:00", MARCH),
        ("Europe/Berlin", "2026-03-31T22:00:00+00:00", APRIL),
        ("Europe/Berlin", "2026-02-28T23:00:00+00:00", MARCH),
        ("America/New_York", "2026-04-01T03:59:59+00:00", MARCH),
        ("America/New_York", "2026-04-01T04:00:00+00:00", APRIL),
        ("America/New_York", "2026-03-01T05:00:00+00:00", MARCH),
        ("America/New_York", "2025-12-01T04:59:59+00:00", parse_period("2025-11")),
    ],
)
def test_a_month_ends_at_midnight_of_the_contract(
    zone: str, instant: str, month: CalendarPeriod
) -> None:
    given = met(instant, calendar="24x7")
    policy = Policy("standard", objectives=(objective(zone=zone),))
    assert kept(*pasts(given), policy=policy).periods() == (month,)
    counting = Counting(ByTarget(contracts(zone=zone)), Question("month"))
    # A calendar with hours has the contract's zone; the one that never closes has none.
    assert contracts().zone_of("berlin", None) == "Europe/Berlin"
    counting.add(past("1", replace(given, calendar="berlin")))
    berlin = CalendarPeriod.around("month", "Europe/Berlin", at(instant))
    assert counting.result().periods() == (berlin,)


def test_the_customers_clocks_stand_beside_ours() -> None:
    waiting = met(IN_MARCH, clock="customer_wait", party="customer", elapsed=7 * HOUR)
    tickets = [past("1", met(IN_MARCH, paused=2 * HOUR), waiting)]
    known = contracts()
    ours, theirs = (
        Counting(ByTarget(known), Question()),
        Counting(ByTarget(known, "customer"), Question()),
    )
    for ticket in tickets:
        ours.add(ticket)
        theirs.add(ticket)
    assert ours.result().total == Counts(hits=1, elapsed=HOUR, paused=2 * HOUR)
    assert theirs.result().total == Counts(hits=1, elapsed=7 * HOUR)


def test_the_group_that_missed_it_is_the_one_of_the_breach() -> None:
    breached = missed(IN_MARCH)
    moved = past("1", breached)
    stages = (
        Stage(breached.started_at, at(IN_MARCH) + 60, {"group": "Support"}, waiting=False),
        Stage(at(IN_MARCH) + 60, NOW, {"group": "Escalations"}, waiting=False),
    )
    table = counted(Question("month", parse_dimensions(["group"])), replace(moved, stages=stages))
    assert [cell.values for cell in table.cells] == [("Support",)]


def test_only_wanted_periods_are_counted_and_only_wanted_verdicts_kept() -> None:
    tickets = list(pasts(met(IN_MARCH), met("2026-02-10T10:00:00+01:00"), missed(IN_MARCH)))
    question = Question("month", first=MARCH.first, last=MARCH.first, keep=frozenset({"hits"}))
    (cell,) = counted(question, *tickets).cells
    assert (cell.period, cell.counts.counted) == (MARCH, 2)
    assert [behind.ticket for behind in cell.behind] == ["1"]


# ------------------------------------------------------------------ objectives


def test_2249_of_2500_miss_ninety_per_cent() -> None:
    policy = Policy("standard", objectives=(objective(),))
    tickets = pasts(*[met(IN_MARCH)] * 2249, *[missed(IN_MARCH)] * 251)
    table = kept(*tickets, policy=policy)
    assert table.total.share == Fraction(2249, 2500)
    assert len(table.cells[0].behind) == 251


def test_within_belongs_to_the_instant_it_was_passed() -> None:
    """Friday in February used up the hour, the answer came in March."""
    start = at("2026-02-27T16:00:00+01:00")
    spans = (
        Span(start, start + HOUR, "counted", "open", "berlin"),
        Span(start + HOUR, start + 64 * HOUR, "closed", "closed hours", "berlin"),
        Span(start + 64 * HOUR, start + 66 * HOUR, "counted", "open", "berlin"),
    )
    given = met(start + 66 * HOUR, started_at=start, elapsed=3 * HOUR, spans=spans)
    half, whole = (objective(within=seconds) for seconds in (HOUR // 2, HOUR))
    (early,) = kept(*pasts(given), policy=Policy("standard", objectives=(half,))).cells
    (late,) = kept(*pasts(given), policy=Policy("standard", objectives=(whole,))).cells
    assert (early.period, early.counts.misses) == (parse_period("2026-02"), 1)
    assert (late.period, late.counts.misses) == (MARCH, 1)


def test_count_unanswered_and_during_are_heeded() -> None:
    unanswered = replace(met(IN_MARCH), outcome="closed_unanswered")
    weekend = met("2026-03-14T12:00:00+01:00")
    given = objective(count_unanswered=True, during="berlin")
    table = kept(*pasts(unanswered, weekend), policy=Policy("standard", objectives=(given,)))
    assert table.total == Counts(hits=1, elapsed=HOUR)


def policies(**vip: Any) -> tuple[Policy, ...]:
    parent = Policy("standard", objectives=(objective(),))
    return parent, Policy(
        "vip", parent="standard", when=Test("organization.vip", "is", True), **vip
    )


def shares(known: tuple[Policy, ...], *tickets: Past) -> dict[str, Counts]:
    """Policy and number of each commitment -> its counts."""
    given = contracts(*known)
    found = {}
    for commitment in given.commitments:
        counting = Counting(ByObjective(given, commitment), Question("month"))
        for ticket in tickets:
            counting.add(ticket)
        found[commitment.key] = counting.result().total
    return found


def test_a_sub_without_objectives_is_part_of_its_parents() -> None:
    tickets = [past("1", met(IN_MARCH)), past("2", missed(IN_MARCH, policy="vip"))]
    (whole,) = shares(policies(), *tickets).values()
    assert (whole.hits, whole.misses) == (1, 1)
    own = shares(policies(objectives=(objective("99"),)), *tickets)
    assert {key: (found.hits, found.misses) for key, found in own.items()} == {
        "standard/1": (1, 0),
        "vip/1": (0, 1),
    }
    none = shares(policies(objectives=()), *tickets)
    assert {key: found.counted for key, found in none.items()} == {"standard/1": 1}


def test_a_clock_without_target_falls_under_the_policy_that_matches() -> None:
    measured: ClockInstance = replace(
        met(IN_MARCH), policy=None, target=None, outcome="not_applicable"
    )
    known = policies(objectives=(objective(within=2 * HOUR),))
    tickets = [past("1", measured, **{"organization.vip": True}), past("2", measured)]
    found = shares(known, *tickets)
    # The parent asks for a target of its own, and there is none.
    assert {key: counts.hits for key, counts in found.items()} == {"standard/1": 0, "vip/1": 1}


def test_the_zones_are_those_that_something_is_told_in() -> None:
    tokyo = Policy("standard", objectives=(objective(zone="Asia/Tokyo"),))
    # The only calendar is everybody's; where there is none the installation's zone counts.
    assert contracts(tokyo, zone="America/New_York").zones == {"Europe/Berlin", "Asia/Tokyo"}
    nowhere = Contracts(RuleBook.compile(PolicySet()), "America/New_York")
    assert nowhere.zones == {"America/New_York"}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"status": "void", "outcome": "void"}, Counts()),
        ({"outcome": "closed_unanswered"}, Counts()),
        ({"outcome": "breached", "breached_at": at(IN_MARCH)}, Counts(misses=1, elapsed=HOUR)),
    ],
)
def test_without_a_target_only_a_breach_that_was_recorded_counts(
    more: dict[str, Any], expected: Counts
) -> None:
    """Details 46: what has no target is not looked at; R8: a breach never goes away."""
    measured = met(IN_MARCH, target=None, **more)
    policy = Policy("standard", objectives=(objective(),), count_unanswered=True)
    assert counted(Question(), *pasts(measured)).total == expected
    assert kept(*pasts(measured), policy=policy).total == expected


def test_of_many_hits_the_same_few_are_drawn_from_parts_and_from_all() -> None:
    tickets = [past(str(number), met(IN_MARCH)) for number in range(500)]
    question = Question("month", sampled=True)
    (whole,) = counted(question, *tickets).cells
    (parts,) = (counted(question, *tickets[300:]) + counted(question, *tickets[:300])).cells
    (turned,) = counted(question, *tickets[::-1]).cells
    assert whole.sample == parts.sample == turned.sample
    assert (len(set(whole.sample)), whole.behind, whole.counts.hits) == (SAMPLE, (), 500)
    (few,) = counted(question, *tickets[:7]).cells
    assert {each.ticket for each in few.sample} == set("0123456")
    (unasked,) = counted(Question("month"), *tickets).cells
    assert unasked.sample == ()
