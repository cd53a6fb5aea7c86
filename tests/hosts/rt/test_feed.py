"""The feed loses nothing: short pages, hidden rows, late commits, swallowed errors."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from slaplugin.app.errors import HostPermanentError, HostTemporaryError
from slaplugin.app.ports import Page
from slaplugin.hosts.config import HostConfig, StateMeaning
from slaplugin.hosts.rt import RtHost, make_host
from slaplugin.hosts.rt.zone import Zone
from tests.hosts.rt.fake import START, FakeRt


def pull(host: RtHost, bookmark: str | None) -> tuple[list[str], str | None]:
    """Ids in the order named, and the last bookmark."""
    pages = list(host.changes(bookmark))
    return named(pages), pages[-1].bookmark if pages else bookmark


def named(pages: list[Page]) -> list[str]:
    return [item.id for page in pages for item in page.items]


# -------------------------------------------------------------------------- recorded


def test_the_first_load_of_a_real_one(host: RtHost, play: Any) -> None:
    with play("first-load"):
        pages = list(host.changes(None))
        again = list(host.changes(pages[-1].bookmark))
    open_tickets = [(item.id, item.closed) for item in pages[0].items]
    assert open_tickets == [("10", False)]
    assert named(again) == []


def test_a_backfill_of_a_real_one(host: RtHost, play: Any) -> None:
    """From the fifth to the tenth of March: tickets 5 to 8 are of these days, 2 and 4 changed."""
    since, until = 1_772_668_800, 1_773_100_800
    with play("backfill"):
        pages = list(host.history(since, until, None))
    assert named(pages) == ["2", "4", "5", "6", "7", "8"]
    assert all(item.closed for page in pages for item in page.items)


def test_recorded_pages_of_transactions_are_understood(host: RtHost, play: Any) -> None:
    """Pages of 40 by number, each with fewer rows than it was cut to, the last one empty."""
    feed = (
        "ObjectType='RT::Ticket' AND id>{} AND Type!='EmailRecord' AND Type!='CommentEmailRecord'"
    )
    last, counts = 0, []
    with play("feed-by-transaction-id"):
        while True:
            found = host.client.transactions(feed.format(last), per_page=40)
            counts.append(len(found.items))
            assert found.total is None
            if not found.items:
                break
            last = int(found.items[-1]["id"])
    assert counts == [40, 40, 11, 0]


# -------------------------------------------------------------------------- the feed


def test_only_what_changed_is_named(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1).ticket(2, Status="resolved")
    assert pull(host, None)[0].count("1") >= 1
    _, bookmark = pull(host, None)
    rt.row(2, "Correspond", at=900, by="joan")
    assert pull(host, bookmark)[0] == ["2"]


def test_the_stamp_is_that_of_the_newest_row(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1)
    _, bookmark = pull(host, None)
    rt.row(1, "Comment", at=300).row(1, "Comment", at=700)
    (item,) = [item for page in host.changes(bookmark) for item in page.items]
    assert item.updated_at_ms == (START + 700) * 1000
    assert host.look("1").updated_at_ms == item.updated_at_ms


def test_rows_behind_pages_of_hidden_ones_are_found(rt: FakeRt, config: HostConfig) -> None:
    host = make_host(replace(config, page_size=10))
    rt.ticket(1).ticket(2)
    _, bookmark = pull(host, None)
    for _ in range(35):
        rt.row(1, "Comment", at=400, hidden=True)
    rt.row(2, "Correspond", at=500)
    assert pull(host, bookmark)[0] == ["2"]


def test_hidden_rows_among_shown_ones_end_nothing(rt: FakeRt, config: HostConfig) -> None:
    host = make_host(replace(config, page_size=4))
    rt.ticket(1).ticket(2).ticket(3)
    _, bookmark = pull(host, None)
    for number in (1, 2, 3):
        rt.row(1, "Comment", at=500, hidden=True).row(number, "Correspond", at=500)
        rt.row(1, "Comment", at=500, hidden=True).row(1, "Comment", at=500, hidden=True)
    assert set(pull(host, bookmark)[0]) == {"1", "2", "3"}


def test_a_number_that_comes_to_light_late_is_named(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1).ticket(2)
    _, bookmark = pull(host, None)
    rt.row(1, "Correspond", at=500, id=120)
    _, bookmark = pull(host, bookmark)
    rt.row(2, "Correspond", at=495, id=110)
    pages = list(host.changes(bookmark))
    assert [(item.id, item.updated_at_ms) for page in pages for item in page.items] == [("2", 0)]


def test_what_is_older_than_the_overlap_is_not_read_again(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1)
    _, bookmark = pull(host, None)
    for minute in range(1, 20):
        rt.row(1, "Comment", at=minute * 60)
    _, bookmark = pull(host, bookmark)
    rt.asked.clear()
    assert pull(host, bookmark)[0] == []
    first = int(rt.rows[-4]["id"])
    assert f"id>={first}" in rt.asked[0]


def test_a_quiet_pull_is_one_request(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1)
    _, bookmark = pull(host, None)
    before = host.requests_made()
    assert pull(host, bookmark) == ([], bookmark)
    assert host.requests_made() - before == 1


@pytest.mark.parametrize(
    ("path", "said"),
    [("transactions", "without any history"), ("", "no ticket at all")],
    ids=["transactions", "everything"],
)
def test_emptiness_is_no_proof(rt: FakeRt, host: RtHost, path: str, said: str) -> None:
    rt.ticket(1)
    _, bookmark = pull(host, None)
    rt.row(1, "Correspond", at=500)
    rt.swallow = lambda asked, query: not path or asked == path
    with pytest.raises(HostTemporaryError, match=said):
        pull(host, bookmark)
    rt.swallow = lambda asked, query: False
    assert pull(host, bookmark)[0] == ["1"]


def test_an_error_between_pages_keeps_what_was_read(rt: FakeRt, config: HostConfig) -> None:
    host = make_host(replace(config, page_size=3))
    rt.ticket(1)
    _, bookmark = pull(host, None)
    for number in range(2, 9):
        rt.ticket(number, at=500)
    broken: list[str] = []
    rt.swallow = lambda path, query: path == "transactions" and len(broken) > 0
    pages = []
    with pytest.raises(HostTemporaryError):
        for page in host.changes(bookmark):
            pages.append(page)
            broken.append("now")
    rt.swallow = lambda path, query: False
    later, _ = pull(host, pages[-1].bookmark)
    assert {*named(pages), *later} == {str(number) for number in range(2, 9)}


def test_a_last_ticket_that_is_deleted_does_not_stop_the_feed(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1)
    _, bookmark = pull(host, None)
    rt.row(1, "Status", at=500, Field="Status", OldValue="new", NewValue="deleted")
    rt.tickets["1"]["Status"] = "deleted"
    names, bookmark = pull(host, bookmark)
    assert names == ["1"]
    assert pull(host, bookmark)[0] == []


# -------------------------------------------------------------------------- the first load


def test_the_first_load_names_open_tickets_alone(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1).ticket(2, Status="resolved").ticket(3, Status="stalled")
    pages = list(host.changes(None))
    refs = {item.id: item.closed for page in pages for item in page.items}
    assert {one for one, closed in refs.items() if not closed} == {"1", "3"}


def test_statuses_that_the_settings_call_open_are_loaded(rt: FakeRt, config: HostConfig) -> None:
    host = make_host(replace(config, states={"it's parked": StateMeaning("waiting_other")}))
    rt.ticket(1)
    list(host.changes(None))
    assert any(r"Status='it\'s parked'" in asked for asked in rt.asked)


def test_a_first_load_that_stops_goes_on(rt: FakeRt, config: HostConfig) -> None:
    host = make_host(replace(config, page_size=3))
    for number in range(1, 9):
        rt.ticket(number)
    first = next(iter(host.changes(None)))
    rest = named(list(make_host(config).changes(first.bookmark)))
    assert named([first]) == ["1", "2", "3"]
    assert set(rest) >= {"4", "5", "6", "7", "8"}


def test_a_first_load_does_not_end_in_the_middle(rt: FakeRt, config: HostConfig) -> None:
    host = make_host(replace(config, page_size=3))
    for number in range(1, 9):
        rt.ticket(number)
    rt.swallow = lambda path, query: "id>3" in query
    pages: list[Page] = []
    with pytest.raises(HostTemporaryError, match="stopped listing"):
        pages.extend(host.changes(None))
    rt.swallow = lambda path, query: False
    assert set(named(list(host.changes(pages[-1].bookmark)))) >= {"4", "5", "6", "7", "8"}


def test_a_helpdesk_that_shows_nothing_gives_no_bookmark(rt: FakeRt, host: RtHost) -> None:
    assert list(host.changes(None)) == []
    assert list(host.history(0, None, None)) == []


# -------------------------------------------------------------------------- backfill


def test_deleted_tickets_are_in_a_backfill(rt: FakeRt, host: RtHost) -> None:
    rt.ticket(1).ticket(2, at=100)
    rt.row(2, "Status", at=500, Field="Status", OldValue="new", NewValue="deleted")
    rt.tickets["2"]["Status"] = "deleted"
    assert named(list(host.history(START, None, None))) == ["1", "2"]


def test_a_backfill_keeps_to_its_range(rt: FakeRt, host: RtHost) -> None:
    """It asks for a little more, for the season; the answers in UTC decide."""
    rt.ticket(1).ticket(2, at=600).ticket(3, at=1200)
    assert named(list(host.history(START + 1, START + 1200, None))) == ["2"]


def test_a_backfill_goes_on_after_each_page(rt: FakeRt, config: HostConfig) -> None:
    host = make_host(replace(config, page_size=2))
    for number in range(1, 8):
        rt.ticket(number)
    pages = list(host.history(START, None, None))
    for place in range(len(pages) - 1):
        again = named(list(host.history(START, None, pages[place].bookmark)))
        assert again == named(pages[place + 1 :])


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin"])
def test_times_are_refused_in_another_zone(rt: FakeRt, host: RtHost, zone: str) -> None:
    rt.ticket(1)
    rt.zone = zone
    with pytest.raises(HostPermanentError, match=rf"slabot is {zone}.*Set Timezone to UTC"):
        list(host.history(START, None, None))
    assert zone in (Zone(host.client, host.directory).objection() or "")


@pytest.mark.parametrize("shift", [0, 3600])
def test_a_servers_own_zone_is_found_out(rt: FakeRt, host: RtHost, shift: int) -> None:
    """The zone "" is the server's: a ticket is asked for by the very instant that it shows."""
    rt.ticket(1)
    rt.zone = ""
    rt.swallow = lambda path, query: shift > 0 and "LastUpdated<=" in query
    objection = Zone(host.client, host.directory).objection()
    assert (objection is None) == (shift == 0)
    assert objection is None or "the server's own" in objection


@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_as_small_as_can_be_come_to_an_end(rt: FakeRt, config: HostConfig, size: int) -> None:
    host = make_host(replace(config, page_size=size))
    rt.ticket(1)
    _, bookmark = pull(host, None)
    for number in range(2, 6):
        rt.ticket(number, at=500)
    assert pull(host, bookmark)[0] == ["2", "3", "4", "5"]
