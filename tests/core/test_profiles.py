"""Profiles: what they leave alone. What each puts in place of what is in cases/profiles.yaml."""

from __future__ import annotations

import random

import pytest

from slaplugin.core.clocks.definitions import BUILTIN, all_clocks
from slaplugin.core.evaluate import evaluate
from slaplugin.core.model import Evaluation, Event, Timeline
from slaplugin.core.policies import PolicySet
from slaplugin.core.profiles import OWN, PROFILES, Reply, profile_of
from slaplugin.core.rulebook import RuleBook
from slaplugin.policyfiles.loader import load_policy_texts
from tests.core.test_straight import SPOKEN, random_timeline

SPELLED = """
calendars:
  berlin: {timezone: Europe/Berlin, hours: {mon-fri: "09:00-12:00, 13:00-17:00"}}
clocks:
  answer:
    start: [{event: created}]
    stop: [{event: agent_reply}]
    cycle: once
  next:
    start: [{event: customer_message}]
    stop: [{event: agent_reply}, {event: closed}]
  repair:
    start: [{event: created}, {event: reopened}]
    stop: [{event: closed}]
    pause: {state_kind: waiting_customer}
    cycle: resume
  vendor: {while: {state: vendor}, cycle: accumulate, party: supplier}
policies:
  - name: standard
    targets: {answer: 4h, next: 2h, repair: 16h, vendor: 8h}
    pause: [next]
    reopen_within: 30h
"""


def policy_set(text: str, profile: str | None) -> PolicySet:
    head = f"profile: {profile}\n" if profile else ""
    return load_policy_texts({"policies.yaml": head + text}).required()


def judged(timeline: Timeline, rules: RuleBook) -> Evaluation:
    return evaluate(timeline, rules, timeline.events[-1].at + 40_000)


@pytest.mark.parametrize("profile", PROFILES)
def test_a_set_that_spells_everything_out_is_left_alone(profile: str) -> None:
    """Clocks of patterns, with what pauses and how long a reopen counts said by the policy."""
    plain, native = (
        RuleBook.compile(policy_set(SPELLED, name), only_targeted=True) for name in (None, profile)
    )
    dice = random.Random(20261122)
    stopped = 0
    for _ in range(150):
        timeline = random_timeline(dice, SPOKEN)
        ours, theirs = judged(timeline, plain), judged(timeline, native)
        assert theirs == ours
        stopped += sum(item.stopped_at is not None for item in ours.instances)
    assert stopped > 100


@pytest.mark.parametrize("profile", PROFILES)
def test_clocks_without_a_counterpart_are_ours(profile: str) -> None:
    family = PROFILES[profile]
    theirs = {clock.name: clock for clock in all_clocks({}, family)}
    changed = {name for name in BUILTIN if theirs[name] != BUILTIN[name]}
    assert changed
    assert changed <= set(family.native)


def test_every_choice_of_a_profile_is_about_clocks_that_it_has() -> None:
    for family in PROFILES.values():
        assert family.pauses <= set(family.native)
        assert set(family.native) <= set(BUILTIN)


def test_without_a_name_the_choices_are_our_own() -> None:
    assert profile_of(None) is OWN
    assert {name for name, clock in BUILTIN.items() if clock.pauses} == OWN.pauses


@pytest.mark.parametrize(
    ("data", "counting"),
    [
        ({}, {"ours", "zammad", "otrs", "rt"}),
        ({"channel": "email"}, {"ours", "zammad", "otrs", "rt"}),
        ({"channel": "note"}, {"ours", "otrs", "rt"}),
        ({"channel": "phone"}, {"ours", "zammad", "otrs", "rt"}),
        ({"channel": "phone", "live": True}, {"ours", "rt"}),
    ],
)
def test_what_is_a_reply(data: dict[str, object], counting: set[str]) -> None:
    said = Event(0, 1, "1", "agent_reply", data)
    rules: dict[str, Reply] = {"ours": OWN.reply}
    rules |= {name: family.reply for name, family in PROFILES.items()}
    assert {name for name, reply in rules.items() if reply.counts(said)} == counting


@pytest.mark.parametrize("kind", ["note", "auto_message", "customer_message"])
def test_nothing_else_is_one(kind: str) -> None:
    said = Event(0, 1, "1", kind)
    assert not any(family.reply.counts(said) for family in (OWN, *PROFILES.values()))
