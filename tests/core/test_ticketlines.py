"""One client's tickets, line by line, in lives judged by the engine; Monday 2026-03-09, UTC."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from slaplugin.core.attainment import Contracts
from slaplugin.core.causes import Window
from slaplugin.core.evaluate import evaluate
from slaplugin.core.model import Event, Ticket, Timeline
from slaplugin.core.past import Past, past_of
from slaplugin.core.rulebook import RuleBook
from slaplugin.core.ticketlines import TicketLine, TicketLines
from slaplugin.policyfiles.loader import load_policy_texts

MONDAY, HOUR = 1_773_014_400, 3600
POLICIES = """
calendars: {office: {timezone: UTC, hours: {mon-fri: "09:00-17:00"}}}
policies:
  - name: standard
    calendar: office
    targets: {first_response: 1h, resolution: 4h}
"""


@pytest.fixture(scope="module")
def rules() -> RuleBook:
    return RuleBook.compile(load_policy_texts({"sla.yaml": POLICIES}).required())


def event(hour: float, kind: str, /, **data: Any) -> Event:
    return Event(int((MONDAY + hour * HOUR) * 1000), 0, f"{kind} {hour}", kind, data)


CREATED = event(9, "created", by="customer")
WAITS = event(10, "state_changed", to="pending", kind="waiting_customer")
GOES_ON = event(12, "customer_message")


def past(rules: RuleBook, *events: Event, ticket: str = "1", now: float = 16) -> Past:
    facts = {"group": "Support", "state": "open", "state_kind": "open"}
    timeline = Timeline(Ticket("desk", ticket, f"47{ticket}", facts=facts), events)
    as_of = int(MONDAY + now * HOUR)
    return past_of(timeline, rules, evaluate(timeline, rules, as_of).instances, as_of)


def lines(rules: RuleBook, *pasts: Past, since: float = 0) -> tuple[TicketLine, ...]:
    window = Window(int(MONDAY + since * HOUR), MONDAY + 24 * HOUR, ZoneInfo("UTC"))
    found = TicketLines(Contracts(rules), window)
    for each in pasts:
        found.add(each)
    return found.result()


def test_turns_add_up_to_the_time_that_it_was_open(rules: RuleBook) -> None:
    closed = event(15, "state_changed", to="closed", kind="closed")
    (line,) = lines(rules, past(rules, CREATED, WAITS, GOES_ON, closed))
    assert (line.ours, line.theirs) == (4 * HOUR, 2 * HOUR)
    assert (line.created_at, line.closed_at) == (MONDAY + 9 * HOUR, MONDAY + 15 * HOUR)
    assert not line.open


def test_only_the_window_counts(rules: RuleBook) -> None:
    (line,) = lines(rules, past(rules, CREATED, WAITS, GOES_ON), since=11)
    assert (line.ours, line.theirs) == (4 * HOUR, HOUR)


def test_an_open_ticket_shows_its_due_and_its_verdicts(rules: RuleBook) -> None:
    (line,) = lines(rules, past(rules, CREATED, event(9.5, "agent_reply"), now=12))
    assert (line.open, line.due) == (True, MONDAY + 13 * HOUR)
    assert [(each.clock, each.verdict) for each in line.clocks] == [
        ("first_response", "hits"),
        ("resolution", "not_due"),
    ]


def test_open_ones_by_their_due_then_the_latest_closed(rules: RuleBook) -> None:
    def closed(hour: int) -> Event:
        return event(hour, "state_changed", to="closed", kind="closed")

    answered = event(9.5, "agent_reply")
    pasts = [
        past(rules, CREATED, answered, closed(11), ticket="early"),
        past(rules, CREATED, answered, closed(12), ticket="late"),
        past(rules, CREATED, ticket="urgent"),
        past(rules, event(13, "created", by="customer"), ticket="young"),
    ]
    order = [line.ticket.id for line in lines(rules, *pasts)]
    assert order == ["urgent", "young", "late", "early"]


def test_a_merged_ticket_is_told_as_one(rules: RuleBook) -> None:
    (line,) = lines(rules, past(rules, CREATED, event(11, "merged", into="9")))
    assert (line.state, line.closed_at, line.ours) == ("merged", MONDAY + 11 * HOUR, 2 * HOUR)


def test_what_was_over_before_the_window_is_left_out(rules: RuleBook) -> None:
    over = past(rules, CREATED, event(10, "state_changed", to="closed", kind="closed"))
    assert lines(rules, over, since=11) == ()
