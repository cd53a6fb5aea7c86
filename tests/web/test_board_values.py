"""What the board says, as values: which clocks, how much time, how the day went."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from starlette.datastructures import QueryParams

from slaplugin.app.board import OPENINGS, Board, Place, Today, total
from slaplugin.app.desk import PAUSED
from slaplugin.web.board.chosen import Chosen
from slaplugin.web.board.query import FIRST_SHOWN, Query
from slaplugin.web.board.words import (
    LONGEST_TITLE,
    age,
    countdown,
    moment,
    percent,
    shown_title,
)
from tests.web.board_of import HOUR, Scene

MINUTE = 60
DAY = 24 * HOUR


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.installation.store.close()


def shown(board: Board) -> list[tuple[str, str, str, int | None]]:
    return [
        (line.urgent.row.id, line.urgent.instance.clock, line.urgent.mark, line.left)
        for line in board.lines
    ]


def by_standing(board: Board) -> dict[str, int]:
    return dict(Chosen(board, Query()).counts)


# --------------------------------------------------------------------------- clocks and time


def test_clocks_at_risk_and_breached_come_earliest_due_first(scene: Scene) -> None:
    scene.ticket()
    scene.pass_time(HOUR)
    vip = scene.ticket(tags=("vip",))
    scene.pass_time(50 * MINUTE)
    assert shown(scene.board()) == [(vip, "first_response", "at_risk", 10 * MINUTE)]
    scene.pass_time(2 * HOUR + 20 * MINUTE)
    assert shown(scene.board()) == [
        (vip, "first_response", "breached", -(2 * HOUR + 10 * MINUTE)),
        ("1", "first_response", "breached", -10 * MINUTE),
    ]
    assert by_standing(scene.board()) == {"breached": 2, "running": 2}


def test_time_left_is_open_time_in_the_contracts_calendar(scene: Scene) -> None:
    scene.pass_time(5 * HOUR)
    scene.ticket()
    scene.pass_time(3 * HOUR)
    board = scene.board()
    (line,) = board.lines
    assert (line.left, line.calendar, line.zone) == (HOUR, "office", "Europe/Berlin")
    scene.pass_time(10 * HOUR)
    board = scene.board()
    assert board.lines[0].left == HOUR
    now, opens = scene.now(), scene.now() + 6 * HOUR
    assert board.openings["office"][0] == (opens, opens + 8 * HOUR)
    assert all(now <= start < end <= now + OPENINGS for start, end in board.openings["office"])
    scene.pass_time(7 * HOUR + 30 * MINUTE)
    assert scene.board().lines[0].left == -30 * MINUTE


def test_a_paused_clock_shows_what_is_left_of_it_and_stands(scene: Scene) -> None:
    ticket = scene.ticket(tags=("vip",))
    scene.installation.host.agent_replies(ticket)
    scene.pass_time(7 * HOUR)
    scene.installation.host.set(ticket, "state", "pending reminder")
    scene.pass_time(HOUR)
    (line,) = scene.board().lines
    assert (line.urgent.mark, line.urgent.instance.status) == ("at_risk", "paused")
    assert line.left == HOUR


def test_what_nobody_looked_at_since_is_judged_at_this_moment(scene: Scene) -> None:
    scene.ticket()
    scene.pass_time()
    scene.installation.clock.advance(4 * HOUR + 1)
    assert shown(scene.board()) == [("1", "first_response", "breached", -1)]
    assert scene.board().today["standard", "first_response"] == Today(misses=1)


def test_all_is_well_and_the_next_due_is_told(scene: Scene) -> None:
    assert scene.board().upcoming is None
    scene.ticket()
    scene.ticket(tags=("vip",))
    scene.pass_time(MINUTE)
    board = scene.board()
    assert not board.lines
    upcoming = board.upcoming
    assert upcoming is not None
    assert (upcoming.urgent.row.id, upcoming.left) == ("2", 59 * MINUTE)
    assert upcoming.zone == "America/New_York"


def test_held_tickets_and_held_writes_are_told(scene: Scene) -> None:
    ticket = scene.ticket()
    scene.pass_time()
    scene.installation.host.hide(ticket)
    scene.installation.host.customer_writes(ticket)
    scene.pass_time(MINUTE)
    with scene.installation.store.tx() as tx:
        tx.set_flag(PAUSED, "1234")
    board = scene.board()
    assert [row.id for row in board.held] == [
        row.id for row in scene.installation.store.held(scene.host)
    ]
    assert board.paused_since == 1234


# --------------------------------------------------------------------------- today


def answered(scene: Scene) -> None:
    """Answered in time, by a customer who keeps waiting for the rest."""
    scene.installation.host.agent_replies(scene.ticket())
    scene.pass_time(MINUTE)


def late(scene: Scene) -> None:
    """Answered after its due."""
    ticket = scene.ticket()
    scene.pass_time(4 * HOUR + MINUTE)
    scene.installation.host.agent_replies(ticket)
    scene.pass_time(MINUTE)


def overdue(scene: Scene) -> None:
    """Still open after its due."""
    scene.ticket()
    scene.pass_time(4 * HOUR + MINUTE)


def waiting(scene: Scene) -> None:
    """Open and not due yet."""
    scene.ticket()
    scene.pass_time(MINUTE)


def spam(scene: Scene) -> None:
    """Void: it does not count."""
    scene.installation.host.tag(scene.ticket(), "spam")
    scene.pass_time(MINUTE)


def answered_yesterday(scene: Scene) -> None:
    answered(scene)
    scene.pass_time(DAY)


def missed_yesterday(scene: Scene) -> None:
    overdue(scene)
    scene.pass_time(DAY)


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        ([], None),
        ([answered], Today(hits=1)),
        ([late], Today(misses=1)),
        ([overdue], Today(misses=1)),
        ([waiting], Today(not_due=1)),
        ([spam], Today()),
        ([answered_yesterday], None),
        ([missed_yesterday], None),
        ([answered, answered, overdue, spam], Today(hits=2, misses=1)),
    ],
    ids=lambda value: "+".join(f.__name__ for f in value) if isinstance(value, list) else "",
)
def test_the_day_of_a_policy(
    scene: Scene, happened: list[Callable[[Scene], None]], expected: Today | None
) -> None:
    for event in happened:
        event(scene)
    assert scene.board().today.get(("standard", "first_response")) == expected


def test_a_day_is_that_of_the_contracts_zone(scene: Scene) -> None:
    """23:30 in New York is already the next day in Berlin."""
    scene.pass_time(19 * HOUR)
    scene.installation.host.agent_replies(scene.ticket(tags=("vip",)))
    scene.pass_time(30 * MINUTE)
    assert scene.board().as_of == at("2026-03-10T04:30:00+01:00")
    assert scene.board().today["vip", "first_response"] == Today(hits=1)
    scene.pass_time(30 * MINUTE)
    assert ("vip", "first_response") not in scene.board().today
    assert scene.board().zones["vip"] == "America/New_York"


def at(text: str) -> int:
    from datetime import datetime

    return int(datetime.fromisoformat(text).timestamp())


def test_attainment_is_an_exact_fraction() -> None:
    day = total([Today(hits=1, misses=1, not_due=4), Today(hits=1)])
    assert day == Today(2, 1, 4)
    assert day.share == Fraction(2, 3)
    assert Today(not_due=3).share is None


# --------------------------------------------------------------------------- the reader's choice


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("", ""),
        ("group=Support&policy=vip&only=breached", "?group=Support&policy=vip&only=breached"),
        ("group=A&group=B&group=A", "?group=A&group=B"),
        ("group=a%26b%20%3Cc%3E", "?group=a%26b%20%3Cc%3E"),
        ("only=everything&view=tv&theme=pink&other=1", ""),
        ("view=wall&theme=dark", "?view=wall&theme=dark"),
        ("show=200", "?show=200"),
        ("show=0", "?show=1"),
        ("show=99999", "?show=5000"),
        ("show=-1&group=", ""),
        ("show=²", ""),
    ],
)
def test_choices_live_in_the_address(address: str, kept: str) -> None:
    query = Query.of(QueryParams(address))
    assert query.address() == kept
    assert Query.of(QueryParams(query.address().removeprefix("?"))) == query


def test_filters_narrow_lists_and_counts(scene: Scene) -> None:
    scene.ticket(group="Support")
    scene.ticket(group="Sales")
    scene.ticket(group="Sales", tags=("vip",))
    scene.pass_time(4 * HOUR + MINUTE)
    board = scene.board()
    for address, ids, counts in (
        ("", {"1", "2", "3"}, 3),
        ("group=Sales", {"2", "3"}, 2),
        ("group=Sales&policy=vip", {"3"}, 1),
        ("group=Nobody", set(), 0),
        ("only=at_risk", set(), 3),
        ("clock=resolution", set(), 0),
    ):
        chosen = Chosen(board, Query.of(QueryParams(address)))
        assert {line.urgent.row.id for line in chosen.breached} == ids, address
        assert chosen.counts.get("breached", 0) == counts, address
    facet = Chosen(board, Query(group=("Sales",))).facet("group")
    assert {name: found["breached"] for name, found in facet.items()} == {"Sales": 2, "Support": 1}
    assert Place("Sales", "vip", "first_response", "breached") in board.counts


# --------------------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Printer on fire", "Printer on fire"),
        ("<b>&amp;", "<b>&amp;"),
        ("  two\n\tlines\r\n", "two lines"),
        ("", "(no title)"),
        ("\u200b\u200d\ufeff", "(no title)"),
        ("exe.\u202egpj\u202c", "exe.gpj"),
        ("a\u2066b\u2069c", "abc"),
        ("مرحبا", "مرحبا"),
        ("👩\u200d💻 on call", "👩\u200d💻 on call"),
        ("Z" + "\u0301" * 50, "Z\u0301\u0301\u0301"),
        ("x" * 10_000, "x" * (LONGEST_TITLE - 1) + "…"),
        ("\x00\x1b[31mred", "[31mred"),
    ],
)
def test_titles_stay_text_of_one_line(title: str, said: str) -> None:
    assert shown_title(title) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0s"),
        (59, "59s"),
        (-61, "1m 01s"),
        (3599, "59m 59s"),
        (3600, "1h 00m"),
        (-90061, "25h 01m"),
    ],
)
def test_countdowns(seconds: int, said: str) -> None:
    assert countdown(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7200, "2 h"),
        (200000, "2 days"),
    ],
)
def test_ages(seconds: int, said: str) -> None:
    assert age(seconds) == said


def test_moments_are_told_in_the_named_zone() -> None:
    due = at("2026-03-10T13:00:00+01:00")
    assert moment(due, "Europe/Berlin", due - HOUR) == "today 13:00 CET"
    assert moment(due, "Europe/Berlin", due - DAY) == "Tue 10 Mar 13:00 CET"
    assert moment(due, "Asia/Dubai", due) == "today 16:00 UTC+04"
    assert moment(due, str(ZoneInfo("UTC")), due) == "today 12:00 UTC"


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (Fraction(1), "100 %"),
        (Fraction(999_999, 1_000_000), "99.9 %"),
        (Fraction(2, 3), "66.6 %"),
        (Fraction(0), "0 %"),
    ],
)
def test_a_share_is_never_rounded_up(share: Fraction, said: str) -> None:
    assert percent(share) == said


def test_the_first_page_is_short() -> None:
    assert FIRST_SHOWN < 100
