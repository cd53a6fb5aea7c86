"""The agents' pages show what happens, and show hostile text as text."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
import requests

from slaplugin.demo.pages.markup import Markup, el, join
from slaplugin.demo.pages.parts import span

if TYPE_CHECKING:
    from conftest import World

HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)> & "quoted"'


class Reader(HTMLParser):
    """Elements by name with their attributes, and all visible text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def page(world: World, path: str) -> Reader:
    answer = requests.get(world.server.url + path, timeout=60)
    assert answer.status_code == 200, answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    return Reader(answer.text)


@pytest.mark.parametrize("place", ["title", "body", "tag", "field", "note"])
def test_hostile_text_stays_text(world: World, place: str) -> None:
    ticket = world.ticket(HOSTILE if place == "title" else "Quiet")["id"]
    if place == "tag":
        world.bot.post("/tags/add", object="Ticket", o_id=ticket, item=HOSTILE)
    elif place == "field":
        world.bot.put(f"/tickets/{ticket}", sla_summary=HOSTILE)
    elif place in ("body", "note"):
        world.bot.post(
            "/ticket_articles",
            ticket_id=ticket,
            body=HOSTILE,
            type="note",
            internal=place == "note",
        )
    for path in ("/", f"/tickets/{ticket}"):
        shown = page(world, path)
        scripts = [attributes for name, attributes in shown.elements if name == "script"]
        assert scripts == [{"src": "/demo/live.js", "defer": None}]
        assert not [name for name, _ in shown.elements if name == "img"]
        assert not [
            1 for _, attributes in shown.elements if any(k.startswith("on") for k in attributes)
        ]
    assert HOSTILE in page(world, f"/tickets/{ticket}").text


def test_a_mark_moves_a_ticket_into_its_overview(world: World) -> None:
    ticket = world.ticket("Line is down")["id"]
    assert "Line is down" not in page(world, "/?view=breached").text
    world.bot.post("/tags/add", object="Ticket", o_id=ticket, item="sla-breach")
    world.bot.put(f"/tickets/{ticket}", owner="mila.hart", sla_due_at="2026-10-12T07:00:00Z")
    listed = page(world, "/?view=breached").text
    for words in ("Line is down", "sla-breach", "Mila Hart", "1 min late", "Support"):
        assert words in listed
    assert "Line is down" in page(world, "/?view=due_today").text
    world.bot.put(f"/tickets/{ticket}", state="closed")
    assert "Line is down" not in page(world, "/?view=breached").text
    assert "Line is down" in page(world, "/?view=all").text


def test_internal_notes_are_marked(world: World) -> None:
    ticket = world.ticket()["id"]
    world.bot.post("/ticket_articles", ticket_id=ticket, body="Between us.", internal=True)
    shown = page(world, f"/tickets/{ticket}")
    assert "Internal note" in shown.text
    classes = [attributes.get("class") for name, attributes in shown.elements if name == "article"]
    assert classes == ["customer", "system", "internal"]


def test_history_in_words(world: World) -> None:
    ticket, other = world.ticket()["id"], world.ticket("other")
    world.bot.put(f"/tickets/{ticket}", priority="3 high")
    world.bot.put(f"/ticket_merge/{ticket}/{other['number']}")
    text = page(world, f"/tickets/{ticket}").text
    for words in (
        "opened the ticket",
        "changed priority: 2 normal → 3 high",
        f"merged this into #{other['number']}",
    ):
        assert words in text


def test_a_helpdesk_without_tickets_or_fields() -> None:
    from datetime import UTC, datetime

    from slaplugin.demo import DemoClock, DemoServer

    with DemoServer(None, DemoClock(datetime(2026, 10, 12, tzinfo=UTC))) as server:
        for path in ("/", "/?view=due_today", "/?view=nonsense&page=-3"):
            assert requests.get(server.url + path, timeout=60).status_code == 200
        assert requests.get(server.url + "/tickets/5", timeout=60).status_code == 404
        for name in ("style.css", "live.js"):
            assert requests.get(f"{server.url}/demo/{name}", timeout=60).status_code == 200
        assert requests.get(f"{server.url}/demo/routes.py", timeout=60).status_code == 404


def test_long_lists_have_pages(world: World) -> None:
    row = world.server.desk.db.get("tickets", world.ticket("first")["id"])
    assert row is not None
    with world.server.desk.db.transaction():
        for number in range(70):
            world.server.desk.db.insert("tickets", row | {"id": None, "number": f"n{number}"})
    assert "1–60 of 71 tickets" in page(world, "/").text
    assert "61–71 of 71 tickets" in page(world, "/?page=2").text


def test_markup_escapes_all_but_markup() -> None:
    assert el("p", "<b>", Markup("<i>"), None, 3, class_='a"b', hidden=True) == (
        '<p class="a&quot;b" hidden>&lt;b&gt;<i>3</p>'
    )
    assert join("&", el("br")) == "&amp;<br>"


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0 min"), (59, "59 min"), (61, "1 h 1 min"), (1500, "1 d 1 h")]
)
def test_spans_of_time(minutes: int, words: str) -> None:
    assert span(minutes) == words
