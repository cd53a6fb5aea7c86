"""Every section of the language becomes the value that the engine works with."""

# ruff: noqa: E501 - one case a line, however long its text

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from slaplugin.core.conditions import All, AnyOf, Not, Test
from slaplugin.core.policies import (
    SPAM,
    BusinessDays,
    ByTime,
    ChangeRule,
    CustomClock,
    Duration,
    EventPattern,
    NoTarget,
    PolicySet,
    StepTime,
    TargetEntry,
    Tighten,
)

Valid = Callable[[str], PolicySet]
HOUR = 3600
OFFICE = 'calendars: {office: {timezone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}}}\n'


def one_policy(valid: Valid, body: str) -> Any:
    found = valid(f"{OFFICE}policies:\n  - {{name: p, targets: {{update: 1h}}, {body}}}\n")
    return found.policies[0]


@pytest.mark.parametrize(
    ("written", "goal"),
    [
        ("90s", Duration(90)),
        ("30m", Duration(1800)),
        ("1h30m", Duration(5400)),
        ("90m", Duration(5400)),
        ("2bd", BusinessDays(2)),
        ('{by: "12:00", after: 1bd}', ByTime(12 * HOUR, 1)),
        ('{by: "8:30"}', ByTime(8 * HOUR + 1800)),
        ("{by: close}", ByTime(None)),
        ("none", NoTarget()),
        ("{within: none}", NoTarget()),
    ],
)
def test_goals(valid: Valid, written: str, goal: object) -> None:
    found = valid(f"policies: [{{name: p, targets: {{resolution: {written}}}}}]")
    assert found.policies[0].targets["resolution"] == (TargetEntry(goal),)  # type: ignore[arg-type]


def test_targets_by_priority_keep_their_order_and_calendars(valid: Valid) -> None:
    found = valid(
        f"{OFFICE}policies: [{{name: p, targets: {{update: "
        "{urgent: {within: 30m, calendar: 24x7}, 2 normal: 2h, default: none}}}]"
    )
    assert found.policies[0].targets["update"] == (
        TargetEntry(Duration(1800), calendar="24x7", priority="urgent"),
        TargetEntry(Duration(2 * HOUR), priority="2 normal"),
        TargetEntry(NoTarget(), priority="default"),
    )


def test_a_list_of_targets_has_a_condition_each(valid: Valid) -> None:
    found = valid(
        "policies: [{name: p, targets: {update: [{when: {type: outage}, within: 4h}, 16h]}}]"
    )
    first, second = found.policies[0].targets["update"]
    assert first == TargetEntry(Duration(4 * HOUR), when=Test("type", "is", "outage"))
    assert second == TargetEntry(Duration(16 * HOUR))


@pytest.mark.parametrize(
    ("written", "condition"),
    [
        ("{group: Support}", Test("group", "is", "Support")),
        ("{group: [A, B]}", Test("group", "in", ("A", "B"))),
        ("{customer.vip: true}", Test("customer.vip", "is", True)),
        ("{fields.impact: {gte: 3, lt: 9}}", All((Test("fields.impact", "gte", 3), Test("fields.impact", "lt", 9)))),
        ("{tags: {not: [a, b]}}", Test("tags", "not_in", ("a", "b"))),
        ("{tags: {not: a}}", Test("tags", "not", "a")),
        ("{owner: {set: false}}", Test("owner", "set", False)),
        ("{group: {matches: Ops-*}}", Test("group", "matches", "Ops-*")),
        ("{priority: 3}", Test("priority", "is", "3")),
        ("{not: {type: call}}", Not(Test("type", "is", "call"))),
        ("{any: [{type: call}, {type: web}]}", AnyOf((Test("type", "is", "call"), Test("type", "is", "web")))),
        ("{type: a, channel: b}", All((Test("type", "is", "a"), Test("channel", "is", "b")))),
        ("{created_in: office}", Test("created_in", "is", "office")),
        ("{customer.fields.tier: no}", Test("customer.fields.tier", "is", "no")),
        ("{facts.opened: 2026-03-01}", Test("facts.opened", "is", "2026-03-01")),
        ("{}", All()),
    ],
)  # fmt: skip
def test_conditions(valid: Valid, written: str, condition: object) -> None:
    assert one_policy(valid, f"when: {written}").when == condition


def test_what_a_policy_says_beside_its_targets(valid: Valid) -> None:
    policy = one_policy(
        valid,
        "rank: 7, effective: {from: 2026-01-01, until: 2026-12-31}, pause: [update], "
        "reopen_within: 14d, change: {tighten: {floor: 30m}, loosen: keep}, mode: observe, "
        "enforce_from: 2026-03-01, marks: while_overdue, count_unanswered: true, steps: []",
    )
    assert (policy.rank, policy.effective_from) == (7, date(2026, 1, 1))
    assert policy.effective_until == date(2026, 12, 31)
    assert policy.pause == frozenset({"update"})
    assert policy.reopen_within == 14 * 86400
    assert policy.change == ChangeRule(Tighten("floor", 1800), "keep")
    assert (policy.mode, policy.marks) == ("observe", "while_overdue")
    assert policy.enforce_from == date(2026, 3, 1)
    assert policy.count_unanswered is True
    assert policy.steps == ()


