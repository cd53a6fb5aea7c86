"""Each brake holds at once, says how to go on, and lets go without a restart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from slaplugin.app.cycle import sync
from slaplugin.app.daemon import Rhythm
from slaplugin.app.errors import BrakeError
from slaplugin.app.options import Limits
from slaplugin.app.outcome import CycleReport
from slaplugin.app.pausing import HELD, Order, accept_missing, pause, resume
from slaplugin.app.undo import Scope, undo
from tests.app.desk_of import Installation, with_steps
from tests.app.test_daemon import HOUR, run
from tests.app.test_outbox import Channel, cycle, kept

Install = Callable[..., Installation]
BREACH = with_steps("{at: breach, do: [mark, {priority: high}]}")
TOLD = with_steps("{at: breach, do: [{priority: high}, {notify: team}]}")
TWICE = with_steps("{at: breach, do: [{note: one}]}\n{at: 1h after due, do: [{note: two}]}")
MOVED = with_steps("{at: breach, do: [{owner: ada}]}")


def order(desk: Installation) -> Order:
    return Order(desk.clock.now(), "an admin")


def stop(desk: Installation) -> bool:
    return pause(desk.store, order(desk))


def go_on(desk: Installation) -> bool:
    return resume(desk.store, order(desk))


def statuses(report: CycleReport) -> list[tuple[str, str, str | None]]:
    return [(write.action.ticket, write.status, write.error) for write in report.writes]


def of_notes(report: CycleReport) -> list[str]:
    return [write.status for write in report.writes if write.action.kind == "add_note"]


def written_tickets(desk: Installation) -> list[str]:
    return [ticket for ticket, _ in desk.host.written]


def after_request(desk: Installation, name: str, ticket: str, act: Callable[[], Any]) -> None:
    """Do something right after the helpdesk answered this kind of request about the ticket."""
    real = getattr(desk.host, name)

    def method(asked: str, *more: Any) -> Any:
        answer = real(asked, *more)
        if asked == ticket:
            setattr(desk.host, name, real)
            act()
        return answer

    setattr(desk.host, name, method)


# ---------------------------------------------------------------------- pause


def test_a_pause_in_the_middle_of_a_cycle_holds_the_rest_of_it(live: Install) -> None:
    desk = live(BREACH)
    tickets = [desk.host.create() for _ in range(3)]
    desk.sync(after=60)
    after_request(desk, "write", tickets[0], lambda: stop(desk))
    report = desk.sync(after=5 * HOUR)
    assert written_tickets(desk) == tickets[:1]
    rest = {(ticket, why) for ticket, status, why in statuses(report) if status == "skipped"}
    assert rest == {(ticket, HELD) for ticket in tickets[1:]}
    assert go_on(desk)
    desk.sync(after=30)
    assert written_tickets(desk) == tickets


def test_a_pause_between_the_look_and_the_claim_holds_that_write(live: Install) -> None:
    desk = live(BREACH)
    ticket = desk.host.create()
    desk.sync(after=60)
    after_request(desk, "read", ticket, lambda: stop(desk))
    report = desk.sync(after=5 * HOUR)
    assert desk.host.written == []
    assert {why for _, _, why in statuses(report)} == {HELD}
    assert go_on(desk)
    assert {status for _, status, _ in statuses(desk.sync(after=30))} == {"done"}


def test_a_pause_during_the_writes_holds_the_message_about_them(live: Install) -> None:
    desk, channel = live(TOLD), Channel()
    ticket = desk.host.create()
    cycle(desk, channel, after=60)
    after_request(desk, "write", ticket, lambda: stop(desk))
    report = cycle(desk, channel, after=5 * HOUR)
    assert channel.sent == []
    assert [why for _, status, why in statuses(report) if status == "skipped"] == [HELD]
    assert kept(desk, ticket) == []
    go_on(desk)
    cycle(desk, channel, after=30)
    cycle(desk, channel, after=30)
    assert channel.told == [("team", (ticket,))]


def test_undo_works_while_writes_are_paused(live: Install) -> None:
    desk = live(BREACH)
    ticket = desk.host.create()
    desk.sync(after=60)
    desk.sync(after=5 * HOUR)
    stop(desk)
    undo(desk.desk, Scope())
    assert desk.ticket(ticket).tags == set()


def test_a_look_from_before_a_suspension_is_not_written_on(live: Install) -> None:
    desk = live(BREACH)
    ticket = desk.host.create()
    desk.sync(after=60)

    def slept() -> None:
        desk.clock.advance(HOUR // 2)
        desk.host.agent_replies(ticket)

    after_request(desk, "read", ticket, slept)
    report = desk.sync(after=4 * HOUR)
    assert desk.host.written == []
    assert {status for _, status, _ in statuses(report)} == {"skipped"}
    assert "too much time" in str(statuses(report)[0])
    desk.sync(after=30)
    assert desk.ticket(ticket).values["priority"] == "3 high"  # the breach itself stays one


def test_a_suspension_between_two_writes_on_a_ticket_delays_the_second(live: Install) -> None:
    desk = live(TWICE)
    ticket = desk.host.create()
    desk.sync(after=60)
    after_request(desk, "write", ticket, lambda: desk.clock.advance(8 * HOUR))
    assert of_notes(desk.sync(after=6 * HOUR)) == ["done", "skipped"]
    assert of_notes(desk.sync(after=30)) == ["done"]
    assert sum(event.kind == "note" for event in desk.ticket(ticket).events) == 2


# ---------------------------------------------------------------------- two at once


def test_of_two_brakes_each_is_told_and_the_second_holds_after_the_first(live: Install) -> None:
    desk = live(BREACH, limits=Limits(writes_per_hour=0))
    desk.host.create()
    desk.sync(after=60)
    stop(desk)
    report = desk.sync(after=5 * HOUR)
    assert {why for _, _, why in statuses(report)} == {HELD}
    assert report.limited == ()
    go_on(desk)
    report = desk.sync(after=30)
    assert {why for _, _, why in statuses(report)} == {"held back by limits.writes_per_hour = 0"}
    (limit,) = report.limited
    assert "raise limits.writes_per_hour" in limit.way_on
    assert desk.host.written == []


def test_dry_run_holds_also_after_resume(live: Install) -> None:
    desk = live(BREACH, dry_run=True)
    desk.host.create()
    desk.sync(after=60)
    stop(desk)
    held = desk.sync(after=60).notices  # or the log would say that the pause is over
    assert held == ("not written: dry_run is set", HELD)
    go_on(desk)
    report = desk.sync(after=5 * HOUR)
    assert {why for _, _, why in statuses(report)} == {"not written: dry_run is set"}
    assert report.notices == ("not written: dry_run is set",)


def test_reassignments_are_limited_over_cycles_and_let_go_with_the_hour(live: Install) -> None:
    desk = live(MOVED, limits=Limits(reassignments_per_hour=2))
    for _ in range(5):
        desk.host.create()
    log, _ = run(desk, 4 * HOUR + 3 * HOUR, rhythm=Rhythm(poll_interval=300))
    moved = [at for at, what in log.written if what[1] == "set_owner" and what[3] == "done"]
    first = moved[0]
    assert [at - first >= HOUR for at in moved] == [False, False, True, True, True]
    assert sum(at - first >= 2 * HOUR for at in moved) == 1
    assert log.failures == []


# ---------------------------------------------------------------------- a host that lists nothing


def emptied(live: Install, **options: Any) -> tuple[Installation, list[str]]:
    """Twenty open tickets, one step each ahead; then the helpdesk is empty."""
    desk = live(BREACH, **options)
    tickets = [desk.host.create() for _ in range(20)]
    return desk, tickets


def delete_all(desk: Installation) -> None:
    for ticket in list(desk.host.tickets):
        desk.host.delete(ticket)


def test_the_daemon_goes_on_after_the_admin_did_what_the_brake_says(live: Install) -> None:
    desk, tickets = emptied(live, sweep_interval=600)
    acts: dict[int, Callable[[], Any]] = {
        300: lambda: delete_all(desk),
        2000: lambda: accept_missing(desk.store, order(desk)),
    }
    log, _ = run(desk, 3000, acts, Rhythm(poll_interval=60))
    assert {name for name, _ in log.failures} == {"BrakeError"}
    assert [item.status for item in desk.instances(tickets[0])] == ["void"]
    assert log.cycles[-1].as_of > desk.clock.now() - 120
    assert desk.store.flag("accept_missing") is None
    assert "missing_accepted" in desk.audit()


def test_a_helpdesk_that_comes_back_needs_nobody(live: Install) -> None:
    desk, _ = emptied(live, sweep_interval=600)
    whole = dict(desk.host.tickets)
    acts: dict[int, Callable[[], Any]] = {
        300: desk.host.tickets.clear,
        2000: lambda: desk.host.tickets.update(whole),
    }
    log, _ = run(desk, 4 * HOUR + 300, acts, Rhythm(poll_interval=60))
    assert {name for name, _ in log.failures} == {"BrakeError"}
    assert {ticket.values["priority"] for ticket in desk.host.tickets.values()} == {"3 high"}


def test_tickets_that_are_gone_when_they_fall_due_are_not_all_believed(live: Install) -> None:
    """Between two sweeps each ticket is looked at for itself, and each look says 404."""
    desk, tickets = emptied(live, sweep_interval=100 * HOUR)
    desk.sync(after=60)
    desk.host.tickets.clear()
    with pytest.raises(BrakeError, match=r"of \d+ open tickets are suddenly missing"):
        desk.sync(after=5 * HOUR)
    ended = [item.status for ticket in tickets for item in desk.instances(ticket)]
    assert ended.count("void") <= 10
    accept_missing(desk.store, order(desk))
    sync(desk.desk)
    ended = [item.status for ticket in tickets for item in desk.instances(ticket)]
    assert ended.count("void") == 20
