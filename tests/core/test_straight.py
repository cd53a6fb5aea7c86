"""The short way for ordinary tickets gives the full replay's answer, key by key."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from slaplugin.core.evaluate import evaluate, evaluate_fully, outcomes
from slaplugin.core.model import Event, Ticket, Timeline
from slaplugin.core.policies import PolicySet
from slaplugin.core.profiles import PROFILES
from slaplugin.core.rulebook import RuleBook
from slaplugin.core.shortcut import evaluate_straight, outcomes_straight
from slaplugin.policyfiles.loader import load_policy_texts

MONDAY = 1_772_438_400
POLICIES = """
calendars:
  berlin: {timezone: Europe/Berlin, hours: {mon-fri: "09:00-12:00, 13:00-17:00"}}
policies:
  - name: standard
    targets: {first_response: 4h, next_response: 2h, resolution: 16h, update: 8h}
    reopen_within: 30h
    steps:
      - {at: start, do: [{note: hello}]}
      - {at: 50%, do: [mark]}
      - {at: 1h before due, do: [{notify: desk}], clocks: [resolution]}
      - {at: 9h before due, do: [{notify: lead}]}
      - {at: 8h before due, do: [{notify: desk}]}
      - {at: breach, do: [mark, {tag: "sla-{clock}"}]}
      - {at: 2h after due, do: [{group: Escalations}]}
      - {at: met, do: [{note: thanks}]}
    sub:
      - {name: vip, when: {organization.vip: true}, targets: {first_response: 1h}, mode: mark}
      - {name: watched, when: {fields.product: x}, mode: observe, targets: {next_response: 1h}}
      - name: paused
        when: {fields.product: y}
        pause: [first_response, next_response, resolution]
        marks: while_overdue
        targets: {first_response: 3h, next_response: 1h, resolution: 10h}
      - {name: twin, when: {fields.product: z}, targets: {first_response: 2h, resolution: 4h}}
      - {name: late, when: {fields.product: z}, enforce_from: 2026-03-04, targets: {resolution: 4h}}
"""
Kind = tuple[str, dict[str, Any]]
KINDS: tuple[Kind, ...] = (
    ("agent_reply", {}),
    ("customer_message", {}),
    ("note", {}),
    ("state_changed", {"to": "open", "kind": "open"}),
    ("state_changed", {"to": "pending", "kind": "waiting_customer"}),
    ("state_changed", {"to": "vendor", "kind": "waiting_other"}),
    ("closed", {}),
    ("reopened", {}),
    ("owner_changed", {"to": "kim"}),
    ("tag_added", {"tag": "blue"}),
    ("tag_added", {"tag": "spam"}),
    ("field_changed", {"field": "color", "to": "red"}),
    ("group_changed", {"to": "Billing"}),
)
GAPS = (0, 0, 1, 1800, 3600, 7200, 14400, 40000, 90000, 200000)


SPOKEN: tuple[Kind, ...] = (
    ("agent_reply", {"channel": "note"}),
    ("agent_reply", {"live": True}),
    ("customer_message", {"live": True}),
    ("third_party_message", {}),
)
"""Beside KINDS: messages that not every family takes for an answer."""


def policy_set(profile: str | None = None) -> PolicySet:
    text = POLICIES if profile is None else f"profile: {profile}\n{POLICIES}"
    loaded = load_policy_texts({"policies.yaml": text})
    assert loaded.policy_set is not None, loaded.problems
    return loaded.policy_set


def random_timeline(dice: random.Random, kinds: tuple[Kind, ...] = ()) -> Timeline:
    at = MONDAY + dice.randrange(0, 7 * 86400, 900)
    by = dice.choice(("customer", "customer", "customer", "agent", "system"))
    events = [Event(at * 1000, 0, "0", "created", {"by": by})]
    if kinds and dice.random() < 0.3:
        said, opening = dice.choice(SPOKEN[:3]), {"opening": True, "on_behalf": by == "agent"}
        events.append(Event(at * 1000, 0, "0a", said[0], {**said[1], **opening}))
    for place in range(1, dice.randrange(1, 12)):
        at += dice.choice(GAPS)
        kind, data = dice.choice(KINDS + kinds)
        if data.get("kind") == "waiting_customer" and dice.random() < 0.5:
            data = {**data, "until": at + dice.choice((-60, 3600, 50000))}
        events.append(Event(at * 1000, place, str(place), kind, data))
    facts = {
        "group": "Support",
        "priority": "2 normal",
        "customer.email": "a@example.org",
        "organization.vip": dice.random() < 0.3,
        "fields.product": dice.choice(("x", "y", "z", "none")),
    }
    current = frozenset({"organization.vip"}) if dice.random() < 0.2 else frozenset()
    return Timeline(Ticket("z", "1", facts=facts, current_only=current), tuple(events))


@pytest.mark.parametrize("live_since", [None, MONDAY + 86400])
def test_random_tickets_agree(live_since: int | None) -> None:
    rules = RuleBook.compile(policy_set(), live_since=live_since, only_targeted=True)
    assert agreeing(rules, random.Random(20260302), 1500) > 500


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("silent", [True, False], ids=["silent", "spelled"])
def test_random_tickets_agree_under_a_profile(profile: str, silent: bool) -> None:
    chosen = policy_set(profile)
    if silent:
        layers = [replace(each, pause=None, reopen_within=None) for each in chosen.policies]
        chosen = replace(chosen, policies=tuple(layers))
    rules = RuleBook.compile(chosen, only_targeted=True)
    assert agreeing(rules, random.Random(f"{profile} {silent}"), 400, SPOKEN) > 100


HANDED: tuple[Kind, ...] = (
    ("group_changed", {"to": "Second Line"}),
    ("group_changed", {"to": "Support"}),
    ("priority_changed", {"to": "1 low"}),
    ("priority_changed", {"to": "2 normal"}),
    ("type_changed", {"to": "question"}),
    ("field_changed", {"field": "product", "to": "none"}),
    ("field_changed", {"field": "facts.pause_reason", "to": "parts"}),
)
"""Beside KINDS: changes of what policies look at, most of which choose the same targets."""
LOOKING = """
  - {name: billing, rank: 40, when: {group: Billing}, targets: {first_response: 2h}}
  - {name: blue, rank: 40, when: {tags: blue}, targets: {update: 30h}}
  - {name: urgent, rank: 50, when: {priority: 3 high}, targets: {resolution: 3h}}
