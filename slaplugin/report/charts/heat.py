"""The week as a map, the darker the more: a row a day, on narrow screens a row an hour."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from slaplugin.report.charts.frame import NARROW, WIDTH, Drawing, Picture, label, titled
from slaplugin.report.html import text

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LEFT, _TOP, _TALL = 40, 18, 22
LEVELS = 5
"""Classes ``h0`` (nothing) to ``h5`` (the most)."""


def week_map(name: str, hours: Sequence[int], said: Callable[[int], str]) -> Drawing:
    """168 numbers, Monday 00:00 first; ``said`` words one number for its cell's title.

    Cells with something in them show the number, so that the colour is not needed to read it.
    """
    rows = tuple(
        (f"{hour:02}:00", *(text(hours[24 * day + hour]) for day in range(7))) for hour in range(24)
    )
    return Drawing(
        _summed_up(name, hours, said),
        Picture(_TOP + 7 * _TALL + 2, tuple(_wide(hours, said))),
        Picture(_TOP + 24 * _TALL + 2, tuple(_narrow(hours, said)), NARROW),
        ("hour", *DAYS),
        rows,
    )


def _wide(hours: Sequence[int], said: Callable[[int], str]) -> Iterator[str]:
    wide = (WIDTH - _LEFT) / 24
    for hour in range(0, 24, 3):
        yield label(_LEFT + wide * hour, _TOP - 6, f"{hour:02}", "tick")
    for day in range(7):
        yield label(0, _TOP + _TALL * day + 15, DAYS[day], "tick")
    for place in range(len(hours)):
        day, hour = divmod(place, 24)
        yield from _cell(hours, place, (_LEFT + wide * hour, _TOP + _TALL * day, wide), said)


def _narrow(hours: Sequence[int], said: Callable[[int], str]) -> Iterator[str]:
    wide = (NARROW - _LEFT) / 7
    for day in range(7):
        yield label(_LEFT + wide * (day + 0.5), _TOP - 6, DAYS[day], "tick", "middle")
    for hour in range(24):
        yield label(0, _TOP + _TALL * hour + 15, f"{hour:02}", "tick")
    for place in range(len(hours)):
        day, hour = divmod(place, 24)
        yield from _cell(hours, place, (_LEFT + wide * day, _TOP + _TALL * hour, wide), said)


def _cell(
    hours: Sequence[int],
    place: int,
    box: tuple[float, float, float],
    said: Callable[[int], str],
) -> Iterator[str]:
    (day, hour), number, (x, y, wide) = divmod(place, 24), hours[place], box
    shade = level(number, max(hours))
    cell = (
        f'<rect class="h{shade}" x="{x + 1:g}" y="{y + 1:g}" width="{wide - 2:g}"'
        f' height="{_TALL - 2}"'
    )
    yield titled(cell, f"{DAYS[day]} {hour:02}:00: {said(number)}")
    if number:
        kind = "cell on-dark" if shade > 3 else "cell"
        yield label(x + wide / 2, y + 15, _short(number), kind, "middle")


def _summed_up(name: str, hours: Sequence[int], said: Callable[[int], str]) -> str:
    """With the hour that has the most, for those who cannot see the map."""
    highest = max(hours, default=0)
    if highest <= 0:
        return name
    day, hour = divmod(hours.index(highest), 24)
    return f"{name}; the most: {DAYS[day]} {hour:02}:00, {said(highest)}"


def level(number: int, highest: int) -> int:
    """0 for nothing, else 1 to :data:`LEVELS` in equal steps up to the highest."""
    return 0 if number <= 0 else max(1, -(-number * LEVELS // highest))


def _short(number: int) -> str:
    return str(number) if number < 1000 else f"{number // 1000}k"
