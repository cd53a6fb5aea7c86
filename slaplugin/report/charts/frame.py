"""What every chart shares: its frame, its words for those who cannot see it, its number texts.

Charts are SVG drawn by hand: no script, no network, colours from the page's palette by class, so
that light, dark and print are the page's own affair. Each mark has a title with its exact figure,
and no meaning rests on colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from slaplugin.report.html import text

WIDTH = 640
"""Units of the drawing; the page scales it to the width that it has."""
SHADES = 6
"""Classes ``c1`` … ``c6`` of the palette; further series begin anew with another dash."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart's marks as SVG text, and its size in the drawing's units."""

    name: str
    """What it shows, in one sentence."""
    height: int
    parts: tuple[str, ...]
    width: int = WIDTH

    def svg(self) -> str:
        """The whole element."""
        name = text(self.name)
        return (
            f'<svg class="chart" role="img" aria-label="{name}" xmlns="http://www.w3.org/2000/svg"'
            f' viewBox="0 0 {self.width} {self.height}"><title>{name}</title>'
            f"{''.join(self.parts)}</svg>"
        )


def shade(place: int) -> str:
    """The class of the series at this place."""
    return f"c{place % SHADES + 1}"


def titled(mark: str, said: str, href: str | None = None) -> str:
    """An SVG mark (without its end) with a title, and as a link where it leads anywhere."""
    tag = mark[1:].split(" ", 1)[0]
    whole = f"{mark}><title>{text(said)}</title></{tag}>"
    return whole if href is None else f'<a href="{text(href)}">{whole}</a>'


def label(x: float, y: float, said: object, kind: str = "", anchor: str = "start") -> str:
    """A text mark."""
    names = f' class="{kind}"' if kind else ""
    return f'<text{names} x="{x:g}" y="{y:g}" text-anchor="{anchor}">{text(said)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line of a class."""
    return f'<line class="{kind}" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>'


def figure(drawing: Drawing, caption: str, beside: Iterable[str] = ()) -> str:
    """The chart with its caption; ``beside`` is markup (a legend, a table) within the figure."""
    return (
        f'<figure class="chart"><figcaption>{text(caption)}</figcaption>'
        f'<div class="scroll" tabindex="0" role="group" aria-label="{text(caption)}">'
        f"{drawing.svg()}</div>{''.join(beside)}</figure>"
    )


def legend(names: Iterable[str]) -> str:
    """Which class is which series."""
    items = "".join(
        f'<li><i class="{shade(place)} d{place // SHADES}"></i>{text(name)}</li>'
        for place, name in enumerate(names)
    )
    return f'<ul class="legend">{items}</ul>'


def round_top(highest: float) -> float:
    """The least of 1, 2, 5 times a power of ten that is not below it: the top of an axis."""
    step = 1.0
    while step * 10 <= highest:
        step *= 10
    return next((step * times for times in (1, 2, 5, 10) if step * times >= highest), step * 10)
