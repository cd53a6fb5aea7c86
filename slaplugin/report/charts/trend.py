"""Values over time: a line for each series, a gap where there is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from slaplugin.report.charts.frame import (
    NARROW,
    SHADES,
    WIDTH,
    Drawing,
    Picture,
    label,
    line,
    round_top,
    shade,
    spread,
    titled,
)
from slaplugin.report.html import text

_LEFT, _RIGHT, _TOP, _BOTTOM, _HEIGHT = 48, 14, 12, 30, 220
_PER_NAME = 75
"""Units of the axis that the name of a moment takes."""
_PER_DOT = 14
"""With less room for a moment its dot is a small one: large ones would hide the line."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line; ``points`` and ``said`` have as many entries as the chart has moments."""

    name: str
    points: tuple[float | None, ...]
    said: tuple[str, ...]
    """The exact figure of each point."""
    cells: tuple[str, ...] = ()
    """The same as markup for the table, with links to what is behind; empty: ``said``."""


@dataclass(frozen=True, slots=True)
class Axis:
    """The values that are shown, and how they are written."""

    low: float = 0.0
    high: float | None = None
    """None: a round number above every point."""
    unit: str = ""


def trend(name: str, moments: Sequence[str], series: Sequence[Series], axis: Axis) -> Drawing:
    """The chart; ``moments`` are the names of the places along the axis, first to last."""
    highest = max(
        (point for each in series for point in each.points if point is not None), default=1
    )
    high = axis.high or round_top(max(highest, axis.low + 1))
    wide, narrow = (
        Picture(_HEIGHT, tuple(_marks(_Plot(moments, axis, high, width), series)), width)
        for width in (WIDTH, NARROW)
    )
    cells = [each.cells or tuple(map(text, each.said)) for each in series]
    rows = tuple(zip(map(text, moments), *cells, strict=True))
    return Drawing(name, wide, narrow, ("when", *(each.name for each in series)), rows)


@dataclass(frozen=True, slots=True)
class _Plot:
    moments: Sequence[str]
    axis: Axis
    high: float
    width: int

    @property
    def room(self) -> float:
        return self.width - _LEFT - _RIGHT

    @property
    def radius(self) -> float:
        return 4 if self.room >= len(self.moments) * _PER_DOT else 1.5

    def x(self, place: int) -> float:
        count = len(self.moments)
        return _LEFT + (self.room / 2 if count < 2 else self.room * place / (count - 1))

    def y(self, value: float) -> float:
        low, room = self.axis.low, _HEIGHT - _TOP - _BOTTOM
        inside = min(max(value, low), self.high)
        return _TOP + room * (1 - (inside - low) / (self.high - low))


def _marks(plot: _Plot, series: Sequence[Series]) -> Iterator[str]:
    yield from _grid(plot)
    yield from _names(plot)
    for place, each in enumerate(series):
        yield from _lines(plot, each, place)


def _grid(plot: _Plot) -> Iterator[str]:
    low, span = plot.axis.low, plot.high - plot.axis.low
    steps = 5 if span % 5 == 0 and span % 4 else 4
    for step in range(steps + 1):
        value = low + span * step / steps
        y = plot.y(value)
        yield line(_LEFT, y, plot.width - _RIGHT, y, "grid")
        yield label(_LEFT - 6, y + 4, f"{value:g}{plot.axis.unit}", "tick", "end")


def _names(plot: _Plot) -> Iterator[str]:
    last = len(plot.moments) - 1
    for place in spread(last + 1, int(plot.room // _PER_NAME)):
        anchor = "middle" if last < 1 or 0 < place < last else "end" if place else "start"
        yield label(plot.x(place), _HEIGHT - 8, plot.moments[place], "tick", anchor)


def _lines(plot: _Plot, series: Series, place: int) -> Iterator[str]:
    kind = f"{shade(place)} d{place // SHADES}"
    for run in _runs(series.points):
        path = " ".join(f"{plot.x(at):g},{plot.y(value):g}" for at, value in run)
        yield f'<polyline class="line {kind}" points="{path}"/>'
        for at, value in run:
            x, y, radius = plot.x(at), plot.y(value), plot.radius
            dot = f'<circle class="{shade(place)}" cx="{x:g}" cy="{y:g}" r="{radius:g}"'
            yield titled(dot, f"{series.name}: {plot.moments[at]}: {series.said[at]}")


def _runs(points: Sequence[float | None]) -> Iterator[list[tuple[int, float]]]:
    """Neighbouring points that have a value."""
    run: list[tuple[int, float]] = []
    for place, value in enumerate(points):
        if value is not None:
            run.append((place, value))
        elif run:
            yield run
            run = []
    if run:
        yield run