def test_what_a_policy_does_not_say_is_its_parents(valid: Valid) -> None:
    policy = one_policy(valid, "sub: []")
    inherited = (
        policy.rank,
        policy.calendar,
        policy.pause,
        policy.steps,
        policy.mode,
        policy.marks,
    )
    assert inherited == (None,) * 6


def test_layers_are_flat_with_parents_first(valid: Valid) -> None:
    found = valid(
        "policies: [{name: a, sub: [{name: b, sub: [{name: c, targets: {update: 1h}}]}]}, {name: d}]"
    )
    assert [(each.name, each.parent) for each in found.policies] == [
        ("a", None),
        ("b", "a"),
        ("c", "b"),
        ("d", None),
    ]


@pytest.mark.parametrize(
    ("at", "when"),
    [
        ("start", StepTime("start")),
        ("met", StepTime("met")),
        ("breach", StepTime("breach")),
        ("75%", StepTime("share", share=Fraction(3, 4))),
        ("12.5%", StepTime("share", share=Fraction(1, 8))),
        ("1h before due", StepTime("before", offset=HOUR)),
        ("2h30m after due", StepTime("after", offset=9000)),
    ],
)
def test_step_times(valid: Valid, at: str, when: StepTime) -> None:
    step = one_policy(valid, f"steps: [{{at: {at}, do: [mark]}}]").steps[0]
    assert (step.at, step.when) == (at, when)


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [
        ("mark", "mark", None),
        ('{tag: "sla-{clock}"}', "tag", "sla-{clock}"),
        ("{group: Escalations}", "group", "Escalations"),
        ("{owner: least_loaded}", "owner", "least_loaded"),
        ("{owner: none}", "owner", "none"),
        ("{notify: desk}", "notify", ("desk",)),
        ("{notify: [desk, lead]}", "notify", ("desk", "lead")),
        ("{field: product, to: payments}", "field", ("product", "payments")),
        ("{field: {product: payments}}", "field", ("product", "payments")),
        ("{state: escalated}", "state", "escalated"),
        ('{note: "{ticket}: due {due_at:local}, {remaining} left"}', "note", "{ticket}: due {due_at:local}, {remaining} left"),
    ],
)  # fmt: skip
def test_actions(valid: Valid, written: str, kind: str, value: object) -> None:
    (step,) = one_policy(valid, f"steps: [{{at: breach, do: [{written}]}}]").steps
    assert (step.do[0].kind, step.do[0].value) == (kind, value)


def test_what_modifies_a_step(valid: Valid) -> None:
    first, second = one_policy(
        valid,
        "steps: [{at: breach, clocks: [update], retarget: true, on_recover: restore, "
        "do: [{priority: high, only: raise}]}, {at: 75%, do: [{only: raise, priority: high}]}]",
    ).steps
    assert first.clocks == frozenset({"update"})
    assert first.retarget
    assert first.do[0].only_raise
    assert first.do[0].restore
    assert not second.do[0].restore
    assert list(second.do[0].written) == ["priority", "only"], "equal actions must look equal"


def test_custom_clocks(valid: Valid) -> None:
    found = valid(
        """
        clocks:
          house: {like: resolution, party: group}
          vendor: {party: supplier, while: {state: waiting on vendor}, cycle: accumulate}
          second_line:
            start: [{event: group_changed, to: [Second Line, Third Line]}]
            stop: [{event: owner_changed, to: null}, {event: closed}]
            pause: {state_kind: waiting_customer}
            void: [{event: tag_added, tag: spam, reason: junk}]
        """
    ).clocks
    assert found["house"] == CustomClock("house", like="resolution", party="group")
    assert found["vendor"].runs_while == Test("state", "is", "waiting on vendor")
    assert (found["vendor"].cycle, found["second_line"].cycle) == ("accumulate", "each")
    assert found["second_line"].start == (
        EventPattern("group_changed", {"to": ("Second Line", "Third Line")}),
    )
    assert found["second_line"].stop[0] == EventPattern("owner_changed", {"to": None})
    assert found["second_line"].void == (EventPattern("tag_added", {"tag": "spam"}, "junk"),)


def test_void_of_the_set(valid: Valid) -> None:
    assert valid("policies: []").void == (SPAM,)
    assert valid("void: [{event: deleted}]").void == (EventPattern("deleted"),)


def test_objectives(valid: Valid) -> None:
    first, second = one_policy(
        valid,
        "count_unanswered: true, objectives: [{clock: update, share: 99.9%, within: 6h, per: month, "
        "timezone: Europe/Berlin, during: office, credits: {table: [{below: 99.9%, credit: 5%}], "
        "base: {field: organization.fields.fee}, currency: EUR, cap: 20%, rounding: 0.05}}, "
        "{availability: update, share: 99%, calendar: office, "
        "credits: [{below: 99%, credit: 1%}], min_count: 3, base: 1000}]",
    ).objectives
    assert first.share == Fraction(999, 1000)
    assert (first.within, first.per, first.zone) == (6 * HOUR, "month", "Europe/Berlin")
    assert first.count_unanswered
    assert first.credits.base == "organization.fields.fee"
    assert (first.credits.cap, first.credits.rounding) == (Fraction(1, 5), Decimal("0.05"))
    assert (second.availability, second.calendar, second.clock) == ("update", "office", None)
    assert (second.credits.min_count, second.credits.base) == (3, Decimal(1000))
    assert second.credits.steps[0].text == "1%"
