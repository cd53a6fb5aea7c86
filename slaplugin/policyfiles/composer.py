"""YAML 1.2 text to a small tree in which every key and value knows its place.

libyaml (through PyYAML) reads the text and tells its events; what a scalar means is decided here
by the core schema of YAML 1.2, so that ``no`` and ``12:30`` are text. Dates stay text as well (the
policy language has its own rules for them), and a key given twice is a problem that names both
places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import yaml

from slaplugin.app.errors import Problem
from slaplugin.policyfiles.nodes import Entry, Listing, Place, Scalar, Table, Tree

MAX_DEPTH = 60
MAX_NODES_FROM_ALIASES = 500_000
_TAG = "tag:yaml.org,2002:"
_SCALAR_TAGS = {_TAG + kind for kind in ("str", "int", "float", "bool", "null", "timestamp")}
_TEXT_TAGS = {_TAG + "str", _TAG + "timestamp"}
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_FORBIDDEN = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Where PyYAML came without libyaml its parser in Python tells the same events, only slower.
_FAST: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_Sized = tuple[Tree, int]
"""A tree and how many nodes it would have if every alias were written out."""


def read_yaml(text: str, file: str) -> tuple[Tree | None, list[Problem]]:
    """The tree of one file and what is wrong with its YAML.

    The tree is None when the file holds nothing, or nothing that can be read. A YAML syntax error
    ends the reading of the file, repeated keys and foreign tags do not.
    """
    # libyaml refuses a little more (``{update:}``) and says less of it: then Python has the word.
    with suppress(yaml.MarkedYAMLError):
        return _composed(text, file, _FAST)
    try:
        return _composed(text, file, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        return None, [_syntax_problem(error, file)]


def _composed(text: str, file: str, parser: Any) -> tuple[Tree | None, list[Problem]]:
    composer = _Composer(file, text, parser)
    try:
        return composer.document(), composer.problems
    except _UnreadableError as error:
        return None, [*composer.problems, error.problem]


def _syntax_problem(error: yaml.MarkedYAMLError, file: str) -> Problem:
    what = " ".join(part for part in (error.context, error.problem) if part)
    mark = error.problem_mark or error.context_mark
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
    return _problem(f"not valid YAML: {what}", place)


def _problem(message: str, place: Place, hint: str | None = None) -> Problem:
    return Problem(message, file=place.file, line=place.line, column=place.column, hint=hint)


class _UnreadableError(Exception):
    def __init__(self, message: str, place: Place) -> None:
        self.problem = _problem(message, place)


class _Composer:
    """Builds the tree of one document from the parser's events; aliased nodes are shared."""

    def __init__(self, file: str, text: str, parser: Any) -> None:
        self._file = file
        self._text = text
        self._parser = parser
        self._events: Iterator[Any] = iter(())
        self._anchors: dict[str, _Sized | None] = {}
        """None while the anchored node itself is being read."""
        self.problems: list[Problem] = []

    def document(self) -> Tree | None:
        """The only document of the text; None where there is none."""
        self._refuse_control_characters()
        self._events = yaml.parse(self._text, Loader=self._parser)
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        tree, _ = self._node(next(self._events), 0)
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise _UnreadableError("not valid YAML: a second document", self._place(after))
        return tree

    def _refuse_control_characters(self) -> None:
        found = _FORBIDDEN.search(self._text)
        if found:
            before = self._text[: found.start()]
            place = Place(self._file, before.count("\n") + 1, len(before) - before.rfind("\n"))
            raise _UnreadableError("not valid YAML: a character is not allowed", place)

    def _node(self, event: Any, depth: int) -> _Sized:
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        found = self._unaliased(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = found
        return found

    def _aliased(self, event: Any) -> _Sized:
        if event.anchor not in self._anchors:
            message = f"not valid YAML: nothing is called &{event.anchor} before this"
            raise _UnreadableError(message, self._place(event))
        found = self._anchors[event.anchor]
        if found is None:
            raise _UnreadableError("an alias contains itself", self._place(event))
        return found

    def _unaliased(self, event: Any, depth: int) -> _Sized:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event), 1
        place = self._place(event)
        if depth >= MAX_DEPTH:
            raise _UnreadableError("nested too deeply", place)
        if event.tag not in (None, "!", _TAG + "map", _TAG + "seq"):
            self._foreign_tag(event.tag, place)
        branch = self._table if isinstance(event, yaml.MappingStartEvent) else self._listing
        built = branch(place, depth + 1)
        if built[1] > MAX_NODES_FROM_ALIASES:
            raise _UnreadableError("aliases make this far too large", place)
        return built

    def _scalar(self, event: Any) -> Scalar:
        text: str = event.value
        place = self._place(event)
        if event.tag in (None, "!"):
            return Scalar(_core_value(text) if event.implicit[0] else text, text, place)
        if event.tag not in _SCALAR_TAGS:
            self._foreign_tag(event.tag, place)
        return Scalar(text if event.tag in _TEXT_TAGS else _core_value(text), text, place)

    def _listing(self, place: Place, depth: int) -> _Sized:
        items: list[Tree] = []
        size = 1
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            item, weight = self._node(event, depth)
            items.append(item)
            size += weight
        return Listing(tuple(items), place), size

    def _table(self, place: Place, depth: int) -> _Sized:
        own: dict[str, Entry] = {}
        merged: dict[str, Entry] = {}
        size = 1
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key, _ = self._node(event, depth)
            value, weight = self._value(event, next(self._events), depth)
            size += weight
            if _is_merge(event):
                for entry in self._merged(value):
                    merged.setdefault(entry.key, entry)
            elif not isinstance(key, Scalar) or key.value is None:
                self.problems.append(_problem("a key must be a word", self._place(event)))
            else:
                self._add(own, Entry(key.text, self._place(event), value))
        # Keys that a merge brings (``<<: *base``) yield to the mapping's own.
        return Table({**merged, **own}, place), size

    def _value(self, key: Any, event: Any, depth: int) -> _Sized:
        if event.start_mark.index == event.end_mark.index and isinstance(event, yaml.ScalarEvent):
            return Scalar(None, "", self._behind(key)), 1
        return self._node(event, depth)

    def _behind(self, key: Any) -> Place:
        """Where a value that is not written would stand; the parser says where the next is."""
        mark = key.end_mark
        colon = self._text.startswith(":", mark.index)
        return Place(self._file, mark.line + 1, mark.column + 1 + colon)

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

    def _foreign_tag(self, tag: str, place: Place) -> None:
        self.problems.append(_problem(f"the tag {tag} has no meaning here", place))

    def _place(self, event: Any) -> Place:
        mark = event.start_mark
        return Place(self._file, mark.line + 1, mark.column + 1)


def _is_merge(event: Any) -> bool:
    return isinstance(event, yaml.ScalarEvent) and event.implicit[0] and event.value == "<<"


def _core_value(text: str) -> str | int | float | bool | None:
    """A plain scalar by the core schema of YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        try:
            return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        except ValueError:  # more digits than Python reads
            return text
    if _FLOAT.fullmatch(text):
        return float(text)
    return float(text.replace(".", "")) if _NO_NUMBER.fullmatch(text) else text
