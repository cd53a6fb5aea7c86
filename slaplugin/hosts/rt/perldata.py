"""The data in a Perl configuration file, read without Perl: nothing in it is ever executed.

Understood is what people write data with: ``Set(%Name, ...)``, ``%RT::Name = (...)``, hashes,
lists, numbers and sums of them, quoted texts, ``qw``, barewords, ``undef``, ranges, comments, and
``map { ... } LIST`` over such data. Anything else inside the wanted setting raises
:class:`PerlDataError` with its line; the rest of the file is not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_MOST_VALUES = 100_000
_DEEPEST = 60
_POD = re.compile(r"^=[a-zA-Z].*?(?:^=cut\b[^\n]*$|\Z)", re.MULTILINE | re.DOTALL)
_END = re.compile(r"^__(?:END|DATA)__$.*", re.MULTILINE | re.DOTALL)
_SPACE = re.compile(r"(?:\s+|#[^\n]*)+")
_NUMBER = re.compile(r"\d[\d_]*(?:\.(?!\.)[\d_]*)?")
_WORD = re.compile(r"-?[A-Za-z_]\w*(?:::\w+)*")
_COMMA = re.compile(r"=>|,")
_QUOTED = re.compile(r"q[qw]?\b\s*(?=[^\w\s,=;)])")
_PAIRS = {"(": ")", "[": "]", "{": "}", "<": ">"}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "e": "\x1b"}

Value = str | int | float | list[Any] | dict[str, Any] | None


class PerlDataError(Exception):
    """Something that is no plain data. ``line`` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        self.line = line
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Setting:
    """One assignment found in a file."""

    name: str
    values: tuple[Value, ...]
    """The flat list that Perl would see."""
    line: int

    def table(self) -> Mapping[str, Any]:
        """The list as a hash: key, value, key, value."""
        try:
            return _table(list(self.values))
        except ValueError as error:
            raise PerlDataError(str(error), self.line) from error


def settings_in(source: str, name: str) -> list[Setting]:
    """Every place that sets ``%name`` or ``$name``, in the order of the file."""
    text = _blanked(source)
    begin = re.compile(
        rf"^[ \t]*(?:Set[ \t]*\(\s*[%$]{name}\b\s*(?:,|=>|=|(?=\)))"
        rf"|(?:our\s+|local\s+)?[%$](?:RT::)?{name}\s*=)",
        re.MULTILINE,
    )
    found = []
    for start in begin.finditer(text):
        line = text.count("\n", 0, start.end()) + 1
        reader = _Reader(text, start.end())
        values = reader.arguments() if "Set" in start[0] else reader.item()
        found.append(Setting(name, tuple(values), line))
    return found


def _blanked(source: str) -> str:
    """Without manual pages and what follows the program; lines stay where they are."""

    def blank(found: re.Match[str]) -> str:
        return "\n" * found[0].count("\n")

    return _END.sub(blank, _POD.sub(blank, source))


def _table(values: list[Value]) -> dict[str, Value]:
    """Key, value, key, value as a hash; ValueError where that does not come out even."""
    if len(values) % 2:
        raise ValueError("a hash with a key that has no value")
    if any(isinstance(key, dict | list) or key is None for key in values[::2]):
        raise ValueError("a hash whose key is no text")
    return {str(key): value for key, value in zip(values[::2], values[1::2], strict=True)}


