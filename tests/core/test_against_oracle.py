"""The engine against a second one that was written from the rules alone (tests/core/oracle).

Random tickets under random policy sets; every key of every instance, every step and every mark
must be the same. A longer run: ``python -m tests.core.oracle FIRST LAST [TOPIC...]``.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from slaplugin.core.evaluate import evaluate
from slaplugin.core.model import ClockInstance, Evaluation, Timeline
from slaplugin.core.policytests import TestCase
from slaplugin.core.rulebook import RuleBook
from slaplugin.policyfiles.testfiles import load_policy_tests
from tests.core.oracle.compare import differences, misses
from tests.core.oracle.draw import Draw, as_cases
from tests.core.worked import results, worked

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.yaml"))
TOPICS = {
    "everyday": "",
    "modes": "modes effective confidence states split end void ours",
    "custom": "custom",
    "days": "days",
    "amendments": "amend future",
    "merges": "merge split",
    "families": "family",
    "families and all": "family amend custom states end void merge split",
    "everything": "days amend custom ours states end void effective modes",
}
SEEDS = range(24)


def drawn(topic: str, seeds: range = SEEDS) -> list[TestCase]:
    topics = frozenset(TOPICS[topic].split())
    return as_cases([Draw(seed, topics).case() for seed in seeds])


@pytest.mark.parametrize("topic", TOPICS)
def test_both_engines_agree(topic: str) -> None:
    found = {case.name: differences(case) for case in drawn(topic)}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize("path", [*SCENARIOS, *CASES], ids=lambda path: str(path.stem))
def test_the_oracle_knows_the_worked_cases(path: Path) -> None:
    """An oracle that is wrong about these would be worth nothing."""
    found = {case.name: misses(case) for case in load_policy_tests(path).cases}
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize("file, place", worked(CASES))
def test_what_the_oracle_found(file: Path, place: int) -> None:
    assert results(file)[place].differences == ()


# ---------------------------------------------------------------------- what always holds


def judge(case: TestCase, as_of: int) -> Evaluation:
    return evaluate(Timeline(case.ticket, case.events), RuleBook.compile(case.policy_set), as_of)


def judged(topic: str) -> list[tuple[TestCase, int, Evaluation]]:
    found = []
    for case in drawn(topic, range(1000, 1010)):
        assert case.as_of is not None
        found.append((case, case.as_of, judge(case, case.as_of)))
    return found


@pytest.mark.parametrize("topic", TOPICS)
def test_spans_tile_the_wall_time(topic: str) -> None:
    """Details 12: counted, paused and closed time are the wall time since the start."""
    for _, as_of, verdict in judged(topic):
        for instance in verdict.instances:
            end = as_of if instance.stopped_at is None else instance.stopped_at
            sums = {"counted": 0, "paused": 0, "closed": 0}
            at = instance.started_at
            for span in instance.spans:
                assert span.start == at
                at = span.end
                sums[span.kind] += span.seconds
            assert (at, sums["counted"], sums["paused"]) == (
                end,
                instance.elapsed,
                instance.paused,
            )


@pytest.mark.parametrize("topic", TOPICS)
def test_order_of_telling_changes_nothing(topic: str) -> None:
    dice = Random(7)
    for case, as_of, verdict in judged(topic):
        shuffled = list(case.events)
        dice.shuffle(shuffled)
        assert judge(replace(case, events=tuple(shuffled)), as_of) == verdict


def still(instance: ClockInstance) -> ClockInstance:
    """Without what time passing alone changes."""
    return replace(instance, elapsed=0, paused=0, remaining=None, spans=(), trace=())


@pytest.mark.parametrize("topic", TOPICS)
def test_nothing_changes_before_the_next_check(topic: str) -> None:
    for case, as_of, verdict in judged(topic):
        ahead = min((event.at for event in case.events if event.at > as_of), default=None)
        limits = [at for at in (verdict.next_check_at, ahead) if at is not None]
        last = min(limits) - 1 if limits else as_of + 400 * 86_400
        assert last >= as_of
        later = judge(case, last)
        assert list(map(still, later.instances)) == list(map(still, verdict.instances))
        assert (later.marks.mark, later.marks.state) == (verdict.marks.mark, verdict.marks.state)


@pytest.mark.parametrize("topic", TOPICS)
def test_what_is_recorded_stays(topic: str) -> None:
    """Breaches and steps of an earlier look are still there at a later one."""
    for case, as_of, verdict in judged(topic):
        later = judge(case, as_of + 3 * 86_400)
        known = {(each.clock, each.start_event): each for each in later.instances}
        for before in verdict.instances:
            after = known.get((before.clock, before.start_event))
            if after is None:  # a merge or a split found an earlier start
                continue
            if before.breached_at is not None:
                assert after.breached_at == before.breached_at
                assert after.outcome == "breached"
            assert {record.step for record in before.steps} <= {r.step for r in after.steps}
