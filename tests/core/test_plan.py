"""Wanted against seen, for one ticket: the rules of policy-language §8 one by one."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from slaplugin.core.actions import ActionRow, Seen
from slaplugin.core.calendars import CalendarSpec, CalendarVersion
from slaplugin.core.evaluate import evaluate
from slaplugin.core.model import Actor, Event, Ticket, Timeline
from slaplugin.core.plan import (
    HostWords,
    Patience,
    PlanContext,
    Showing,
    TicketView,
    plan_ticket,
)
from slaplugin.core.policies import (
    Duration,
    Policy,
    PolicySet,
    Step,
    StepAction,
    StepTime,
    TargetEntry,
)
from slaplugin.core.rulebook import RuleBook

START = 1_773_043_200  # Monday 2026-03-09 09:00 in Berlin
HOUR = 3600
DUE = START + 4 * HOUR
OFFICE = CalendarSpec(
    "office",
    (CalendarVersion("Europe/Berlin", (((9 * HOUR, 17 * HOUR),),) * 5 + ((), ())),),
)
RISK, BREACH = StepTime("share", share=Fraction(3, 4)), StepTime("breach")
WORDS = HostWords(
    account="sla", priorities={"3 high": "high", "2 normal": "normal", "1 low": "low"}
)
NOTE = "Ms Field: 4h of first_response, Mon 2026-03-09 13:00 CET, 2026-03-09T12:00:00Z, {odd}"
OWN = Showing(due="f_due", policy="f_policy", state="f_state", summary="f_summary")


def action(kind, value=None, **more):
    written = "mark" if kind == "mark" else {kind: value}
    return StepAction(kind, value, written=written, **more)


def step(when, *do):
    name = {"share": "75%", "breach": "breach", "met": "met"}[when.kind]
    return Step(name, when, do)


def context(*steps, mode=None, **more):
    policy = Policy(
        name="vip",
        targets={"first_response": (TargetEntry(Duration(4 * HOUR)),)},
        steps=steps or None,
        mode=mode,
    )
    rules = RuleBook.compile(PolicySet(calendars={"office": OFFICE}, policies=(policy,)))
    return PlanContext(rules, words=WORDS, **more)


def timeline(*events):
    created = Event(START * 1000, 0, "e0", "created", {"by": "customer"})
    facts = {"group": "Support", "priority": "2 normal", "customer.name": "Ms Field"}
    return Timeline(Ticket("desk", "7", "31007", "Printer", facts=facts), (created, *events))


def reply(at):
    return Event(at * 1000, 9, "reply", "agent_reply", actor=Actor("anna", "agent", "anna"))


SEEN = Seen(
    priority="2 normal",
    group="Support",
    state="open",
    state_kind="open",
    fields={"f_due": None, "f_policy": None, "f_state": None, "f_summary": None},
)


def planned(ctx, at, seen=SEEN, events=(), past=()):
    line = timeline(*events)
    verdict = evaluate(line, ctx.rules, at, detail=False)
    return plan_ticket(TicketView(line, verdict, seen, tuple(past)), ctx)


def told(plan):
    return [(row.kind, row.value, row.status) for row in plan.actions]


def done(plan, at):
    """The plan's actions as the table has them afterwards."""
    return [
        replace(row, status="done" if row.status == "planned" else row.status, at=at)
        for row in plan.actions
    ]


@pytest.mark.parametrize(
    ("at", "tags", "expected"),
    [
        (START + HOUR, (), []),
        (START + 3 * HOUR, (), [("add_tag", "sla-risk", "planned")]),
        (START + 3 * HOUR, ("sla-risk",), [("add_tag", "sla-risk", "adopted")]),
        (DUE, (), [("add_tag", "sla-risk", "planned")]),
        (DUE + 1, (), [("add_tag", "sla-breach", "planned")]),
    ],
)
def test_the_mark_that_a_ticket_should_carry(at, tags, expected):
    assert told(planned(context(), at, replace(SEEN, tags=frozenset(tags)))) == expected


def test_add_comes_before_remove_when_the_mark_changes():
    ctx = context()
    past = done(planned(ctx, START + 3 * HOUR), START + 3 * HOUR)
    seen = replace(SEEN, tags=frozenset({"sla-risk"}))
    assert told(planned(ctx, DUE + 1, seen, past=past)) == [
        ("add_tag", "sla-breach", "planned"),
        ("remove_tag", "sla-risk", "planned"),
    ]


def test_keys_are_the_same_each_time():
    ctx = context()
    first, again = (planned(ctx, DUE + offset).wanted for offset in (1, 500))
    assert [row.key for row in first] == [row.key for row in again]
    assert first[0].key == "desk:7:mark:sla-breach:0"


def test_a_mark_that_somebody_removed_is_not_set_again():
    ctx = context()
    past = done(planned(ctx, DUE + 1), DUE + 1)
    assert told(planned(ctx, DUE + 600, past=past)) == []


