"""Bars are to scale, and say with glyphs alone what colours repeat."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from slaplugin.core.model import ClockInstance
from slaplugin.report import Look
from slaplugin.report.bars import Bar, Stretch, bar_of, draw, shades
from tests.report.conftest import FIRST, RESOLUTION, at


def bar(instance: ClockInstance) -> Bar:
    found = bar_of(instance)
    assert found is not None
    return found


def test_cells_are_in_proportion_to_time() -> None:
    drawn = Counter(shades(bar(RESOLUTION), 44))  # 44 hours: one cell an hour
    assert drawn == {"counted": 8, "overdue": 2, "paused": 2, "closed": 32}


def test_of_a_long_life_the_open_time_is_seen() -> None:
    """Ten weeks of eight open hours a day in ten cells: two thirds of each cell are closed."""
    start, day = at("09T09:00"), 86400
    stretches = tuple(
        Stretch(start + number * day + since, start + number * day + until, shade, "", "office")
        for number in range(70)
        for since, until, shade in ((0, 28800, "overdue"), (28800, day, "closed"))
    )
    assert shades(Bar(start, start + 70 * day, stretches, ()), 10) == ["overdue"] * 10


def test_time_up_to_a_due_still_to_come_is_left_open() -> None:
    whole = bar(FIRST)
    assert (whole.start, whole.end) == (at("09T16:30"), at("10T12:30"))
    assert shades(whole, 40)[-4:] == ["ahead"] * 4


def test_a_stretch_is_split_at_the_breach() -> None:
    late = [item for item in bar(RESOLUTION).stretches if item.shade == "overdue"]
    assert [(item.start, item.end) for item in late] == [(at("11T10:30") + 1, at("11T12:30"))]


@pytest.mark.parametrize(
    ("breached_at", "reason", "texts"),
    [
        (at("11T10:30") + 1, "overdue", ["due, breached"]),
        (at("11T11:00"), "retarget", ["due", "breached (retarget)"]),
        (None, None, ["due"]),
    ],
)
def test_markers(breached_at: int | None, reason: str | None, texts: list[str]) -> None:
    instance = replace(RESOLUTION, breached_at=breached_at, breach_reason=reason)
    assert [marker.text for marker in bar(instance).markers] == texts


@pytest.mark.parametrize("cells", [1, 20, 76, 116])
@pytest.mark.parametrize("instance", [FIRST, RESOLUTION], ids=["first", "resolution"])
def test_no_line_is_wider_than_asked(instance: ClockInstance, cells: int) -> None:
    lines = draw(bar(instance), Look(), cells)
    assert len(lines[0]) == cells
    if cells > 20:
        assert max(len(line) for line in lines) <= cells


def test_a_clock_without_time_has_no_bar() -> None:
    nothing = replace(FIRST, spans=(), due_at=None, stopped_at=FIRST.started_at)
    assert bar_of(nothing) is None


def test_colour_adds_nothing_but_colour() -> None:
    plain, coloured = draw(bar(FIRST), Look(), 40), draw(bar(FIRST), Look(colour=True), 40)
    strip = [line.replace("\x1b[0m", "") for line in coloured]
    for code in ("32", "31", "33", "2", "1", "1;36"):
        strip = [line.replace(f"\x1b[{code}m", "") for line in strip]
    assert strip == plain
