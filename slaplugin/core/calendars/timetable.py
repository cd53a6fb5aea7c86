"""Open time as prefix sums over a stretch of time, so that every question is a lookup."""

from itertools import chain

from slaplugin.core.calendars.values import Span

Timetable = tuple[int, int, list[int], list[int], list[int]]
"""(start, end, edges, base, totals) of one calendar between two UTC epoch seconds.

`edges` are the opening and closing instants, alternating; `base` has one entry more. W(t), the
open seconds from `start` to t, is `base[i] + t` inside a span and `base[i]` outside, with
`i = bisect_right(edges, t)`; i is odd exactly inside a span. `totals` is W at each closing.
A plain tuple, because Python unpacks a named one markedly slower, and every clock does it.
"""

NOTHING: Timetable = (1, 0, [], [0], [])
"""Covers no instant at all: every instant is before its start or after its end."""


def build(start: int, end: int, spans: list[Span]) -> Timetable:
    """The table of merged spans that lie within [start, end]."""
    base, totals, total = [0], [], 0
    for opening, closing in spans:
        base.append(total - opening)
        total += closing - opening
        base.append(total)
        totals.append(total)
    return start, end, list(chain.from_iterable(spans)), base, totals


def spans_of(table: Timetable) -> list[Span]:
    """The open spans that a table was built from."""
    edges = table[2]
    return list(zip(edges[::2], edges[1::2], strict=True))