def test_a_mark_comes_back_with_a_new_period():
    ctx = context()
    at_risk = START + 3 * HOUR
    past = done(planned(ctx, at_risk), at_risk)
    seen = replace(SEEN, tags=frozenset({"sla-risk"}))
    retracted = planned(ctx, at_risk + 60, seen, events=[reply(START + HOUR)], past=past)
    assert told(retracted) == [("remove_tag", "sla-risk", "planned")]

    past += done(retracted, at_risk + 60)
    [row] = planned(ctx, at_risk + 120, past=past).wanted
    assert (row.key, row.value) == ("desk:7:mark:sla-risk:1", "sla-risk")


def test_tags_that_others_set_stay():
    seen = replace(SEEN, tags=frozenset({"sla-manual", "urgent"}))
    assert told(planned(context(), DUE + 1, seen)) == [("add_tag", "sla-breach", "planned")]


def test_a_mark_of_ours_that_the_store_forgot_is_removed():
    by_us = Event(START * 1000 + 5, 1, "t", "tag_added", {"tag": "sla-risk"}, Actor("sla", "agent"))
    by_anna = replace(by_us, actor=Actor("anna", "agent"))
    seen = replace(SEEN, tags=frozenset({"sla-risk"}))
    answered = reply(START + HOUR)
    ours = planned(context(), DUE, seen, events=[by_us, answered])
    assert told(ours) == [("remove_tag", "sla-risk", "planned")]
    assert told(planned(context(), DUE, seen, events=[by_anna, answered])) == []


def test_step_tags_begin_with_the_prefix_and_end_with_their_cause():
    ctx = context(step(RISK, action("tag", "soon")), step(BREACH, action("tag", "sla-{clock}")))
    at_risk = planned(ctx, START + 3 * HOUR)
    assert told(at_risk) == [("add_tag", "sla-soon", "planned")]
    seen = replace(SEEN, tags=frozenset({"sla-soon"}))
    assert told(planned(ctx, DUE + 1, seen, past=done(at_risk, DUE))) == [
        ("add_tag", "sla-first_response", "planned"),
        ("remove_tag", "sla-soon", "planned"),
    ]


@pytest.mark.parametrize(
    ("now", "wanted", "expected"),
    [
        ("2 normal", "high", ("set_priority", "3 high", "planned")),
        ("3 high", "high", ("set_priority", "3 high", "skipped")),
        ("3 high", "2 normal", ("set_priority", "2 normal", "skipped")),
        ("1 low", "2 normal", ("set_priority", "2 normal", "planned")),
    ],
)
def test_only_raise_goes_by_the_priority_order(now, wanted, expected):
    ctx = context(step(BREACH, action("priority", wanted, only_raise=True)))
    assert told(planned(ctx, DUE + 1, replace(SEEN, priority=now))) == [expected]


@pytest.mark.parametrize(
    ("now", "status"), [("80", "skipped"), ("90", "skipped"), ("50", "planned"), (None, "planned")]
)
def test_a_common_name_is_kept_in_whichever_priority_has_it(now, status):
    """Where several of the host's priorities are urgent, none of them is lowered to another."""
    ctx = context(step(BREACH, action("priority", "urgent")))
    words = replace(ctx.words, priorities={"80": "urgent", "50": "high", "90": "urgent"})
    found = planned(replace(ctx, words=words), DUE + 1, replace(SEEN, priority=now))
    assert told(found) == [("set_priority", "80", status)]


@pytest.mark.parametrize(
    ("todo", "expected"),
    [
        (action("group", "Second Line"), ("set_group", "Second Line", "planned")),
        (action("group", "Support"), ("set_group", "Support", "skipped")),
        (action("owner", "none"), ("set_owner", None, "skipped")),
        (action("owner", "anna"), ("set_owner", "anna", "planned")),
        (action("owner", "least_loaded"), ("set_owner", "least_loaded", "planned")),
        (action("state", "open"), ("set_state", "open", "skipped")),
        (action("notify", ("team",)), ("notify", "team", "skipped")),
        (action("field", ("f_policy", "x")), ("set_field", "x", "planned")),
        (action("field", ("unknown", "x")), ("set_field", "x", "skipped")),
        (
            action("note", "{customer}: {target} of {clock}, {due_at:local}, {breached_at}, {odd}"),
            (
                "add_note",
                NOTE,
                "planned",
            ),
        ),
    ],
)
def test_what_a_step_does_once(todo, expected):
    assert told(planned(context(step(BREACH, todo)), DUE + 1)) == [expected]


def test_what_was_done_once_is_not_done_again():
    ctx = context(step(BREACH, action("priority", "high")))
    past = done(planned(ctx, DUE + 1), DUE + 1)
    assert told(planned(ctx, DUE + 600, past=past)) == []


def test_a_warning_that_comes_too_late_is_skipped():
    ctx = context(step(RISK, action("note", "Hurry.")), step(BREACH, action("note", "Late.")))
    answered = planned(ctx, DUE + 60, events=[reply(START + 3 * HOUR + 60)])
    assert told(answered) == [("add_note", "Hurry.", "skipped")]
    late = planned(ctx, DUE + 60, events=[reply(DUE + 30)])
    assert told(late) == [("add_note", "Hurry.", "skipped"), ("add_note", "Late.", "planned")]


