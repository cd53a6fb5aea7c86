"""Where the time of missed clocks went, and the pause audit, in hand-made lives.

Everything is on one Monday, 2026-03-09, in UTC; times are written as hours and minutes.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slaplugin.core.causes import (
    COUNTED,
    Cause,
    CauseReport,
    Causes,
    Parkings,
    PauseAudit,
    Window,
    causes_without_agents,
    lost_by_period,
    pauses_without_agents,
)
from slaplugin.core.evaluate import evaluate
from slaplugin.core.model import Actor, Event, Ticket, Timeline
from slaplugin.core.past import Past, past_of
from slaplugin.core.periods import CalendarPeriod
from slaplugin.core.rulebook import RuleBook
from slaplugin.policyfiles.loader import load_policy_texts

MONDAY = 1_773_014_400
ANNA, BOB = Actor("1", "agent", "anna"), Actor("2", "agent", "bob")
DAY = Window(MONDAY, MONDAY + 86_400, ZoneInfo("UTC"))
POLICIES = """
calendars: {office: {timezone: UTC, hours: {mon-fri: "09:00-17:00"}}}
policies:
  - name: standard
    calendar: office
    targets: {first_response: 1h, resolution: 4h}
"""


@pytest.fixture(scope="module")
def rules() -> RuleBook:
    loaded = load_policy_texts({"sla.yaml": POLICIES}, priorities={})
    return RuleBook.compile(loaded.required())


def at(clock: str) -> int:
    hours, minutes = clock.split(":")
    return MONDAY + int(hours) * 3600 + int(minutes) * 60


def event(clock: str, kind: str, /, who: Actor | None = None, **data: Any) -> Event:
    return Event(at(clock) * 1000, 0, f"{kind} {clock} {data}", kind, data, who)


def waiting(clock: str, by: Actor = ANNA, **data: Any) -> Event:
    return event(clock, "state_changed", by, to="pending", kind="waiting_customer", **data)


def opened(clock: str) -> Event:
    return event(clock, "state_changed", ANNA, to="open", kind="open")


def owned(clock: str, owner: str | None) -> Event:
    return event(clock, "owner_changed", to=owner)


CREATED = event("09:00", "created", by="customer")


def past(rules: RuleBook, *events: Event, now: str = "16:00") -> Past:
    timeline = Timeline(Ticket("desk", "1", "4711", facts={"group": "Support"}), events)
    return past_of(timeline, rules, evaluate(timeline, rules, at(now)).instances, at(now))


def causes(*pasts: Past, window: Window = DAY) -> CauseReport:
    found = Causes(window)
    for item in pasts:
        found.add(item)
    return found.result()


def minutes(report: CauseReport, clock: str) -> dict[tuple[Any, ...], int]:
    miss = next(miss for miss in report.misses if miss.clock == clock)
    return {
        tuple(part for part in (cause.kind, cause.group, cause.agent) if part): length // 60
        for cause, length in miss.seconds.items()
    }


def test_time_for_which_the_ticket_was_closed_is_no_time_after_hours(rules: RuleBook) -> None:
    report = causes(
        past(
            rules,
            CREATED,
            event("10:00", "closed"),
            opened("12:00"),
            event("15:45", "closed"),
        )
    )
    assert minutes(report, "resolution") == {("unassigned", "Support"): 285}


def test_a_call_that_was_taken_is_no_open_question(rules: RuleBook) -> None:
    taken = event("09:00", "created", by="agent", on_behalf=True, live=True)
    told = causes(past(rules, taken, waiting("09:30"), opened("10:00"), event("15:00", "closed")))
    assert minutes(told, "resolution") == {
        ("unassigned", "Support"): 330,
        ("waiting", "Support"): 30,
    }


def test_counted_time_is_shared_out_by_group_and_owner(rules: RuleBook) -> None:
    report = causes(
        past(
            rules,
            CREATED,
            owned("09:30", "anna"),
            event("10:00", "group_changed", to="Second Line"),
            owned("10:00", None),
            event("11:00", "agent_reply"),
            owned("12:00", "bob"),
            event("14:00", "closed"),
        )
    )
    assert minutes(report, "first_response") == {
        ("unassigned", "Support"): 30,
        ("agent", "Support", "anna"): 30,
        ("unassigned", "Second Line"): 60,
    }
    assert minutes(report, "resolution") == {
        ("unassigned", "Support"): 30,
        ("agent", "Support", "anna"): 30,
        ("unassigned", "Second Line"): 120,
        ("agent", "Second Line", "bob"): 120,
    }
    assert [(miss.clock, miss.over // 60, miss.open) for miss in report.misses] == [
        ("first_response", 60, False),
        ("resolution", 60, False),
    ]
    assert report.counted[0].cause == Cause("unassigned", "Second Line")
    assert report.lost == 7 * 3600


def test_the_nights_and_pauses_stand_beside(rules: RuleBook) -> None:
    report = causes(
        past(
            rules,
            event("08:00", "created", by="customer"),
            waiting("09:30"),
            event("10:30", "customer_message"),
            event("10:40", "agent_reply"),
            waiting("10:40"),
            opened("11:40"),
        )
    )
    assert minutes(report, "resolution") == {
        ("after_hours", "Support"): 60,
        ("unassigned", "Support"): 300,
        ("parked", "Support"): 60,
        ("waiting", "Support"): 60,
    }
    assert [share.cause.kind for share in report.beside] == ["after_hours", "parked", "waiting"]


def test_what_was_over_before_the_ticket_was_here_came_late(rules: RuleBook) -> None:
    message = event("09:00", "customer_message", Actor("9", "customer"))
    split = event("11:00", "split_from", ticket="7", message_at=message.at)
    report = causes(
        past(rules, event("11:00", "created", by="agent", on_behalf=True), split, now="15:00")
    )
    assert minutes(report, "first_response") == {("late",): 120, ("unassigned", "Support"): 240}


@pytest.mark.parametrize(
    "ending",
    [
        [event("09:59", "agent_reply"), event("12:00", "closed")],
        [event("12:00", "merged", into="2")],
        [event("12:00", "excluded")],
    ],
)
def test_what_is_met_void_or_waived_is_no_miss(rules: RuleBook, ending: list[Event]) -> None:
    report = causes(past(rules, CREATED, *ending, now="12:30"))
    assert [miss.clock for miss in report.misses if miss.clock == "resolution"] == []


def test_a_miss_belongs_to_the_window_of_its_breach(rules: RuleBook) -> None:
    item = past(rules, CREATED, event("10:30", "agent_reply"))
    before = Window(DAY.since, at("10:00"), DAY.zone)
    after = Window(at("10:00"), at("10:02"), DAY.zone)
    assert [len(causes(item, window=window).misses) for window in (before, after)] == [0, 1]


def test_a_miss_tells_what_broke_it() -> None:
    """A change that put the due into the past, and what else happened at that moment did not."""
    loaded = load_policy_texts(
        {"sla.yaml": POLICIES.replace("resolution: 4h", "resolution: {high: 1h, default: 6h}")}
    )
    raised = [event("14:00", "priority_changed", to="high"), event("14:00", "note")]
    found = causes(past(RuleBook.compile(loaded.required()), CREATED, *raised))
    assert {(miss.clock, miss.reason, miss.changed_by) for miss in found.misses} == {
        ("first_response", "overdue", ()),
        ("resolution", "retarget", ("priority_changed",)),
    }


def test_the_week_counts_misses_by_their_local_hour(rules: RuleBook) -> None:
    item = past(rules, CREATED, event("10:30", "agent_reply"), now="11:00")
    here, far = causes(item).week, causes(item, window=Window(*DAY_BOUNDS, TOKYO)).week
    assert [hour for hour, number in enumerate(here) if number] == [10]
    assert [hour for hour, number in enumerate(far) if number] == [19]


DAY_BOUNDS = (DAY.since, DAY.until)
TOKYO = ZoneInfo("Asia/Tokyo")

MOMENTS = st.integers(min_value=541, max_value=950)
KINDS = st.sampled_from(
    [
        ("owner_changed", {"to": "anna"}),
        ("owner_changed", {"to": None}),
        ("group_changed", {"to": "Second Line"}),
        ("customer_message", {}),
        ("agent_reply", {}),
        ("state_changed", {"to": "pending", "kind": "waiting_customer"}),
        ("state_changed", {"to": "open", "kind": "open"}),
        ("closed", {}),
    ]
)


@given(lives=st.lists(st.tuples(MOMENTS, KINDS), max_size=12))
def test_causes_share_out_the_whole_time(
    rules: RuleBook, lives: list[tuple[int, tuple[str, dict[str, Any]]]]
) -> None:
    events = [
        Event((MONDAY + minute * 60) * 1000, place, str(place), kind, data, ANNA)
        for place, (minute, (kind, data)) in enumerate(lives)
    ]
    item = past(rules, CREATED, *events)
    report = causes(item)
    clocks = {(each.clock, each.instance): each for each in item.instances}
    for miss in report.misses:
        instance = clocks[miss.clock, miss.instance]
        counted = sum(n for cause, n in miss.seconds.items() if cause.kind in COUNTED)
        ended = sum(span.seconds for span in instance.spans if span.cause == "stopped")
        life = (instance.stopped_at or item.as_of) - instance.started_at - ended
        assert counted == instance.elapsed
        assert sum(miss.seconds.values()) == life
    assert report.lost == sum(miss.elapsed for miss in report.misses)


# ------------------------------------------------------------------------- the pause audit


def audit(*pasts: Past) -> PauseAudit:
    found = Parkings(DAY)
    for item in pasts:
        found.add(item)
    return found.result()


def test_a_wait_over_an_unanswered_message_is_found(rules: RuleBook) -> None:
    item = past(
        rules,
        CREATED,
        waiting("09:10"),
        opened("11:00"),
        event("11:20", "agent_reply"),
        event("14:00", "closed"),
    )
    (found,) = audit(item).found
    assert (found.how, found.agent, found.unanswered // 60) == (("unanswered",), "anna", 110)
    assert found.saved == (("resolution", 1),)


def test_waiting_after_an_answer_is_no_parking(rules: RuleBook) -> None:
    item = past(rules, CREATED, event("09:50", "agent_reply"), waiting("09:55"), opened("14:00"))
    report = audit(item)
    assert (report.waits, report.seconds // 60, report.found) == (1, 245, ())


def test_a_wait_that_begins_just_before_the_due_is_found(rules: RuleBook) -> None:
    early = past(rules, CREATED, event("09:30", "agent_reply"), waiting("12:00"), opened("15:00"))
    late = past(rules, CREATED, event("09:30", "agent_reply"), waiting("12:45"), opened("15:00"))
    after_answer = past(
        rules, CREATED, event("12:44", "agent_reply"), waiting("12:45"), opened("15:00")
    )
    found = [[item.how for item in audit(one).found] for one in (early, late, after_answer)]
    assert found == [[], [("near_due",)], []]


def test_a_wait_renewed_again_and_again_is_one_wait(rules: RuleBook) -> None:
    item = past(
        rules,
        CREATED,
        event("09:20", "agent_reply"),
        waiting("09:30", until=at("10:00")),
        waiting("10:10", until=at("11:00")),
        waiting("10:50", until=at("12:00")),
    )
    report = audit(item)
    (found,) = report.found
    assert (report.waits, found.how) == (1, ("again",))
    assert (found.start, found.end) == (at("09:30"), at("12:00"))
    assert report.seconds // 60 == 30 + 110


def test_agents_are_summed_up(rules: RuleBook) -> None:
    parked = past(rules, CREATED, waiting("09:10", BOB), opened("11:00"))
    fine = past(rules, CREATED, event("09:20", "agent_reply"), waiting("09:30", BOB))
    (bob,) = audit(parked, fine).agents
    assert (bob.agent, bob.waits, bob.parked, bob.unanswered // 60) == ("bob", 2, 1, 110)


# ------------------------------------------------------------------- by period, without people


def two_days(rules: RuleBook) -> CauseReport:
    """A first response that is missed on Monday, a resolution on Tuesday."""
    events = (CREATED, owned("10:30", "anna"), event("12:00", "agent_reply"), owned("12:00", "bob"))
    late = past(rules, *events, opened("13:00"), now="34:00")
    return causes(late, window=Window(MONDAY, MONDAY + 2 * 86_400, ZoneInfo("UTC")))


def test_the_trend_shares_out_each_period_exactly(rules: RuleBook) -> None:
    report = two_days(rules)
    first = CalendarPeriod.around("day", "UTC", MONDAY - 86_400)
    trend = lost_by_period(report.misses, first, first.following.following.following, "UTC")
    assert [each.misses for each in trend] == [0, 2, 0, 0]
    counted = [sum(each.seconds.get(kind, 0) for kind in COUNTED) for each in trend]
    assert counted == [0, report.lost, 0, 0]
    assert sum(each.seconds.get("after_hours", 0) for each in trend) == sum(
        share.seconds for share in report.beside if share.cause.kind == "after_hours"
    )


def test_a_miss_belongs_to_the_period_of_its_zone(rules: RuleBook) -> None:
    report = two_days(rules)
    day = CalendarPeriod.around("day", "Pacific/Kiritimati", MONDAY)
    trend = lost_by_period(report.misses, day, day.following, "Pacific/Kiritimati")
    assert [each.misses for each in trend] == [0, 2]


def test_without_agents_the_sums_are_the_same(rules: RuleBook) -> None:
    report = two_days(rules)
    hidden = causes_without_agents(report)
    assert {cause.agent for miss in report.misses for cause in miss.seconds} > {None}
    assert {cause.agent for miss in hidden.misses for cause in miss.seconds} == {None}
    assert hidden.lost == report.lost
    assert [len(share.misses) for share in hidden.counted if share.cause.kind == "agent"] == [2]


def test_waits_without_agents_stay_in_the_list(rules: RuleBook) -> None:
    audit = Parkings(DAY)
    audit.add(past(rules, CREATED, waiting("09:30"), event("15:00", "agent_reply")))
    found = audit.result()
    hidden = pauses_without_agents(found)
    assert [item.agent for item in found.found] == ["anna"]
    assert [item.agent for item in hidden.found] == [None]
    assert (hidden.agents, hidden.waits, hidden.seconds) == ((), found.waits, found.seconds)
