"""Attainment, objectives, availability and statements (policy-language 8, details 46)."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from tests.recount.contract import (
    COUNT_UNANSWERED,
    GOALS,
    THEIRS,
    ZONES,
    Credits,
    Goal,
    calendar_for,
    percent,
    policy_about_outages,
)
from tests.recount.hours import common_seconds, is_open, open_seconds, period, spans
from tests.recount.lives import NOW, Life
from tests.recount.stages import Stage, facts_at, stages

Row = Mapping[str, Any]
Place = tuple[str | None, str | None]
"""A period's label (None: all time) and a party (None: everybody)."""
VERDICTS = ("hits", "misses", "waived", "void", "unanswered", "low_confidence", "not_due")
FEE = "organization.fields.fee"
STRIDE = 600
"""Seconds that a search takes at once before it goes second by second."""


@dataclass(frozen=True)
class Known:
    """A ticket with the rows of its clocks, as ``export`` gives them."""

    life: Life
    stages: list[Stage]
    rows: list[Row]


def known(lives: Iterable[Life], rows: Iterable[Row]) -> list[Known]:
    by_ticket = defaultdict(list)
    for row in rows:
        by_ticket[row["ticket"]].append(row)
    return [Known(life, stages(life), by_ticket[life.id]) for life in lives]


def party(facts: Mapping[str, Any]) -> str | None:
    return facts.get("organization.name") or facts.get("organization.id")


# ---------------------------------------------------------------------- how seconds were spent


def counted(ticket: Known, row: Row) -> Iterator[tuple[int, int, str, Stage]]:
    """[start, end) with the calendar of every stretch in which an open clock would count."""
    end = NOW if row["stopped_at_s"] is None else row["stopped_at_s"]
    vip = ticket.life.facts.get("customer.id") == "c1a"
    for stage in ticket.stages:
        first, last = max(stage.start, row["started_at_s"]), min(stage.end, end)
        pauses = row["clock"] == "resolution" and (stage.waiting or stage.is_closed)
        if first < last and not pauses:
            for start, upto in _outside(_excluded(ticket), first, last):
                yield start, upto, calendar_for(row["clock"], stage.chosen_by, vip=vip), stage


def _excluded(ticket: Known) -> list[tuple[int, int]]:
    """Spans that amendments leave out of every clock."""
    return [(each.data["from"], each.data["to"]) for each in ticket.life.events
            if each.kind == "excluded"]  # fmt: skip


def _outside(spans: list[tuple[int, int]], start: int, end: int) -> Iterator[tuple[int, int]]:
    cuts = sorted({start, end, *(at for span in spans for at in span if start < at < end)})
    for first, last in pairwise(cuts):
        if not any(begin <= first and last <= over for begin, over in spans):
            yield first, last


def passed_at(ticket: Known, row: Row, within: int) -> int | None:
    """The first second beyond so much counted time."""
    left = within
    for start, end, calendar, _ in counted(ticket, row):
        length = open_seconds(calendar, start, end)
        if length > left:
            used = [open_seconds(calendar, start, at) for at in range(start, end + 1, STRIDE)]
            near = start + (bisect_right(used, left) - 1) * STRIDE
            return next(at for at in range(near, end) if is_open(calendar, at)
                        and open_seconds(calendar, start, at) == left)  # fmt: skip
        left -= length
    return None


# ---------------------------------------------------------------------- one instance


def verdict(row: Row, *, bad: bool, judges_unanswered: bool) -> str:
    """The first of details 46 that applies."""
    if row["status"] == "void" and not bad:
        return "void"
    if row["outcome"] == "closed_unanswered" and not judges_unanswered:
        return "unanswered"
    if row["waived"]:
        return "waived"
    if row["confidence"] == "low":
        return "low_confidence"
    if row["stopped_at_s"] is None and not bad:
        return "not_due"
    return "misses" if bad else "hits"


def decision(row: Row) -> int:
    """By its own target: the breach, else the stop, else now."""
    ends = (row["breached_at_s"] if row["outcome"] == "breached" else None, row["stopped_at_s"])
    return next((at for at in ends if at is not None), NOW)


def plain(row: Row) -> str:
    """By its own target."""
    judges = row["policy"] in COUNT_UNANSWERED
    return verdict(row, bad=row["outcome"] == "breached", judges_unanswered=judges)


def is_judged(row: Row) -> bool:
    """It has a target, or had one and missed it."""
    has_target = row["target"] is not None or row["outcome"] == "breached"
    return row["status"] != "not_applicable" and has_target


# ---------------------------------------------------------------------- tables


