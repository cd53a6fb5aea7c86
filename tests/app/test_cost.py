"""What a cycle and a pass for the wallboard cost follows what changed, not how many tickets wait.

Counted, not timed: the steps of SQLite's machine, and the statements that read a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from slaplugin.app.board import Boards
from slaplugin.app.daemon import Rhythm
from slaplugin.app.desk import begin
from slaplugin.app.explaining import present_judge
from slaplugin.app.known import Reading, from_host
from slaplugin.app.sync import record, sync_ticket
from tests.app.desk_of import HOUR, Installation, with_steps
from tests.app.test_daemon import run

POLICY = with_steps("{at: breach, do: [mark]}")
EACH = 10
"""SQLite tells every so many of its steps."""


@dataclass
class Counted:
    """What a connection did."""

    steps: int = 0
    statements: int = 0


@contextmanager
def counted(desk: Installation) -> Iterator[Counted]:
    """Steps and statements of the store in the block."""
    found, connection = Counted(), desk.store.connection

    def step() -> int:
        found.steps += EACH
        return 0

    def statement(_: str) -> None:
        found.statements += 1

    connection.set_progress_handler(step, EACH)
    connection.set_trace_callback(statement)
    try:
        yield found
    finally:
        connection.set_progress_handler(None, 0)
        connection.set_trace_callback(None)


def filled(folder: Path, waiting: int) -> Installation:
    """A live installation with so many open tickets of yesterday that nothing happens to."""
    folder.mkdir()
    desk = Installation(folder, POLICY, sweep_interval=1000 * HOUR)
    desk.go_live()
    first = desk.host.create()
    desk.host.agent_replies(first)
    desk.host.customer_writes(first)
    made = begin(desk.desk)
    known = from_host(Reading(desk.host.read(first), None, ()), made.context, desk.options)
    outcome = sync_ticket(known, made, made.now)
    with desk.store.tx() as tx:
        for number in range(1000, 1000 + waiting):
            row = replace(outcome.known.row, id=str(number), number=f"#{number}")
            record(tx, replace(outcome, known=replace(outcome.known, row=row)), made.now)
    desk.host.agent_replies(first)
    desk.sync(after=HOUR)
    return desk


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Installation, Installation]]:
    """A small and a large installation that differ in nothing else."""
    desks = filled(tmp_path / "small", 50), filled(tmp_path / "large", 1500)
    yield desks
    for desk in desks:
        desk.store.close()


def a_poll(desk: Installation) -> None:
    """Three tickets changed."""
    for _ in range(3):
        desk.host.create()
    desk.sync(after=60)


def a_quiet_poll(desk: Installation) -> None:
    desk.sync(after=60)


def a_quarter_of_an_hour(desk: Installation) -> None:
    """A daemon at work; a ticket is created on the way."""
    run(desk, 900, {100: desk.host.create}, Rhythm(poll_interval=60))


@pytest.mark.parametrize("work", [a_poll, a_quiet_poll, a_quarter_of_an_hour])
def test_what_a_cycle_does_in_the_store_does_not_grow_with_the_open_tickets(
    both: tuple[Installation, Installation], work: Callable[[Installation], None]
) -> None:
    costs = []
    for desk in both:
        work(desk)  # what is only done once
        with counted(desk) as cost:
            work(desk)
        costs.append(cost)
    small, large = costs
    assert large.statements == small.statements
    assert large.steps <= small.steps * 1.05


def board_cost(desk: Installation, boards: Boards) -> int:
    """Statements for a board of now."""
    judge = present_judge(desk.policies, desk.store, desk.clock.now())
    with counted(desk) as cost:
        boards.make(desk.store, judge, "memory", desk.clock.now())
    return cost.statements


def test_a_second_board_reads_only_the_clocks_that_changed(tmp_path: Path) -> None:
    desk, boards = filled(tmp_path / "store", 50), Boards()
    late = [desk.host.create() for _ in range(5)]
    desk.sync(after=60)
    desk.sync(after=5 * HOUR)
    desk.sync(after=60)  # our own writes are read back
    first = board_cost(desk, boards)
    desk.clock.advance(30)
    unchanged = board_cost(desk, boards)
    desk.host.set(late[0], "group", "Billing")
    desk.host.set(late[1], "owner", "bert")
    desk.sync(after=30)
    changed = board_cost(desk, boards)
    desk.store.close()
    assert first - unchanged == 5  # a statement for each late clock
    assert changed - unchanged == 1  # one is out of its policy, the other somebody's
