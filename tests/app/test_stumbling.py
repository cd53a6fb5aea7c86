"""A ticket at which the helpdesk fails: held when it does so twice in a row, then tried again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from slaplugin.app.daemon import Rhythm
from slaplugin.app.errors import HostTemporaryError
from slaplugin.app.ports import Snapshot
from tests.app.desk_of import HOUR, Installation, with_steps
from tests.app.test_daemon import run

BREACH = with_steps("{at: breach, do: [{priority: high}]}")
Install = Callable[..., Installation]


def fail_reading(desk: Installation, times: int) -> None:
    """The next reads of any ticket fail, so many of them."""
    read, left = desk.host.read, [HostTemporaryError("GET ticket: 500", status=500)] * times

    def failing(ticket: str) -> Snapshot:
        if left:
            raise left.pop()
        return read(ticket)

    desk.host.read = failing  # type: ignore[method-assign]


def change_and_sync(desk: Installation, ticket: str) -> list[str]:
    """What a cycle after a change says of the ticket; "failed" where it ends early."""
    desk.host.tag(ticket, f"t{desk.clock.now()}")
    try:
        return [problem.ticket for problem in desk.sync(after=60).problems]
    except HostTemporaryError:
        return ["failed"]


@pytest.mark.parametrize(
    ("between", "expected"), [(False, ["failed", "1"]), (True, ["failed", "failed"])]
)
def test_only_a_ticket_that_fails_twice_in_a_row_is_held(
    between: bool, expected: list[str], live: Install
) -> None:
    desk = live(BREACH)
    ticket = desk.host.create()
    desk.sync(after=60)
    fail_reading(desk, 1)
    told = change_and_sync(desk, ticket)
    if between:
        assert change_and_sync(desk, ticket) == []
    fail_reading(desk, 1)
    assert [*told, *change_and_sync(desk, ticket)] == expected


def test_a_held_ticket_is_looked_at_when_its_pause_is_over_and_not_at_the_next_poll(
    live: Install,
) -> None:
    desk = live(BREACH)
    ticket = desk.host.create()
    acts = {HOUR - 60: lambda: fail_reading(desk, 2)}
    acts |= {HOUR - 30: lambda: desk.host.tag(ticket, "red")}
    log, script = run(desk, 2 * HOUR, acts, Rhythm(poll_interval=HOUR, longest_backoff=10))
    (held,) = [report.as_of - script.begin for report in log.cycles if report.problems]
    again = [report.as_of - script.begin for report in log.cycles if report.evaluated][-1]
    assert (held, again) == (HOUR + 10, HOUR + 70)