def table(
    tickets: Iterable[Known], per: str, by: tuple[str, ...] = (), *, theirs: bool = False
) -> dict[tuple[Any, ...], Counter[str]]:
    """(period, clock, values …) -> counts, elapsed and paused seconds of what counts."""
    found: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for ticket in tickets:
        for row in ticket.rows:
            if is_judged(row) and (row["clock"] == THEIRS) == theirs:
                at = decision(row)
                zone = {"night": "Europe/Berlin", "nyc": "America/New_York"}.get(
                    row["calendar"], ZONES[row["policy"]]
                )
                values = (value(word, ticket, row, at) for word in by)
                _count(found[period(per, zone, at), row["clock"], *values], plain(row), row)
    return found


def _count(cell: Counter[str], told: str, row: Row) -> None:
    cell[told] += 1
    if told in ("hits", "misses"):
        cell["elapsed"] += row["elapsed"]
        cell["paused"] += row["paused"]


def value(word: str, ticket: Known, row: Row, at: int) -> str | None:
    """What the ticket was at the decision, before what we ourselves did in that second."""
    if word in ("policy", "calendar"):
        return row[word]
    here = [each for each in ticket.life.events if each.at == at]
    before = bool(here) and all(each.ours for each in here)
    facts = facts_at(ticket.stages, at - 1 if before else at)
    if word == "organization":
        return party(facts)
    name = {"agent": "owner", "product": "fields.product", "customer": "customer.id"}
    said = facts.get(name.get(word, word))
    if word == "tags":
        return ", ".join(sorted(said or ())) or None
    return None if said is None else str(said)


# ---------------------------------------------------------------------- objectives


@dataclass
class Line:
    """What one objective says of one place."""

    goal: Goal
    counts: Counter[str]
    share: Fraction | None
    number: int
    """What ``min_count`` is held to."""
    fee: Fraction | None = None

    @property
    def met(self) -> bool | None:
        return None if self.share is None else self.share >= self.goal.share

    @property
    def credit(self) -> str | None:
        """As written: that of the lowest ``below`` above the share."""
        table = None if self.goal.clock == THEIRS else self.goal.credits
        if table is None or self.share is None or self.number < table.min_count:
            return None
        owed = [(percent(below), credit) for below, credit in table.table]
        return min(((b, c) for b, c in owed if self.share < b), default=(0, None))[1]


def objective(goal: Goal, tickets: Iterable[Known], by_party: bool) -> dict[Place, Line]:
    """Every place in which anything is known of an objective that counts instances."""
    counts: dict[Place, Counter[str]] = defaultdict(Counter)
    for ticket in tickets:
        for row in ticket.rows:
            told = _in_objective(goal, ticket, row)
            if told is not None:
                at, how = told
                who = value("organization", ticket, row, at) if by_party else None
                counts[period(goal.per, goal.zone, at), who][how] += 1
    found = {}
    for place, each in counts.items():
        whole = each["hits"] + each["misses"]
        share = Fraction(each["hits"], whole) if whole else None
        found[place] = Line(goal, each, share, whole)
    return found


def _in_objective(goal: Goal, ticket: Known, row: Row) -> tuple[int, str] | None:
    """(decision, verdict); None: it is not about this instance."""
    if row["clock"] != goal.clock or row["policy"] not in goal.covers:
        return None
    if row["status"] == "not_applicable" or (goal.within is None and not is_judged(row)):
        return None
    if goal.during is not None and not is_open(goal.during, row["started_at_s"]):
        return None
    judges = goal.policy in COUNT_UNANSWERED
    if goal.within is None:
        bad = row["outcome"] == "breached"
        return decision(row), verdict(row, bad=bad, judges_unanswered=judges)
    bad = row["elapsed"] > goal.within
    stop = NOW if row["stopped_at_s"] is None else row["stopped_at_s"]
    at = passed_at(ticket, row, goal.within) if bad else stop
    return at or stop, verdict(row, bad=bad, judges_unanswered=judges)


def availability(goal: Goal, tickets: Iterable[Known], by_party: bool) -> dict[Place, Line]:
    """Every place with an outage: the union of all its seconds."""
    lost: dict[str | None, list[list[tuple[int, int, str]]]] = defaultdict(list)
    for ticket in tickets:
        for row in ticket.rows:
            facts = facts_at(ticket.stages, row["started_at_s"])
            about = row["clock"] == goal.clock and policy_about_outages(facts) == goal.policy
            if about and row["status"] != "void":
                pieces = [each[:3] for each in counted(ticket, row)]
                lost[party(facts) if by_party else None].append(pieces)
    found: dict[Place, Line] = {}
    for who, outages in lost.items():
        for label, bounds in spans(goal.per or "", goal.zone).items():
            line = _available(goal, outages, bounds)
            if line.number:
                found[label, who] = line
    return found


