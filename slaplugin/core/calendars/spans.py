"""Sets of half-open spans, as sorted lists without overlap."""

from collections.abc import Iterable, Sequence

from slaplugin.core.calendars.values import Span


def merge(spans: Iterable[Span]) -> list[Span]:
    """The union in order: empty spans dropped, overlapping and touching ones joined."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def subtract(spans: Sequence[Span], holes: Sequence[Span]) -> list[Span]:
    """What of `spans` no hole covers; both as `merge` returns them."""
    left: list[Span] = []
    first = 0
    for start, end in spans:
        while first < len(holes) and holes[first][1] <= start:
            first += 1
        at = start
        for hole_start, hole_end in holes[first:]:
            if hole_start >= end:
                break
            left.append((at, hole_start))
            at = hole_end
        left.append((at, end))
    return [span for span in left if span[0] < span[1]]


def clip(spans: Iterable[Span], start: int, end: int) -> list[Span]:
    """The parts inside [start, end)."""
    clipped = ((max(a, start), min(b, end)) for a, b in spans)
    return [span for span in clipped if span[0] < span[1]]
