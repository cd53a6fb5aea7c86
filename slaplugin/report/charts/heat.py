"""The week as a map: seven rows, twenty-four columns, the darker the more."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from slaplugin.report.charts.frame import WIDTH, Drawing, label, titled

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_LEFT, _TOP, _TALL = 40, 18, 22
LEVELS = 5
"""Classes ``h0`` (nothing) to ``h5`` (the most)."""


def week_map(name: str, hours: Sequence[int], said: Callable[[int], str]) -> Drawing:
    """168 numbers, Monday 00:00 first; ``said`` words one number for its cell's title.

    Cells with something in them show the number, so that the colour is not needed to read it.
    """
    highest = max(hours, default=0)
    wide = (WIDTH - _LEFT) / 24
    parts = [label(_LEFT + wide * hour, _TOP - 6, f"{hour:02}", "tick") for hour in range(0, 24, 3)]
    parts += [label(0, _TOP + _TALL * day + 15, DAYS[day], "tick") for day in range(7)]
    for place, number in enumerate(hours):
        day, hour = divmod(place, 24)
        x, y = _LEFT + wide * hour, _TOP + _TALL * day
        cell = (
            f'<rect class="h{level(number, highest)}" x="{x + 1:g}" y="{y + 1:g}"'
            f' width="{wide - 2:g}" height="{_TALL - 2}"'
        )
        parts.append(titled(cell, f"{DAYS[day]} {hour:02}:00: {said(number)}"))
        if number:
            kind = "cell on-dark" if level(number, highest) > 3 else "cell"
            parts.append(label(x + wide / 2, y + 15, _short(number), kind, "middle"))
    return Drawing(_summed_up(name, hours, said), _TOP + 7 * _TALL + 2, tuple(parts))


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