def test_after_downtime_all_that_fell_due_is_done_in_order():
    ctx = context(step(RISK, action("note", "Hurry.")), step(BREACH, action("note", "Late.")))
    assert told(planned(ctx, DUE + HOUR)) == [
        ("add_note", "Hurry.", "planned"),
        ("add_note", "Late.", "planned"),
    ]


@pytest.mark.parametrize(("mode", "count"), [("observe", 0), ("mark", 1), ("act", 2)])
def test_modes(mode, count):
    ctx = context(step(BREACH, action("mark"), action("priority", "high")), mode=mode)
    assert len(planned(ctx, DUE + 1).wanted) == count


def test_adopted_steps_are_recorded_and_not_done():
    ctx = context(step(BREACH, action("mark"), action("priority", "high")))
    rules = RuleBook.compile(ctx.rules.policy_set, live_since=DUE + HOUR)
    assert told(planned(replace(ctx, rules=rules), DUE + 2 * HOUR)) == [
        ("set_priority", "3 high", "adopted")
    ]


def test_fields_from_the_first_risk_on():
    ctx = context(showing=OWN)
    assert planned(ctx, START + HOUR).actions == ()
    fields = {row.field: row.value for row in planned(ctx, START + 3 * HOUR).wanted if row.field}
    assert fields == {
        "f_due": DUE,
        "f_policy": "vip",
        "f_state": "at_risk",
        "f_summary": "Reply by Mon 13:00 CET (vip)",
    }


def test_fields_always_and_only_where_the_host_has_them():
    ctx = context(showing=replace(OWN, always=True))
    seen = replace(SEEN, fields={"f_due": None, "f_state": ""})
    assert told(planned(ctx, START + HOUR, seen)) == [
        ("set_field", DUE, "planned"),
        ("set_field", "ok", "planned"),
    ]


def test_a_refused_write_is_tried_again_after_a_growing_pause():
    ctx = context(step(BREACH, action("group", "Gone")), patience=Patience(retry=60, attempts=3))
    [row] = planned(ctx, DUE + 1).wanted
    failed = replace(row, status="failed", attempts=1, at=DUE + 1)
    assert planned(ctx, DUE + 30, past=[failed]).wanted == ()
    assert planned(ctx, DUE + 30, past=[failed]).next_check_at == DUE + 61
    assert len(planned(ctx, DUE + 61, past=[failed]).wanted) == 1
    given_up = replace(failed, attempts=3)
    assert planned(ctx, DUE + HOUR, past=[given_up]).wanted == ()


def test_a_reassignment_waits_while_somebody_is_at_work():
    ctx = context(step(RISK, action("owner", "anna")))
    touched = Event(
        (START + 3 * HOUR - 60) * 1000,
        5,
        "o",
        "owner_changed",
        {"to": "bob"},
        Actor("bob", "agent"),
    )
    seen = replace(SEEN, owner="bob")
    assert planned(ctx, START + 3 * HOUR, seen, events=[touched]).wait_until == (
        START + 3 * HOUR - 60 + 600
    )
    ours = replace(touched, ours=True)
    assert planned(ctx, START + 3 * HOUR, seen, events=[ours]).wait_until is None


def test_recovery_puts_back_what_the_step_asked_to():
    ctx = context(step(BREACH, action("priority", "high", restore=True)))
    past = done(planned(ctx, DUE + 1), DUE + 1)
    raised = replace(SEEN, priority="3 high")
    assert planned(ctx, DUE + 60, raised, past=past).wanted == ()
    [back] = planned(ctx, DUE + 600, raised, events=[reply(DUE + 300)], past=past).wanted
    assert (back.kind, back.value, back.key.endswith(":restore")) == (
        "set_priority",
        "2 normal",
        True,
    )
    moved_on = planned(ctx, DUE + 600, SEEN, events=[reply(DUE + 300)], past=past)
    assert told(moved_on) == [("set_priority", "2 normal", "skipped")]


@pytest.mark.parametrize("kind", ["state", "note"])
def test_recovery_leaves_states_and_notes_as_they_are(kind):
    ctx = context(step(BREACH, action(kind, "open", restore=True)))
    past = done(planned(ctx, DUE + 1), DUE + 1)
    opened = replace(SEEN, state="open")
    answered = planned(ctx, DUE + 600, opened, events=[reply(DUE + 300)], past=past)
    assert told(answered) == []


def test_a_deleted_ticket_is_left_alone():
    gone = Event((DUE + 60) * 1000, 9, "gone", "deleted")
    past = [
        ActionRow(
            "desk:7:mark:sla-breach:0",
            "desk",
            "7",
            "add_tag",
            "first_response",
            "e0",
            "mark",
            "vip",
            DUE,
            "sla-breach",
            status="done",
        )
    ]
    seen = replace(SEEN, tags=frozenset({"sla-breach"}))
    assert planned(context(), DUE + 120, seen, events=[gone], past=past).actions == ()
