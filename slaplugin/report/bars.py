"""A clock's life as a bar: stretches of time drawn to scale, with the due and the breach marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from slaplugin.core.model import ClockInstance
from slaplugin.report.look import Look

_DAY = 86400
Shade = Literal["counted", "overdue", "paused", "closed", "ahead"]

LEGEND: tuple[tuple[Shade, str], ...] = (
    ("counted", "counted"),
    ("overdue", "counted, overdue"),
    ("paused", "paused"),
    ("closed", "closed"),
)
_ROLES: dict[Shade, str] = {
    "counted": "good",
    "overdue": "bad",
    "paused": "warn",
    "closed": "dim",
    "ahead": "dim",
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a bar, UTC epoch seconds, ``end`` exclusive."""

    start: int
    end: int
    shade: Shade
    cause: str
    calendar: str


@dataclass(frozen=True, slots=True)
class Marker:
    """An instant worth pointing at."""

    at: int
    kind: Literal["due", "breach"]
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One clock instance as a picture; ``start`` < ``end``."""

    start: int
    end: int
    stretches: tuple[Stretch, ...]
    markers: tuple[Marker, ...]

    def share(self, at: int) -> float:
        """Where an instant lies on the bar, 0 to 1."""
        return (min(max(at, self.start), self.end) - self.start) / (self.end - self.start)


def bar_of(instance: ClockInstance) -> Bar | None:
    """The bar from the start of the clock to its end or its due, whichever is later.

    None where no time passed at all (not applicable, stopped at once without a due).
    """
    ends = [span.end for span in instance.spans]
    ends += [at for at in (instance.due_at, instance.stopped_at) if at is not None]
    start = min([instance.started_at, *(span.start for span in instance.spans)])
    if not ends or max(ends) <= start:
        return None
    return Bar(start, max(ends), tuple(_stretches(instance)), tuple(_markers(instance)))


def _stretches(instance: ClockInstance) -> list[Stretch]:
    found: list[Stretch] = []
    for span in instance.spans:
        cut = instance.breached_at
        if span.kind != "counted":
            found.append(Stretch(span.start, span.end, span.kind, span.cause, span.calendar))
        elif cut is None or cut >= span.end:
            found.append(Stretch(span.start, span.end, "counted", span.cause, span.calendar))
        else:
            middle = max(cut, span.start)
            if middle > span.start:
                found.append(Stretch(span.start, middle, "counted", span.cause, span.calendar))
            found.append(Stretch(middle, span.end, "overdue", span.cause, span.calendar))
    return found


def _markers(instance: ClockInstance) -> list[Marker]:
    due, breach = instance.due_at, instance.breached_at
    if due is not None and breach is not None and 0 <= breach - due <= 1:
        return [Marker(due, "breach", "due, breached")]
    found = [] if due is None else [Marker(due, "due", "due")]
    if breach is not None:
        why = " (retarget)" if instance.breach_reason == "retarget" else ""
        found.append(Marker(breach, "breach", f"breached{why}"))
    return found


def shades(bar: Bar, cells: int) -> list[Shade]:
    """One shade a cell: the one that fills most of it, so that the drawing is to scale; where a
    cell is longer than a day, closed hours show only if nothing else is in it."""
    width = (bar.end - bar.start) / cells
    drawn: list[Shade] = []
    first = 0
    for cell in range(cells):
        left, right = bar.start + cell * width, bar.start + (cell + 1) * width
        while first < len(bar.stretches) and bar.stretches[first].end <= left:
            first += 1
        drawn.append(_fullest(bar.stretches, first, left, right))
    return drawn


def _fullest(stretches: Sequence[Stretch], first: int, left: float, right: float) -> Shade:
    filled: dict[Shade, float] = {}
    for stretch in stretches[first:]:
        if stretch.start >= right:
            break
        part = min(stretch.end, right) - max(stretch.start, left)
        filled[stretch.shade] = filled.get(stretch.shade, 0.0) + part
    rest = (right - left) - sum(filled.values())
    if not filled or rest > max(filled.values()):
        return "ahead"
    if right - left > _DAY and len(filled) > 1:
        # Nights and weekends fill most of every such cell, and nothing else would ever show.
        filled.pop("closed", None)
    return max(filled, key=lambda shade: filled[shade])


def draw(bar: Bar, look: Look, cells: int) -> list[str]:
    """The bar and, below it, its markers: one line each, none wider than ``cells``."""
    drawn = shades(bar, cells)
    line = "".join(
        look.paint(look.glyph(shade) * count, _ROLES[shade]) for shade, count in _runs(drawn)
    )
    return [line, *(_marker_line(marker, bar, look, cells) for marker in bar.markers)]


def _runs(drawn: Sequence[Shade]) -> list[tuple[Shade, int]]:
    runs: list[tuple[Shade, int]] = []
    for shade in drawn:
        if runs and runs[-1][0] == shade:
            runs[-1] = (shade, runs[-1][1] + 1)
        else:
            runs.append((shade, 1))
    return runs


def _marker_line(marker: Marker, bar: Bar, look: Look, cells: int) -> str:
    column = min(cells - 1, int(bar.share(marker.at) * cells))
    glyph = look.glyph(marker.kind)
    if column + 2 + len(marker.text) <= cells:
        text = " " * column + glyph + " " + marker.text
    else:
        text = f"{marker.text} {glyph}".rjust(column + 1)
    return look.paint(text, "bad" if marker.kind == "breach" else "bold")


def legend(look: Look) -> str:
    """What the shades mean, in one line."""
    parts = [
        look.paint(look.glyph(shade) * 2, _ROLES[shade]) + " " + said for shade, said in LEGEND
    ]
    parts.append(look.glyph("due") + " due")
    parts.append(look.glyph("breach") + " breached")
    return "  ".join(parts)
