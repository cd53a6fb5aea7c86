"""What customers answered: scales of satisfaction, and files of ratings (0148)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Protocol
from zoneinfo import ZoneInfo

_TOP = Fraction(3, 4)
"""Satisfied begins here between the worst and the best: 4 of 1-5, 8 of 0-10, good of bad, good."""


@dataclass(frozen=True, slots=True)
class Scale:
    """From the worst to the best answer; made by :meth:`parse`."""

    low: Fraction
    high: Fraction
    satisfied: Fraction
    """This and everything above counts as satisfied."""
    words: Mapping[str, Fraction] = field(default_factory=dict)
    """Words in place of numbers, in small letters."""

    @classmethod
    def parse(cls, text: str, satisfied: str | None = None) -> Scale:
        """``1-5``, ``0-10``, or words from worst to best: ``bad, good``.

        ``satisfied`` is the lowest answer that counts as satisfied; without it the upper quarter
        of the scale does. ValueError says what is wrong and what is allowed.
        """
        low, high, words = _ends(text)
        scale = cls(low, high, low + (high - low) * _TOP, words)
        if satisfied is None:
            return scale
        return cls(low, high, scale.score(satisfied), words)

    def score(self, answer: object) -> Fraction:
        """The number of an answer. ValueError for one that is not on the scale."""
        text = str(answer).strip()
        score = self.words.get(text.casefold()) if self.words else _number(text)
        if score is None or not self.low <= score <= self.high:
            raise ValueError(f"'{text}' is no answer on the scale {self}")
        return score

    def __str__(self) -> str:
        if self.words:
            return ", ".join(self.words)
        return f"{self.low}-{self.high}"


def _ends(text: str) -> tuple[Fraction, Fraction, Mapping[str, Fraction]]:
    numbers = re.fullmatch(r"\s*(\d+)\s*[-–]\s*(\d+)\s*", text)
    if numbers:
        low, high = (Fraction(part) for part in numbers.groups())
        if low < high:
            return low, high, {}
    names = [name.strip().casefold() for name in text.split(",")]
    if len(names) > 1 and all(names) and len(set(names)) == len(names):
        words = {name: Fraction(place) for place, name in enumerate(names, start=1)}
        return Fraction(1), Fraction(len(names)), words
    raise ValueError(
        f"'{text}' is no scale: write two numbers, the worst first, as 1-5, or words from the"
        " worst to the best as bad, good"
    )


def _number(text: str) -> Fraction | None:
    found = re.fullmatch(r"\d+(?:[.,]\d+)?", text)
    return Fraction(text.replace(",", ".")) if found else None


@dataclass(frozen=True, slots=True)
class Rating:
    """One answer."""

    ticket: str
    """The ticket's id or number."""
    score: Fraction
    at: int | None = None
    """UTC epoch seconds; None: only that it was given is known."""


class RatingsError(ValueError):
    """A file of ratings that cannot be used."""

    def __init__(self, problems: tuple[tuple[int, str], ...]) -> None:
        super().__init__("; ".join(f"line {line}: {what}" for line, what in problems))
        self.problems = problems
        """Every problem as (line, what is wrong and what is allowed)."""


def read_ratings(lines: Iterable[str], scale: Scale, zone: ZoneInfo) -> tuple[Rating, ...]:
    """The ratings of a CSV text with the columns ``ticket``, ``score`` and perhaps ``at``.

    The first line names the columns, in any order and beside any others; they are separated by
    commas, semicolons or tabs. ``at`` is ISO 8601, in ``zone`` where it names no offset. Of several
    ratings of a ticket the latest counts, of equally late ones the last in the file. RatingsError
    has every line that is wrong.
    """
    rows = iter(lines)
    header = next(rows, "").lstrip("\ufeff")
    separator = next((each for each in ",;\t" if each in header), ",")
    columns = [name.strip(' "\r\n').casefold() for name in header.split(separator)]
    missing = [name for name in ("ticket", "score") if name not in columns]
    if missing:
        allowed = "the first line names the columns ticket and score, and perhaps at"
        raise RatingsError(((1, f"{allowed}; {' and '.join(missing)} is missing"),))
    reader = _Reader(columns, scale, zone)
    found = list(reader.read(csv.reader(rows, delimiter=separator)))
    if reader.problems:
        raise RatingsError(tuple(reader.problems))
    return _latest(found)


class _Rows(Protocol):
    """A reader of the csv module."""

    @property
    def line_num(self) -> int: ...

    def __iter__(self) -> Iterator[list[str]]: ...


class _Reader:
    """Reads rows and gathers what is wrong with them."""

    def __init__(self, columns: list[str], scale: Scale, zone: ZoneInfo) -> None:
        self._columns = columns
        self._scale = scale
        self._zone = zone
        self.problems: list[tuple[int, str]] = []

    def read(self, rows: _Rows) -> Iterator[Rating]:
        try:
            for row in rows:
                yield from self._read(row, rows.line_num + 1)
        except csv.Error as error:
            self.problems.append((rows.line_num + 1, f"this is no CSV: {error}"))

    def _read(self, row: list[str], line: int) -> Iterator[Rating]:
        if not any(cell.strip() for cell in row):
            return
        try:
            yield self._rating(row)
        except ValueError as error:
            self.problems.append((line, str(error)))

    def _rating(self, row: list[str]) -> Rating:
        if len(row) > len(self._columns):
            raise ValueError("more cells than columns; a comma inside a cell needs quotes")
        cells = dict(zip(self._columns, row, strict=False))
        ticket = cells.get("ticket", "").strip()
        if not ticket:
            raise ValueError("no ticket is named")
        score = self._scale.score(cells.get("score", ""))
        return Rating(ticket, score, self._instant(cells.get("at")))

    def _instant(self, text: str | None) -> int | None:
        if text is None or not text.strip():
            return None
        try:
            found = datetime.fromisoformat(text.strip())
        except ValueError as error:
            example = "2026-03-09T14:30:00+01:00"
            raise ValueError(f"'{text.strip()}' is no instant; write it as {example}") from error
        return int((found if found.tzinfo else found.replace(tzinfo=self._zone)).timestamp())


def _latest(ratings: Iterable[Rating]) -> tuple[Rating, ...]:
    found: dict[str, Rating] = {}
    for rating in ratings:
        known = found.get(rating.ticket)
        if known is None or (known.at or 0) <= (rating.at or 0):
            found[rating.ticket] = rating
    return tuple(found.values())
