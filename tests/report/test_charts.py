"""Charts: what is drawn is in the picture, says its figure, and shows hostile names as text."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from html import escape
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaplugin.report.charts import Axis, BarLine, Drawing, Series, bars, figure, trend, week_map
from slaplugin.report.charts.frame import round_top
from slaplugin.report.charts.heat import DAYS, LEVELS, level

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</title><script>alert(1)</script>"
VALUES = st.lists(st.one_of(st.none(), st.floats(0, 10**7)), min_size=1, max_size=30)


def drawn(drawing: Drawing, kind: str = "wide") -> ET.Element:
    """The chart as a reader of XML sees it: escaping that fails is an error here."""
    return ET.fromstring(drawing.svg(getattr(drawing, kind), kind))


def titles(drawing: Drawing) -> list[str]:
    return [str(item.text) for item in drawn(drawing).iter(f"{SVG}title")][1:]


def numbers(drawing: Drawing, tag: str, name: str, kind: str = "wide") -> list[float]:
    return [float(item.attrib[name]) for item in drawn(drawing, kind).iter(f"{SVG}{tag}")]


@given(VALUES)
def test_points_stay_inside_and_gaps_have_none(values: list[float | None]) -> None:
    series = Series("a", tuple(values), tuple(map(str, values)))
    drawing = trend("t", [str(n) for n in range(len(values))], [series], Axis())
    assert len(titles(drawing)) == sum(value is not None for value in values)
    outside = [
        (x, y)
        for kind, picture in (("wide", drawing.wide), ("narrow", drawing.narrow))
        for x, y in zip(
            numbers(drawing, "circle", "cx", kind),
            numbers(drawing, "circle", "cy", kind),
            strict=True,
        )
        if not (0 <= x <= picture.width and 0 <= y <= picture.height)
    ]
    assert outside == []


@pytest.mark.parametrize("count", [1, 2, 8, 52, 520])
def test_the_latest_is_always_named_and_the_line_is_to_be_seen(count: int) -> None:
    """However long the time: names do not lie on each other, dots do not hide the line."""
    moments = [f"2026-W{n}" for n in range(count)]
    drawing = trend("t", moments, [Series("a", (1.0,) * count, ("1",) * count)], Axis())
    for kind, picture in (("wide", drawing.wide), ("narrow", drawing.narrow)):
        named = [e for e in drawn(drawing, kind).iter(f"{SVG}text") if e.text in moments]
        places = sorted(float(each.attrib["x"]) for each in named)
        dots = max(numbers(drawing, "circle", "r", kind))
        assert named[0].text == moments[-1]
        assert min((b - a for a, b in pairwise(places)), default=99) >= 60
        assert 2 * dots * count <= max(2 * 4, picture.width) or dots < 2


def test_what_is_drawn_is_told_as_a_table_too() -> None:
    series = [Series("a", (1.0, None), ("1 h", "–")), Series("<b>", (2.0, 3.0), ("2 h", "3 h"))]
    drawings = [
        trend("t", ["May", "June"], series, Axis()),
        bars("b", [BarLine(HOSTILE, 3, "3 %")]),
        week_map("w", range(168), str),
    ]
    told = [(each.head, each.rows[-1], len(each.rows)) for each in drawings]
    assert told == [
        (("when", "a", "<b>"), ("June", "–", "3 h"), 2),
        (("what", "figure"), (escape(HOSTILE), "3 %"), 1),
        (("hour", *DAYS), ("23:00", "23", "47", "71", "95", "119", "143", "167"), 24),
    ]
    shown = figure(drawings[0], "Hours")
    assert "<summary>Hours, as a table</summary>" in shown
    assert "&lt;b&gt;</th>" in shown
    assert "<table" not in figure(drawings[0], "Hours", tabled=False)


@given(st.lists(st.floats(0, 10**6), max_size=20))
def test_bars_keep_their_proportion_and_their_room(values: list[float]) -> None:
    drawing = bars("b", [BarLine("x", value, "said") for value in values])
    for kind, picture in (("wide", drawing.wide), ("narrow", drawing.narrow)):
        wide = numbers(drawing, "rect", "width", kind)
        ends = [x + w for x, w in zip(numbers(drawing, "rect", "x", kind), wide, strict=True)]
        assert [end for end in ends if end > picture.width - 100] == []
        if max(values, default=0) > 1:
            room, highest = max(wide), max(values)
            assert room == pytest.approx(230 if kind == "narrow" else 340)
            assert wide == pytest.approx([room * value / highest for value in values], abs=0.01)


def test_a_long_figure_leaves_a_bar() -> None:
    drawing = bars("b", [BarLine("x", 1, "9" * 200)])
    assert [min(numbers(drawing, "rect", "width", kind)) for kind in ("wide", "narrow")] == [14, 14]


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
    line = BarLine(HOSTILE * 3, 1.0, HOSTILE)
    drawing = bars(HOSTILE, [line])
    assert drawn(drawing).attrib["aria-label"] == HOSTILE
    assert titles(drawing) == [f"{HOSTILE * 3}: {HOSTILE}"]
    assert [item for item in drawn(drawing).iter() if item.tag in ("script", f"{SVG}script")] == []
