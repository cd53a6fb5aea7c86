"""The figures of single tickets, worked out by hand. The office is open 9 to 17 from Monday on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from slaplugin.core.calendars import CalendarSpec, CalendarVersion
from slaplugin.core.conditions import Test
from slaplugin.core.metrics import Lap, Measuring, TicketMetrics, metrics_of
from slaplugin.core.model import Event
from slaplugin.core.policies import EventPattern, Policy, PolicySet
from slaplugin.core.rulebook import RuleBook
from tests.core.metrics.tickets import DAY, HOUR, OFFICE, RULES, at, event, figures, numbered, past

MINUTE = 60
CREATED = event("09 16:30", "created", by="customer")  # a Monday
REPLY = event("10 10:20", "agent_reply")
CLOSED = event("11 12:00", "closed")


def lap(found: Lap | None) -> tuple[int, int] | None:
    """(wall, open) in seconds."""
    return None if found is None else (found.wall, found.open)


def told(*events: Event, **facts: Any) -> TicketMetrics:
    return figures(past(*events, **facts))


@dataclass(frozen=True)
class Case:
    events: tuple[Event, ...]
    first: tuple[int, int] | None
    following: tuple[tuple[int, int], ...] = ()
    unanswered: str | None = None
    owed: bool = True


RESPONSES = {
    "over the evening": Case((CREATED, REPLY), (17 * HOUR + 50 * MINUTE, HOUR + 50 * MINUTE)),
    "over the night of the clock change": Case(
        (event("28 20:00", "created"), event("30 10:00", "agent_reply")),
        (37 * HOUR, HOUR),  # one hour of that night does not exist
    ),
    "never answered": Case((CREATED, event("10 10:00", "note")), None),
    "only machines answered": Case((CREATED, event("10 10:00", "auto_message")), None),
    "closed without an answer": Case((CREATED, CLOSED), None, unanswered="11 12:00"),
    "answered after the close": Case(
        (CREATED, CLOSED, event("11 12:30", "agent_reply")), None, unanswered="11 12:00"
    ),
    "a call taken": Case(
        (event("09 10:00", "created", by="agent", on_behalf=True, live=True),), (0, 0)
    ),
    "opened by an agent towards a customer": Case(
        (event("09 10:00", "created", by="agent"), REPLY), None, owed=False
    ),
    "an agent's own opening message is no reply": Case(
        (
            event("09 10:00", "created", by="agent", on_behalf=True),
            event("09 10:00", "agent_reply", opening=True),
            event("09 11:00", "agent_reply"),
        ),
        (HOUR, HOUR),
    ),
    "opened by a system for nobody": Case(
        (event("09 10:00", "created", by="system"), REPLY), None, owed=False
    ),
    "the oldest unanswered message counts": Case(
        (
            CREATED,
            REPLY,
            event("10 11:00", "customer_message"),
            event("10 12:00", "customer_message"),
            event("10 13:00", "agent_reply"),
            event("10 14:00", "agent_reply"),
            event("10 16:00", "customer_message"),
            event("11 10:00", "agent_reply"),
        ),
        (17 * HOUR + 50 * MINUTE, HOUR + 50 * MINUTE),
        ((2 * HOUR, 2 * HOUR), (18 * HOUR, 2 * HOUR)),
    ),
    "a message before the first answer waits for that one": Case(
        (CREATED, event("09 16:45", "customer_message"), REPLY),
        (17 * HOUR + 50 * MINUTE, HOUR + 50 * MINUTE),
    ),
    "closed over a message": Case(
        (CREATED, REPLY, event("10 11:00", "customer_message"), CLOSED),
        (17 * HOUR + 50 * MINUTE, HOUR + 50 * MINUTE),
    ),
    "reopened by a message": Case(
        (
            CREATED,
            REPLY,
            CLOSED,
            event("12 09:00", "customer_message"),
            event("12 09:05", "reopened"),
            event("12 10:00", "agent_reply"),
        ),
        (17 * HOUR + 50 * MINUTE, HOUR + 50 * MINUTE),
        ((HOUR, HOUR),),
    ),
    "split from another ticket": Case(
        (
            event("09 12:00", "created"),
            event("09 12:00", "split_from", ticket="7", message_at=at("09 10:00")),
            event("09 13:00", "agent_reply"),
        ),
        (3 * HOUR, 3 * HOUR),
    ),
}


@pytest.mark.parametrize("case", RESPONSES.values(), ids=RESPONSES)
def test_responses(case: Case) -> None:
    course = told(*case.events).course
    assert lap(course.first_response) == case.first
    assert tuple(lap(each) for each in course.next_responses) == case.following
    assert course.unanswered_at == (None if case.unanswered is None else at(case.unanswered))
    assert course.owed == case.owed


# ---------------------------------------------------------------------- merges

ABSORBED = numbered(
    (
        event("09 09:00", "created", by="customer"),
        event("09 10:00", "state_changed", to="pending", kind="waiting_customer"),
        event("09 12:00", "customer_message"),
        event("09 12:30", "closed"),
    )
)


def test_a_merge_takes_over_the_older_creation_and_its_wait() -> None:
    found = told(
        event("09 15:00", "created", by="customer"),
        event("09 16:00", "absorbed", events=ABSORBED),
        event("10 09:30", "agent_reply"),
        event("10 10:00", "closed"),
    )
    assert lap(found.course.first_response) == (24 * HOUR + 30 * MINUTE, 8 * HOUR + 30 * MINUTE)
    assert lap(found.course.full_resolution) == (25 * HOUR, 9 * HOUR)
    assert (found.times.inherited.wall, found.times.inherited.open) == (90 * MINUTE, 90 * MINUTE)
    assert found.times.requester_wait.wall == 19 * HOUR + 90 * MINUTE
    assert found.times.age.wall == 19 * HOUR
    assert len(found.course.messages) == 3
    assert found.first_contact is False


def test_an_answer_on_the_absorbed_ticket_is_the_first_response() -> None:
    other = numbered((event("09 09:00", "created"), event("09 09:40", "agent_reply")))
    found = told(
        event("09 15:00", "created"),
        event("09 16:00", "absorbed", events=other),
        event("09 16:20", "agent_reply"),
    )
    assert lap(found.course.first_response) == (40 * MINUTE, 40 * MINUTE)
    assert [lap(each) for each in found.course.next_responses] == [(80 * MINUTE, 80 * MINUTE)]


def test_a_ticket_that_was_merged_away_counts_nowhere() -> None:
    found = told(CREATED, REPLY, event("10 11:00", "merged", into="2"))
    assert (found.standing, found.solved_at) == ("merged", None)
    assert found.times.age.wall == 18 * HOUR + 30 * MINUTE


@pytest.mark.parametrize(
    ("events", "tags", "standing"),
    [
        ((event("10 11:00", "deleted"),), (), "removed"),
        ((event("10 11:00", "tag_added", tag="spam"),), (), "void"),
        ((), ("spam",), "void"),
        (
            (
                event("10 11:00", "tag_added", tag="spam"),
                event("10 12:00", "tag_removed", tag="spam"),
            ),
            (),
            "counted",
        ),
    ],
)
def test_deleted_tickets_and_spam_count_nowhere(
    events: tuple[Event, ...], tags: tuple[str, ...], standing: str
) -> None:
    assert told(CREATED, *events, tags=tags).standing == standing


def test_other_patterns_of_the_void_list() -> None:
    rules = RuleBook.compile(PolicySet(void=(EventPattern("type_changed", {"to": ("test", "x")}),)))
    assert [
        figures(past(CREATED, event("10 11:00", "type_changed", to=kind)), rules=rules).standing
        for kind in ("test", "incident")
    ] == ["void", "counted"]


def test_without_a_creation_there_are_no_figures() -> None:
    assert metrics_of(past(REPLY), Measuring.by(RULES)) is None


# ---------------------------------------------------------------------- resolution, reopening


def test_first_and_full_resolution_with_a_reopening() -> None:
    found = told(
        event("09 09:00", "created"),
        event("09 11:00", "agent_reply"),
        event("09 12:00", "closed"),
        event("12 09:00", "reopened"),
        event("12 15:00", "closed"),
    )
    assert lap(found.course.first_resolution) == (3 * HOUR, 3 * HOUR)
    assert lap(found.course.full_resolution) == (3 * DAY + 6 * HOUR, 30 * HOUR)
    assert found.course.reopened_at == (at("12 09:00"),)
    assert found.times.in_hand.wall == found.times.requester_wait.wall == 9 * HOUR
    kinds = {part.name: part.elapsed.wall for part in found.times.by_state_kind}
    assert kinds == {"new": 3 * HOUR, "closed": 3 * DAY - 3 * HOUR, "open": 6 * HOUR}
    assert (found.one_touch, found.first_contact) == (False, False)


def test_what_is_open_again_is_not_solved() -> None:
    found = told(CREATED, CLOSED, event("12 09:00", "reopened"), as_of="12 10:00")
    assert lap(found.course.full_resolution) is None
    assert lap(found.course.first_resolution) == (43 * HOUR + 30 * MINUTE, 11 * HOUR + 30 * MINUTE)
    assert (found.one_touch, found.first_contact, found.solved_at) == (None, None, None)


@pytest.mark.parametrize(
    ("events", "one_touch", "first_contact"),
    [
        ((REPLY, CLOSED), True, True),
        ((CLOSED,), False, False),
        ((REPLY, event("10 11:00", "agent_reply"), CLOSED), False, True),
        ((event("10 09:00", "customer_message"), REPLY, CLOSED), True, False),
        ((REPLY, event("10 11:00", "group_changed", to="Second Line"), CLOSED), True, False),
        ((REPLY, CLOSED, event("11 13:00", "customer_message")), True, True),
        ((REPLY, CLOSED, event("11 13:00", "agent_reply")), True, True),
        ((REPLY,), None, None),
    ],
    ids=[
        "one answer",
        "none",
        "two answers",
        "asked twice",
        "moved on",
        "thanked after the close",
        "a word after the close",
        "still open",
    ],
)
def test_one_touch_and_first_contact(
    events: tuple[Event, ...], one_touch: bool | None, first_contact: bool | None
) -> None:
    found = told(CREATED, *events)
    assert (found.one_touch, found.first_contact) == (one_touch, first_contact)


def test_a_call_solved_at_once_is_one_touch() -> None:
    call = event("09 10:00", "created", by="agent", on_behalf=True, live=True)
    found = told(call, event("09 10:00", "closed"), channel="phone")
    assert (found.one_touch, found.first_contact, found.channel) == (True, True, "phone")
    assert lap(found.course.full_resolution) == (0, 0)


# ---------------------------------------------------------------------- where the time goes


def test_waiting_until_a_date() -> None:
    found = told(
        event("09 09:00", "created"),
        event("09 10:00", "owner_changed", to="anna"),
        event("09 11:00", "state_changed", to="open", kind="open"),
        event(
            "09 12:00",
            "state_changed",
            to="pending reminder",
            kind="waiting_customer",
            until=at("10 12:00"),
        ),
        event("10 16:00", "state_changed", to="open", kind="open"),
        event("10 16:30", "state_changed", to="with vendor", kind="waiting_other"),
        event("11 09:30", "closed"),
    )
    times = found.times
    assert (times.agent_wait.wall, times.agent_wait.open) == (DAY, 8 * HOUR)
    assert (times.requester_wait.wall, times.requester_wait.open) == (
        DAY + 30 * MINUTE,
        8 * HOUR + 30 * MINUTE,
    )
    assert (times.on_hold.wall, times.on_hold.open) == (17 * HOUR, HOUR)
    assert (times.handle_time.wall, times.handle_time.open) == (90 * MINUTE, 90 * MINUTE)
    assert times.unassigned.wall == HOUR
    states = {part.name: part.elapsed.wall for part in times.by_state}
    assert states == {
        "new": 2 * HOUR,
        "open": 90 * MINUTE,
        "pending reminder": 28 * HOUR,
        "with vendor": 17 * HOUR,
    }


def test_groups_and_owners_share_the_time_exactly() -> None:
    found = told(
        event("09 09:00", "created"),
        event("09 10:00", "owner_changed", to="anna"),
        event("09 11:00", "group_changed", to="Second Line"),
        event("09 11:00", "owner_changed", to=None),
        event("09 13:00", "owner_changed", to="bob"),
        event("09 14:00", "group_changed", to=None),
        event("09 15:00", "group_changed", to="Support"),
        event("09 16:00", "closed"),
    )
    groups = {part.name: part.elapsed.wall for part in found.times.by_group}
    owners = {part.name: part.elapsed.wall for part in found.times.by_owner}
    assert groups == {"Support": 3 * HOUR, "Second Line": 3 * HOUR, None: HOUR}
    assert owners == {None: 3 * HOUR, "anna": HOUR, "bob": 3 * HOUR}
    assert (found.course.hops, found.course.handovers) == (2, 1)


@pytest.mark.parametrize(
    ("events", "facts", "expected"),
    [
        ((event("10 09:30", "owner_changed", to="anna"),), {}, (17 * HOUR, HOUR)),
        ((event("09 16:30", "owner_changed", to="anna"),), {}, (0, 0)),
        ((event("10 09:30", "owner_changed", to="bob"),), {"owner": "anna"}, None),
        ((CLOSED,), {}, None),
        ((CLOSED, event("12 09:00", "owner_changed", to="anna")), {}, None),
        (
            (
                event("10 09:30", "owner_changed", to="anna"),
                event("10 10:00", "owner_changed", to=None),
                event("10 11:00", "owner_changed", to="bob"),
            ),
            {},
            (17 * HOUR, HOUR),
        ),
    ],
)
def test_wait_until_assigned(
    events: tuple[Event, ...], facts: dict[str, Any], expected: tuple[int, int] | None
) -> None:
    assert lap(told(CREATED, *events, **facts).course.first_assignment) == expected


@pytest.mark.parametrize(
    ("channel", "by", "expected"),
    [
        ("web", "customer", "self_service"),
        ("web", "agent", "other"),
        ("email", "customer", "email"),
        ("Email", "agent", "email"),
        ("phone", "agent", "phone"),
        ("sms", "customer", "chat"),
        ("twitter direct-message", "customer", "social"),
        ("carrier pigeon", "customer", "other"),
        (None, "customer", "unknown"),
    ],
)
def test_channels(channel: str | None, by: str, expected: str) -> None:
    created = event("09 10:00", "created", by=by)
    assert told(created, channel=channel).channel == expected


# ---------------------------------------------------------------------- calendars

EARLY = CalendarSpec("early", (CalendarVersion("Europe/Berlin", (((6 * HOUR, 10 * HOUR),),) * 7),))


def early_for(group: str) -> RuleBook:
    policies = (
        Policy("standard", calendar="office"),
        Policy("early", when=Test("group", "is", group), calendar="early", rank=10),
    )
    return RuleBook.compile(
        PolicySet(calendars={"office": OFFICE, "early": EARLY}, policies=policies)
    )


@pytest.mark.parametrize(("ours", "expected"), [(False, 4 * HOUR + 30 * MINUTE), (True, 8 * HOUR)])
def test_each_second_is_judged_by_the_calendar_in_force(ours: bool, expected: int) -> None:
    """Moved at 10:30 to a group that works from 6 to 10; our own moves change no hours (R15)."""
    given = past(
        event("09 09:00", "created"),
        event("09 10:30", "group_changed", to="Early Birds", ours=ours),
        event("10 09:00", "agent_reply"),
        event("10 10:00", "note"),
    )
    found = figures(given, rules=early_for("Early Birds"))
    assert lap(found.course.first_response) == (DAY, expected)
