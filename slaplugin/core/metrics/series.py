"""Numbers over many tickets: count, sum, mean, median, 90th percentile, and the largest of them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

KEPT = 10
"""How many tickets a figure leads to."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a column of whole numbers comes to; exact, without any of them None."""

    count: int = 0
    total: int = 0
    median: Fraction | None = None
    """The middle one; of an even number the mean of the two in the middle."""
    p90: int | None = None
    """Nearest rank: the smallest one that at least 90 % of them do not exceed."""
    largest: int | None = None

    @property
    def mean(self) -> Fraction | None:
        """The sum over the count."""
        return Fraction(self.total, self.count) if self.count else None


def summary_of(values: Iterable[int]) -> Summary:
    """The figures of any whole numbers, in any order."""
    ranked = sorted(values)
    if not ranked:
        return Summary()
    return Summary(len(ranked), sum(ranked), _median(ranked), _p90(ranked), ranked[-1])


def _median(ranked: Sequence[int]) -> Fraction:
    middle = len(ranked) // 2
    return Fraction(ranked[middle] + ranked[-middle - 1], 2)


def _p90(ranked: Sequence[int]) -> int:
    rank = -(-len(ranked) * 9 // 10)
    return ranked[rank - 1]


@dataclass(frozen=True, slots=True, order=True)
class Behind:
    """A ticket behind a figure."""

    value: int
    """The figure's own number on it, or the instant at which it counted (UTC epoch seconds)."""
    ticket: str
    """The host's id."""


class Largest:
    """The :data:`KEPT` largest of any number of tickets, whatever their order."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: list[tuple[int, str]] = []

    def add(self, value: int, ticket: str) -> None:
        """One more ticket with its number."""
        self._kept.append((-value, ticket))
        if len(self._kept) > 16 * KEPT:
            self._kept = sorted(self._kept)[:KEPT]

    def extend(self, other: Largest) -> None:
        """Take over those of another part of the tickets."""
        for negative, ticket in sorted(other._kept)[:KEPT]:
            self.add(-negative, ticket)

    def best(self) -> tuple[Behind, ...]:
        """The largest first; equal ones by ticket."""
        return tuple(Behind(-negative, ticket) for negative, ticket in sorted(self._kept)[:KEPT])


def _numbers() -> array[int]:
    return array("q")


@dataclass(slots=True)
class Series:
    """One figure of many tickets in the making: eight bytes a number."""

    wall: array[int] = field(default_factory=_numbers)
    open: array[int] = field(default_factory=_numbers)
    """As long as ``wall`` for times, empty for counts."""
    largest: Largest = field(default_factory=Largest)

    def extend(self, other: Series) -> None:
        """Take over what another part of the tickets has."""
        self.wall.extend(other.wall)
        self.open.extend(other.open)
        self.largest.extend(other.largest)
