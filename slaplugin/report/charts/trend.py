"""Values over time: a line for each series, a gap where there is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from slaplugin.report.charts.frame import (
    SHADES,
    WIDTH,
    Drawing,
    label,
    line,
    round_top,
    shade,
    titled,
)

_LEFT, _RIGHT, _TOP, _BOTTOM, _HEIGHT = 48, 14, 12, 30, 220
_NAMED = 8
"""Moments that are written below the axis at most."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line; ``points`` and ``said`` have as many entries as the chart has moments."""

    name: str
    points: tuple[float | None, ...]
    said: tuple[str, ...]
    """The exact figure of each point."""
    hrefs: tuple[str | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Axis:
    """The values that are shown, and how they are written."""

    low: float = 0.0
    high: float | None = None
    """None: a round number above every point."""
    unit: str = ""
    goal: float | None = None


def trend(name: str, moments: Sequence[str], series: Sequence[Series], axis: Axis) -> Drawing:
    """The chart; ``moments`` are the names of the places along the axis, first to last."""
    highest = max(
        (point for each in series for point in each.points if point is not None), default=1
    )
    plot = _Plot(len(moments), axis.low, axis.high or round_top(max(highest, axis.low + 1)))
    parts = [*_grid(plot, axis), *_names(plot, moments)]
    if axis.goal is not None:
        parts.append(line(_LEFT, plot.y(axis.goal), WIDTH - _RIGHT, plot.y(axis.goal), "goal"))
    for place, each in enumerate(series):
        parts += _lines(plot, each, place)
    return Drawing(name, _HEIGHT, tuple(parts))


@dataclass(frozen=True, slots=True)
class _Plot:
    count: int
    low: float
    high: float

    def x(self, place: int) -> float:
        room = WIDTH - _LEFT - _RIGHT
        return _LEFT + (room / 2 if self.count < 2 else room * place / (self.count - 1))

    def y(self, value: float) -> float:
        room = _HEIGHT - _TOP - _BOTTOM
        inside = min(max(value, self.low), self.high)
        return _TOP + room * (1 - (inside - self.low) / (self.high - self.low))


def _grid(plot: _Plot, axis: Axis) -> Iterator[str]:
    steps = 5 if (plot.high - plot.low) % 5 == 0 and (plot.high - plot.low) % 4 else 4
    for step in range(steps + 1):
        value = plot.low + (plot.high - plot.low) * step / steps
        y = plot.y(value)
        yield line(_LEFT, y, WIDTH - _RIGHT, y, "grid")
        yield label(_LEFT - 6, y + 4, f"{value:g}{axis.unit}", "tick", "end")


def _names(plot: _Plot, moments: Sequence[str]) -> Iterator[str]:
    every = -(-len(moments) // _NAMED) or 1
    last = len(moments) - 1
    for place in range(last, -1, -every):
        anchor = "middle" if len(moments) < 2 or 0 < place < last else "end" if place else "start"
        yield label(plot.x(place), _HEIGHT - 8, moments[place], "tick", anchor)


def _lines(plot: _Plot, series: Series, place: int) -> Iterator[str]:
    kind = f"{shade(place)} d{place // SHADES}"
    for run in _runs(series.points):
        path = " ".join(f"{plot.x(at):g},{plot.y(value):g}" for at, value in run)
        yield f'<polyline class="line {kind}" points="{path}"/>'
        for at, value in run:
            href = series.hrefs[at] if series.hrefs else None
            dot = f'<circle class="{shade(place)}" cx="{plot.x(at):g}" cy="{plot.y(value):g}" r="4"'
            yield titled(dot, f"{series.name}: {series.said[at]}", href)


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
