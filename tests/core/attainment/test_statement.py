"""Credits per customer and period: policy-language §8, details 46."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from slaplugin.core.attainment import (
    Accounts,
    Contracts,
    Ledger,
    Line,
    Question,
    Statement,
    statements,
)
from slaplugin.core.dimensions import parse_dimensions
from slaplugin.core.model import ClockInstance
from slaplugin.core.past import Past, Stage
from slaplugin.core.periods import parse_period
from slaplugin.core.policies import CustomClock, Policy, PolicySet
from slaplugin.core.rulebook import RuleBook
from tests.core.attainment.pasts import (
    HOUR,
    NOW,
    at,
    contracts,
    credits_of,
    met,
    missed,
    objective,
    past,
    share,
)

MARCH = parse_period("2026-03")
IN_MARCH = "2026-03-10T10:00:00+01:00"
FEE = "organization.fields.fee"
TABLE = credits_of(
    ("90", "5"), ("80", "15"), base=Decimal(1000), currency="EUR", cap=Fraction(1, 5)
)


def ledger(*tickets: Past, policies: tuple[Policy, ...], by: str = "organization") -> Accounts:
    found = Ledger(contracts(*policies), Question(dimensions=parse_dimensions([by])))
    for ticket in tickets:
        found.add(ticket)
    return found.result()


def of_acme(*instances: ClockInstance, **facts: Any) -> list[Past]:
    named = {"organization.name": "Acme", **facts}
    return [past(str(number), each, **named) for number, each in enumerate(instances, start=1)]


def only(accounts: Accounts) -> Statement:
    (found,) = statements(accounts, "organization")
    return found


SEVEN_OF_NINE = of_acme(*[met(IN_MARCH)] * 7, *[missed(IN_MARCH)] * 2)


def test_what_is_owed_for_seven_of_nine() -> None:
    policy = Policy("standard", objectives=(objective(credits=TABLE),))
    found = only(ledger(*SEVEN_OF_NINE, policies=(policy,)))
    (section,) = found.sections
    (line,) = section.lines
    assert (found.party, found.period) == ("Acme", MARCH)
    assert (line.told.share, line.told.met, line.told.credit) == (Fraction(7, 9), False, "15%")
    assert line.told.period == (at("2026-03-01T00:00+01:00"), at("2026-04-01T00:00+02:00"))
    assert (section.amount, section.credit, found.owes) == (Decimal("150.00"), share("15"), True)
    assert found.totals == {"EUR": Decimal("150.00")}
    assert [behind.ticket for behind in line.behind] == ["8", "9"]


def test_the_credits_of_one_policy_add_up_to_the_cap() -> None:
    goals = (objective(credits=TABLE), objective("95", within=2 * HOUR, credits=TABLE))
    found = only(ledger(*SEVEN_OF_NINE, policies=(Policy("standard", objectives=goals),)))
    (section,) = found.sections
    assert section.granted == (share("15"), share("5"))
    assert section.amount == Decimal("200.00")


def test_policies_owe_apart_and_in_their_own_currencies() -> None:
    dollars = replace(TABLE, currency="USD", base=Decimal(10))
    policies = (
        Policy("standard", objectives=(objective(credits=TABLE),)),
        Policy("american", objectives=(objective(credits=dollars),)),
    )
    tickets = of_acme(missed(IN_MARCH), missed(IN_MARCH, policy="american"))
    found = only(ledger(*tickets, policies=policies))
    assert found.totals == {"EUR": Decimal("150.00"), "USD": Decimal("1.50")}


def test_nothing_is_owed_below_the_least_count_nor_above_the_line() -> None:
    policy = Policy("standard", objectives=(objective(credits=replace(TABLE, min_count=10)),))
    found = only(ledger(*SEVEN_OF_NINE, policies=(policy,)))
    assert (found.owes, found.totals, found.sections[0].amount) == (False, {}, None)


def test_the_base_is_what_was_paid_at_the_end_of_the_period() -> None:
    """A closed ticket shows the fee of its closing; another was open when the fee rose."""
    goal = objective(credits=replace(TABLE, base=FEE))
    closed = of_acme(missed(IN_MARCH), **{FEE: 100})[0]
    raised = past("7", missed("2026-03-05T10:00+01:00"))
    names = {"organization.name": "Acme"}
    rise, late = at("2026-03-20T10:00+01:00"), at("2026-04-03T10:00+02:00")
    stages = (
        Stage(raised.stages[0].start, rise, {**names, FEE: 100}, waiting=False),
        Stage(rise, late, {**names, FEE: 300}, waiting=False),
        Stage(late, late + HOUR, {**names, FEE: 900}, waiting=False),
    )
    later = replace(raised, stages=stages, as_of=late + HOUR)
    policies = (Policy("standard", objectives=(goal,)),)
    both = [ledger(*order, policies=policies) for order in ([closed, later], [later, closed])]
    parts = ledger(closed, policies=policies) + ledger(later, policies=policies)
    assert [only(each).sections[0].amount for each in (*both, parts)] == [Decimal("45.00")] * 3


def test_the_fee_is_read_from_tickets_whose_clocks_count_elsewhere() -> None:
    """One is open since before March and is missed in April: in March it knows of the rise."""
    goal = objective(credits=replace(TABLE, base=FEE))
    closed = of_acme(missed(IN_MARCH), **{FEE: 100})[0]
    rise, late = at("2026-03-20T10:00+01:00"), at("2026-04-03T10:00+02:00")
    names = {"organization.name": "Acme"}
    stages = (
        Stage(at("2026-02-20T10:00+01:00"), rise, {**names, FEE: 100}, waiting=False),
        Stage(rise, late, {**names, FEE: 300}, waiting=False),
        Stage(late, late + HOUR, {"organization.name": "Globex", FEE: 900}, waiting=False),
    )
    still_open = replace(
        past("7", missed("2026-04-02T10:00+02:00")), stages=stages, as_of=late + HOUR
    )
    policies = (Policy("standard", objectives=(goal,)),)
    told = statements(ledger(closed, still_open, policies=policies), "organization")
    assert [(each.party, each.period, each.sections[0].amount) for each in told] == [
        ("Acme", MARCH, Decimal("45.00")),
        ("Acme", MARCH.following, Decimal("45.00")),
    ]


def test_periods_that_begin_together_have_statements_and_caps_of_their_own() -> None:
    """April 1 begins a month and a quarter."""
    goals = tuple(objective(per=per, credits=TABLE) for per in ("quarter", "month"))
    policy = Policy("standard", objectives=goals)
    missed_in_april = of_acme(missed("2026-04-08T10:00+02:00"))
    told = statements(ledger(*missed_in_april, policies=(policy,)), "organization")
    assert [(each.period, each.totals) for each in told] == [
        (parse_period("2026-04"), {"EUR": Decimal("150.00")}),
        (parse_period("2026-Q2"), {"EUR": Decimal("150.00")}),
    ]


def test_without_a_base_the_share_is_stated_alone() -> None:
    policy = Policy("standard", objectives=(objective(credits=credits_of(("90", "5"))),))
    found = only(ledger(*SEVEN_OF_NINE, policies=(policy,)))
    assert (found.owes, found.totals) == (True, {})
    assert found.sections[0].credit == share("5")


def test_what_the_customer_is_accountable_for_stands_beside_and_owes_nothing() -> None:
    theirs = objective(clock="customer_wait", credits=TABLE)
    policy = Policy("standard", objectives=(objective(credits=TABLE), theirs))
    slow = missed(IN_MARCH, clock="customer_wait", party="customer", elapsed=60 * HOUR)
    found = only(ledger(*of_acme(met(IN_MARCH), slow), policies=(policy,)))
    assert [line.commitment.clock for line in found.theirs] == ["customer_wait"]
    assert found.theirs[0].counts.elapsed == 60 * HOUR
    assert found.theirs[0].told.credit is None
    assert [line.commitment.clock for line in found.sections[0].lines] == ["first_response"]
    assert not found.owes


def test_nobodys_tickets_stand_in_no_statement() -> None:
    policy = Policy("standard", objectives=(objective(credits=TABLE),))
    accounts = ledger(past("1", missed(IN_MARCH)), policies=(policy,))
    assert [line.values for line in accounts.lines()] == [(None,)]
    assert statements(accounts, "organization") == ()


# ------------------------------------------------------------------ availability

AVAILABLE = objective("99.9", availability="outage", calendar="24x7", credits=TABLE)
OUTAGES = PolicySet(
    clocks={"outage": CustomClock("outage")},
    policies=(Policy("standard", objectives=(objective(), AVAILABLE)),),
)


def outage(start: str, end: str | None, **more: Any) -> ClockInstance:
    given = met(at(end) if end else NOW, started_at=at(start), clock="outage", **more)
    given = replace(given, outcome="not_applicable", target=None)
    return given if end else replace(given, status="running", stopped_at=None)


def availability(
    *tickets: Past, by: str = "", first: str = "2026-02", known_from: str | None = None
) -> list[Line]:
    question = Question(
        dimensions=parse_dimensions([by]),
        first=parse_period(first).first,
        known_from=None if known_from is None else at(known_from),
    )
    found = Ledger(Contracts(RuleBook.compile(OUTAGES)), question)
    for ticket in tickets:
        found.add(ticket)
    return [line for line in found.result().lines() if line.commitment.number == 2]


def test_overlapping_outages_are_lost_once_and_split_at_midnight_of_the_month() -> None:
    tickets = [
        past("1", outage("2026-02-28T23:30+01:00", "2026-03-01T01:00+01:00")),
        past("2", outage("2026-03-01T00:30+01:00", "2026-03-01T02:00+01:00")),
        past("3", outage("2026-03-31T22:00+02:00", None)),
        past("4", outage("2026-03-03T00:00+01:00", "2026-03-04T00:00+01:00", status="void")),
    ]
    february, march = availability(*tickets)
    assert february.told.share == 1 - Fraction(30, 28 * 24 * 60)
    lost = 2 * HOUR + (NOW - at("2026-03-31T22:00+02:00"))
    assert march.told.share == 1 - Fraction(lost, 31 * 24 * HOUR - HOUR)
    assert (february.told.met, march.told.met, march.told.credit) == (True, False, None)
    assert [behind.ticket for behind in march.behind] == ["1", "2", "3"]


def test_periods_without_an_outage_were_available_throughout() -> None:
    lines = availability(past("1", met(IN_MARCH)), first="2026-01", known_from="2025-11-09T10:00Z")
    assert [(line.known, line.told.share, line.told.met) for line in lines] == [(True, 1, True)] * 3


@pytest.mark.parametrize(
    ("known_from", "known"),
    [
        pytest.param(None, [False, False, True], id="by-the-tickets-fed"),
        pytest.param("2026-02-28T23:00Z", [False, False, True], id="since-march-in-berlin"),
        pytest.param("2026-02-28T22:59:59Z", [False, True, True], id="a-second-before"),
        pytest.param("2026-05-01T00:00Z", [False, False, True], id="a-fed-one-is-earlier"),
    ],
)
def test_nothing_is_known_of_periods_before_the_first_ticket(
    known_from: str | None, known: list[bool]
) -> None:
    """A month of which nobody told anything was not available for all of it: nobody knows."""
    lines = availability(past("1", met(IN_MARCH)), first="2026-01", known_from=known_from)
    assert [line.known for line in lines] == known
    assert [line.told.share for line in lines] == [1 if each else None for each in known]
    assert [line.told.credit for line in lines] == [None] * 3


def test_parts_of_the_tickets_know_what_both_know() -> None:
    parts = []
    for month in ("01", "03"):
        ledger = Ledger(Contracts(RuleBook.compile(OUTAGES)), Question())
        ledger.add(past(month, outage(f"2026-{month}-05T10:00Z", f"2026-{month}-05T11:00Z")))
        parts.append(ledger.result())
    both = [line for line in (parts[1] + parts[0]).lines() if line.commitment.number == 2]
    assert [(str(line.period and line.period.label), line.known) for line in both] == [
        ("2026-01", True),
        ("2026-02", True),
        ("2026-03", True),
    ]


def test_availability_by_customer_is_the_union_of_the_customers_own_outages() -> None:
    tickets = [
        past("1", outage("2026-03-02T00:00Z", "2026-03-02T01:00Z"), **{"fields.x": "a"}),
        past("2", outage("2026-03-02T00:30Z", "2026-03-02T01:30Z"), **{"fields.x": "a"}),
        past("3", outage("2026-03-02T00:00Z", "2026-03-02T01:00Z"), **{"fields.x": "b"}),
        past("4", met(IN_MARCH), **{"fields.x": "c"}),
    ]
    whole = 31 * 24 - 1
    assert {line.values[0]: line.told.share for line in availability(*tickets, by="fields.x")} == {
        "a": 1 - Fraction(3, 2 * whole),
        "b": 1 - Fraction(1, whole),
        "c": 1,
    }


@pytest.mark.parametrize("named", ["first_response", "outage"])
def test_live_a_clock_of_an_objective_is_evaluated(named: str) -> None:
    rules = RuleBook.compile(OUTAGES, only_targeted=True)
    assert named in rules.targeted
