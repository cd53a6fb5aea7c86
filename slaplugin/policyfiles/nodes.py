"""The tree of a policy file: three frozen kinds of node, each of which knows its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """A file with line and column, both counted from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value: text, number, truth value or nothing; ``text`` is how it was written."""

    value: str | int | float | bool | None
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Listing:
    """A YAML sequence."""

    items: tuple[Tree, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping with its own place."""

    key: str
    place: Place
    node: Tree


@dataclass(frozen=True, slots=True)
class Table:
    """A YAML mapping; keys are their text, so that ``24x7`` and ``2026-12-24`` need no quotes."""

    entries: Mapping[str, Entry]
    place: Place


Tree = Scalar | Listing | Table


def plain(node: Tree) -> Any:
    """The node as dicts, tuples and scalars, as written and without places."""
    match node:
        case Scalar(value=value):
            return value
        case Listing(items=items):
            return tuple(plain(item) for item in items)
        case Table(entries=entries):
            return {entry.key: plain(entry.node) for entry in entries.values()}