def _available(
    goal: Goal, outages: list[list[tuple[int, int, str]]], bounds: tuple[int, int]
) -> Line:
    """Between two neighbouring instants at which anything begins or ends nothing changes."""
    calendar = goal.availability or ""
    inside = [
        [(max(start, bounds[0]), min(end, bounds[1]), name) for start, end, name in pieces]
        for pieces in outages
    ]
    number = sum(any(open_seconds(name, *ends) for *ends, name in each) for each in inside)
    pieces = [piece for each in inside for piece in each if piece[0] < piece[1]]
    cuts = sorted({at for start, end, _ in pieces for at in (start, end)})
    lost = 0
    for first, last in pairwise(cuts):
        down = {name for start, end, name in pieces if start <= first and last <= end}
        lost += common_seconds(down, calendar, first, last) if down else 0
    return Line(goal, Counter(), 1 - Fraction(lost, open_seconds(calendar, *bounds)), number)


def lines(tickets: list[Known], *, by_party: bool = False) -> list[tuple[Place, Line]]:
    """All objectives in all places, an availability also where nothing went down."""
    found: list[tuple[Place, Line]] = []
    for goal in GOALS:
        if goal.availability is None:
            found += objective(goal, tickets, by_party).items()
            continue
        told = availability(goal, tickets, by_party)
        for place in _could_go_down(goal, tickets, by_party) - set(told):
            bounds = spans(goal.per or "", goal.zone)[place[0] or ""]
            told[place] = _available(goal, [], bounds)
            if bounds[1] <= min(ticket.stages[0].start for ticket in tickets):
                told[place].share = None  # nobody told anything of it yet
        found += told.items()
    return found


def _could_go_down(goal: Goal, tickets: list[Known], by_party: bool) -> set[Place]:
    """By party: with other clocks of that policy in such a period. Else every period up to now."""
    if not by_party:
        return {(label, None) for label, (start, _) in spans(goal.per or "", goal.zone).items()
                if start <= NOW}  # fmt: skip
    others = [other for other in GOALS if other.availability is None
              and (other.policy, other.per) == (goal.policy, goal.per)]  # fmt: skip
    return {place for other in others for place in objective(other, tickets, by_party)}


# ---------------------------------------------------------------------- credits


def fee_of(tickets: Iterable[Known], who: str, span: tuple[int, int]) -> Fraction | None:
    """What a party paid last in a period: of all its tickets that were open or touched in it the
    one whose facts changed last (decision 184)."""
    best: tuple[int, str, Any] | None = None
    for ticket in tickets:
        told = [stage for stage in ticket.stages if stage.start < span[1]]
        own = [place for place, stage in enumerate(told) if party(stage.facts) == who]
        if own and _was_touched(ticket, span):
            told = told[: own[-1] + 1]
            best = max(best or (0, "", 0), (_changed(told), ticket.life.id, told[-1].facts[FEE]))
    return None if best is None else Fraction(Decimal(str(best[2])))


def _was_touched(ticket: Known, span: tuple[int, int]) -> bool:
    open_then = any(
        max(stage.start, span[0]) < min(stage.end, span[1]) and not stage.is_closed
        for stage in ticket.stages
    )
    return open_then or any(span[0] <= each.at < span[1] for each in ticket.life.events)


def _changed(told: list[Stage]) -> int:
    """When the facts last became others."""
    since = told[0].start
    for before, after in pairwise(told):
        if (before.facts, before.waiting) != (after.facts, after.waiting):
            since = after.start
    return since


def amount(table: Credits, credit: Fraction, fee: Fraction | None) -> Fraction | None:
    if table.base is None:
        return None
    base = fee if table.base == FEE else Fraction(Decimal(table.base))
    return None if base is None else base * credit


def owed(found: list[Line]) -> tuple[Fraction, Decimal | None]:
    """Of one policy, party and period: the credits together, and the money."""
    granted, money = Fraction(0), Fraction(0)
    unknown, rounding = True, None
    for line in found:
        table, credit = line.goal.credits, line.credit
        if table is None or credit is None:
            continue
        share = percent(credit)
        if table.cap is not None:
            share = min(share, max(Fraction(0), percent(table.cap) - granted))
        granted += share
        part = amount(table, share, line.fee)
        unknown = part is None
        money += part or 0
        rounding = rounding or Decimal(table.rounding)
    if rounding is None or unknown:
        return granted, None
    exact = Decimal(money.numerator) / Decimal(money.denominator) / rounding
    return granted, exact.to_integral_value(ROUND_HALF_UP) * rounding