"""


def test_random_tickets_agree_where_a_change_chooses_the_same_targets() -> None:
    loaded = load_policy_texts({"policies.yaml": POLICIES + LOOKING})
    assert loaded.policy_set is not None, loaded.problems
    rules = RuleBook.compile(loaded.policy_set, only_targeted=True)
    dice = random.Random("handed on")
    assert agreeing(rules, dice, 800, HANDED) > 150


@pytest.mark.parametrize(
    "void",
    [
        "{event: closed}",
        "{event: reopened, reason: again}",
        "{event: state_changed, to: [pending, vendor]}",
        "{event: tag_added, tag: [spam, blue]}",
        "{event: group_changed, to: Billing}",
        "{event: note}",
    ],
)
def test_random_tickets_agree_whatever_voids_clocks(void: str) -> None:
    loaded = load_policy_texts({"policies.yaml": f"void: [{void}]\n{POLICIES}{LOOKING}"})
    assert loaded.policy_set is not None, loaded.problems
    rules = RuleBook.compile(loaded.policy_set, only_targeted=True)
    dice = random.Random(void)
    for _ in range(150):
        timeline = random_timeline(dice, (*HANDED, ("state_changed", {"to": "closed"})))
        as_of = timeline.events[-1].at + dice.choice((0, 3600, 100000))
        full = evaluate_fully(timeline, rules, as_of)
        assert evaluate(timeline, rules, as_of) == full
        bare = tuple(replace(each, spans=(), trace=(), steps=()) for each in full.instances)
        assert outcomes(timeline, rules, as_of) == bare


MOVING: tuple[Kind, ...] = (
    *HANDED,
    ("group_changed", {"to": "Billing"}),
    ("group_changed", {"to": "Night"}),
    ("group_changed", {"to": "Floor"}),
    ("group_changed", {"to": "Kept"}),
    ("group_changed", {"to": "Elsewhere"}),
    ("priority_changed", {"to": "3 high"}),
    ("priority_changed", {"to": "3 high"}),
    ("priority_changed", {"to": "2 normal"}),
    ("tag_removed", {"tag": "blue"}),
    ("field_changed", {"field": "product", "to": "y"}),
    ("priority_changed", {"to": "3 high", "ours": True}),
)
"""Beside KINDS: changes that choose other targets, some in a way that takes the full replay."""
ELSEWHERE = """
  - name: night
    rank: 60
    when: {group: Night}
    change: {tighten: restart}
    targets: {first_response: 1h, resolution: 2h}
  - name: floor
    rank: 60
    when: {group: Floor}
    change: {tighten: {floor: 30m}}
    targets: {first_response: 30m, update: 1h, resolution: 20h}
  - {name: kept, rank: 60, when: {group: Kept}, change: {loosen: keep}, targets: {resolution: 90h}}
  - {name: elsewhere, rank: 70, when: {group: Elsewhere}, calendar: 24x7, targets: {update: 9h}}
"""


def test_random_tickets_agree_where_a_change_chooses_other_targets() -> None:
    loaded = load_policy_texts({"policies.yaml": POLICIES + LOOKING + ELSEWHERE})
    assert loaded.policy_set is not None, loaded.problems
    rules = RuleBook.compile(loaded.policy_set, only_targeted=True)
    dice = random.Random("moving")
    moved = 0
    reasons = set()
    for _ in range(1000):
        timeline = random_timeline(dice, MOVING)
        as_of = timeline.events[-1].at + dice.choice((0, 1, 3600, 20000, 100000, -3600))
        mine = outcomes_straight(timeline, rules, as_of)
        if mine is None:
            continue
        full = evaluate_fully(timeline, rules, as_of).instances
        assert mine == tuple(replace(each, spans=(), trace=(), steps=()) for each in full)
        if evaluate_straight(timeline, rules, as_of, detail=False) is None:
            moved += 1
            reasons |= {each.breach_reason for each in mine}
    assert moved > 150
    assert reasons == {None, "overdue", "retarget"}


def agreeing(
    rules: RuleBook, dice: random.Random, number: int, kinds: tuple[Kind, ...] = ()
) -> int:
    """How many of so many random tickets went the short way, all with the full replay's answer."""
    short_ways = 0
    for _ in range(number):
        timeline = random_timeline(dice, kinds)
        last = timeline.events[-1].at
        as_of = last + dice.choice((0, 0, 1, 3600, 20000, 100000, -3600))
        short = evaluate_straight(timeline, rules, as_of, detail=True)
        if short is None:
            continue
        short_ways += 1
        bare = tuple(replace(each, spans=(), trace=(), steps=()) for each in short.instances)
        assert outcomes(timeline, rules, as_of) == bare
        full = evaluate_fully(timeline, rules, as_of)
        for mine, theirs in zip(short.instances, full.instances, strict=True):
            assert mine == theirs
        assert short.marks == full.marks
        assert short.next_check_at == full.next_check_at
        assert dict(short.facts) == dict(full.facts)
    return short_ways
