"""Rows that are alike in some columns, found without sorting where the values are few."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from slaplugin.columnar.opentime import Ints

_FEW = 1 << 20
"""Up to so many possible kinds are counted in a table; more are sorted."""


class Kinds:
    """The combinations of values that occur in columns of equal length."""

    def __init__(self, columns: Sequence[Ints]) -> None:
        self._lows = [int(column.min(initial=0)) for column in columns]
        self._widths = [
            int(column.max(initial=0)) - low + 1
            for column, low in zip(columns, self._lows, strict=True)
        ]
        key = np.zeros(len(columns[0]), np.int64)
        for column, low, width in zip(columns, self._lows, self._widths, strict=True):
            key = key * width + (column - low)
        self._key: Ints = key
        possible = 1
        for width in self._widths:
            possible *= width
        self._possible = possible

    def counts(self) -> list[tuple[list[int], int]]:
        """Each combination, and how often it occurs."""
        if self._possible <= _FEW:
            table = np.bincount(self._key, minlength=1)
            found = np.flatnonzero(table)
            numbers = table[found]
        else:
            found, numbers = np.unique(self._key, return_counts=True)
        return list(zip(map(self._values, found.tolist()), numbers.tolist(), strict=True))

    def rows(self) -> Iterator[tuple[list[int], Ints]]:
        """Each combination, and the places of its rows."""
        order = np.argsort(self._key, kind="stable").astype(np.int64)
        keys = self._key[order]
        starts = np.flatnonzero(np.diff(keys, prepend=-1))
        for start, some in zip(starts.tolist(), np.split(order, starts)[1:], strict=True):
            yield self._values(int(keys[start])), some

    def each(self, answer: Callable[[list[int]], int]) -> Ints:
        """The answer for each row, asked once for each combination."""
        if self._possible <= _FEW:
            table = np.zeros(self._possible, np.int64)
            for key in np.flatnonzero(np.bincount(self._key, minlength=1)).tolist():
                table[key] = answer(self._values(key))
            return table[self._key]
        found, inverse = np.unique(self._key, return_inverse=True)
        answers = [answer(self._values(key)) for key in found.tolist()]
        return np.array(answers, np.int64)[inverse]

    def _values(self, key: int) -> list[int]:
        found = []
        for low, width in zip(reversed(self._lows), reversed(self._widths), strict=True):
            key, rest = divmod(key, width)
            found.append(rest + low)
        return found[::-1]
