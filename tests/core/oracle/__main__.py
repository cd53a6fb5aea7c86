"""The long run: ``python -m tests.core.oracle FIRST LAST [TOPIC...]``.

Prints for every kind of difference how often it came and the smallest seed that shows it.
"""

from __future__ import annotations

import sys
from collections import defaultdict

from .compare import differences
from .draw import Draw, as_case

SHOWN = 4


def run(first: int, last: int, topics: frozenset[str]) -> int:
    """How many of the seeds differ."""
    found: dict[str, list[tuple[int, int, list[str]]]] = defaultdict(list)
    for seed in range(first, last):
        doc = Draw(seed, topics).case()
        lines = differences(as_case(doc))
        if lines:
            size = len(doc["events"]) + len(doc["policies"])
            found[lines[0].partition(":")[0]].append((size, seed, lines))
    count = sum(map(len, found.values()))
    print(f"{last - first} seeds, {count} differ")
    for kind, cases in sorted(found.items(), key=lambda item: -len(item[1])):
        _, seed, lines = min(cases)
        print(f"{len(cases)} x {kind}, seed {seed}")
        print(*(f"    {line}" for line in lines[:SHOWN]), sep="\n")
    return count


if __name__ == "__main__":
    sys.exit(bool(run(int(sys.argv[1]), int(sys.argv[2]), frozenset(sys.argv[3:]))))
