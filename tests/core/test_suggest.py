"""The tightest target that a past would have met."""

from __future__ import annotations

import random
from collections import Counter
from fractions import Fraction

import pytest

from slaplugin.core.model import ClockInstance
from slaplugin.core.suggest import Spent, Suggestion, sensible, tightest_target

HOUR = 3600


@pytest.mark.parametrize(
    ("elapsed", "unended", "share", "expected"),
    [
        ([10, 20, 30, 40], [], Fraction(1), Suggestion(40, 4, 0)),
        ([10, 20, 30, 40], [], Fraction(3, 4), Suggestion(30, 3, 1)),
        ([10, 20, 30, 40], [], Fraction(74, 100), Suggestion(30, 3, 1)),
        ([10, 20, 30, 40], [], Fraction(76, 100), Suggestion(40, 4, 0)),
        ([7], [], Fraction(1, 100), Suggestion(7, 1, 0)),
        ([0, 0], [], Fraction(1), Suggestion(0, 2, 0)),
        # An open one is a miss until the target reaches what it has used, then it is not due.
        ([10, 20], [50], Fraction(2, 3), Suggestion(20, 2, 1)),
        ([10, 20], [50], Fraction(9, 10), Suggestion(50, 2, 0)),
        ([10, 20], [15], Fraction(1, 2), Suggestion(15, 1, 1)),
        ([], [5, 6], Fraction(1, 2), None),
        ([], [], Fraction(1, 2), None),
    ],
)
def test_the_tightest_target(
    elapsed: list[int], unended: list[int], share: Fraction, expected: Suggestion | None
) -> None:
    assert tightest_target(Counter(elapsed), Counter(unended), share) == expected


def test_one_second_less_would_have_failed() -> None:
    dice = random.Random(5)
    for _ in range(200):
        elapsed = [dice.randrange(0, 50) for _ in range(dice.randrange(1, 30))]
        unended = [dice.randrange(0, 60) for _ in range(dice.randrange(0, 8))]
        share = Fraction(dice.randrange(1, 101), 100)
        found = tightest_target(Counter(elapsed), Counter(unended), share)
        assert found is not None
        reached = [target for target in range(61) if kept(elapsed, unended, target) >= share]
        assert found.target == reached[0]
        assert found.share == kept(elapsed, unended, found.target)


def kept(elapsed: list[int], unended: list[int], target: int) -> Fraction:
    """The share by counting; an empty one keeps nothing."""
    hits = sum(seconds <= target for seconds in elapsed)
    misses = sum(seconds > target for seconds in (*elapsed, *unended))
    return Fraction(hits, hits + misses) if hits else Fraction(0)


@pytest.mark.parametrize("share", [Fraction(0), Fraction(-1, 2), Fraction(101, 100)])
def test_a_share_is_above_0_and_at_most_1(share: Fraction) -> None:
    with pytest.raises(ValueError, match="above 0"):
        tightest_target(Counter([1]), Counter([]), share)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, 300),
        (1, 300),
        (301, 600),
        (HOUR, HOUR),
        (HOUR + 1, HOUR + 900),
        (4 * HOUR + 1, 4 * HOUR + 1800),
        (16 * HOUR + 1, 17 * HOUR),
        (80 * HOUR + 1, 84 * HOUR),
    ],
)
def test_targets_people_promise(seconds: int, expected: int) -> None:
    assert sensible(seconds) == expected


def test_gathered_by_the_minute_and_merged_the_sensible_target_is_exact() -> None:
    dice = random.Random(6)
    parts = [Spent(), Spent()]
    elapsed = [dice.randrange(0, 20 * HOUR) for _ in range(400)]
    unended = [dice.randrange(0, 30 * HOUR) for _ in range(40)]
    for seconds in elapsed:
        dice.choice(parts).add_seconds(seconds, ended=True)
    for seconds in unended:
        dice.choice(parts).add_seconds(seconds, ended=False)
    parts[0].merge(parts[1])
    exact = tightest_target(Counter(elapsed), Counter(unended), Fraction(19, 20))
    found = parts[0].suggest(Fraction(19, 20))
    assert exact is not None
    assert found is not None
    assert found.target == sensible(exact.target)
    assert found.share == kept(elapsed, unended, found.target)


def test_what_tells_nothing_is_left_out() -> None:
    spent = Spent()
    base = {"clock": "resolution", "instance": 1, "started_at": 0, "start_event": "e"}
    for changes in (
        {"status": "not_applicable", "outcome": "not_applicable"},
        {"status": "stopped", "outcome": "breached", "waived": True},
        {"status": "stopped", "outcome": "met", "confidence": "low"},
    ):
        spent.add(ClockInstance(**base | changes, elapsed=100))
    assert (spent.ended, spent.unended) == ({}, {})
    spent.add(ClockInstance(**base, status="stopped", outcome="met", elapsed=61))
    spent.add(ClockInstance(**base, status="stopped", outcome="closed_unanswered", elapsed=61))
    spent.add(ClockInstance(**base, status="running", outcome="pending", elapsed=30))
    assert (spent.ended, spent.unended) == ({2: 1}, {2: 1, 1: 1})
