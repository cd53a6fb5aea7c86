"""A sweep of many tickets: a portion in each cycle, nothing believed before the whole is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from slaplugin.app import sweep
from slaplugin.app.errors import BrakeError
from slaplugin.app.ports import Missing
from tests.app.desk_of import HOUR, Installation

Live = Callable[..., Installation]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many tickets each question after missing ones was about; portions are small."""
    monkeypatch.setattr(sweep, "TICKETS", 4)
    monkeypatch.setattr(sweep, "PAGES", 2)
    return []


def watched(desk: Installation, asked: list[int]) -> list[str]:
    """Ten tickets of a helpdesk whose questions are noted."""
    tickets = [desk.host.create() for _ in range(10)]
    desk.sync(after=60)
    ask = desk.host.missing

    def missing(known: Iterable[str]) -> Iterator[Missing]:
        names = list(known)
        asked.append(len(names))
        yield from ask(names)

    desk.host.missing = missing  # type: ignore[method-assign]
    return tickets


def ended(desk: Installation, tickets: list[str]) -> list[str]:
    """Those whose clock ended as deleted."""
    return [
        ticket
        for ticket in tickets
        if [item.void_reason for item in desk.instances(ticket)] == ["deleted"]
    ]


def test_each_cycle_asks_about_a_portion_and_each_ticket_is_asked_about_once(
    live: Live, asked: list[int]
) -> None:
    desk = live(sweep_interval=HOUR)
    watched(desk, asked)
    desk.sync(after=HOUR)
    assert asked == [4]
    for _ in range(10):
        desk.sync(after=30)
    assert asked == [4, 4, 2]
    assert desk.store.flag("swept:memory") == str(desk.clock.now() - 8 * 30)
    assert desk.store.flag("sweep:memory") is None


def test_what_is_gone_ends_once_all_were_asked_about(live: Live, asked: list[int]) -> None:
    desk = live(sweep_interval=HOUR)
    tickets = watched(desk, asked)
    for ticket in (tickets[0], tickets[9]):
        desk.host.delete(ticket)
    desk.sync(after=HOUR)
    desk.sync(after=30)
    assert ended(desk, tickets) == []
    desk.sync(after=30)
    assert ended(desk, tickets) == [tickets[0], tickets[9]]


def test_what_came_back_during_the_sweep_is_not_missing(live: Live, asked: list[int]) -> None:
    desk = live(sweep_interval=HOUR)
    tickets = watched(desk, asked)
    desk.host.hide(tickets[0])
    desk.sync(after=HOUR)
    desk.host.hide(tickets[0], hidden=False)
    desk.sync(after=30)
    assert desk.sync(after=30).problems == ()
    row = desk.store.row("memory", tickets[0])
    assert row is not None
    assert (row.held, row.missing) == (None, None)


def test_the_brake_looks_at_the_whole_and_lets_go_when_they_are_back(
    live: Live, asked: list[int]
) -> None:
    desk = live(sweep_interval=HOUR, missing_floor=2)
    tickets = watched(desk, asked)
    whole: dict[str, Any] = dict(desk.host.tickets)
    for ticket in tickets[:3]:
        del desk.host.tickets[ticket]
    desk.sync(after=HOUR)
    desk.sync(after=30)
    for _ in range(2):
        with pytest.raises(BrakeError, match="3 of 10 open tickets"):
            desk.sync(after=30)
    desk.host.tickets.update(whole)
    desk.sync(after=30)
    assert ended(desk, tickets) == []
    assert desk.store.flag("swept:memory") == str(desk.clock.now())


def test_more_missing_than_can_be_kept_stop_it_at_once(live: Live, asked: list[int]) -> None:
    desk = live(sweep_interval=HOUR, missing_floor=2)
    watched(desk, asked)
    desk.host.tickets.clear()
    desk.sync(after=HOUR)
    with pytest.raises(BrakeError, match="8 of 10 open tickets"):
        desk.sync(after=30)


def test_recent_changes_are_looked_through_page_after_page(
    live: Live, asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = live(sweep_interval=HOUR)
    monkeypatch.setattr(desk.host, "_page_size", 2)
    tickets = watched(desk, asked)
    slow = tickets[9]
    stamped = desk.host.tickets[slow].updated_at_ms
    desk.sync(after=HOUR - 60)
    desk.host.agent_replies(slow)
    # A long transaction: stamped before the last cycle, committed after it.
    desk.host.tickets[slow].updated_at_ms = stamped + 1
    reports = [desk.sync(after=30) for _ in range(8)]
    assert sum(report.changed_tickets for report in reports) == 1
    assert [clock.status for clock in desk.instances(slow)] == ["stopped"]
    assert desk.store.flag("sweep:memory") is None
