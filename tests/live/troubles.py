"""What befalls a daemon on stage: kills at every step of a write, and faults at random."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from slaplugin.core.actions import HOST_WRITES
from slaplugin.testing.proxy import Exchange
from tests.live.proxy import Passing
from tests.live.stage import KilledError, Kinds, Trouble

KINDS = frozenset(HOST_WRITES) | {"notify"}
POINTS = ("claimed", "lost", "sent", "answered", "marked")
"""Claimed and nothing sent; sent, and never carried out; carried out, and no answer; answered and
not yet verified; marked as done."""
IN_A_ROW = 2
EVERY = 20


class Kills(Trouble):
    """Kills the daemon once at every point of every kind of write.

    What was killed twice is left alone until it is marked, or the turn of something else has come:
    nobody survives being killed at every try, and the day has other writes of that kind.
    """

    def __init__(self) -> None:
        self.left = dict.fromkeys(POINTS, KINDS)
        self._in_a_row = 0
        self._claimed: Kinds = frozenset()

    def at(self, point: str, kinds: Kinds) -> None:
        if point == "claimed" and kinds != self._claimed:
            self._in_a_row = 0
            self._claimed = kinds
        self._kill_at(point, kinds)
        if point == "marked":
            self._in_a_row = 0

    def passes(self, passing: Passing, kinds: Kinds) -> Exchange | None:
        self._kill_at("lost" if passing.phase == "before" else "sent", kinds)
        return None

    def _kill_at(self, point: str, kinds: Kinds) -> None:
        concerned = self.left[point] & kinds
        if concerned and self._in_a_row < IN_A_ROW:
            self.left[point] -= concerned
            self._in_a_row = 0 if point == "marked" else self._in_a_row + 1
            raise KilledError(f"killed at {point} of {', '.join(sorted(concerned))}")


class Faults(Trouble):
    """At every twentieth request something goes wrong, chosen by a seed."""

    def __init__(self, seed: int, every: int = EVERY) -> None:
        self.happened: list[str] = []
        self._random = Random(seed)
        self._every = every
        self._seen = 0
        self._later: str | None = None

    def passes(self, passing: Passing, kinds: Kinds) -> Exchange | None:
        if kinds == {"notify"}:
            return None
        if passing.phase == "after":
            word, self._later = self._later, None
            return AFTER[word](passing) if word else None
        self._seen += 1
        if self._seen % self._every:
            return None
        word = self._random.choice(sorted({**BEFORE, **AFTER}))
        self.happened.append(f"{word} at {passing.method} {passing.path}")
        if word in BEFORE:
            return BEFORE[word](passing)
        self._later = word
        return None


def _kill(passing: Passing) -> Exchange:
    raise KilledError("killed")


def _break(passing: Passing) -> Exchange:
    raise ConnectionError("the connection breaks")


def _answer(status: int, body: bytes, *headers: tuple[str, str]) -> Callable[[Passing], Exchange]:
    kind = ("Content-Type", "text/html")
    return lambda passing: Exchange(
        passing.method, passing.path, b"", status, (kind, *headers), body
    )


def _cut(passing: Passing) -> Exchange:
    """The answer with its second half missing, and no sign of that in its length."""
    whole = passing.exchange or _answer(502, b"")(passing)
    return replace(whole, body=whole.body[: len(whole.body) // 2])


_PAGE = b"<!DOCTYPE html>\n<h1>We are back soon</h1>\n"
BEFORE: dict[str, Callable[[Passing], Exchange]] = {
    "killed before it": _kill,
    "nobody answers": _break,
    "refused as busy": _answer(429, _PAGE, ("Retry-After", "7")),
    "an error": _answer(500, b""),
    "maintenance": _answer(503, _PAGE),
    "a page instead of JSON": _answer(200, _PAGE),
}
AFTER: dict[str, Callable[[Passing], Exchange]] = {
    "killed after it": _kill,
    "the answer is lost": _break,
    "a gateway gives up": _answer(502, _PAGE),
    "half an answer": _cut,
}
