"""Totals of a handful of tickets, worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction

from slaplugin.core.dimensions import parse_dimensions
from slaplugin.core.metrics import Figures, Measuring, MetricTotals, Question, Rate, Totals
from slaplugin.core.model import Event, Ticket, Timeline
from slaplugin.core.past import Past, past_of
from tests.core.metrics.tickets import HOUR, RULES, at, event, numbered


def ticket(name: str, *events: Event, **facts: object) -> Past:
    known = {"group": "Support", "channel": "email", **facts}
    timeline = Timeline(Ticket("desk", name, facts=known), numbered(events))
    return past_of(timeline, RULES, (), at("16 12:00"))


def totals(question: Question, *given: Past) -> Totals:
    found = MetricTotals(Measuring.by(RULES), question)
    for past in given:
        found.add(past)
    return found.result()


SIX = (
    ticket(  # one reply, from the portal
        "1",
        event("09 09:00", "created"),
        event("09 10:00", "agent_reply"),
        event("09 11:00", "closed"),
        channel="web",
    ),
    ticket(  # two replies, reopened, solved on Wednesday
        "2",
        event("09 09:00", "created"),
        event("09 11:00", "agent_reply"),
        event("09 12:00", "closed"),
        event("10 09:00", "customer_message"),
        event("10 09:00", "reopened"),
        event("10 12:00", "agent_reply"),
        event("11 09:00", "closed"),
    ),
    ticket(  # moved on Tuesday, answered and solved there
        "3",
        event("09 16:00", "created"),
        event("10 09:00", "group_changed", to="Second Line"),
        event("10 10:00", "agent_reply"),
        event("10 10:30", "closed"),
    ),
    ticket("4", event("10 09:00", "created"), event("10 12:00", "closed")),  # never answered
    ticket("5", event("09 12:00", "created"), event("12 10:00", "agent_reply")),  # still open
    ticket(  # nobody had asked
        "6", event("10 09:00", "created", by="agent"), event("10 09:30", "closed"), channel="web"
    ),
    ticket("7", event("10 09:00", "created"), event("10 10:00", "merged", into="2")),
)


def shares(found: Figures) -> Mapping[str, tuple[int, int]]:
    return {name: (rate.count, rate.of) for name, rate in found.rates.items()}


def test_shares_have_both_their_numbers() -> None:
    found = totals(Question(), *SIX)
    assert shares(found.whole) == {
        "answered": (4, 5),
        "one_touch": (2, 4),
        "first_contact": (1, 4),
        "reopen_rate": (1, 5),
        "escalation_rate": (1, 5),
        "self_service": (1, 6),
    }
    assert found.whole.rates["answered"].share == Fraction(4, 5)
    assert Rate(0, 0).share is None
    assert found.left_out == {"merged": 1}


def test_times_belong_to_the_period_and_the_group_in_which_they_ended() -> None:
    question = Question("Europe/Berlin", "day", parse_dimensions(["group"]))
    found = totals(question, *SIX)
    answers = {
        (cell.period.label if cell.period else "", cell.values[0]): cell.figures.times[
            "first_response"
        ].open.total
        / HOUR
        for cell in found.cells
        if "first_response" in cell.figures.times
    }
    assert answers == {
        ("2026-03-09", "Support"): 1 + 2,
        ("2026-03-10", "Second Line"): 2,
        ("2026-03-12", "Support"): 5 + 8 + 8 + 1,
    }


def test_volumes_of_each_day() -> None:
    found = totals(Question("Europe/Berlin", "day"), *SIX)
    days = [
        tuple(cell.figures.counts.get(name, 0) for name in ("created", "closed", "reopened"))
        for cell in found.cells
    ]
    assert days == [(4, 2, 0), (2, 3, 1), (0, 1, 0), (0, 0, 0)]
    assert [day.total for day in found.backlog] == [2, 2, 1, 1, 1, 1, 1]
    assert found.backlog[-1].by_age == (0, 0, 1, 0, 0, 0)
    assert [now.oldest[0].value for now in found.backlog_now] == [7 * 24 * HOUR]
    assert found.backlog_now[0].by_age == (0, 0, 0, 1, 0, 0)


def test_the_times_of_all() -> None:
    first = totals(Question(), *SIX).whole.times["first_response"]
    assert (first.open.count, first.open.mean, first.open.median, first.open.p90) == (
        4,
        Fraction(27 * HOUR, 4),
        2 * HOUR,
        22 * HOUR,
    )
    assert [(each.ticket, each.value / HOUR) for each in first.longest] == [
        ("5", 70),
        ("3", 18),
        ("2", 2),
        ("1", 1),
    ]


def test_what_became_of_escalations() -> None:
    functional, hierarchical, automatic = totals(Question(), *SIX).whole.escalations
    assert (functional.kind, functional.count, functional.in_time) == ("functional", 1, 1)
    assert functional.ends == {"solved": 1, "returned": 0, "passed_on": 0, "open": 0}
    assert [each.ticket for each in functional.latest] == ["3"]
    assert (hierarchical.count, automatic.count) == (0, 0)


def test_bounds_leave_out_what_belongs_elsewhere() -> None:
    question = Question("Europe/Berlin", since=at("10 00:00"), until=at("11 00:00"))
    found = totals(question, *SIX).whole
    assert {name: found.counts.get(name, 0) for name in ("created", "solved", "reopened")} == {
        "created": 2,
        "solved": 3,
        "reopened": 1,
    }
    assert found.times["first_response"].wall.count == 1
    assert sum(part.elapsed.wall for part in found.parts if part.of == "group") == (
        found.times["in_hand"].wall.total
    )


def test_the_hour_that_comes_twice_is_one_hour_of_the_week() -> None:
    """Berlin's clocks go back on Sunday, 25 October 2026: 02:30 is at 00:30 and 01:30 UTC."""
    created, replied = (
        int(datetime(2026, 10, 25, hour, 30, tzinfo=UTC).timestamp()) for hour in (0, 1)
    )
    events = (
        Event(created * 1000, 1, "1", "created"),
        Event(replied * 1000, 2, "2", "agent_reply"),
    )
    past = past_of(Timeline(Ticket("desk", "1"), events), RULES, (), replied + HOUR)
    hours = totals(Question("Europe/Berlin"), past).hours
    sunday_at_two = 6 * 24 + 2
    assert (hours.arrivals[sunday_at_two], hours.replies[sunday_at_two]) == (1, 1)
    assert (sum(hours.arrivals), sum(hours.replies)) == (1, 1)
