"""How a page looks: its zone, its width, and what the terminal can show."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Self

from slaplugin.report import times

_COLOURS = {
    "good": "32",
    "bad": "31",
    "warn": "33",
    "dim": "2",
    "bold": "1",
    "head": "1;36",
}

_UNICODE = {
    "counted": "█",
    "overdue": "▓",
    "paused": "▒",
    "closed": "·",
    "ahead": " ",
    "due": "▲",
    "breach": "✗",
    "yes": "✓",
    "no": "·",
    "dash": "–",
    "dot": "·",
    "arrow": "→",
    "rule": "─",
    "ellipsis": "…",
}
_ASCII = {
    "counted": "#",
    "overdue": "!",
    "paused": "=",
    "closed": ".",
    "ahead": " ",
    "due": "^",
    "breach": "x",
    "yes": "+",
    "no": "-",
    "dash": "-",
    "dot": "|",
    "arrow": "->",
    "rule": "-",
    "ellipsis": "...",
}
_PLAIN = str.maketrans({"–": "-", "—": "-", "…": "...", "“": '"', "”": '"', "’": "'", "·": "|"})

_OBEYED = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of characters that steer a terminal or turn the text's direction or lines."""


@dataclass(frozen=True, slots=True)
class Look:
    """``zone`` is that of every instant written; ``zone_name`` is said once on the page."""

    zone: tzinfo = UTC
    zone_name: str = "UTC"
    width: int = 80
    colour: bool = False
    unicode: bool = True
    year: int | None = None
    """The year that goes without saying; instants of another are written with theirs."""

    def at(self, now: int) -> Self:
        """For a page that is read at ``now``, UTC epoch seconds."""
        return replace(self, year=datetime.fromtimestamp(now, self.zone).year)

    def short(self, at: int) -> str:
        """An instant as :func:`times.short` has it, with its year where it is another."""
        return times.short(at, self.zone, self.year)

    def interval(self, start: int, end: int) -> str:
        """From an instant to another, as :func:`times.interval` has it."""
        return times.interval(start, end, self.zone, self.year)

    def localized(self, text: str) -> str:
        """A sentence with its UTC instants as :meth:`short` has them."""
        return times.localized(text, self.zone, self.year)

    def glyph(self, name: str) -> str:
        return (_UNICODE if self.unicode else _ASCII)[name]

    def paint(self, text: str, role: str) -> str:
        """The text in the role's colour where colours are wanted."""
        return f"\x1b[{_COLOURS[role]}m{text}\x1b[0m" if self.colour else text

    def clean(self, text: str) -> str:
        """A text of somebody else's, without control characters that a terminal would obey."""
        safe = "".join("�" if unicodedata.category(c) in _OBEYED else c for c in text)
        return safe if self.unicode else self.plain(safe)

    def told(self, text: str) -> str:
        """A sentence of ours about somebody's data: clean, and with its instants local."""
        return self.clean(self.plain(self.localized(text)))

    def plain(self, text: str) -> str:
        """The text itself, or what ASCII can show of it."""
        if self.unicode:
            return text
        return text.translate(_PLAIN).encode("ascii", "replace").decode("ascii")

    def cut(self, text: str, room: int) -> str:
        """At most ``room`` characters, the last of them saying that more followed."""
        if len(text) <= room:
            return text
        mark = self.glyph("ellipsis")
        return text[: max(0, room - len(mark))] + mark
