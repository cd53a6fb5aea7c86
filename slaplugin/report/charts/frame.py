"""What every chart shares: its frame, its words for those who cannot see it, its number texts.

Charts are SVG drawn by hand: no script, no network, colours from the page's palette by class, so
that light, dark and print are the page's own affair. Each mark has a title with its exact figure,
and no meaning rests on colour alone. A chart is drawn twice, for wide and for narrow screens (the
style shows one of them): scaled down its letters would be too small, and cut off it would show the
first periods and not the last. Those who hear the page are told its figures as a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from slaplugin.report.html import table, text

WIDTH = 640
"""Units of the drawing; the page scales it to the width that it has."""
NARROW = 340
"""Units of the drawing for narrow screens."""
SHADES = 6
"""Classes ``c1`` … ``c6`` of the palette; further series begin anew with another dash."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Marks as SVG text, and their size in the drawing's units."""

    height: int
    parts: tuple[str, ...]
    width: int = WIDTH


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart: what it shows, its pictures, and the same as a table."""

    name: str
    """In one sentence."""
    wide: Picture
    narrow: Picture
    head: tuple[str, ...] = ()
    """Of the table."""
    rows: tuple[tuple[str, ...], ...] = ()
    """Cells as markup; the first says what the others are of."""

    def svg(self, picture: Picture, kind: str) -> str:
        """The whole element; ``kind`` is ``wide`` or ``narrow``."""
        name = text(self.name)
        return (
            f'<svg class="chart {kind}" role="img" aria-label="{name}"'
            f' xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {picture.width} {picture.height}">'
            f"<title>{name}</title>{''.join(picture.parts)}</svg>"
        )


def shade(place: int) -> str:
    """The class of the series at this place."""
    return f"c{place % SHADES + 1}"


def titled(mark: str, said: str) -> str:
    """An SVG mark (without its end) with a title."""
    tag = mark[1:].split(" ", 1)[0]
    return f"{mark}><title>{text(said)}</title></{tag}>"


def label(x: float, y: float, said: object, kind: str = "", anchor: str = "start") -> str:
    """A text mark."""
    names = f' class="{kind}"' if kind else ""
    return f'<text{names} x="{x:g}" y="{y:g}" text-anchor="{anchor}">{text(said)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A straight line of a class."""
    return f'<line class="{kind}" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>'


def figure(
    drawing: Drawing, caption: str, beside: Iterable[str] = (), *, tabled: bool = True
) -> str:
    """The chart with its caption; ``beside`` is markup (a legend, a sentence) within the figure.

    Below it stands the same as a table, closed at first; ``tabled`` is false where the page has
    the figures in a table anyway.
    """
    data = _data(drawing, f"{caption}, as a table") if tabled and drawing.rows else ""
    return (
        f'<figure class="chart"><figcaption>{text(caption)}</figcaption>'
        f"{drawing.svg(drawing.wide, 'wide')}{drawing.svg(drawing.narrow, 'narrow')}"
        f"{''.join(beside)}{data}</figure>"
    )


def _data(drawing: Drawing, caption: str) -> str:
    told = table(caption, drawing.head, drawing.rows, figures=drawing.head[1:])
    return f'<details class="data"><summary>{text(caption)}</summary>{told}</details>'


def legend(names: Iterable[str]) -> str:
    """Which class is which series."""
    items = "".join(
        f'<li><i class="{shade(place)} d{place // SHADES}"></i>{text(name)}</li>'
        for place, name in enumerate(names)
    )
    return f'<ul class="legend">{items}</ul>'


def shortened(name: str, longest: int) -> str:
    """At most so many characters, the last of them saying that more followed."""
    return name if len(name) <= longest else name[: longest - 1] + "…"


def spread(count: int, most: int) -> Sequence[int]:
    """At most so many of ``count`` places, evenly apart, the last one always among them."""
    every = -(-count // most) or 1
    return range(count - 1, -1, -every)


def round_top(highest: float) -> float:
    """The least of 1, 2, 5 times a power of ten that is not below it: the top of an axis."""
    step = 1.0
    while step * 10 <= highest:
        step *= 10
    return next((step * times for times in (1, 2, 5, 10) if step * times >= highest), step * 10)
