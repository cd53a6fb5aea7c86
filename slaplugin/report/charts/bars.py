"""Bars that lie: one line for each value, the figure written beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slaplugin.report.charts.frame import (
    NARROW,
    WIDTH,
    Drawing,
    Picture,
    label,
    shortened,
    titled,
)
from slaplugin.report.html import text

_THICK, _FIGURES = 14, 110
_LETTER = 7
"""Units that a letter of a figure takes at most: on paper nothing can be scrolled into view."""


@dataclass(frozen=True, slots=True)
class BarLine:
    """One line, as long as its value in the unit of the whole chart."""

    name: str
    value: float
    """Not below 0."""
    said: str
    """The figure, written at the end of the line."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where the pieces of a line stand, in units of the drawing."""

    width: int
    line: int
    """From one line to the next."""
    left: int
    """Where the bars begin."""
    top: int
    """From the top of a line to its bar."""
    longest: int
    """Characters of a name that have room; the title has all of it."""


_WIDE = _Plan(WIDTH, 26, 190, 5, 27)
_NARROW = _Plan(NARROW, 40, 0, 19, 44)
"""The name stands above its bar."""


def bars(name: str, lines: Sequence[BarLine]) -> Drawing:
    """The lines in their order, the largest value as long as there is room."""
    highest = max((each.value for each in lines), default=0) or 1
    wide, narrow = (_picture(lines, highest, plan) for plan in (_WIDE, _NARROW))
    rows = tuple((text(each.name), text(each.said)) for each in lines)
    return Drawing(name, wide, narrow, ("what", "figure"), rows)


def _picture(lines: Sequence[BarLine], highest: float, plan: _Plan) -> Picture:
    figures = max([_FIGURES, *(len(each.said) * _LETTER + 8 for each in lines)])
    room = max(plan.width - plan.left - figures, _THICK)
    marks = [
        mark
        for place, each in enumerate(lines)
        for mark in _marks(each, place * plan.line, room * each.value / highest, plan)
    ]
    return Picture(max(len(lines), 1) * plan.line + 4, tuple(marks), plan.width)


def _marks(each: BarLine, y: float, wide: float, plan: _Plan) -> tuple[str, str, str]:
    shown = shortened(each.name, plan.longest)
    bar = (
        f'<rect class="c1" x="{plan.left}" y="{y + plan.top:g}" width="{wide:g}" height="{_THICK}"'
    )
    place = (plan.left - 10, y + 16) if plan.left else (0, y + 14)
    return (
        label(*place, shown, anchor="end" if plan.left else "start"),
        titled(bar, f"{each.name}: {each.said}"),
        label(plan.left + wide + 8, y + plan.top + 11, each.said, "figure"),
    )
