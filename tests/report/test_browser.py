"""The page in a real browser: it fits any width, loads nothing, and says nothing on the console."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slaplugin.report import Explanation, Look
from slaplugin.report.bars import Bar, Marker
from slaplugin.report.explain_html import explanation_html
from slaplugin.report.html import page
from slaplugin.report.svg import bar_svg

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


def test_labels_of_a_time_bar_are_whole_on_a_phone(browser: Any, tmp_path: Path) -> None:
    """Wherever on the bar they stand, with the year that a look back needs."""
    look = Look(year=2030)
    start, long = 1_792_000_000, 1000
    bars = [
        bar_svg(
            Bar(start, start + long, (), (Marker(start + at, "breached", "breach"),)), "b", look
        )
        for at in range(0, long + 1, 50)
    ]
    file = tmp_path / "bars.html"
    body = (f'<section class="card"><figure>{each}</figure></section>' for each in bars)
    file.write_text(page("Bars", body), encoding="utf-8")
    shown = browser.new_page(viewport={"width": 390, "height": 900})
    shown.goto(file.as_uri())
    cut = shown.evaluate(
        "[...document.querySelectorAll('svg text')].filter(t => {"
        " const box = t.getBoundingClientRect(), svg = t.closest('svg').getBoundingClientRect();"
        " return box.left < svg.left - 8 || box.right > svg.right + 8; }).map(t => t.textContent)"
    )
    assert (cut, shown.locator("svg text").count()) == ([], 21)
    shown.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_the_page_fits(
    browser: Any, explained: Explanation, look: Look, tmp_path: Path, width: int, scheme: str
) -> None:
    file = tmp_path / "ticket.html"
    file.write_text(explanation_html(explained, look), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    loaded: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(file.as_uri())
    assert loaded == [file.as_uri()]
    assert said == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = page.evaluate(
        "[...document.querySelectorAll('svg text')].filter(t => {"
        " const box = t.getBoundingClientRect(); return box.left < 0 || box.right > innerWidth;"
        "}).length"
    )
    assert outside == 0
    page.close()
