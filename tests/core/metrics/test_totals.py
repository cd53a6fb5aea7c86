"""Totals over many tickets: against a second, slow count, in any order, in parts."""

from __future__ import annotations

import pickle
from collections import Counter
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

import pytest

from slaplugin.core.dimensions import parse_dimensions
from slaplugin.core.metrics import (
    Measuring,
    MetricTotals,
    Question,
    Tally,
    TicketMetrics,
    Totals,
    totals_of,
)
from slaplugin.core.metrics.backlog import AGES
from slaplugin.core.metrics.series import KEPT, summary_of
from slaplugin.core.model import Timeline
from slaplugin.core.past import Past, past_of
from slaplugin.core.policies import PolicySet
from slaplugin.core.rulebook import RuleBook
from tests.core.oracle.draw import Draw, as_cases

RULES = RuleBook.compile(PolicySet())
MEASURING = Measuring.by(RULES)
TOPICS = frozenset({"states", "end", "ours", "merge", "split"})
AS_OF = int(datetime(2026, 5, 2, 12, tzinfo=UTC).timestamp())


@cache
def pasts(count: int = 100, first: int = 0) -> list[Past]:
    cases = as_cases([Draw(seed, TOPICS).case() for seed in range(first, first + count)])
    found = []
    for case in cases:
        ticket = type(case.ticket)(case.ticket.host, case.name, facts=case.ticket.facts)
        found.append(past_of(Timeline(ticket, case.events), RULES, (), AS_OF))
    return found


QUESTIONS = {
    "all": Question(),
    "days in Berlin": Question(zone="Europe/Berlin", per="day"),
    "weeks by group": Question(per="week", dimensions=parse_dimensions(["group,agent,clock"])),
    "some days": Question(
        zone="America/New_York",
        per="day",
        since=int(datetime(2026, 3, 6, 5, tzinfo=UTC).timestamp()),
        until=int(datetime(2026, 3, 12, 4, tzinfo=UTC).timestamp()),
    ),
}


def counted(question: Question, given: list[Past]) -> tuple[Tally, list[TicketMetrics]]:
    totals = MetricTotals(MEASURING, question)
    found = [totals.add(past) for past in given]
    kept = [each for each in found if each is not None and each.standing == "counted"]
    return totals.tally, kept


def result(question: Question, given: list[Past]) -> Totals:
    return totals_of(counted(question, given)[0])


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_the_order_of_tickets_does_not_matter(question: Question) -> None:
    shuffled = list(pasts())
    Random(7).shuffle(shuffled)
    assert result(question, shuffled) == result(question, pasts())


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_parts_counted_apart_and_sent_around_are_the_whole(question: Question) -> None:
    parts = (pasts()[:7], pasts()[7:31], [], pasts()[31:])
    tallies = [pickle.loads(pickle.dumps(counted(question, part)[0])) for part in parts]
    added = sum(tallies[1:], tallies[0])
    assert totals_of(added) == result(question, pasts())


def test_two_questions_are_not_added() -> None:
    with pytest.raises(ValueError, match="two questions"):
        Tally(Question()) + Tally(Question(per="day"))


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_the_cells_add_up_to_the_whole(question: Question) -> None:
    found = result(question, pasts())
    counts: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    for cell in found.cells:
        counts += Counter(cell.figures.counts)
        seconds += Counter({key: one.wall.total for key, one in cell.figures.times.items()})
    assert counts == Counter(found.whole.counts)
    assert seconds == Counter({key: one.wall.total for key, one in found.whole.times.items()})


def test_totals_are_the_sums_of_the_tickets() -> None:
    tally, kept = counted(Question(), pasts())
    whole = totals_of(tally).whole
    solved = [each for each in kept if each.solved_at is not None]
    handled = [each.times.handle_time for each in solved]
    assert whole.counts["solved"] == len(solved) > 5
    assert whole.times["handle_time"].wall.total == sum(each.wall for each in handled)
    assert whole.times["handle_time"].open.total == sum(each.open for each in handled)
    answers = [each.course.first_response for each in kept if each.course.first_response]
    assert whole.times["first_response"].wall == summary_of(lap.wall for lap in answers)
    assert whole.numbers["replies"].summary.total == sum(len(t.course.replies) for t in solved)


@pytest.mark.parametrize("table", ["group", "owner", "state", "state_kind"])
def test_time_by_name_adds_up_to_its_whole(table: str) -> None:
    found = result(Question(), pasts()).whole
    whole = found.times["in_hand" if table in ("group", "owner") else "age"]
    parts = [part.elapsed for part in found.parts if part.of == table]
    assert sum(part.wall for part in parts) == whole.wall.total
    assert sum(part.open for part in parts) == whole.open.total


def test_what_is_left_out_is_counted_beside() -> None:
    tally, kept = counted(Question(), pasts())
    found = totals_of(tally)
    assert set(found.left_out) <= {"merged", "removed", "void", "without_creation"}
    assert len(found.left_out) >= 2
    assert sum(found.left_out.values()) + len(kept) == len(pasts())
    assert found.whole.counts["created"] == len(kept)


def test_escalations_and_their_ends_add_up() -> None:
    found = result(Question(), pasts(200, first=3000)).whole
    assert {each.kind: each.count for each in found.escalations if each.count} != {}
    assert [sum(each.ends.values()) for each in found.escalations] == [
        each.count for each in found.escalations
    ]


