"""A ticket's figures against the clocks of the engine: what both count, both count alike.

The same random tickets on which the two engines are held to each other; no clock has a target, so
every built-in one is measured from its start to its stop by the ticket's own calendar.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from slaplugin.core.evaluate import evaluate, last_instant
from slaplugin.core.metrics import Lap, Measuring, TicketMetrics, metrics_of
from slaplugin.core.metrics.values import total
from slaplugin.core.model import AMENDMENT_KINDS, ClockInstance, Timeline
from slaplugin.core.past import Past, past_of
from slaplugin.core.policytests import TestCase
from slaplugin.core.rulebook import RuleBook
from slaplugin.policyfiles.testfiles import load_policy_tests
from tests.core.oracle.draw import Draw, as_cases

TOPICS = ("", "states end ours", "merge split", "merge split states end ours")
SEEDS = range(60)
WORKED = sorted(
    path
    for folder in ("scenarios", "cases")
    for path in (Path(__file__).parents[1] / folder).glob("*.yaml")
    if path.stem not in ("errors", "profiles")
)


def measured(case: TestCase) -> tuple[Past, TicketMetrics, dict[str, list[ClockInstance]]]:
    policies = tuple(replace(policy, targets={}) for policy in case.policy_set.policies)
    rules = RuleBook.compile(replace(case.policy_set, policies=policies, void=(), clocks={}))
    timeline = Timeline(case.ticket, case.events)
    as_of = last_instant(timeline) if case.as_of is None else case.as_of
    instances = evaluate(timeline, rules, as_of).instances
    past = past_of(timeline, rules, instances, as_of)
    by_clock: dict[str, list[ClockInstance]] = {}
    for instance in instances:
        by_clock.setdefault(instance.clock, []).append(instance)
    found = metrics_of(past, Measuring.by(rules))
    if found is None:
        raise ValueError(f"{case.name} has no creation")
    return past, found, by_clock


def laps(instances: list[ClockInstance]) -> list[tuple[int | None, ...]]:
    return [(each.started_at, each.stopped_at, each.elapsed) for each in instances]


def told(*given: Lap | None) -> list[tuple[int | None, ...]]:
    return [(lap.start, lap.end, lap.open) for lap in given if lap is not None]


def ends(given: list[tuple[int | None, ...]]) -> list[tuple[int | None, ...]]:
    return [lap[:2] for lap in given]


def answered(instances: list[ClockInstance]) -> list[ClockInstance]:
    return [
        each
        for each in instances
        if each.status == "stopped" and each.outcome != "closed_unanswered"
    ]


def unlike(case: TestCase) -> Iterator[tuple[str, Any, Any]]:
    """(figure, as told, as the clock has it) wherever the two differ."""
    _, found, clocks = measured(case)
    course, times = found.course, found.times
    merged = any(event.kind == "absorbed" for event in case.events)
    # A merge leaves out the time for which the other ticket was closed: not told by its ends.
    told_of = ends if merged else list
    first, following, done = (
        laps(answered(clocks.get(name, [])))
        for name in ("first_response", "next_response", "first_resolution")
    )
    pairs: dict[str, tuple[Any, Any]] = {
        "first_response": (told_of(told(course.first_response)), told_of(first)),
        "next_responses": (told_of(told(*course.next_responses)), told_of(following)),
        # That clock stands still while waiting, the figure does not.
        "first_resolution": (ends(told(course.first_resolution)), ends(done)),
        "first_assignment": first_assignment(course.first_assignment, clocks),
        "agent_wait": (times.agent_wait.open, elapsed(clocks, "customer_wait")),
        "handle_time": (times.handle_time.open, elapsed(clocks, "handle_time")),
        "requester_wait": (times.requester_wait.open, elapsed(clocks, "requester_wait")),
    }
    for name, (ours, theirs) in pairs.items():
        if ours != theirs:
            yield name, ours, theirs


def first_assignment(lap: Lap | None, clocks: dict[str, list[ClockInstance]]) -> tuple[Any, Any]:
    """The clock also stops at a close without an owner: the figure is then missing."""
    instances = clocks.get("assignment", [])[:1]
    return (told(lap), laps(instances)) if lap is not None else ([], [])


def elapsed(clocks: dict[str, list[ClockInstance]], name: str) -> int:
    return sum(instance.elapsed for instance in clocks.get(name, []))


@pytest.mark.parametrize("topics", TOPICS)
def test_figures_are_those_of_the_clocks(topics: str) -> None:
    draws = [Draw(seed, frozenset(topics.split())).case() for seed in SEEDS]
    found = {case.name: list(unlike(case)) for case in as_cases(draws)}
    assert {name: lines for name, lines in found.items() if lines} == {}


def comparable(case: TestCase) -> bool:
    """Amendments and profiles change what clocks count, not what happened (decision 146)."""
    kinds = {event.kind for event in case.events}
    return "created" in kinds and not kinds & AMENDMENT_KINDS and not case.policy_set.profile


@pytest.mark.parametrize("path", WORKED, ids=lambda path: str(path.stem))
def test_figures_of_the_worked_cases_are_those_of_the_clocks(path: Path) -> None:
    cases = [case for case in load_policy_tests(path).cases if comparable(case)]
    found = {case.name: list(unlike(case)) for case in cases}
    assert {name: lines for name, lines in found.items() if lines} == {}


def parts_that_differ(found: TicketMetrics) -> list[str]:
    times = found.times
    whole = {
        "by_state": (times.by_state, times.age),
        "by_state_kind": (times.by_state_kind, times.age),
        "by_group": (times.by_group, times.in_hand),
        "by_owner": (times.by_owner, times.in_hand),
    }
    differing = [
        name
        for name, (parts, all_of_it) in whole.items()
        if total(part.elapsed for part in parts) != all_of_it
    ]
    if times.requester_wait + times.agent_wait != times.in_hand + times.inherited:
        differing.append("waits")
    return differing


@pytest.mark.parametrize("topics", TOPICS)
def test_parts_sum_to_the_whole(topics: str) -> None:
    draws = [Draw(seed, frozenset(topics.split())).case() for seed in range(500, 540)]
    found = {case.name: parts_that_differ(measured(case)[1]) for case in as_cases(draws)}
    assert {name: names for name, names in found.items() if names} == {}


@pytest.mark.parametrize("topics", TOPICS)
def test_the_whole_is_the_life_of_the_ticket(topics: str) -> None:
    draws = [Draw(seed, frozenset(topics.split())).case() for seed in range(540, 580)]
    found = {case.name: measured(case) for case in as_cases(draws)}
    ages = {name: metrics.times.age.wall for name, (_, metrics, _) in found.items()}
    assert ages == {name: life_of(past) for name, (past, _, _) in found.items()}


def life_of(past: Past) -> int:
    """From the creation to where nothing was to be done any more, or to the present."""
    end = past.as_of
    for stage in reversed(past.stages):
        if not stage.closed:
            break
        end = stage.start
    return end - past.stages[0].start
