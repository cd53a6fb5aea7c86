"""Objectives in other periods than the report's: each is told whole, from all its tickets."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from slaplugin.app.explaining import present_judge
from slaplugin.app.reporting.making import Sources, make_report
from slaplugin.app.reporting.report import Ask, Report
from slaplugin.core.periods import parse_period
from tests.app.desk_of import HEAD, HOUR, Installation

Live = Callable[..., Installation]

DAY = 24 * HOUR
OBJECTIVES = """    objectives:
      - {clock: first_response, share: 90%, per: quarter, timezone: Europe/Berlin}
      - {clock: first_response, share: 90%, per: month, timezone: Europe/Berlin}
      - {clock: first_response, share: 90%, per: day, timezone: Europe/Berlin}
      - {clock: first_response, share: 90%, timezone: Europe/Berlin}
"""


@pytest.fixture
def desk(live: Live) -> Installation:
    """A ticket answered in time on March 9, one too late on April 7, one in time on May 4."""
    made = live(HEAD + OBJECTIVES)
    for start, hours in (
        ("2026-03-09T09:00:00+01:00", 1),
        ("2026-04-07T09:00:00+02:00", 6),
        ("2026-05-04T09:00:00+02:00", 2),
    ):
        made.clock.set(start)
        ticket = made.host.create()
        made.sync(hours * HOUR)
        made.host.agent_replies(ticket)
        made.host.set(ticket, "state", "closed")
        made.sync(60)
    return made


def report(desk: Installation, first: str, last: str) -> Report:
    now = desk.clock.now()
    judge = present_judge(desk.policies, desk.store, now)
    ask = Ask(parse_period(first), parse_period(last), "Europe/Berlin")
    return make_report(Sources(desk.store, judge, desk.host.name, now), ask)


@pytest.mark.parametrize(
    ("first", "last", "lines"),
    [
        (
            "2026-05",
            "2026-05",
            [("all", 2, 1), ("2026-05-04", 1, 0), ("2026-05", 1, 0), ("2026-Q2", 1, 1)],
        ),
        (
            "2026-03",
            "2026-04",
            [
                ("all", 2, 1),
                ("2026-03-09", 1, 0),
                ("2026-04-07", 0, 1),
                ("2026-03", 1, 0),
                ("2026-04", 0, 1),
                ("2026-Q1", 1, 0),
                ("2026-Q2", 1, 1),
            ],
        ),
        (
            "2026-Q1",
            "2026-Q1",
            [("all", 2, 1), ("2026-03-09", 1, 0), ("2026-03", 1, 0), ("2026-Q1", 1, 0)],
        ),
        (
            "2026-05-04",
            "2026-05-04",
            [("all", 2, 1), ("2026-05-04", 1, 0), ("2026-05", 1, 0), ("2026-Q2", 1, 1)],
        ),
        ("2026-05-05", "2026-05-05", [("all", 2, 1), ("2026-05", 1, 0), ("2026-Q2", 1, 1)]),
    ],
)
def test_every_period_that_the_report_touches_is_told_whole(
    desk: Installation, first: str, last: str, lines: list[tuple[str, int, int]]
) -> None:
    told = report(desk, first, last).accounts.lines()
    found = [
        (line.period.label if line.period else "all", line.told.hits, line.told.misses)
        for line in told
    ]
    assert sorted(found) == sorted(lines)


def test_a_clock_that_is_missed_after_its_ticket_was_closed_is_in_that_month(live: Live) -> None:
    """What a clock of one's own ends by is said by it alone (details 15)."""
    text = HEAD.replace("4h}", "4h, desk: 20h}") + (
        "clocks: {desk: {start: [{event: group_changed}], stop: [{event: agent_reply}]}}\n"
    )
    made = live(text.replace("    when: {group: Support}\n", ""))
    made.clock.set("2026-03-27T16:00:00+02:00")
    ticket = made.host.create()
    made.host.set(ticket, "group", "Billing")
    made.host.set(ticket, "state", "closed")
    for later in ("2026-03-27T16:01:00+02:00", "2026-05-04T09:00:00+02:00"):
        made.clock.set(later)
        made.sync(60)
    months = [report(made, month, month).attainment for month in ("2026-03", "2026-04", "2026-05")]
    assert [table.total.misses for table in months] == [0, 1, 0]


def test_all_else_is_about_the_range_alone(desk: Installation) -> None:
    made = report(desk, "2026-05", "2026-05")
    assert (made.attainment.total.hits, made.attainment.total.misses) == (1, 0)
    assert made.causes.misses == ()
    assert made.metrics.whole.counts["created"] == 1
