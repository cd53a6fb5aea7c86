"""What a sealed period would say today: figures that differ, and the tickets that moved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slaplugin.core.attainment.figures import Evidence

_KEYS = ("party", "policy", "number", "clock", "availability")


@dataclass(frozen=True, slots=True)
class Changed:
    """A line of the document that says something else now; None: it is not there."""

    part: str
    """``targets``, ``customers_clocks``, ``objectives`` or ``statements``."""
    name: tuple[str, ...]
    """What tells it from the others of its part: policy and clock, the party …"""
    sealed: Mapping[str, Any] | None
    now: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Moved:
    """An instance that counted otherwise when the period was closed."""

    ticket: str
    """The host's id."""
    clock: str
    start_event: str
    lines: tuple[str, ...]
    """The lines of evidence in which it moved: ``targets``, ``standard/1`` …"""
    before: str | None
    """Its verdict in the first of them; None: it was not in the period."""
    after: str | None
    amended: bool
    """The ticket has amendments that it did not have."""


def changed(
    sealed: Mapping[str, Any], now: Mapping[str, Any], parts: Sequence[str]
) -> tuple[Changed, ...]:
    """The lines that differ between two documents of the same period."""
    return tuple(
        Changed(part, name, before, after)
        for part in parts
        for name, before, after in _pairs(sealed.get(part, ()), now.get(part, ()))
        if before != after
    )


def moved(sealed: Iterable[Evidence], now: Iterable[Evidence]) -> tuple[Moved, ...]:
    """The instances that count otherwise, in order of ticket and clock."""
    before = {each.identity: each for each in sealed}
    after = {each.identity: each for each in now}
    found: dict[tuple[str, str, str], list[tuple[str, Evidence | None, Evidence | None]]] = {}
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if _counts(old) != _counts(new):
            found.setdefault(key[1:], []).append((key[0], old, new))
    return tuple(_moved(key, pairs) for key, pairs in sorted(found.items()))


def _moved(
    key: tuple[str, str, str], pairs: Sequence[tuple[str, Evidence | None, Evidence | None]]
) -> Moved:
    _, old, new = pairs[0]
    grown = any((b.amendments if b else 0) > (a.amendments if a else 0) for _, a, b in pairs)
    return Moved(
        *key,
        lines=tuple(line for line, _, _ in pairs),
        before=old and old.verdict,
        after=new and new.verdict,
        amended=grown,
    )


def _counts(evidence: Evidence | None) -> str | None:
    return None if evidence is None else evidence.verdict


def _pairs(
    sealed: Iterable[Mapping[str, Any]], now: Iterable[Mapping[str, Any]]
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any] | None, Mapping[str, Any] | None]]:
    before = {_name(each): each for each in sealed}
    after = {_name(each): each for each in now}
    for name in sorted({*before, *after}):
        yield name, before.get(name), after.get(name)


def _name(line: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(line[key]) for key in _KEYS if line.get(key) is not None)
