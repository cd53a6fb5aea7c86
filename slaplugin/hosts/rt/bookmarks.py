"""Where the feeds stand, as the opaque text that the store keeps."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

_MOST_SEEN = 2000
"""More transactions than this inside one overlap are simply read again."""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """Where the change feed stands, by numbers of transactions.

    Numbers are given before they are committed: on a server with parallel writers a smaller one
    may come to light later. So the newest ones are read again for some time (``seen``).
    """

    after: int = 0
    """Everything up to here was read and is old enough to stay unread."""
    seen: Mapping[int, int] | None = None
    """Number -> UTC epoch seconds of what was read after that."""
    loading: int | None = None
    """While the first load runs: the last ticket it gave."""

    @property
    def newest(self) -> int:
        """The highest number read."""
        return max(self.seen or (), default=self.after)

    @classmethod
    def parse(cls, text: str | None) -> Bookmark | None:
        """The bookmark of a text; None for none, or for a text of another making."""
        data = decoded(text)
        if data is None or not {"after", "seen"} <= data.keys():
            return None
        seen = {int(number): int(at) for number, at in data["seen"].items()}
        return cls(int(data["after"]), seen, data.get("loading"))

    def text(self) -> str:
        """The opaque text."""
        data: dict[str, Any] = {"after": self.after, "seen": dict(self.seen or {})}
        if self.loading is not None:
            data["loading"] = self.loading
        return encoded(data)

    def loaded_to(self, ticket: int | None) -> Bookmark:
        """The first load has given this ticket; None: it is done."""
        return replace(self, loading=ticket)

    def reached(self, rows: Iterable[tuple[int, int]], overlap: int) -> Bookmark:
        """After some more (number, instant): what is older than the overlap is left behind."""
        seen = {**(self.seen or {}), **dict(rows)}
        bound = max(seen.values(), default=0) - overlap
        # Only an unbroken run of old ones from the start: a young one behind it stays in reach.
        after = self.after
        for number in sorted(seen)[: max(len(seen) - 1, 0)]:
            if seen[number] >= bound and len(seen) <= _MOST_SEEN:
                break
            after = number
            del seen[number]
        return Bookmark(after, seen, self.loading)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a backfill stands: the last ticket, then the last deletion it gave."""

    ticket: int = 0
    deletion: int | None = None
    """None: the tickets are not done yet."""

    @classmethod
    def parse(cls, text: str | None) -> Place:
        data = decoded(text)
        if data is None or "ticket" not in data:
            return cls()
        return cls(int(data["ticket"]), data.get("deletion"))

    def text(self) -> str:
        """The opaque text."""
        return encoded({"ticket": self.ticket, "deletion": self.deletion})


def encoded(data: Mapping[str, Any]) -> str:
    """Compact JSON in a stable order."""
    return json.dumps(data, separators=(",", ":"), sort_keys=True)


def decoded(text: str | None) -> dict[str, Any] | None:
    """The mapping in a text; None where there is none."""
    if text is None:
        return None
    try:
        data = json.loads(text)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None
