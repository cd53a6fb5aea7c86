"""Objectives of two sets beside each other: partners in one row, the others say they have none."""

from __future__ import annotations

from slaplugin.core.attainment import Ledger, Line, Question
from slaplugin.core.objectives import Objective
from slaplugin.core.policies import Policy
from slaplugin.report.pairs import HEAD, objective_rows
from tests.core.attainment.pasts import HOUR, contracts, credits_of, met, missed, objective, past

MARCH, FEBRUARY = "2026-03-10T10:00:00+01:00", "2026-02-10T10:00:00+01:00"
TICKETS = [past(str(n), met(MARCH)) for n in range(3)] + [past("9", missed(MARCH))]


def lines(*objectives: Objective, policy: str = "standard") -> tuple[Line, ...]:
    ledger = Ledger(contracts(Policy(policy, objectives=objectives)), Question())
    for ticket in TICKETS:
        ledger.add(ticket)
    return ledger.result().lines()


def test_another_goal_stands_beside_the_one_before_whatever_its_number() -> None:
    before = lines(objective("90", credits=credits_of(("90", "5"))))
    after = lines(objective("70", clock="resolution"), objective("75"))
    assert list(objective_rows(before, after)) == [
        [
            "standard",
            "First response",
            "2026-03",
            "MISSED 75 % (90 %), credit 5%",
            "kept 75 % (75 %)",
        ]
    ]
    assert len(HEAD) == 5


def test_what_only_one_side_promises_says_so_on_the_other() -> None:
    alone = lines(objective("60"))
    assert [row[3:] for row in objective_rows(alone, ())] == [["kept 75 % (60 %)", "not promised"]]
    assert [row[3:] for row in objective_rows((), alone)] == [["not promised", "kept 75 % (60 %)"]]
    renamed = objective_rows(alone, lines(objective("60"), policy="first"))
    assert [(row[0], *row[3:]) for row in renamed] == [
        ("standard", "kept 75 % (60 %)", "not promised")
    ]


def test_several_of_one_clock_find_the_one_with_their_own_time() -> None:
    two, six = objective("50", within=2 * HOUR), objective("90", within=6 * HOUR)
    rows = list(objective_rows(lines(two, six), lines(six, objective("80", within=HOUR))))
    assert [row[3:] for row in rows] == [
        ["kept 75 % (50 % within 2h)", "MISSED 75 % (80 % within 1h)"],
        ["kept 100 % (90 % within 6h)", "kept 100 % (90 % within 6h)"],
    ]


def test_an_availability_before_the_first_ticket() -> None:
    goal = objective("99.9", availability="outage", calendar="24x7")
    ledger = Ledger(contracts(Policy("standard", objectives=(goal,))), Question(first=None))
    for ticket in TICKETS:
        ledger.add(ticket)
    found = ledger.result().lines()
    assert [row[1:4] for row in objective_rows(found, ())] == [
        ["no Outage", "2026-03", "kept 100 % (99.9 %)"]
    ]
