"""YAML 1.2 text to a small tree in which every key and value knows its place.

ruamel.yaml's composer does the YAML; its node graph is turned into three frozen kinds of node.
Dates stay text (the policy language has its own rules for them), and a key given twice is a
problem that names both places.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode
from ruamel.yaml.reader import ReaderError

from slaplugin.app.errors import Problem

MAX_DEPTH = 60
MAX_NODES_FROM_ALIASES = 500_000
_TAG = "tag:yaml.org,2002:"


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


def read_yaml(text: str, file: str) -> tuple[Tree | None, list[Problem]]:
    """The tree of one file and what is wrong with its YAML.

    The tree is None when the file holds nothing, or nothing that can be read. A YAML syntax error
    ends the reading of the file, repeated keys and foreign tags do not.
    """
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except YAMLError as error:
        return None, [_syntax_problem(error, text, file)]
    except RecursionError:
        return None, [Problem("nested too deeply to be read", file=file, line=1, column=1)]
    if root is None:
        return None, []
    builder = _Builder(file)
    try:
        tree = builder.tree(root, 0)
    except _UnreadableError as error:
        return None, [*builder.problems, error.problem]
    return tree, builder.problems


def _syntax_problem(error: YAMLError, text: str, file: str) -> Problem:
    if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        what = " ".join(part for part in (error.context, error.problem) if part)
        return _problem(f"not valid YAML: {what}", Place(file, mark.line + 1, mark.column + 1))
    if isinstance(error, ReaderError):
        before = text[: error.position]
        line, column = before.count("\n") + 1, error.position - before.rfind("\n")
        return _problem("not valid YAML: a character is not allowed", Place(file, line, column))
    return _problem(f"not valid YAML: {error}", Place(file, 1, 1))


def _problem(message: str, place: Place, hint: str | None = None) -> Problem:
    return Problem(message, file=place.file, line=place.line, column=place.column, hint=hint)


class _UnreadableError(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


@dataclass(slots=True)
class _Builder:
    """Turns ruamel's node graph into a tree; an aliased node is turned once and shared."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    _done: dict[int, tuple[Tree, int]] = field(default_factory=dict)
    _open: set[int] = field(default_factory=set)

    def tree(self, node: Node, depth: int) -> Tree:
        return self._sized(node, depth)[0]

    def _sized(self, node: Node, depth: int) -> tuple[Tree, int]:
        if isinstance(node, ScalarNode):
            return self._scalar(node), 1
        known = self._done.get(id(node))
        if known is not None:
            return known
        if id(node) in self._open:
            raise _UnreadableError(_problem("an alias contains itself", self._place(node)))
        if depth >= MAX_DEPTH:
            raise _UnreadableError(_problem("nested too deeply", self._place(node)))
        self._open.add(id(node))
        built = self._branch(node, depth + 1)
        self._open.discard(id(node))
        if built[1] > MAX_NODES_FROM_ALIASES:
            raise _UnreadableError(_problem("aliases make this far too large", self._place(node)))
        self._done[id(node)] = built
        return built

    def _branch(self, node: Node, depth: int) -> tuple[Tree, int]:
        if node.tag not in (_TAG + "map", _TAG + "seq"):
            self._foreign_tag(node)
        if isinstance(node, MappingNode):
            return self._table(node, depth)
        sized = [self._sized(item, depth) for item in node.value]
        items = tuple(item for item, _ in sized)
        return Listing(items, self._place(node)), 1 + sum(size for _, size in sized)

    def _table(self, node: MappingNode, depth: int) -> tuple[Tree, int]:
        own: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        size = 1
        for key_node, value_node in node.value:
            value, weight = self._sized(value_node, depth)
            size += weight
            place = self._place(key_node)
            if key_node.tag == _TAG + "merge":
                for entry in self._merged(value):
                    merged.setdefault(entry.key, entry)
            elif not isinstance(key_node, ScalarNode) or key_node.tag == _TAG + "null":
                self.problems.append(_problem("a key must be a word", place))
            else:
                self._add(own, Entry(key_node.value, place, value))
        # Keys that a merge brings (``<<: *base``) yield to the mapping's own.
        return Table({**merged, **own}, self._place(node)), size

    def _add(self, entries: dict[str, Entry], entry: Entry) -> None:
        first = entries.setdefault(entry.key, entry)
        if first is not entry:
            self.problems.append(
                _problem(
                    f"'{entry.key}' is given twice, first in line {first.place.line}, "
                    f"column {first.place.column}",
                    entry.place,
                    "keep one of the two",
                )
            )

    def _merged(self, value: Tree) -> Iterator[Entry]:
        for table in value.items if isinstance(value, Listing) else (value,):
            if isinstance(table, Table):
                yield from table.entries.values()
            else:
                self.problems.append(_problem("<< needs a mapping", table.place))

    def _scalar(self, node: ScalarNode) -> Scalar:
        place = self._place(node)
        kind = node.tag.removeprefix(_TAG) if node.tag else "str"
        if kind not in _SCALARS:
            self._foreign_tag(node)
        return Scalar(_value(kind, node.value), node.value, place)

    def _foreign_tag(self, node: Node) -> None:
        self.problems.append(_problem(f"the tag {node.tag} has no meaning here", self._place(node)))

    def _place(self, node: Node) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)


_SCALARS = frozenset({"str", "int", "float", "bool", "null", "timestamp"})


def _value(kind: str, text: str) -> str | int | float | bool | None:
    """A scalar by YAML 1.2; what only looks like a number or truth value stays text."""
    if kind == "null":
        return None
    if kind == "bool" and text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        if kind == "int":
            digits = text.replace("_", "")
            return int(digits, 0) if digits.lstrip("+-")[:2] in ("0x", "0o") else int(digits)
        if kind == "float":
            return float(
                text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan")
            )
    except ValueError:
        return text
    return text
