"""A memory that does not grow for ever, and a rule book that uses it."""

from __future__ import annotations

from slaplugin.core.memo import LIMIT, Memo


def test_it_starts_afresh_at_its_limit() -> None:
    memo: Memo[int, int] = Memo()
    for number in range(LIMIT):
        assert memo.keep(number, number) == number
    assert len(memo) == LIMIT
    memo.keep(LIMIT, LIMIT)
    assert memo == {LIMIT: LIMIT}
