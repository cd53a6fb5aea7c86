"""Charts: what is drawn is in the picture, says its figure, and shows hostile names as text."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaplugin.report.charts import Axis, BarLine, Drawing, Series, bars, trend, week_map
from slaplugin.report.charts.frame import round_top
from slaplugin.report.charts.heat import LEVELS, level

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</title><script>alert(1)</script>"
VALUES = st.lists(st.one_of(st.none(), st.floats(0, 10**7)), min_size=1, max_size=30)


def drawn(drawing: Drawing) -> ET.Element:
    """The chart as a reader of XML sees it: escaping that fails is an error here."""
    return ET.fromstring(drawing.svg())


def titles(drawing: Drawing) -> list[str]:
    return [str(item.text) for item in drawn(drawing).iter(f"{SVG}title")][1:]


def numbers(drawing: Drawing, tag: str, name: str) -> list[float]:
    return [float(item.attrib[name]) for item in drawn(drawing).iter(f"{SVG}{tag}")]


@given(VALUES)
def test_points_stay_inside_and_gaps_have_none(values: list[float | None]) -> None:
    series = Series("a", tuple(values), tuple(map(str, values)))
    drawing = trend("t", [str(n) for n in range(len(values))], [series], Axis())
    assert len(titles(drawing)) == sum(value is not None for value in values)
    places = zip(numbers(drawing, "circle", "cx"), numbers(drawing, "circle", "cy"), strict=True)
    outside = [
        p for p in places if not (0 <= p[0] <= drawing.width and 0 <= p[1] <= drawing.height)
    ]
    assert outside == []


@given(st.lists(st.tuples(st.floats(0, 10**6), st.floats(0, 10**6)), max_size=20))
def test_bars_keep_their_proportion_and_their_room(parts: list[tuple[float, float]]) -> None:
    drawing = bars("b", [BarLine("x", part, "said") for part in parts])
    wide = numbers(drawing, "rect", "width")
    ends = [x + w for x, w in zip(numbers(drawing, "rect", "x"), wide, strict=True)]
    assert [end for end in ends if end > drawing.width] == []
    longest = max((sum(part) for part in parts), default=0)
    if longest > 1:
        lengths = [first + second for first, second in zip(wide[::2], wide[1::2], strict=True)]
        assert max(lengths) == pytest.approx(340, abs=0.01)


def test_the_week_has_a_cell_for_each_hour() -> None:
    hours = [0] * 168
    hours[33] = 7
    said = titles(week_map("w", hours, lambda number: f"{number} misses"))
    assert (len(said), said[0], said[33]) == (168, "Mon 00:00: 0 misses", "Tue 09:00: 7 misses")


@pytest.mark.parametrize(
    ("number", "highest", "expected"), [(0, 9, 0), (0, 0, 0), (1, 1000, 1), (9, 9, LEVELS)]
)
def test_only_nothing_looks_like_nothing(number: int, highest: int, expected: int) -> None:
    assert level(number, highest) == expected


@pytest.mark.parametrize(("highest", "top"), [(0.5, 1), (1, 1), (3, 5), (51, 100), (100, 100)])
def test_axes_end_at_round_numbers(highest: float, top: float) -> None:
    assert round_top(highest) == top


def test_names_stay_text_and_long_ones_are_whole_in_the_title() -> None:
    line = BarLine(HOSTILE * 3, (1.0,), HOSTILE, href='"><img src=x>')
    drawing = bars(HOSTILE, [line])
    assert drawn(drawing).attrib["aria-label"] == HOSTILE
    assert titles(drawing) == [f"{HOSTILE * 3}: {HOSTILE}"]
    assert [item for item in drawn(drawing).iter() if item.tag in ("script", f"{SVG}script")] == []
