"""Long lists in parts that a host takes at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice


def in_parts(items: Iterable[str], size: int) -> Iterator[list[str]]:
    """The items in lists of ``size``, the last one shorter; read no further than asked for."""
    source = iter(items)
    while part := list(islice(source, size)):
        yield part


def share_of(at: float, start: float, end: float) -> float:
    """How much of the time from start to end has gone by at an instant, 0 to 1."""
    return 1.0 if end <= start else min(max((at - start) / (end - start), 0.0), 1.0)
