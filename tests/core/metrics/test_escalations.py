"""Escalations: which moves are any, and what becomes of them (decision 147)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from slaplugin.core.metrics import Escalation, Ladder
from slaplugin.core.model import ClockInstance, Event
from tests.core.metrics.tickets import HOUR, at, event, figures, past

CREATED = event("09 09:00", "created")
TO_SECOND = event("09 10:00", "group_changed", to="Second Line")
LADDER = Ladder.of(groups=["third line"], managers=["The Boss"])
MISSED = ClockInstance(
    "first_response",
    1,
    "running",
    "breached",
    at("09 09:00"),
    "1",
    breached_at=at("09 11:00"),
    target=2 * HOUR,
)


@dataclass(frozen=True)
class Case:
    events: tuple[Event, ...]
    expected: tuple[tuple[object, ...], ...]
    """(kind, from, to, end, hours in those hands)."""
    ladder: Ladder = Ladder()
    owner: str | None = None


CASES = {
    "solved there": Case(
        (TO_SECOND, event("09 13:00", "closed")),
        (("functional", "Support", "Second Line", "solved", 3),),
    ),
    "still there": Case((TO_SECOND,), (("functional", "Support", "Second Line", "open", 7),)),
    "returned": Case(
        (
            TO_SECOND,
            event("09 12:00", "group_changed", to="Support"),
            event("09 13:00", "closed"),
        ),
        (("functional", "Support", "Second Line", "returned", 2),),
    ),
    "up, down and up again": Case(
        (
            TO_SECOND,
            event("09 11:00", "group_changed", to="Support"),
            event("09 12:00", "group_changed", to="Second Line"),
            event("09 13:00", "closed"),
        ),
        (
            ("functional", "Support", "Second Line", "returned", 1),
            ("functional", "Support", "Second Line", "solved", 1),
        ),
    ),
    "handed further up, then all the way down": Case(
        (
            TO_SECOND,
            event("09 12:00", "group_changed", to="Third Line"),
            event("09 14:00", "group_changed", to="Support"),
        ),
        (
            ("functional", "Support", "Second Line", "passed_on", 2),
            ("functional", "Second Line", "Third Line", "returned", 2),
        ),
    ),
    "only named groups count": Case(
        (
            TO_SECOND,
            event("09 12:00", "group_changed", to="Third Line"),
            event("09 15:00", "group_changed", to="Archive"),
        ),
        (("functional", "Second Line", "Third Line", "passed_on", 3),),
        LADDER,
    ),
    "the first group is dispatch": Case(
        (
            event("09 09:30", "group_changed", to=None),
            event("09 10:00", "group_changed", to="Support"),
        ),
        (),
    ),
    "a reopening goes on": Case(
        (
            TO_SECOND,
            event("09 11:00", "closed"),
            event("09 13:00", "reopened"),
            event("09 14:00", "closed"),
        ),
        (("functional", "Support", "Second Line", "solved", 2),),
    ),
    "moved while closed counts from the reopening": Case(
        (
            event("09 10:00", "closed"),
            event("09 11:00", "group_changed", to="Second Line"),
            event("09 13:00", "reopened"),
        ),
        (("functional", "Support", "Second Line", "open", 4),),
    ),
    "to the manager and back": Case(
        (
            event("09 10:00", "owner_changed", to="the boss"),
            event("09 12:00", "owner_changed", to="anna"),
        ),
        (("hierarchical", "anna", "the boss", "returned", 2),),
        LADDER,
        owner="anna",
    ),
    "to the manager and on to somebody else": Case(
        (
            event("09 10:00", "owner_changed", to="the boss"),
            event("09 12:00", "owner_changed", to="bob"),
        ),
        (("hierarchical", "anna", "the boss", "passed_on", 2),),
        LADDER,
        owner="anna",
    ),
    "to the manager's group, to the manager": Case(
        (TO_SECOND, event("09 10:00", "owner_changed", to="The Boss")),
        (("hierarchical", "Support", "Second Line", "open", 7),),
        LADDER,
    ),
    "colleagues hand over": Case((event("09 10:00", "owner_changed", to="bob"),), (), owner="anna"),
    "by our step": Case(
        (
            event("09 12:00", "group_changed", ours=True, to="Escalations"),
            event("09 12:00", "owner_changed", ours=True, to="carl"),
            event("09 14:00", "closed"),
        ),
        (("automatic", "Support", "Escalations", "solved", 2),),
        LADDER,
    ),
    "our step takes it from its owner, recovery restores him": Case(
        (
            event("09 12:00", "owner_changed", ours=True, to="carl"),
            event("09 13:00", "owner_changed", ours=True, to="anna"),
        ),
        (("automatic", "anna", "carl", "returned", 1),),
        owner="anna",
    ),
    "our step gives it to somebody before any miss": Case(
        (event("09 10:00", "owner_changed", ours=True, to="carl"),), ()
    ),
    "our step gives it to somebody after a miss": Case(
        (event("09 12:00", "owner_changed", ours=True, to="carl"),),
        (("automatic", None, "carl", "open", 5),),
    ),
    "inside the group it was escalated to": Case(
        (TO_SECOND, event("09 11:00", "owner_changed", to="bob"), event("09 13:00", "closed")),
        (("functional", "Support", "Second Line", "solved", 3),),
        owner="anna",
    ),
}


def shown(each: Escalation) -> tuple[object, ...]:
    return (each.kind, each.source, each.target, each.end, each.elapsed.wall / HOUR)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_escalations(case: Case) -> None:
    given = past(CREATED, *case.events, as_of="09 17:00", clocks=(MISSED,), owner=case.owner)
    assert tuple(shown(each) for each in figures(given, case.ladder).escalations) == case.expected


@pytest.mark.parametrize(
    ("moved", "closed", "after_miss", "in_time"),
    [
        ("09 10:00", "09 10:30", False, True),
        ("09 10:00", "09 11:30", False, False),
        ("09 12:00", "09 12:30", True, False),
        ("09 11:00", None, True, None),
    ],
)
def test_before_or_after_the_miss(
    moved: str, closed: str | None, after_miss: bool, in_time: bool | None
) -> None:
    ends = () if closed is None else (event(closed, "closed"),)
    given = past(CREATED, event(moved, "group_changed", to="Second Line"), *ends, clocks=(MISSED,))
    (found,) = figures(given).escalations
    assert (found.after_miss, found.in_time) == (after_miss, in_time)
    assert found.ended_at == (None if closed is None else at(closed))
