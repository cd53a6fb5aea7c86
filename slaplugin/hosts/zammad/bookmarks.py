"""The feed's bookmark: server time, what was seen near it, and what the host can do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

_MOST_SEEN = 2000
"""More rows than this inside one overlap are simply read again."""


class Seen:
    """The (id, updated_at) pairs already given out, so that the overlap yields nothing twice."""

    def __init__(self, pairs: Mapping[int, int]) -> None:
        self._pairs = dict(pairs)

    def add(self, number: int, stamp: int) -> bool:
        """Remember a row; False when exactly this one was given out before."""
        if self._pairs.get(number) == stamp:
            return False
        self._pairs[number] = stamp
        return True

    @property
    def newest(self) -> int:
        """The highest stamp, UTC epoch milliseconds; 0 for none."""
        return max(self._pairs.values(), default=0)

    def since(self, bound: int) -> dict[int, int]:
        """The pairs at or after the bound, newest first, as many as are worth keeping."""
        kept = sorted(
            ((stamp, number) for number, stamp in self._pairs.items() if stamp >= bound),
            reverse=True,
        )
        return {number: stamp for stamp, number in kept[:_MOST_SEEN]}


@dataclass(frozen=True, slots=True)
class Bookmark:
    """Where a feed stands; all instants are the server's, UTC epoch milliseconds."""

    after_ms: int
    start_ms: int | None
    """While the first load runs: the newest change when it began."""
    seen: Seen
    tested: bool
    conditions: bool = True
    """Whether the host honours conditions (else the slow way is taken)."""

    @classmethod
    def parse(cls, text: str | None) -> Bookmark:
        """The bookmark of a text; an empty one for None or a text of another making."""
        data = _decoded(text)
        if data is None:
            return cls(0, None, Seen({}), tested=False)
        return cls(
            after_ms=int(data["after"]),
            start_ms=data.get("start"),
            seen=Seen({int(number): stamp for number, stamp in data["seen"].items()}),
            tested=True,
            conditions=bool(data["conditions"]),
        )

    def text(self) -> str:
        """The opaque text that the store keeps."""
        data: dict[str, Any] = {
            "after": self.after_ms,
            "seen": self.seen.since(0),
            "conditions": self.conditions,
        }
        if self.start_ms is not None:
            data["start"] = self.start_ms
        return json.dumps(data, separators=(",", ":"), sort_keys=True)

    def at(self, after_ms: int) -> Bookmark:
        """Beginning at an instant, with no first load."""
        return replace(self, after_ms=after_ms, start_ms=None)

    def reached(self, seen: Seen, overlap_ms: int) -> Bookmark:
        """After a page: the newest stamp seen, and what lies within the overlap before it."""
        after = max(self.after_ms, seen.newest)
        return replace(self, after_ms=after, seen=Seen(seen.since(after - overlap_ms)))

    def loaded(self) -> Bookmark:
        """After the first load: everything that changed since it began comes next."""
        start = self.start_ms or 0
        return replace(self, after_ms=start, start_ms=None, seen=self.seen)

    def with_conditions(self, honoured: bool) -> Bookmark:
        """Going on by conditions, or the slow way."""
        return replace(self, conditions=honoured)


def _decoded(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        data = json.loads(text)
    except ValueError:
        return None
    return (
        data if isinstance(data, dict) and {"after", "seen", "conditions"} <= data.keys() else None
    )
