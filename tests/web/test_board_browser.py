"""The wallboard in a real browser, whose clock is moved like the helpdesk's."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from slaplugin.web.board import BoardHealth
from slaplugin.web.board.query import FIRST_SHOWN
from tests.web.board_of import HOUR, Scene, Served, served

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
MINUTE = 60
POLL_MS = 5000
SECOND_MS = 1000
TITLES = (
    "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">",
    "\u202eturned round\u2066 and round",
    "W" * 10_000,
    "Z\u0300\u0301\u0302\u0303\u0304" * 60,
    "\u200b\u200b",
    "مرحبا كيف يمكنني الطباعة",
)

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.installation.store.close()


@pytest.fixture
def server(scene: Scene) -> Iterator[Served]:
    with served(scene) as running:
        yield running


@pytest.fixture
def show(browser: Any, server: Served) -> Iterator[Open]:
    """``show(path, width, height, …)``: the page, whose time stands until ``run_for`` moves it.

    Nothing may be said on the console, nothing loaded from elsewhere.
    """
    contexts: list[Any] = []
    said: list[str] = []
    loaded: list[str] = []

    def show(path: str = "/", width: int = 1280, height: int = 800, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: loaded.append(request.url))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text))
        page.clock.install()
        page.goto(server.url + path)
        page.set_default_timeout(60_000)
        return page

    yield show
    for context in contexts:
        context.close()
    assert [word for word in said if "ERR_CONNECTION_REFUSED" not in word] == []
    assert [url for url in loaded if not url.startswith(server.url + "/")] == []


def breached(scene: Scene, count: int = 1, **draft: Any) -> None:
    for _ in range(count):
        scene.ticket("Line is down", **draft)
    scene.pass_time(4 * HOUR + 10 * MINUTE)


def poll(page: Any) -> None:
    """Let the page ask the server once."""
    with page.expect_response(lambda answer: "/static/" not in answer.url):
        page.clock.run_for(POLL_MS)


def until(page: Any, count: int) -> None:
    """Wait for so many lines."""
    from playwright.sync_api import expect

    expect(page.locator(".line")).to_have_count(count)


def texts(page: Any, selector: str) -> list[str]:
    return [each.strip() for each in page.locator(selector).all_text_contents()]


# --------------------------------------------------------------------------- time


def test_a_countdown_goes_on_between_two_polls(scene: Scene, show: Open) -> None:
    scene.ticket(tags=("vip",))
    scene.pass_time(55 * MINUTE)
    page = show()
    assert texts(page, ".count .time") == ["5m 00s"]
    page.clock.run_for(3 * SECOND_MS)
    assert texts(page, ".count .time") == ["4m 57s"]


def test_a_tab_that_slept_shows_the_right_time_at_once(scene: Scene, show: Open) -> None:
    scene.ticket(tags=("vip",))
    scene.pass_time(55 * MINUTE)
    page = show()
    scene.installation.clock.advance(15 * MINUTE)
    page.clock.fast_forward(15 * MINUTE * SECOND_MS)
    page.clock.run_for(SECOND_MS)
    assert texts(page, ".line .time")[0].startswith("10m 0")
    assert texts(page, ".line .word") == ["over"]


def test_a_countdown_stands_while_the_contract_is_closed(scene: Scene, show: Open) -> None:
    scene.pass_time(4 * HOUR + 50 * MINUTE)
    scene.ticket()
    scene.pass_time(3 * HOUR + 9 * MINUTE)
    page = show()
    assert texts(page, ".count .time") == ["51m 00s"]
    assert texts(page, ".stands") == [""]
    scene.installation.clock.advance(3 * MINUTE)
    page.clock.fast_forward(3 * MINUTE * SECOND_MS)
    page.clock.run_for(SECOND_MS)
    assert texts(page, ".count .time") == ["50m 00s"]
    assert texts(page, ".stands") == ["closed until Tue 09:00"]


def test_news_come_without_a_reload_and_are_told(scene: Scene, show: Open) -> None:
    breached(scene)
    page = show()
    page.evaluate("window.same = true")
    scene.ticket("A second one")
    scene.pass_time(21 * HOUR)
    poll(page)
    until(page, 2)
    assert page.evaluate("window.same") is True
    assert page.locator("#news").text_content() == "Now 2 breached."
    assert page.title().startswith("2 breached")


def test_focus_and_an_open_list_survive_the_news(scene: Scene, show: Open) -> None:
    breached(scene)
    page = show()
    page.locator("a.ticket").first.focus()
    scene.ticket("Older", group="Sales")
    scene.pass_time(21 * HOUR)
    poll(page)
    until(page, 2)
    assert page.evaluate("document.activeElement.innerText").startswith("#1 ")


def test_a_lost_connection_is_told_until_it_is_back(
    scene: Scene, server: Served, show: Open
) -> None:
    breached(scene)
    page = show()
    assert page.locator("#lost").is_hidden()
    server.stop()
    page.clock.run_for(POLL_MS)
    page.locator("#lost").wait_for(state="visible")
    assert "does not answer" in page.locator("#lost").inner_text()
    before = texts(page, ".count .time")
    page.clock.run_for(2 * SECOND_MS)
    assert texts(page, ".count .time") != before
    with served(scene, server.port):
        page.clock.run_for(2 * POLL_MS)
        page.locator("#lost").wait_for(state="hidden")


def test_figures_grow_old_by_themselves(scene: Scene, show: Open) -> None:
    scene.pass_time(MINUTE)
    page = show()
    assert page.locator("#stale").is_hidden()
    scene.installation.clock.advance(5 * MINUTE)
    page.clock.fast_forward(5 * MINUTE * SECOND_MS)
    page.clock.run_for(SECOND_MS)
    page.locator("#stale").wait_for(state="visible")
    assert "5 min" in page.locator("#stale").inner_text()


# --------------------------------------------------------------------------- by hand


def test_a_filter_changes_the_address_and_back_undoes_it(scene: Scene, show: Open) -> None:
    breached(scene, 2)
    breached(scene, 1, group="Sales")
    page = show()
    page.select_option("select[name=group]", "Sales")
    until(page, 1)
    assert page.evaluate("location.search") == "?group=Sales"
    page.reload()
    assert page.locator(".line").count() == 1
    assert page.locator("select[name=group]").input_value() == "Sales"
    page.locator(".line .ticket").click()
    page.locator("a.back").click()
    assert page.evaluate("location.search") == "?group=Sales"


def test_on_paper_a_list_says_what_it_leaves_out(scene: Scene, show: Open) -> None:
    breached(scene)
    page = show("/?group=Support")
    page.emulate_media(media="print")
    said = [label for label in page.locator("#filters label").all() if label.is_visible()]
    assert [label.locator("select").get_attribute("name") for label in said] == ["group"]
    assert page.locator("#filters a").is_hidden()


def test_the_keyboard_reaches_everything_and_leaves_again(scene: Scene, show: Open) -> None:
    breached(scene, 2)
    page = show("/", 390, 844)
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        word = page.evaluate(
            "(() => { const e = document.activeElement; if (e === document.body) return '';"
            " const box = e.getBoundingClientRect();"
            " return (box.width && box.height ? '' : 'unseen ')"
            " + (e.className || e.name || e.tagName).toString().split(' ')[0]; })()"
        )
        if not word:
            break
        seen.append(word)
    assert word == "", "the last Tab leaves the page"
    assert seen[0] == "skip"
    assert not [word for word in seen if word.startswith("unseen")]
    order = [seen.index(name) for name in ("skip", "button", "group", "only", "ticket")]
    assert order == sorted(order)
    assert seen.count("ticket") == 2


def test_the_skip_link_leads_to_the_clocks(scene: Scene, show: Open) -> None:
    breached(scene)
    page = show()
    page.keyboard.press("Tab")
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "ticket"
    page.keyboard.press("Enter")
    page.wait_for_url("**/tickets/1")


def test_it_works_without_its_script(scene: Scene, show: Open) -> None:
    breached(scene, 2)
    breached(scene, 1, group="Sales")
    page = show(java_script_enabled=False)
    assert page.locator(".line").count() == 3
    page.select_option("select[name=group]", "Sales")
    page.locator("#filters button").click()
    assert page.locator(".line").count() == 1


# --------------------------------------------------------------------------- looks


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
@pytest.mark.parametrize("path", ["/", "/?view=wall", "/tickets/3"])
def test_nothing_is_wider_than_the_page(
    scene: Scene, show: Open, path: str, width: int, scheme: str
) -> None:
    for title in TITLES:
        scene.ticket(title, group="Gruppe-mit-einem-sehr-langen-Namen-ohne-jede-Luecke-darin")
    scene.pass_time(4 * HOUR)
    scene.ticket(tags=("vip",))
    scene.pass_time(50 * MINUTE)
    page = show(path, width, 900, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.title() != "taken"


OVERLAPPING = """() => [...document.querySelectorAll(".line")].filter(line => {
  const what = line.querySelector(".what").getBoundingClientRect();
  return [...line.querySelectorAll(".count > *")].some(one => {
    const is = one.getBoundingClientRect();
    return is.width && is.right > what.left && is.bottom > what.top && is.top < what.bottom;
  });
}).map(line => line.textContent)"""


@pytest.mark.parametrize(
    ("path", "width"), [("/", 390), ("/", 1280), ("/", 1920), ("/?view=wall", 1920)]
)
def test_a_long_countdown_leaves_room_for_the_ticket(
    scene: Scene, show: Open, path: str, width: int
) -> None:
    scene.ticket("of last year")
    scene.pass_time(9000 * HOUR)
    scene.ticket(tags=("vip",))
    scene.pass_time(50 * MINUTE)
    page = show(path, width, 1080)
    assert page.locator(".both .line").count() == 3
    assert page.evaluate(OVERLAPPING) == []


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080), (3840, 2160), (390, 844)])
@pytest.mark.parametrize("at_risk", [True, False])
@pytest.mark.parametrize(
    "told",
    [BoardHealth(), BoardHealth(trouble="no answer", dry_run=True)],
    ids=["quiet", "trouble"],
)
def test_big_type_needs_no_scrolling(
    scene: Scene, show: Open, width: int, height: int, at_risk: bool, told: BoardHealth
) -> None:
    scene.told = told
    breached(scene, 12)
    if at_risk:
        for _ in range(12):
            scene.ticket(tags=("vip",))
        scene.pass_time(50 * MINUTE)
    page = show("/?view=wall", width, height)
    assert page.evaluate("document.documentElement.scrollHeight") <= height
    cut = page.evaluate(
        "[...document.querySelectorAll('.line')].filter(e => e.offsetParent)"
        ".filter(e => e.scrollHeight > e.clientHeight + 1"
        " || e.getBoundingClientRect().bottom > innerHeight).length"
    )
    assert cut == 0
    visible = page.locator(".line:visible").count()
    assert visible == 10


def test_five_hundred_breached_are_few_on_the_first_page(scene: Scene, show: Open) -> None:
    breached(scene, 500)
    page = show("/", 1920, 1080)
    assert texts(page, "[data-figure=breached]") == ["500"]
    assert page.locator(".line").count() == FIRST_SHOWN
    assert page.evaluate("document.documentElement.outerHTML.length") < 100_000
    page.locator("[data-more]").click()
    until(page, FIRST_SHOWN + 100)
    assert page.evaluate("location.search") == f"?show={FIRST_SHOWN + 100}"


@pytest.mark.parametrize(
    ("scheme", "path", "dark"),
    [
        ("light", "/", False),
        ("dark", "/", True),
        ("light", "/?theme=dark", True),
        ("dark", "/?theme=light", False),
    ],
)
def test_dark_and_light(show: Open, scheme: str, path: str, dark: bool) -> None:
    page = show(path, color_scheme=scheme)
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(18, 22, 28)") is dark
    assert texts(page, ".views a:visible") == ["Big type", "Light" if dark else "Dark"]


def test_colour_never_tells_it_alone(scene: Scene, show: Open) -> None:
    breached(scene)
    scene.ticket(tags=("vip",))
    scene.pass_time(50 * MINUTE)
    page = show()
    for mark, said in (("breached", "Breached:"), ("at_risk", "At risk:")):
        line = page.locator(f".line.{mark}")
        assert said in line.locator(".count").text_content()
        assert line.locator(f".i-{mark}").count() == 1


def test_motion_only_for_those_who_like_it(show: Open) -> None:
    calm = show(reduced_motion="reduce")
    durations = "getComputedStyle(document.querySelector('.button')).transitionDuration"
    assert calm.evaluate(durations) == "0s"
