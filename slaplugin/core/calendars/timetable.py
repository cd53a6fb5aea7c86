"""Open time as prefix sums over a stretch of time, so that every question is a lookup."""

from itertools import chain
from typing import NamedTuple

from slaplugin.core.calendars.values import Span


class Timetable(NamedTuple):
    """The open spans of one calendar between two instants (UTC epoch seconds).

    W(t), the open seconds from `start` to t, is `base[i] + t` where t is inside a span and
    `base[i]` outside, with `i = bisect_right(edges, t)`; i is odd exactly inside a span.
    """

    start: int
    end: int
    edges: list[int]
    """Opening and closing instants, alternating."""
    base: list[int]
    """One entry more than edges."""
    totals: list[int]
    """W at each closing."""

    def spans(self) -> list[Span]:
        """The open spans it was built from."""
        return list(zip(self.edges[::2], self.edges[1::2], strict=True))


NOTHING = Timetable(1, 0, [], [0], [])
"""Covers no instant at all: every instant is before its start or after its end."""


def build(start: int, end: int, spans: list[Span]) -> Timetable:
    """The table of merged spans that lie within [start, end]."""
    base, totals, total = [0], [], 0
    for opening, closing in spans:
        base.append(total - opening)
        total += closing - opening
        base.append(total)
        totals.append(total)
    return Timetable(start, end, list(chain.from_iterable(spans)), base, totals)
