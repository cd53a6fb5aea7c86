"""Walking a tree of nodes and gathering every problem on the way, none of them fatal.

A parser gets a :class:`Cursor` and returns a value, or None when it has reported why there is
none. So one run of ``policy check`` shows all mistakes of a set.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from slaplugin.app.errors import Problem
from slaplugin.policyfiles.nodes import Listing, Place, Scalar, Table, Tree, plain

_MOST_NEAR = 2
_CLOSE, _AS_CLOSE = 0.6, 0.06
"""Least likeness (0 to 1) of a name worth naming, and how far behind the best a second may be."""


def near_names(word: str, known: Collection[str]) -> tuple[str, ...]:
    """The one or two known names that look most like the word; none where nothing is close."""
    lowered = word.lower()
    begun = sorted(name for name in known if len(word) > 2 and name.lower().startswith(lowered))
    if 0 < len(begun) <= _MOST_NEAR:
        return tuple(begun)
    scored = sorted(
        ((SequenceMatcher(None, lowered, name.lower()).ratio(), name) for name in known),
        key=lambda pair: (-pair[0], pair[1]),
    )
    close = [(ratio, name) for ratio, name in scored[:_MOST_NEAR] if ratio >= _CLOSE]
    return tuple(name for ratio, name in close if ratio >= close[0][0] - _AS_CLOSE)


def nearest(word: str, known: Collection[str]) -> str | None:
    """The known name that looks most like the word, if any is close."""
    return next(iter(near_names(word, known)), None)


def suggestion(word: str, known: Collection[str], *, limit: int = 14) -> str:
    """``did you mean 'x'?``, or the whole list where it is short enough to read."""
    near = near_names(word, known)
    if near:
        return f"did you mean {' or '.join(repr(name) for name in near)}?"
    if not known:
        return "there is none"
    shown = sorted(known)
    if len(shown) > limit:
        return f"known are {', '.join(shown[:limit])} and {len(shown) - limit} more"
    return f"allowed: {', '.join(shown)}"


@dataclass(slots=True)
class Findings:
    """What was found wrong (errors) or doubtful (warnings) so far."""

    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A node, the path to it inside its file, and where findings go."""

    node: Tree
    path: str
    findings: Findings
    key_place: Place | None = None
    """Where the key of this value stands, when it is the value of one."""

    # ------------------------------------------------------------------ reporting

    def _problem(self, message: str, hint: str | None, place: Place | None) -> Problem:
        at = place or self.node.place
        return Problem(message, at.file, at.line, at.column, self.path or None, hint)

    def fail(self, message: str, hint: str | None = None) -> None:
        """Report an error at this value."""
        self.findings.errors.append(self._problem(message, hint, None))

    def fail_key(self, message: str, hint: str | None = None) -> None:
        """Report an error at the key of this value."""
        self.findings.errors.append(self._problem(message, hint, self.key_place))

    def warn(self, message: str, hint: str | None = None) -> None:
        """Report something doubtful at this value."""
        self.findings.warnings.append(self._problem(message, hint, None))

    # ------------------------------------------------------------------ looking

    @property
    def file(self) -> str:
        """The file this value stands in."""
        return self.node.place.file

    @property
    def value(self) -> Any:
        """The scalar's value; None for anything else."""
        return self.node.value if isinstance(self.node, Scalar) else None

    @property
    def shown(self) -> str:
        """The value as written, shortened, for messages."""
        if isinstance(self.node, Scalar):
            return self.node.text or "nothing"
        text = str(plain(self.node))
        return text if len(text) <= 60 else text[:57] + "..."

    @property
    def is_table(self) -> bool:
        return isinstance(self.node, Table)

    @property
    def is_list(self) -> bool:
        return isinstance(self.node, Listing)

    @property
    def is_nothing(self) -> bool:
        """An empty value or ``null``."""
        return isinstance(self.node, Scalar) and self.node.value is None

    @property
    def key_names(self) -> tuple[str, ...]:
        """The keys of a mapping; none for anything else."""
        return tuple(self.node.entries) if isinstance(self.node, Table) else ()

    def __contains__(self, key: object) -> bool:
        return key in self.key_names

    # ------------------------------------------------------------------ going down

    def named(self, path: str) -> Cursor:
        """The same value under a better path (a policy by its name, not its place)."""
        return Cursor(self.node, path, self.findings, self.key_place)

    def table(self, what: str) -> Mapping[str, Cursor]:
        """The entries of a mapping whose keys are free; reports anything else."""
        if not isinstance(self.node, Table):
            self.fail(f"{what} must be a mapping, not {_kind(self.node)}", "write key: value")
            return {}
        return {
            entry.key: Cursor(entry.node, _join(self.path, entry.key), self.findings, entry.place)
            for entry in self.node.entries.values()
        }

    def fields(
        self, what: str, allowed: Collection[str], comments: Collection[str] = ()
    ) -> dict[str, Cursor]:
        """The entries of a mapping whose keys are closed; reports unknown ones.

        Keys in ``comments`` are for the reader of the file alone.
        """
        known = {}
        for key, child in self.table(what).items():
            if key in allowed:
                known[key] = child
            elif key not in comments:
                child.fail_key(f"unknown key '{key}' in {what}", suggestion(key, allowed))
        return known

    def items(self, what: str) -> tuple[Cursor, ...]:
        """The items of a list; reports anything else."""
        if not isinstance(self.node, Listing):
            self.fail(f"{what} must be a list, not {_kind(self.node)}", "write [a, b]")
            return ()
        return tuple(
            Cursor(item, f"{self.path}[{place}]", self.findings)
            for place, item in enumerate(self.node.items)
        )

    def items_or_one(self, what: str) -> tuple[Cursor, ...]:
        """The items of a list, or the value itself where there is just one."""
        return self.items(what) if self.is_list else (self,)

    # ------------------------------------------------------------------ scalars

    def scalar(self, what: str) -> str | int | float | bool | None:
        """A value that is not nothing, or None after a report."""
        if isinstance(self.node, Scalar) and self.node.value is not None:
            return self.node.value
        self.fail(f"{what} must be a single value, not {_kind(self.node)}")
        return None

    def text(self, what: str) -> str | None:
        """A value as the text it was written as; reports lists, mappings and nothing."""
        if isinstance(self.node, Scalar) and self.node.value is not None and self.node.text:
            return self.node.text
        self.fail(f"{what} must be text, not {_kind(self.node)}")
        return None

    def flag(self, what: str) -> bool | None:
        """``true`` or ``false``."""
        if isinstance(self.value, bool):
            return self.value
        self.fail(f"{what} must be true or false, not '{self.shown}'")
        return None

    def one_of(self, what: str, allowed: Collection[str]) -> str | None:
        """A word of a closed list."""
        word = self.text(what)
        if word is None or word in allowed:
            return word
        self.fail(f"unknown {what} '{word}'", suggestion(word, allowed))
        return None


def _kind(node: Tree) -> str:
    match node:
        case Listing():
            return "a list"
        case Table():
            return "a mapping"
        case Scalar(value=None):
            return "nothing"
        case Scalar(text=text):
            return f"'{text}'"


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
