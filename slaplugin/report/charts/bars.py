"""Bars that lie: one line for each value, the figure written beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slaplugin.report.charts.frame import WIDTH, Drawing, label, line, shade, titled

_LINE, _THICK, _NAMES, _FIGURES = 26, 14, 190, 110
_LETTER = 7
"""Units that a letter of a figure takes at most: on paper nothing can be scrolled into view."""
_LONGEST = 27
"""Characters of a name that have room; the title has all of it."""


@dataclass(frozen=True, slots=True)
class BarLine:
    """One line: parts that add up to its length, in the unit of the whole chart."""

    name: str
    parts: tuple[float, ...]
    said: str
    """The figure, written at the end of the line."""
    titles: tuple[str, ...] = ()
    """What each part says of itself; empty: name and figure."""
    href: str | None = None
    goal: float | None = None
    """Where a mark shows what it should be."""


def bars(name: str, lines: Sequence[BarLine], *, top: float | None = None) -> Drawing:
    """The lines in their order; ``top`` is the value at the right end (the largest, unless given).

    Values are not below 0.
    """
    highest = top or max((sum(each.parts) for each in lines), default=0) or 1
    figures = max([_FIGURES, *(len(each.said) * _LETTER + 8 for each in lines)])
    scale = _Scale(WIDTH - _NAMES - figures, highest)
    parts = [
        mark for place, each in enumerate(lines) for mark in _marks(each, place * _LINE, scale)
    ]
    return Drawing(name, max(len(lines), 1) * _LINE + 4, tuple(parts))


@dataclass(frozen=True, slots=True)
class _Scale:
    room: float
    """Units that the longest bar may take."""
    highest: float

    def wide(self, value: float) -> float:
        return self.room * min(value / self.highest, 1.0)


def _marks(each: BarLine, y: float, scale: _Scale) -> list[str]:
    shown = each.name if len(each.name) <= _LONGEST else each.name[: _LONGEST - 1] + "…"
    marks = [label(_NAMES - 10, y + 16, shown, anchor="end")]
    x = float(_NAMES)
    for place, value in enumerate(each.parts):
        wide = scale.wide(value)
        said = each.titles[place] if each.titles else f"{each.name}: {each.said}"
        marks.append(_bar(x, y, wide, (shade(place), said, each.href)))
        x += wide
    marks.append(label(min(x, _NAMES + scale.room) + 8, y + 16, each.said, "figure"))
    if each.goal is not None:
        at = _NAMES + scale.wide(each.goal)
        marks.append(line(at, y + 2, at, y + 22, "goal"))
    return marks


def _bar(x: float, y: float, wide: float, look: tuple[str, str, str | None]) -> str:
    kind, said, href = look
    mark = f'<rect class="{kind}" x="{x:g}" y="{y + 5:g}" width="{wide:g}" height="{_THICK}"'
    return titled(mark, said, href)
