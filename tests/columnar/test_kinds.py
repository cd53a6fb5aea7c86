"""Rows that are alike: the same answers from a table of few kinds and from sorting many."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pytest

from slaplugin.columnar.kinds import Kinds

FEW, MANY = 5, 10**7


@pytest.mark.parametrize("widest", [FEW, MANY])
def test_kinds_are_counted_and_answered_once_each(widest: int) -> None:
    dice = random.Random(widest)
    some = [dice.randrange(widest) for _ in range(7)]
    rows = [(dice.choice((-1, 0, 1)), dice.choice(some), dice.choice((3, 9))) for _ in range(500)]
    kinds = Kinds([np.array(column, np.int64) for column in zip(*rows, strict=True)])
    assert {tuple(values): number for values, number in kinds.counts()} == Counter(rows)
    asked: list[tuple[int, ...]] = []

    def answer(values: list[int]) -> int:
        asked.append(tuple(values))
        return sum(values)

    assert kinds.each(answer).tolist() == [sum(row) for row in rows]
    assert sorted(asked) == sorted(set(rows))


def test_the_rows_of_each_kind() -> None:
    kinds = Kinds([np.array([2, -1, 2, 2], np.int64), np.array([0, 0, 1, 0], np.int64)])
    found = [(values, rows.tolist()) for values, rows in kinds.rows()]
    assert found == [([-1, 0], [1]), ([2, 0], [0, 3]), ([2, 1], [2])]


def test_no_rows_are_of_no_kind() -> None:
    kinds = Kinds([np.zeros(0, np.int64)])
    assert (kinds.counts(), list(kinds.rows())) == ([], [])
    assert kinds.each(sum).tolist() == []
