"""Customers' answers beside what became of our targets (decision 148), and waits that were idle."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from tests.recount.attained import Known, is_judged
from tests.recount.contract import THEIRS
from tests.recount.hours import period
from tests.recount.lost import unanswered
from tests.recount.measured import Measured

SATISFIED = 4
"""Of 1-5: the upper quarter."""
Answers = Counter[int]


def answer(each: Measured) -> tuple[int, int] | None:
    """(instant, score) of the last answer in the field."""
    given = [event for event in each.ticket.life.events
             if event.kind == "field_changed" and event.data["field"] == "fields.csat"]  # fmt: skip
    if not given or not str(given[-1].data["to"]).isdigit():
        return None
    since, score = given[-1].at, given[-1].data["to"]
    for event in reversed(given):
        if event.data["to"] != score:
            break
        since = event.at
    return since, int(score)


def promise(ticket: Known) -> str:
    """``missed`` with a miss beyond doubt that nobody excused, ``kept`` with none, or ``none``."""
    sure = {row["outcome"] for row in ticket.rows
            if is_judged(row) and row["clock"] != THEIRS and not row["waived"]
            and row["confidence"] == "high"}  # fmt: skip
    return "missed" if "breached" in sure else "kept" if "met" in sure else "none"


def answers(found: Iterable[Measured], per: str, zone: str) -> dict[str | None, Any]:
    """By period: promise -> scores."""
    told: dict[str | None, dict[str, Answers]] = defaultdict(lambda: defaultdict(Counter))
    for each in found:
        given = answer(each)
        if given is not None:
            told[period(per, zone, given[0])][promise(each.ticket)][given[1]] += 1
    return told


def scores(given: Answers) -> dict[str, Any]:
    """As a report tells them."""
    count = given.total()
    mean = Fraction(sum(score * often for score, often in given.items()), count or 1)
    good = sum(often for score, often in given.items() if score >= SATISFIED)
    return {"satisfied": (good, count), "mean": round(float(mean), 4) if count else None}


def response(found: Iterable[Measured], bounds: tuple[int, int]) -> tuple[int, int]:
    """Solved tickets with an answer, and all solved tickets."""
    solved = [each for each in found if bounds[0] <= (each.solved_at or 0) < bounds[1]]
    return sum(answer(each) is not None for each in solved), len(solved)


def idle(tickets: Iterable[Known]) -> dict[str, int]:
    """Seconds of real time in which a ticket waited on the customer, who waited for an answer."""
    found: Counter[str] = Counter()
    for ticket in tickets:
        for first, last in unanswered(ticket):
            for stage in ticket.stages:
                if stage.waiting:
                    overlap = min(last, stage.end) - max(first, stage.start)
                    found[ticket.life.id] += max(0, overlap)
    return dict(+found)
