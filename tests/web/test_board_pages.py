"""The pages over HTTP: what they say, what they let through, when nothing has changed."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import requests

from slaplugin.app.desk import PAUSED
from slaplugin.app.errors import StoreError
from slaplugin.web.board import BoardHealth
from slaplugin.web.board.query import FIRST_SHOWN
from slaplugin.web.board.routes import NOW
from tests.web.board_of import HOUR, Scene, Served, served

MINUTE = 60
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)></li></main>&amp; "q"'


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.installation.store.close()


@pytest.fixture
def server(scene: Scene) -> Iterator[Served]:
    with served(scene) as running:
        yield running


def ask(server: Served, path: str = "/", **headers: str) -> requests.Response:
    return requests.get(server.url + path, headers=headers, timeout=60)


class Reader(HTMLParser):
    """Elements with their attributes, and the text of those that are not hidden."""

    def __init__(self, answer: requests.Response) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def lines(self) -> list[str]:
        return [str(each.get("data-key")) for each in self.all("li") if each.get("class") in LINES]


LINES = ("line breached", "line at_risk")


def breached(scene: Scene, count: int = 1, **draft: str) -> None:
    for _ in range(count):
        scene.ticket("Line is down", **draft)
    scene.pass_time(4 * HOUR + 10 * MINUTE)


def test_the_board_tells_clock_policy_group_due_and_how_long_over(
    scene: Scene, server: Served
) -> None:
    breached(scene, owner="anna")
    shown = Reader(ask(server))
    for words in ("Line is down", "first response", "standard", "Support", "anna", "10m 00s"):
        assert words in shown.text
    assert "due today 13:00 CET" in shown.text
    assert "0 of 1 in time, 1 not due yet" in shown.text


@pytest.mark.parametrize("path", ["/", "/tickets/1"])
def test_hostile_titles_stay_text(scene: Scene, server: Served, path: str) -> None:
    scene.ticket(HOSTILE, group='Sales"><script>')
    scene.pass_time(5 * HOUR)
    answer = ask(server, path)
    shown = Reader(answer)
    assert HOSTILE in shown.text
    assert [each for each in shown.all("script") if "src" not in each] == []
    assert shown.all("img") == []
    assert not [key for _, given in shown.elements for key in given if key.startswith("on")]
    assert "'unsafe" not in answer.headers["content-security-policy"]
    assert "style" not in {key for _, given in shown.elements for key in given}
    assert shown.all("style") == []


def test_message_bodies_are_not_shown(scene: Scene, server: Served) -> None:
    breached(scene)
    data = ask(server, "/board.json").json()
    assert set(data["clocks"][0]["ticket"]) == {"id", "number", "title", "url"}


def test_what_has_not_changed_is_not_sent_again(scene: Scene, server: Served) -> None:
    breached(scene)
    for path in ("/", "/board.json"):
        first = ask(server, path)
        scene.installation.clock.advance(1)
        # Names and titles: nobody between us and the reader keeps them, as docs/web.md says.
        assert first.headers["cache-control"] == "private, no-cache"
        again = ask(server, path, **{"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers[NOW] == str(scene.now())
    scene.ticket("Another")
    scene.pass_time(5 * HOUR)
    assert ask(server, "/", **{"If-None-Match": first.headers["etag"]}).status_code == 200


def test_the_data_are_exact(scene: Scene, server: Served) -> None:
    breached(scene, 3)
    scene.installation.host.agent_replies(scene.ticket("Answered at once", group="Sales"))
    scene.pass_time(MINUTE)
    data = ask(server, "/board.json?group=Support").json()
    assert data["counts"] == {"breached": 3, "at_risk": 0, "running": 3, "paused": 0}
    (today,) = data["today"]
    assert (today["share"], today["hits"], today["misses"]) == ("1/4", 1, 3)
    first = data["clocks"][0]
    assert first["due_at"] == "2026-03-09T12:00:00Z"
    assert first["left_seconds"] == -11 * MINUTE
    assert (first["timezone"], first["mark"]) == ("Europe/Berlin", "breached")


def test_filters_in_the_address_are_kept_by_every_way_on(scene: Scene, server: Served) -> None:
    breached(scene, 2)
    breached(scene, 1, group="Sales")
    shown = Reader(ask(server, "/?group=Support&only=breached"))
    assert sorted(shown.lines()) == ["1 first_response 1", "2 first_response 1"]
    links = [str(each["href"]) for each in shown.all("a") if each.get("class") == "ticket"]
    assert links == [
        "tickets/1?group=Support&only=breached",
        "tickets/2?group=Support&only=breached",
    ]
    back = Reader(ask(server, "/" + links[0])).all("a")
    assert [each["href"] for each in back if each.get("class") == "back"] == [
        "../?group=Support&only=breached"
    ]
    chosen = [each for each in shown.all("option") if "selected" in each]
    assert [each["value"] for each in chosen] == ["Support", "breached"]


def test_many_are_shown_bit_by_bit(scene: Scene, server: Served) -> None:
    breached(scene, 150)
    first = Reader(ask(server))
    assert len(first.lines()) == FIRST_SHOWN
    (more,) = [each for each in first.all("a") if "data-more" in each]
    assert len(Reader(ask(server, f"/{more['href']}")).lines()) == FIRST_SHOWN + 100
    assert "20 not shown" in Reader(ask(server, f"/{more['href']}")).text


def test_the_ticket_page_draws_the_clock_and_leads_to_the_helpdesk(
    scene: Scene, server: Served
) -> None:
    breached(scene)
    shown = Reader(ask(server, "/tickets/1"))
    assert [each for each in shown.all("svg") if "Time of first_response" in str(each)]
    for words in ("Which layer gave the target", "Steps", "Written", "sla-breach", "spans"):
        assert words in shown.text
    missing = ask(server, "/tickets/none?group=A")
    assert missing.status_code == 404
    assert "../?group=A" in missing.text


def test_nothing_is_said_of_a_store_that_cannot_be_read_but_why(
    scene: Scene, server: Served
) -> None:
    scene.refusal = StoreError("the store is locked by somebody else")
    answer = ask(server)
    assert answer.status_code == 503
    assert "the store is locked by somebody else" in answer.text
    assert answer.headers["retry-after"]
    scene.refusal = None
    assert ask(server).status_code == 200


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (BoardHealth(mode="standby", standby="host b holds the lease."), "host b holds the lease"),
        (BoardHealth(mode="starting"), "No cycle has ended yet"),
        (BoardHealth(trouble="the helpdesk answers 503"), "the helpdesk answers 503"),
        (BoardHealth(reload_problem="policies.yaml:3"), "The old ones stay in force"),
        (BoardHealth(dry_run=True), "Nothing is written to the helpdesk"),
    ],
    ids=["standby", "starting", "trouble", "reload", "dry run"],
)
def test_what_a_reader_must_know_stands_above_the_figures(
    scene: Scene, server: Served, told: BoardHealth, words: str
) -> None:
    assert words not in ask(server).text
    scene.told = told
    assert words in ask(server).text


def test_old_figures_are_called_old(scene: Scene, server: Served) -> None:
    def stale() -> dict[str, str | None]:
        return next(each for each in Reader(ask(server)).all("p") if each.get("id") == "stale")

    scene.pass_time(MINUTE)
    assert "hidden" in stale()
    scene.installation.clock.advance(121)
    assert "hidden" not in stale()


def test_a_board_that_was_kept_for_long_says_of_when_it_is(
    scene: Scene, server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = scene.board()
    monkeypatch.setattr(scene, "board", lambda: kept)
    first = ask(server)
    scene.installation.clock.advance(61)
    again = ask(server, **{"If-None-Match": first.headers["etag"]})
    assert "Figures of" not in first.text
    assert "Figures of today 09:00 CET" in again.text


def test_held_writes_are_told(scene: Scene, server: Served) -> None:
    with scene.installation.store.tx() as tx:
        tx.set_flag(PAUSED, str(scene.now()))
    assert "All writes are held" in ask(server).text


def test_files_are_kept_for_good_under_their_own_address(scene: Scene, server: Served) -> None:
    page = Reader(ask(server))
    names = [each["href"] for each in page.all("link")] + [page.all("script")[0]["src"]]
    for name in names:
        answer = ask(server, f"/{name}")
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        again = ask(server, f"/{name}", **{"If-None-Match": answer.headers["etag"]})
        assert again.status_code == 304
    assert ask(server, "/static/../page.py").status_code == 404
    assert ask(server, "/static/routes.py").status_code == 404
