"""The change feed: replayed from recordings, and against a helpdesk that moves while it is read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
import responses

from slaplugin.app.errors import HostTemporaryError
from slaplugin.app.ports import Page
from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.zammad import ZammadHost, make_host
from slaplugin.hosts.zammad.wire import iso, ms

SEARCH = "http://zammad.test/api/v1/tickets/search"
STATES = [
    {"id": 1, "name": "new", "state_type": "new", "default_create": True},
    {"id": 2, "name": "open", "state_type": "open"},
    {"id": 4, "name": "closed", "state_type": "closed"},
    {"id": 9, "name": "parked", "state_type": "something new"},
]
START = ms("2026-11-03T09:00:00.000Z")


class Helpdesk:
    """Searches by condition like the real one; ``before`` runs ahead of each answer."""

    def __init__(self) -> None:
        self.tickets: dict[int, dict[str, Any]] = {}
        self.searches: list[dict[str, Any]] = []
        self.before: Callable[[int], None] = lambda number: None
        self.shape: Callable[[list[dict[str, Any]]], Any] = lambda rows: rows
        self.honours_conditions = True
        self.refuses_conditions = False
        self.lists_without_condition = True
        self.cap = 200

    def put(self, number: int, after: int, state: int = 2) -> None:
        """Create or change a ticket ``after`` milliseconds past the start."""
        created = self.tickets.get(number, {}).get("created_at", iso(START + after))
        self.tickets[number] = {
            "id": number,
            "state_id": state,
            "created_at": created,
            "updated_at": iso(START + after),
        }

    def install(self) -> None:
        responses.add_callback("POST", SEARCH, self._search)
        responses.add("GET", "http://zammad.test/api/v1/ticket_states", json=STATES)
        responses.add_callback("GET", "http://zammad.test/api/v1/tickets", self._index)

    def _search(self, request: Any) -> tuple[int, dict[str, str], str]:
        body = json.loads(request.body)
        self.searches.append(body)
        self.before(len(self.searches))
        rows = list(self.tickets.values())
        if "condition" in body and self.refuses_conditions:
            return 422, {}, json.dumps({"error": "Mysql2::Error: Incorrect DATETIME value"})
        if "condition" in body and self.honours_conditions:
            rows = [row for row in rows if _fits(row, body["condition"])]
        if "condition" not in body and not self.lists_without_condition:
            rows = []
        rows.sort(
            key=lambda row: (ms(row["updated_at"]), row["id"]),
            reverse=body.get("order_by", "desc").startswith("desc"),
        )
        size = min(body["per_page"], self.cap)
        start = (body["page"] - 1) * size
        return 200, {}, json.dumps(self.shape(rows[start : start + size]))

    def _index(self, request: Any) -> tuple[int, dict[str, str], str]:
        page = int(request.params["page"])
        rows = sorted(self.tickets.values(), key=lambda row: row["id"])
        return 200, {}, json.dumps(rows[(page - 1) * 100 : page * 100])


def _fits(row: Mapping[str, Any], condition: Mapping[str, Any]) -> bool:
    for name, test in condition.items():
        value = row[name.removeprefix("ticket.")]
        match test["operator"]:
            case "after (absolute)":
                fits = ms(value) >= ms(test["value"])
            case "before (absolute)":
                fits = ms(value) <= ms(test["value"])
            case _:
                fits = value in test["value"]
        if not fits:
            return False
    return True


@pytest.fixture
def desk() -> Helpdesk:
    return Helpdesk()


@pytest.fixture
def small(config: HostConfig) -> ZammadHost:
    return make_host(replace(config, page_size=3, overlap=120))


def ids(pages: list[Page]) -> list[str]:
    return [item.id for page in pages for item in page.items]


def loaded(host: ZammadHost) -> str:
    """The bookmark after a first load."""
    return list(host.changes(None))[-1].bookmark


# -------------------------------------------------------------------------- recordings


def test_the_recorded_polls_are_followed(play: Any, config: HostConfig, recordings: Any) -> None:
    polls = json.loads((recordings / "sync_polls.json").read_text())["polls"]
    bookmark = json.dumps({"after": ms(polls[0]["cursor_sent"]), "seen": {}, "conditions": True})
    host = make_host(replace(config, page_size=3, overlap=0))
    before: set[tuple[int, str]] = set()
    for number, poll in enumerate(polls):
        names = [f"sync_polls_{number}", "meta_states_priorities"]
        with play(*names, match_on=("method", "path"), repeats=False):
            pages = list(host.changes(bookmark))
        told = {(int(item.id), iso(item.updated_at_ms)) for page in pages for item in page.items}
        truth = {(row[0], row[2]) for row in poll["returned"]}
        assert told == truth - before, poll["poll"]
        bookmark, before = pages[-1].bookmark, truth
        assert json.loads(bookmark)["after"] == ms(poll["cursor_next"])


# -------------------------------------------------------------------------- the first load


@responses.activate
def test_the_first_load_has_every_open_ticket_and_those_of_unknown_state(
    desk: Helpdesk, small: ZammadHost
) -> None:
    for number in range(1, 9):
        desk.put(number, number * 1000, state=(2, 4, 9)[number % 3])
    desk.install()
    pages = list(small.changes(None))
    assert ids(pages) == ["2", "3", "5", "6", "8"]
    assert not any(item.closed for page in pages for item in page.items)


@responses.activate
def test_a_ticket_closed_during_the_first_load_is_told_afterwards(
    desk: Helpdesk, small: ZammadHost
) -> None:
    for number in range(1, 8):
        desk.put(number, number * 1000)
    desk.before = lambda search: desk.put(1, 5500, state=4) if search == 4 else None
    desk.install()
    bookmark = loaded(small)
    later = [item for page in small.changes(bookmark) for item in page.items]
    assert ("1", True) in [(item.id, item.closed) for item in later]


@responses.activate
def test_the_first_load_resumes_where_it_was_cut(desk: Helpdesk, small: ZammadHost) -> None:
    for number in range(1, 8):
        desk.put(number, number * 1000)
    desk.install()
    feed = small.changes(None)
    first = next(feed)
    rest = list(small.changes(first.bookmark))
    assert [item.id for item in first.items] == ["1", "2", "3"]
    assert ids(rest) == ["4", "5", "6", "7"]


# -------------------------------------------------------------------------- moving on


@responses.activate
def test_a_quiet_poll_is_one_request_and_tells_nothing(desk: Helpdesk, small: ZammadHost) -> None:
    desk.put(1, 0)
    desk.put(2, 1000)
    desk.install()
    bookmark = loaded(small)
    bookmark = list(small.changes(bookmark))[-1].bookmark
    searches = len(desk.searches)
    pages = list(small.changes(bookmark))
    assert (ids(pages), len(desk.searches) - searches) == ([], 1)


@responses.activate
def test_a_page_shift_loses_nothing(desk: Helpdesk, small: ZammadHost) -> None:
    """A ticket of page 1 is touched before page 2: an offset would skip another for good."""
    desk.put(99, 0)
    desk.install()
    bookmark = loaded(small)
    for number in range(1, 8):
        desk.put(number, number * 1000)
    count = len(desk.searches)
    desk.before = lambda search: desk.put(2, 9000) if search == count + 2 else None
    assert sorted(set(ids(list(small.changes(bookmark))))) == [str(n) for n in range(1, 8)]


@responses.activate
def test_more_ties_than_a_page_are_drained(desk: Helpdesk, small: ZammadHost) -> None:
    desk.put(99, 0)
    desk.install()
    bookmark = loaded(small)
    for number in range(1, 9):
        desk.put(number, 5000)
    desk.put(10, 6000)
    told = ids(list(small.changes(bookmark)))
    assert told == [*map(str, range(1, 9)), "10"]
    assert {search["page"] for search in desk.searches} >= {1, 2, 3}


@responses.activate
def test_the_overlap_catches_a_late_commit(desk: Helpdesk, small: ZammadHost) -> None:
    desk.put(1, 200_000)
    desk.install()
    bookmark = loaded(small)
    bookmark = list(small.changes(bookmark))[-1].bookmark
    desk.put(2, 100_000)
    desk.put(3, 79_000)
    pages = list(small.changes(bookmark))
    assert ids(pages) == ["2"], "within 120 s before the newest; 121 s are beyond"
    assert ids(list(small.changes(pages[-1].bookmark))) == []


@responses.activate
def test_a_server_that_cuts_pages_silently_is_read_to_the_end(
    desk: Helpdesk, config: HostConfig
) -> None:
    desk.cap = 50
    for number in range(1, 121):
        desk.put(number, number * 10)
    desk.install()
    assert len(ids(list(make_host(config).changes(None)))) == 120


@responses.activate
def test_a_query_is_never_sent(desk: Helpdesk, small: ZammadHost) -> None:
    """Up to 6.4 any query, even an empty one, switches the condition off (facts 2.2)."""
    desk.put(1, 0)
    desk.install()
    loaded(small)
    assert not any("query" in search for search in desk.searches)
    assert all(search["order_by"].count(",") == 1 for search in desk.searches)


@responses.activate
def test_a_foreign_bookmark_begins_anew(desk: Helpdesk, small: ZammadHost) -> None:
    desk.put(1, 0)
    desk.install()
    assert ids(list(small.changes("not of this adapter"))) == ["1"]


# -------------------------------------------------------------------------- answer shapes


def _assets(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Ticket": {str(row["id"]): row for row in rows}}


SHAPES: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "up to 6.4": lambda rows: {
        "tickets": [row["id"] for row in rows],
        "tickets_count": len(rows),
        "assets": _assets(rows),
    },
    "6.5": lambda rows: rows,
    "6.5 full": lambda rows: {
        "record_ids": [row["id"] for row in rows],
        "assets": _assets(rows),
        "total_count": 999,
    },
    "7 counted": lambda rows: {"records": rows, "total_count": 999},
}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
@responses.activate
def test_every_answer_shape_is_read(desk: Helpdesk, small: ZammadHost, shape: Any) -> None:
    desk.shape = shape
    for number in range(1, 6):
        desk.put(number, number * 1000)
    desk.install()
    assert ids(list(small.changes(None))) == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (None, "NoneType"),
        ({}, "dict"),
        ({"error": "backend gone"}, "dict"),
        ([1, "x"], "a list of other things"),
        ({"records": None}, "NoneType"),
        (True, "bool"),
    ],
)
@responses.activate
def test_what_is_no_list_is_not_an_empty_one(
    desk: Helpdesk, small: ZammadHost, answer: Any, what: str
) -> None:
    """A gateway that answers 200 for a helpdesk that is away: nothing changed, it would seem."""
    desk.put(1, 1000)
    desk.install()
    bookmark = list(small.changes(None))[-1].bookmark
    desk.shape = lambda rows: answer
    with pytest.raises(HostTemporaryError, match=rf"a list of records .* {what};.* check that url"):
        list(small.changes(bookmark))


# -------------------------------------------------------------------------- conditions ignored


@pytest.mark.parametrize("lists", [True, False], ids=["newest first", "whole index"])
@responses.activate
def test_a_host_that_ignores_conditions_is_read_the_slow_way(
    desk: Helpdesk, small: ZammadHost, lists: bool
) -> None:
    desk.honours_conditions = False
    desk.lists_without_condition = lists
    for number in range(1, 8):
        desk.put(number, number * 1000, state=4 if number == 3 else 2)
    desk.install()
    pages = list(small.changes(None))
    assert ids(pages) == ["1", "2", "4", "5", "6", "7"]
    bookmark = list(small.changes(pages[-1].bookmark))[-1].bookmark
    desk.put(2, 300_000)
    assert ids(list(small.changes(bookmark))) == ["2"]


@responses.activate
def test_a_host_that_refuses_conditions_is_read_the_slow_way(
    desk: Helpdesk, small: ZammadHost
) -> None:
    """A database may not take our spelling of a time (facts 13)."""
    desk.install()
    desk.refuses_conditions = True
    for number in range(1, 6):
        desk.put(number, number * 1000)
    pages = list(small.changes(None))
    assert sorted(ids(pages)) == ["1", "2", "3", "4", "5"]
    desk.put(3, 400_000)
    assert ids(list(small.changes(pages[-1].bookmark))) == ["3"]


@responses.activate
def test_a_host_that_begins_to_ignore_conditions(desk: Helpdesk, small: ZammadHost) -> None:
    """Rows are checked against the bound each time; what does not fit is never taken for new."""
    desk.put(1, 0)
    desk.put(2, 500_000)
    desk.install()
    bookmark = loaded(small)
    bookmark = list(small.changes(bookmark))[-1].bookmark
    desk.honours_conditions = False
    desk.put(3, 600_000)
    pages = list(small.changes(bookmark))
    assert ids(pages) == ["3"]
    desk.honours_conditions = True
    searches = len(desk.searches)
    assert ids(list(small.changes(pages[-1].bookmark))) == []
    assert len(desk.searches) - searches == 1, "one odd answer does not make it slow for ever"


# -------------------------------------------------------------------------- backfill


@responses.activate
def test_history_has_closed_tickets_too_and_resumes(desk: Helpdesk, small: ZammadHost) -> None:
    for number in range(1, 10):
        desk.put(number, number * 1000, state=4)
    desk.install()
    since, until = START // 1000 + 3, START // 1000 + 8
    pages = list(small.history(since, until, None))
    assert ids(pages) == ["3", "4", "5", "6", "7"]
    resumed = list(small.history(since, until, pages[0].bookmark))
    assert ids(resumed) == ["6", "7"]
    assert ids(list(small.history(since, until, pages[-1].bookmark))) == []
