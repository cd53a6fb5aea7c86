"""What was promised beside the clocks, counted from the same walks: availability, the customers'
own clocks, answers to surveys, and what is owed to whom."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from random import Random
from typing import Any

from tests.live.recount import CLOSED, GONE, OURS, VERDICTS, Walk, in_office, month
from tests.live.year import DAY, MINUTES, instant

CENT = Decimal("0.01")
SATISFIED = 4
"""Of five."""


def office_minutes() -> dict[str, int]:
    """The length of each month that the year touches in minutes of the office, its days outside the
    year included."""
    minutes = range(-40 * DAY, MINUTES + 40 * DAY)
    found = Counter(month(minute) for minute in minutes if in_office(minute))
    return {name: found[name] for name in {month(minute) for minute in range(0, MINUTES, DAY)}}


# ---------------------------------------------------------------------- availability


def available(walks: Iterable[Walk], lengths: Mapping[str, int]) -> dict[str, Fraction | None]:
    """Month -> share of the office's minutes in which no ticket lay with Escalations.

    Months before the first ticket are nobody's knowledge.
    """
    told = list(walks)
    down: dict[str, set[int]] = defaultdict(set)
    for walk in told:
        for watch in walk.watches:
            if watch.clock == "outage" and watch.end not in GONE:
                for minute in watch.counted:
                    down[month(minute)].add(minute)
    first = month(min(walk.born.minute for walk in told))
    return {
        name: None if name < first else 1 - Fraction(len(down[name]), length)
        for name, length in lengths.items()
    }


# ---------------------------------------------------------------------- the customers' clocks


def their_months(walks: Iterable[Walk]) -> dict[str, Counter[str]]:
    """Month -> how many of the customers' own clocks were hits, misses, void …"""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for walk in walks:
        for watch in walk.watches:
            if watch.clock == "their_turn":
                found[month(watch.decided)][VERDICTS.get(watch.outcome, "void")] += 1
    return dict(found)


# ---------------------------------------------------------------------- statements


def owed(walks: Iterable[Walk], lengths: Mapping[str, int]) -> dict[tuple[str, str], Decimal]:
    """(organization, month) -> euros, where anything is owed."""
    told = list(walks)
    found = dict(_for_late_answers(told))
    for organization in {walk.organization for walk in told}:
        own = [walk for walk in told if walk.organization == organization]
        for name, share in available(own, lengths).items():
            credit = _credit_for_outages(share)
            if credit:
                found[organization, name] = found.get((organization, name), Decimal(0)) + credit
    return found


def _credit_for_outages(share: Fraction | None) -> Decimal | None:
    if share is None or share >= Fraction(999, 1000):
        return None
    percent = Decimal("2.5") if share >= Fraction(95, 100) else Decimal(7)
    return (Decimal("1234.56") * percent / 100).quantize(CENT, ROUND_HALF_UP)


def _for_late_answers(walks: Iterable[Walk]) -> Iterator[tuple[tuple[str, str], Decimal]]:
    """Acme's first responses: 5 % of 4,000 below 90 %, 15 % below 60 %."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for walk in walks:
        for watch in walk.watches:
            if walk.organization == "Acme" and watch.clock == "first_response":
                counts[month(watch.decided)][VERDICTS.get(watch.outcome, "void")] += 1
    for name, each in counts.items():
        whole = each["hits"] + each["misses"]
        if whole and Fraction(each["hits"], whole) < Fraction(9, 10):
            low = Fraction(each["hits"], whole) < Fraction(6, 10)
            yield ("Acme", name), Decimal(600 if low else 200)


# ---------------------------------------------------------------------- answers


def answers(walks: Mapping[str, Walk], seed: int) -> dict[str, tuple[int, int]]:
    """Ticket -> (score, minute): what two of three customers made of it, some days later."""
    random = Random(seed)
    found = {}
    for ticket, walk in sorted(walks.items()):
        later = max(walk.closed, walk.born.minute) + random.randrange(10, 20 * DAY)
        if random.random() < 0.66:
            found[ticket] = (random.randrange(1, 6), min(later, MINUTES - 1))
    return found


def as_csv(given: Mapping[str, tuple[int, int]]) -> str:
    """The file that a survey's tool would give."""
    lines = [f"{ticket},{score},{instant(at):%Y-%m-%dT%H:%M:%SZ}"
             for ticket, (score, at) in given.items()]  # fmt: skip
    return "\n".join(["ticket,score,at", *lines]) + "\n"


def promise(walk: Walk) -> str:
    """What became of our targets on a ticket."""
    told = {watch.outcome for watch in walk.watches if watch.clock in OURS}
    return "missed" if "breached" in told else "kept" if "met" in told else "none"


def satisfied(
    walks: Mapping[str, Walk], given: Mapping[str, tuple[int, int]]
) -> dict[tuple[str, str], Any]:
    """(month, promise) -> answers, satisfied ones, their sum; merged and removed tickets tell
    nothing."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for ticket, (score, at) in given.items():
        if walks[ticket].status not in GONE:
            found[month(at), promise(walks[ticket])].append(score)
    return {
        key: (len(scores), sum(score >= SATISFIED for score in scores),
              round(sum(scores) / len(scores), 4))
        for key, scores in found.items()
    }  # fmt: skip


def responded(walks: Mapping[str, Walk], given: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    """Solved tickets with an answer, and all solved tickets."""
    solved = [ticket for ticket, walk in walks.items() if walk.status in CLOSED]
    return sum(ticket in given for ticket in solved), len(solved)
