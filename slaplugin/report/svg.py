"""A clock's bar as SVG: percentages instead of a view box, so that any width fits unstretched."""

from __future__ import annotations

from slaplugin.report import times
from slaplugin.report.bars import Bar, Marker, Stretch
from slaplugin.report.html import text
from slaplugin.report.look import Look

_HEIGHT = 26
_WORDS = {
    "counted": "counted",
    "overdue": "counted after the breach",
    "paused": "paused",
    "closed": "closed",
    "ahead": "still to come",
}


def bar_svg(bar: Bar, name: str, look: Look) -> str:
    """The picture with a title for each stretch; ``name`` says what it shows to who cannot see."""
    tall = ' class="two"' if len(bar.markers) > 1 else ""
    parts = [
        f'<svg{tall} role="img" aria-label="{text(name)}" xmlns="http://www.w3.org/2000/svg">',
        f"<title>{text(name)}</title>",
        f'<rect class="s-ahead" width="100%" height="{_HEIGHT}" rx="3"/>',
    ]
    parts += [_stretch(stretch, bar, look) for stretch in bar.stretches]
    parts += [_marker(marker, bar, look, lane) for lane, marker in enumerate(bar.markers)]
    parts.append("</svg>")
    return "".join(parts)


def _percent(share: float) -> str:
    return f"{share * 100:.3f}%"


def _stretch(stretch: Stretch, bar: Bar, look: Look) -> str:
    left, right = bar.share(stretch.start), bar.share(stretch.end)
    when = look.interval(stretch.start, stretch.end)
    length = times.duration(stretch.end - stretch.start)
    said = f"{_WORDS[stretch.shade]}: {when}, {length} ({stretch.cause}, {stretch.calendar})"
    return (
        f'<rect class="s-{stretch.shade}" x="{_percent(left)}" width="{_percent(right - left)}" '
        f'height="{_HEIGHT}"><title>{text(said)}</title></rect>'
    )


def _marker(marker: Marker, bar: Bar, look: Look, lane: int) -> str:
    """Its label has two thirds of the width to either side or around, each a line of its own.

    On a phone that is just enough for ``breached Wed 21 Oct 2026 15:02:50``.
    """
    share = bar.share(marker.at)
    anchor = "start" if share < 1 / 3 else "end" if share > 2 / 3 else "middle"
    label = f"{marker.text} {look.short(marker.at)}"
    kind = f"m-{marker.kind}"
    x, baseline = _percent(share), _HEIGHT + 16 + lane * 16
    return (
        f'<line class="mark {kind}" x1="{x}" x2="{x}" y1="0" y2="{_HEIGHT + 5}"/>'
        f'<text class="{kind}" x="{x}" y="{baseline}" text-anchor="{anchor}">{text(label)}</text>'
    )