class _Reader:
    """Recursive descent over the text, from where a setting begins."""

    def __init__(self, text: str, place: int) -> None:
        self._text = text
        self._place = place
        self._topic: list[Value] = []
        """What ``$_`` stands for, innermost last."""
        self._made = 0
        self._depth = 0

    # ------------------------------------------------------------------ lists

    def arguments(self) -> list[Value]:
        """The list up to the closing parenthesis of ``Set(``."""
        return self._until(")")

    def item(self) -> list[Value]:
        """One element of a list; a nested list, a range or a map gives several."""
        values = self._sum()
        if self._takes(".."):
            values = self._range(values, self._sum())
        self._made += len(values)
        if self._made > _MOST_VALUES:
            raise self._error(f"more than {_MOST_VALUES} values")
        return values

    def _until(self, closing: str) -> list[Value]:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._error(f"more than {_DEEPEST} levels of brackets")
        values: list[Value] = []
        while not self._takes(closing):
            if self._matches(_COMMA) is None:
                values += self.item()
                self._after_item(closing)
        self._depth -= 1
        return values

    def _after_item(self, closing: str) -> None:
        self._skip()
        if not self._ahead(closing) and _COMMA.match(self._text, self._place) is None:
            raise self._error(f"expected ',' or '{closing}', found {self._shown()}")

    def _range(self, first: list[Value], last: list[Value]) -> list[Value]:
        match first, last:
            case [int(low)], [int(high)] if high - low < _MOST_VALUES:
                return list(range(low, high + 1))
        raise self._error("a range that is not of two whole numbers")

    # ------------------------------------------------------------------ sums

    def _sum(self) -> list[Value]:
        values = self._product()
        while (sign := self._operator("+-.")) is not None:
            values = [self._reckoned(sign, values, self._product())]
        return values

    def _product(self) -> list[Value]:
        values = self._term()
        while (sign := self._operator("*/")) is not None:
            values = [self._reckoned(sign, values, self._term())]
        return values

    def _operator(self, signs: str) -> str | None:
        self._skip()
        sign = self._text[self._place : self._place + 1]
        if not sign or sign not in signs or self._ahead(".."):
            return None
        self._place += 1
        return sign

    def _reckoned(self, sign: str, left: list[Value], right: list[Value]) -> Value:
        if sign == "." and len(left) == len(right) == 1:
            return f"{left[0]}{right[0]}"
        match [_reckonable(each) for each in left], [_reckonable(each) for each in right]:
            case [int() | float() as a], [int() | float() as b] if sign != "/" or b:
                return {"+": a + b, "-": a - b, "*": a * b}[sign] if sign != "/" else a / b
        raise self._error(f"'{sign}' between things that are no numbers")

    # ------------------------------------------------------------------ terms

    def _term(self) -> list[Value]:
        self._skip()
        place, sign = self._place, self._text[self._place : self._place + 1]
        if self._takes("("):
            return self._until(")")
        if self._takes("["):
            return [self._until("]")]
        if self._takes("{"):
            return [self._hash(self._until("}"), place)]
        if sign in "'\"" and sign:
            self._place += 1
            return [self._string(sign, sign)]
        if self._takes("$_"):
            if not self._topic:
                raise self._error("'$_' outside of a map")
            return [self._topic[-1]]
        return self._word_or_number(sign)

    def _word_or_number(self, sign: str) -> list[Value]:
        if (found := self._matches(_NUMBER)) is not None:
            return [_number(found)]
        if (found := self._matches(_QUOTED)) is not None:
            return self._quote_like(found.strip())
        if sign in "+-" and sign and not _WORD.match(self._text, self._place):
            self._place += 1
            values = self._term()
            return values if sign == "+" else [self._reckoned("-", [0], values)]
        if (found := self._matches(_WORD)) is not None:
            return self._word(found)
        raise self._error(f"{self._shown()} is not plain data")

    def _word(self, word: str) -> list[Value]:
        self._skip()
        if self._ahead("=>"):
            return [word]
        if word == "undef":
            if self._takes("("):
                self._until(")")
            return [None]
        if word == "map":
            return self._map()
        self._place -= len(word)
        raise self._error(f"'{word}' is Perl code")

    def _quote_like(self, kind: str) -> list[Value]:
        opening = self._text[self._place]
        self._place += 1
        closing = _PAIRS.get(opening, opening)
        if kind == "qw":
            return list(self._raw(opening, closing).split())
        return [self._string('"' if kind == "qq" else "'", closing, opening)]

    def _string(self, kind: str, closing: str, opening: str | None = None) -> str:
        place = self._place
        raw = self._raw(opening or closing, closing)
        if kind == "'":
            return re.sub(r"\\([\\'" + re.escape(closing) + "])", r"\1", raw)
        topic = self._topic[-1] if self._topic else None
        if topic is not None:
            raw = re.sub(r"\$(?:_\b|\{_\})", lambda _: str(topic), raw)
        if re.search(r"(?<!\\)(?:\\\\)*[$@][\w{:]", raw):
            raise self._error("a text in double quotes with a variable in it", place)
        return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), raw)

    def _raw(self, opening: str, closing: str) -> str:
        """The text up to the closing quote, pairs of brackets in it included."""
        start, open_ones = self._place, 1
        while self._place < len(self._text):
            sign = self._text[self._place]
            self._place += 2 if sign == "\\" else 1
            if sign == closing:
                open_ones -= 1
            elif sign == opening:
                open_ones += 1
            if not open_ones:
                return self._text[start : self._place - 1]
        self._place = start
        raise self._error(f"a text that is never closed by {closing}")

    # ------------------------------------------------------------------ map

    def _map(self) -> list[Value]:
        """``map { BLOCK } LIST`` and ``map +{ HASH }, LIST``: the block once for each element."""
        hashes = self._takes("+")
        if not self._takes("{"):
            raise self._error("'map' without a block of plain data")
        block = self._place
        self._topic.append(0)
        self._until_skipping_semicolon()
        self._topic.pop()
        self._takes(",")
        elements = self._list_after_block()
        after = self._place
        values = [value for each in elements for value in self._block(block, each, hashes)]
        self._place = after
        return values

    def _until_skipping_semicolon(self) -> list[Value]:
        self._takes(";")
        return self._until("}")

    def _block(self, place: int, topic: Value, hashes: bool) -> Iterator[Value]:
        self._place = place
        self._topic.append(topic)
        values = self._until_skipping_semicolon()
        self._topic.pop()
        self._made += len(values)
        if self._made > _MOST_VALUES:
            raise self._error(f"more than {_MOST_VALUES} values")
        yield from [self._hash(values, place)] if hashes else values

    def _list_after_block(self) -> list[Value]:
        """A map takes everything up to the end of the list that it stands in."""
        values = self.item()
        while self._matches(_COMMA) is not None:
            self._skip()
            if self._text[self._place : self._place + 1] in ")]}":
                break
            values += self.item()
        return values

    # ------------------------------------------------------------------ text

    def _skip(self) -> None:
        found = _SPACE.match(self._text, self._place)
        if found is not None:
            self._place = found.end()

    def _ahead(self, sign: str) -> bool:
        return self._text.startswith(sign, self._place)

    def _takes(self, sign: str) -> bool:
        self._skip()
        if not self._ahead(sign) or (sign == "," and self._ahead("=>")):
            return False
        self._place += len(sign)
        return True

    def _matches(self, pattern: re.Pattern[str]) -> str | None:
        self._skip()
        found = pattern.match(self._text, self._place)
        if found is None:
            return None
        self._place = found.end()
        return found[0]

    def _hash(self, values: list[Value], place: int) -> dict[str, Value]:
        try:
            return _table(values)
        except ValueError as error:
            raise self._error(str(error), place) from error

    def _shown(self) -> str:
        found = self._text[self._place : self._place + 20].split("\n")[0].strip()
        return f"'{found}'" if found else "the end of the file"

    def _error(self, message: str, place: int | None = None) -> PerlDataError:
        at = self._place if place is None else place
        return PerlDataError(message, self._text.count("\n", 0, at) + 1)


def _number(text: str) -> int | float:
    plain = text.replace("_", "")
    return float(plain) if "." in plain else int(plain)


def _reckonable(value: Value) -> Value:
    """A text that is a number counts as one in a sum, as in Perl."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return _number(value)
    return value