def test_channels_add_up_to_the_created() -> None:
    found = result(Question(), pasts()).whole
    assert sum(found.channels.values()) == found.counts["created"]


# ---------------------------------------------------------------------- a second, slow count


def state_before(found: TicketMetrics, at: int) -> bool:
    """Open in the instant just before: every turn up to there, one after another."""
    turns = [(found.created_at, "open")]
    turns += [(when, "closed") for when in found.course.closed_at]
    turns += [(when, "open") for when in found.course.reopened_at]
    past = [state for when, state in sorted(turns, key=lambda turn: turn[0]) if when < at]
    opened = past.count("open")
    return opened > past.count("closed")


def slow_backlog(kept: list[TicketMetrics], at: int) -> tuple[int, ...]:
    days = (1, 3, 7, 14, 30)
    ages = [0] * len(AGES)
    for found in kept:
        if found.created_at < at and state_before(found, at):
            age = timedelta(seconds=at - found.created_at)
            ages[sum(age >= timedelta(days=bound) for bound in days)] += 1
    return tuple(ages)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Africa/Cairo"])
def test_the_backlog_of_each_day_is_that_of_a_slow_count(zone: str) -> None:
    tally, kept = counted(Question(zone=zone), pasts())
    found = totals_of(tally).backlog
    assert len(found) > 50
    midnights = [
        datetime.combine(day.day + timedelta(days=1), datetime.min.time(), ZoneInfo(zone))
        for day in found
    ]
    assert [day.at for day in found] == [int(midnight.timestamp()) for midnight in midnights]
    assert [day.by_age for day in found] == [slow_backlog(kept, day.at) for day in found]
    assert found[-1].at <= AS_OF < found[-1].at + 86_400


def test_the_backlog_changes_by_what_comes_and_goes() -> None:
    question = Question(zone="Europe/Berlin", per="day")
    found = result(question, pasts())
    flows = {cell.period.first: Counter(cell.figures.counts) for cell in found.cells if cell.period}
    level, levels = 0, []
    for day in found.backlog:
        flow = flows.get(day.day, Counter())
        level += flow["created"] + flow["reopened"] - flow["closed"]
        levels.append(level)
    assert levels == [day.total for day in found.backlog]
    assert max(levels) > 5


def test_the_backlog_of_a_period_is_the_same_days_of_the_whole() -> None:
    whole = result(Question(zone="America/New_York"), pasts()).backlog
    question = QUESTIONS["some days"]
    found = result(question, pasts())
    assert [day.day.day for day in found.backlog] == [6, 7, 8, 9, 10, 11]
    assert set(found.backlog) < set(whole)
    assert sum(each.total for each in found.backlog_now) == found.backlog[-1].total


def test_the_backlog_now_is_divided_by_the_facts_of_now() -> None:
    question = Question(dimensions=parse_dimensions(["group"]))
    tally, kept = counted(question, pasts())
    open_now = {each.ticket: each for each in kept if each.solved_at is None}
    groups = Counter(
        past.stages[-1].facts.get("group") for past in pasts() if past.ticket.id in open_now
    )
    found = totals_of(tally).backlog_now
    assert {each.values[0]: each.total for each in found} == groups
    ages = {AS_OF - each.created_at for each in open_now.values()}
    assert max(each.oldest[0].value for each in found) == max(ages)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"])
def test_hours_of_the_week_are_those_of_a_slow_count(zone: str) -> None:
    tally, kept = counted(Question(zone=zone), pasts())
    found = totals_of(tally).hours
    slow: Counter[tuple[str, int, int]] = Counter()
    for each in kept:
        for name, instants in (("a", each.course.messages), ("r", each.course.replies)):
            for at in instants:
                local = datetime.fromtimestamp(at, ZoneInfo(zone))
                slow[name, local.weekday(), local.hour] += 1
    cells = [(day, hour) for day in range(7) for hour in range(24)]
    assert found.arrivals == tuple(slow["a", day, hour] for day, hour in cells)
    assert found.replies == tuple(slow["r", day, hour] for day, hour in cells)
    assert sum(found.replies) > 20


# ---------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("values", "mean", "median", "p90"),
    [
        ([5], 5, 5, 5),
        ([1, 2], Fraction(3, 2), Fraction(3, 2), 2),
        ([3, 1, 2], 2, 2, 3),
        ([10, 20, 30, 40], 25, 25, 40),
        (list(range(1, 11)), Fraction(11, 2), Fraction(11, 2), 9),
        (list(range(1, 12)), 6, 6, 10),
        (list(range(1, 101)), Fraction(101, 2), Fraction(101, 2), 90),
    ],
)
def test_mean_median_and_90th_percentile(
    values: list[int], mean: Fraction, median: Fraction, p90: int
) -> None:
    found = summary_of(values)
    assert (found.mean, found.median, found.p90) == (mean, median, p90)


def test_nothing_has_no_mean() -> None:
    found = summary_of([])
    assert (found.count, found.mean, found.median, found.p90) == (0, None, None, None)


def test_a_figure_leads_to_its_largest_tickets() -> None:
    tally, kept = counted(Question(), pasts())
    longest = totals_of(tally).whole.times["age"].longest
    ages = sorted((-t.times.age.wall, t.ticket) for t in kept if t.solved_at is not None)
    assert [(-each.value, each.ticket) for each in longest] == ages[:KEPT]
