"""The wallboard from counts and from what needs a look says what a look at every clock says."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import pytest

from slaplugin.app.board import NO_NAME, Board, Boards, Place, standing
from slaplugin.app.explaining import present_judge
from slaplugin.app.overview import Urgent, urgent_clocks
from slaplugin.app.standings import in_last_quarter, urgent_from
from slaplugin.core.calendars import compile_calendars
from slaplugin.report.times import iso
from tests.app.desk_of import Installation, policy_set

MINUTE, HOUR, DAY = 60, 3600, 86400
POLICIES = """
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}}
  round: {timezone: America/New_York, hours: {mon-sun: "00:00-24:00"}}
policies:
  - name: standard
    rank: 0
    calendar: office
    targets: {first_response: 4h, resolution: 2bd}
    steps: []
  - name: billing
    rank: 10
    when: {group: Billing}
    calendar: round
    targets: {first_response: 1h, next_response: 3h, resolution: 30h}
    steps:
      - {at: 90%, do: [mark]}
      - {at: breach, do: [mark]}
"""
Install = Callable[..., Installation]


def seen(desk: Installation) -> list[Urgent]:
    """Every open clock, each looked at."""
    now = desk.clock.now()
    judge = present_judge(desk.policies, desk.store, now)
    found = urgent_clocks(desk.store, judge, "memory", now, everything=True)
    return [item for item in found if item.instance.party != "customer"]


def differences(board: Board, clocks: list[Urgent]) -> list[str]:
    """Where the board says something else than a look at each clock."""
    counts = Counter(
        Place(
            item.row.seen.group or NO_NAME,
            item.instance.policy or NO_NAME,
            item.instance.clock,
            standing(item),
        )
        for item in clocks
    )
    lines = {(item.row.id, item.instance, item.mark) for item in clocks if item.mark != "none"}
    dues = [item.instance.due_at for item in clocks if item.mark == "none"]
    upcoming = board.upcoming.urgent.instance.due_at if board.upcoming else None
    shown = {(line.urgent.row.id, line.urgent.instance, line.urgent.mark) for line in board.lines}
    said = {
        "counts": (board.counts, counts),
        "lines": (shown, lines),
        "upcoming": (upcoming, min((due for due in dues if due is not None), default=None)),
    }
    return [f"{name}: {one} is not {two}" for name, (one, two) in said.items() if one != two]


def act(desk: Installation, chance: random.Random, tickets: list[str]) -> None:
    """Something happens to a ticket."""
    ticket = chance.choice(tickets)
    host = desk.host
    acts: list[Callable[[], object]] = [
        lambda: tickets.append(host.create()),
        lambda: host.agent_replies(ticket),
        lambda: host.customer_writes(ticket),
        lambda: host.set(ticket, "group", chance.choice(("Support", "Billing"))),
        lambda: host.set(ticket, "state", chance.choice(("open", "pending reminder", "closed"))),
        lambda: None,
    ]
    chance.choice(acts)()


@pytest.mark.parametrize("seed", range(8))
def test_a_board_says_what_every_clock_says(install: Install, seed: int) -> None:
    chance = random.Random(seed)
    desk = install(POLICIES)
    desk.go_live()
    tickets, boards = [desk.host.create() for _ in range(4)], Boards()
    found = []
    for _ in range(40):
        act(desk, chance, tickets)
        desk.clock.advance(chance.choice((1, 30, MINUTE, 20 * MINUTE, 3 * HOUR, DAY)))
        if chance.random() < 0.7:
            desk.sync()
        now = desk.clock.now()
        judge = present_judge(desk.policies, desk.store, now)
        board = boards.make(desk.store, judge, "memory", now, "Europe/Berlin")
        found += differences(board, seen(desk))
    assert found == []


def test_a_clock_needs_a_look_from_the_very_second_on(install: Install) -> None:
    desk = install(POLICIES)
    desk.go_live()
    calendars = compile_calendars(policy_set(POLICIES).calendars.values())
    desk.clock.advance(HOUR)
    ticket = desk.host.create()
    desk.sync()
    found = {}
    for instance in desk.instances(ticket):
        at = urgent_from(instance, calendars["office"]) or 0
        around = (in_last_quarter(instance, calendars["office"], at + more) for more in (-1, 0))
        found[instance.clock] = (iso(at), *around)
    assert found == {
        "first_response": ("2026-03-09T12:00:00Z", False, True),
        "resolution": ("2026-03-10T13:00:00Z", False, True),
    }
