"""The feed: windows halved while full, emptiness that is no proof, nights that come twice."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pytest
import yaml

from slaplugin.app.errors import HostPermanentError, HostTemporaryError
from slaplugin.app.ports import Page
from slaplugin.hosts.otrs.windows import FLOOR, Window, Windows
from slaplugin.hosts.otrs.wire import local, zone_of
from tests.hosts.otrs.conftest import RECORDINGS, Site

WEEK = Window(local("2026-11-02 00:00:00"), local("2026-11-06 23:59:59"))
HOUR = 3600


def ids(pages: Iterable[Page]) -> list[str]:
    return [ref.id for page in pages for ref in page.items]


def last(pages: Iterable[Page]) -> str:
    return list(pages)[-1].bookmark


def caught_up(site: Site) -> str:
    return last(site.host().changes(None))


def long_quiet(site: Site) -> str:
    """A bookmark that everything is further behind than the overlap."""
    bookmark = caught_up(site)
    site.desk.clock.advance(HOUR)
    bookmark = last(site.host().changes(bookmark))
    site.desk.clock.advance(HOUR)
    return bookmark


# ------------------------------------------------------------------ windows, as recorded


class RecordedSearch:
    """A client that knows the recorded searches, and finds nothing elsewhere."""

    def __init__(self) -> None:
        text = (RECORDINGS / "sync-window.yaml").read_text(encoding="utf-8")
        self.known: dict[tuple[str, str, int], list[str]] = {}
        for one in yaml.load(text, Loader=yaml.CSafeLoader)["interactions"][1:]:
            asked = json.loads(one["request"]["body"])
            self.known[key(asked)] = json.loads(one["response"]["body"]["string"])["TicketID"]
        self.asked: list[tuple[str, str, int]] = []
        self.transport = self

    def now(self) -> int:
        return 1_795_296_715

    def search(self, criteria: Mapping[str, Any]) -> list[str]:
        self.asked.append(key(criteria))
        assert (criteria["SortBy"], criteria["OrderBy"]) == ("TicketNumber", "Up")
        return self.known.get(key(criteria), [])


def key(criteria: Mapping[str, Any]) -> tuple[str, str, int]:
    window = (criteria["TicketChangeTimeNewerDate"], criteria["TicketChangeTimeOlderDate"])
    return (*window, criteria["Limit"])


def test_a_full_window_is_halved_as_recorded() -> None:
    client = RecordedSearch()
    windows = Windows(client, zone_of("UTC"), 8)  # type: ignore[arg-type]
    leaves = list(windows.leaves("TicketChangeTime", WEEK, {}))
    assert [len(leaf.ids) for leaf in leaves] == [7, 5]
    assert {one for leaf in leaves for one in leaf.ids} == {
        "7", "12", "14", "15", "16", "17", "18", "19", "20",
    }  # fmt: skip
    canaries = {(at, at, 1) for at in ("1995-01-01 00:00:00", "2037-12-31 00:00:00")}
    assert set(client.asked) == {*client.known, *canaries}


def test_halves_touch_and_do_not_overlap() -> None:
    first, second = WEEK.halves()
    assert (first.lower, second.upper) == (WEEK.lower, WEEK.upper)
    assert (second.lower - first.upper).total_seconds() == 1
    one = Window(FLOOR, FLOOR)
    assert one.one_second


# ------------------------------------------------------------------ the first load


def test_the_first_load_names_unfinished_tickets_of_every_kind(site: Site) -> None:
    new, waiting, closed = site.ticket(), site.ticket(), site.ticket()
    site.desk.pending("anna.berg", int(waiting), "2026-11-02T09:00:00Z")
    site.desk.close("anna.berg", int(closed))
    pages = list(site.host().changes(None))
    assert sorted(ids(pages)) == sorted([new, waiting])
    assert ids(site.host().changes(last(pages))) != []


def test_an_empty_helpdesk_moves_no_bookmark_and_loses_nothing(site: Site) -> None:
    """No ticket at all looks like a database that fails; the first ticket ends the doubt."""
    first = caught_up(site)
    site.desk.clock.advance(HOUR)
    assert ids(site.host().changes(first)) == []
    ticket = site.ticket()
    site.desk.clock.advance(HOUR)
    assert ticket in ids(site.host().changes(first))


def test_a_load_goes_on_where_it_was_left(site: Site) -> None:
    tickets = []
    for _ in range(9):
        tickets.append(site.ticket())
        site.desk.clock.advance(60)
    pages = list(site.host(page_size=2).changes(None))
    assert sorted(ids(pages)) == sorted(tickets)
    for place, page in enumerate(pages):
        rest = ids(site.host(page_size=2).changes(page.bookmark))
        assert set(ids(pages[: place + 1])) | set(rest) == set(tickets)


# ------------------------------------------------------------------ changes


def test_what_changes_no_stamp_is_named(site: Site) -> None:
    """A second message of the customer, and a message of the system, leave ``Changed`` alone."""
    ticket = site.ticket()
    start = caught_up(site)
    site.desk.clock.advance(HOUR)
    site.desk.follow_up(int(ticket))
    changed = site.host().look(ticket).updated_at_ms
    assert ids(site.host().changes(start)) == [ticket]
    assert changed < site.desk.clock.now() * 1000 - HOUR + 1


def test_a_quiet_feed_stays_where_it_is(site: Site) -> None:
    """An answer without tickets moves nothing: the next window just begins as early."""
    site.ticket()
    start = long_quiet(site)
    pages = list(site.host().changes(start))
    assert (ids(pages), last(pages)) == ([], start)
    site.desk.clock.advance(HOUR)
    ticket = site.ticket()
    assert ids(site.host().changes(start)) == [ticket]


def test_a_search_that_fails_is_no_silence(site: Site) -> None:
    site.ticket()
    start = long_quiet(site)
    site.server.faults.fail(None, "query_fails", tables=frozenset({"search"}))
    with pytest.raises(HostTemporaryError, match="not even those it found before"):
        list(site.host().changes(start))
    site.server.faults.clear()
    ticket = site.ticket()
    assert ids(site.host().changes(start)) == [ticket]


def test_one_failing_search_between_full_ones_loses_nothing(site: Site) -> None:
    start = caught_up(site)
    tickets = []
    for _ in range(8):
        site.desk.clock.advance(600)
        tickets.append(site.ticket())
    quiet = list(site.host(page_size=3).changes(start))
    searches = site.server.interface.made("TicketSearch")
    assert sorted(ids(quiet)) == sorted(tickets)
    for failing in range(searches):
        site.server.faults.fail(
            1, "query_fails", operations=("TicketSearch",), skip=failing,
            tables=frozenset({"search"}),
        )  # fmt: skip
        found, bookmark = set[str](), start
        try:
            for page in site.host(page_size=3).changes(start):
                found.update(ref.id for ref in page.items)
                bookmark = page.bookmark
        except HostTemporaryError:
            pass
        site.server.faults.clear()
        found.update(ids(site.host(page_size=3).changes(bookmark)))
        assert found >= set(tickets)


@pytest.mark.parametrize("column", ["TicketChangeTime", "TicketCreateTime"])
def test_a_host_that_ignores_the_window_is_found_out(site: Site, column: str) -> None:
    start = caught_up(site)
    for _ in range(5):
        site.desk.clock.advance(60)
        site.ticket()
    site.server.faults.ignored = {f"{column}NewerDate", f"{column}OlderDate"}
    bookmark = start if column == "TicketChangeTime" else None
    with pytest.raises(HostPermanentError, match=f"TicketSearch ignores {column}NewerDate"):
        list(site.host(page_size=3).changes(bookmark))


def test_a_crowded_second_is_told_in_pages(site: Site) -> None:
    start = caught_up(site)
    site.desk.clock.advance(HOUR)
    tickets = [site.ticket() for _ in range(7)]
    site.desk.clock.advance(HOUR)
    pages = list(site.host(page_size=2).changes(start))
    assert sorted(ids(pages)) == sorted(tickets)
    assert max(len(page.items) for page in pages) == 2
    crowd = [page for page in pages if page.items]
    assert ids(site.host(page_size=2).changes(crowd[0].bookmark)) != []


@pytest.mark.parametrize("minutes", range(-90, 150, 30))
def test_nothing_is_lost_in_the_night_when_clocks_go_back(site: Site, minutes: int) -> None:
    """At 01:00 UTC on 25 October clocks in Berlin go from 03:00 to 02:00."""
    site.desk.clock.set("2026-10-25T00:00:00Z")
    site.desk.clock.advance(minutes * 60)
    site.ticket()
    bookmark = last(site.host().changes(caught_up(site)))
    for _ in range(8):
        site.desk.clock.advance(900)
        ticket = site.ticket()
        pages = list(site.host().changes(bookmark))
        assert ticket in ids(pages)
        bookmark = last(pages)


def test_bookmarks_of_others_begin_anew(site: Site) -> None:
    ticket = site.ticket()
    for bookmark in ("", "[]", "nonsense", '{"after": "yesterday"}'):
        assert ids(site.host().changes(bookmark)) == [ticket]


# ------------------------------------------------------------------ the past


def test_the_past_names_each_ticket_once_while_others_write(site: Site) -> None:
    start = site.desk.clock.now()
    tickets = []
    for _ in range(12):
        tickets.append(site.ticket())
        site.desk.clock.advance(1800)
    site.server.faults.every(2, lambda turn: site.desk.note("anna.berg", 1 + turn % 12))
    found = ids(site.host(page_size=3).history(start, None, None))
    assert sorted(found) == sorted(tickets)


def test_the_past_ends_before_its_end(site: Site) -> None:
    site.desk.clock.set("2026-10-23T08:00:00Z")
    before = site.ticket()
    site.desk.clock.advance(HOUR)
    since = site.desk.clock.now()
    inside = site.ticket()
    site.desk.clock.advance(HOUR)
    until = site.desk.clock.now()
    site.ticket()
    site.desk.note("anna.berg", int(before))
    site.desk.clock.advance(HOUR)
    assert ids(site.host().history(since, until, None)) == [inside]


def test_the_past_tells_what_is_finished(site: Site) -> None:
    start = site.desk.clock.now()
    closed, still_open = site.ticket(), site.ticket()
    site.desk.close("anna.berg", int(closed))
    pages = list(site.host().history(start, None, None))
    refs = {ref.id: ref.closed for page in pages for ref in page.items}
    assert refs == {closed: True, still_open: False}
    again = list(site.host().history(start, None, pages[-1].bookmark))
    assert (ids(again), last(again)) == ([], pages[-1].bookmark)


# ------------------------------------------------------------------ missing tickets


def test_what_cannot_be_found_is_lost_and_never_gone(site: Site) -> None:
    kept, hidden, deleted = site.ticket(), site.ticket(), site.ticket()
    site.desk.hide(int(hidden))
    site.desk.delete(int(deleted))
    found = [(one.id, one.why) for one in site.host().missing([kept, hidden, deleted])]
    assert found == [(hidden, "lost"), (deleted, "lost")]


def test_no_ticket_is_missing_while_the_search_fails(site: Site) -> None:
    tickets = [site.ticket(), site.ticket()]
    host = site.host()
    site.server.faults.fail(1, "query_fails", operations=("TicketSearch",))
    assert list(host.missing(tickets)) == []
    site.server.faults.fail(None, "query_fails", operations=("TicketSearch",))
    with pytest.raises(HostTemporaryError, match="no ticket counts as missing"):
        list(host.missing(tickets))


def test_nothing_counts_as_missing_where_ids_are_ignored(site: Site) -> None:
    """An ignored filter answers with other tickets, and would call ours missing."""
    tickets = [site.ticket() for _ in range(4)]
    site.server.faults.ignored.add("TicketID")
    with pytest.raises(HostPermanentError, match="ignores TicketID"):
        list(site.host().missing(tickets[:2]))
