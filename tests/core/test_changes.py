"""Why due times are what they are: held against the verdicts of every worked ticket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from slaplugin.core.changes import Change, Story, story_of
from slaplugin.core.evaluate import evaluate, last_instant
from slaplugin.core.model import Actor, ClockInstance, Event, Ticket, Timeline
from slaplugin.core.policytests import TestCase
from slaplugin.core.rulebook import RuleBook
from slaplugin.policyfiles.loader import load_policy_texts
from slaplugin.policyfiles.testfiles import load_policy_tests
from tests.core.oracle.draw import Draw, as_cases
from tests.core.worked import results, worked

HERE = Path(__file__).parent
MOVED = HERE / "due-times.yaml"
FILES = [*sorted((HERE / "scenarios").glob("*")), *sorted((HERE / "cases").glob("*")), MOVED]
NINE = 1_773_043_200
"""Monday 2026-03-09 09:00 in Berlin."""
HOUR = 3600


@dataclass(frozen=True)
class Explained:
    """A clock of a worked ticket with what is told of its due time."""

    name: str
    as_of: int
    instance: ClockInstance
    story: Story

    @property
    def key(self) -> tuple[str, str]:
        return (self.instance.clock, self.instance.start_event)

    @property
    def changes(self) -> tuple[Change, ...]:
        return self.story.changes.get(self.key, ())


def explained(path: Path) -> Iterator[Explained]:
    books: dict[int, RuleBook] = {}
    for case in load_policy_tests(path).cases:
        rules = books.setdefault(id(case.policy_set), RuleBook.compile(case.policy_set))
        yield from _clocks(case, rules)


def _clocks(case: TestCase, rules: RuleBook) -> Iterator[Explained]:
    timeline = Timeline(case.ticket, case.events)
    as_of = last_instant(timeline) if case.as_of is None else case.as_of
    story = story_of(timeline, rules, as_of)
    for instance in evaluate(timeline, rules, as_of).instances:
        yield Explained(case.name, as_of, instance, story)


def _has_reason(one: Explained) -> bool:
    breaches = [each.at for each in one.changes if each.breached]
    wanted = [one.instance.breached_at] if one.instance.breach_reason == "retarget" else []
    return breaches == wanted


def _sum_is_right(one: Explained) -> bool:
    """What was counted and what is still to count make what is allowed, up to the due.

    A clock that will stand still just then is due later (details 10).
    """
    sum_, due = one.story.reckonings.get(one.key), one.instance.due_at
    if sum_ is None or not sum_.ahead or due is None:
        return True
    ahead = sum(end - start for start, end in sum_.ahead)
    return one.instance.elapsed + ahead == sum_.allowed and sum_.ahead[-1][1] <= due


def _has_sum(one: Explained) -> bool:
    return one.instance.target is None or one.key in one.story.reckonings


def _is_a_chain(one: Explained) -> bool:
    """Each change begins with the target with which the one before it ended."""
    told = [each for each in one.changes if each.kind != "split"]
    return all(
        (earlier.after.target, earlier.after.allowed) == (later.before.target, later.before.allowed)
        for earlier, later in pairwise(told)
    )


def _ends_in_force(one: Explained) -> bool:
    if not one.changes or one.instance.status == "void":
        return True
    last = one.changes[-1].after
    mine = (one.instance.policy, one.instance.target)
    return (last.policy, last.target) == mine


CHECKS = (_has_reason, _has_sum, _sum_is_right, _is_a_chain, _ends_in_force)


@pytest.mark.parametrize(("file", "place"), worked([MOVED]))
def test_the_tickets_that_are_explained_come_out_as_written(file: Path, place: int) -> None:
    assert results(file)[place].differences == ()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_due_time_is_accounted_for(path: Path) -> None:
    wrong = [
        f"{one.name}: {one.instance.clock} #{one.instance.instance} {check.__name__}"
        for one in explained(path)
        for check in CHECKS
        if not check(one)
    ]
    assert wrong == []


@pytest.mark.parametrize("words", ["", "custom", "days amend merge split family ours"])
def test_every_due_time_of_random_tickets_is_accounted_for(words: str) -> None:
    topics = frozenset(words.split())
    cases = as_cases([Draw(seed, topics).case() for seed in range(12, 24)])
    wrong = [
        f"{one.name}: {one.instance.clock} #{one.instance.instance} {check.__name__}"
        for case in cases
        for one in _clocks(case, RuleBook.compile(case.policy_set))
        for check in CHECKS
        if not check(one)
    ]
    assert wrong == []


# ---------------------------------------------------------------------- what is told of one

RULES = """
calendars:
  berlin: {timezone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}}
policies:
  - name: standard
    targets: {resolution: {urgent: 2h, default: 8h}}
    sub:
      - {name: vip, when: {organization.tier: gold}, targets: {resolution: 1h}}
"""
ANNA = Actor("7", "agent", "Anna")


def changes(*events: Event) -> tuple[Change, ...]:
    loaded = load_policy_texts({"p.yaml": RULES})
    created = Event(NINE * 1000, 0, "c", "created", {"by": "customer"})
    facts = {"customer.email": "a@example.org", "organization.tier": "none"}
    timeline = Timeline(Ticket("h", "1", facts=facts), (created, *events))
    story = story_of(timeline, RuleBook.compile(loaded.required()), NINE + 5 * HOUR)
    return story.changes.get(("resolution", "c"), ())


def event(kind: str, hours: float = 4, **more: Any) -> Event:
    known = {name: more.pop(name) for name in ("ours", "retarget", "actor") if name in more}
    at_ms = int((NINE + hours * HOUR) * 1000)
    return Event(at_ms, 9, f"{kind}-1", kind, more, **known)


def test_a_change_names_the_event_who_did_it_and_which_fact_it_changed() -> None:
    (change,) = changes(event("priority_changed", to="urgent", actor=ANNA))
    assert change.cause.event is not None
    assert (change.cause.event.id, change.cause.event.actor) == ("priority_changed-1", ANNA)
    assert [(each.field, each.after) for each in change.cause.facts] == [("priority", "urgent")]
    assert (change.before.target, change.after.target) == (8 * HOUR, 2 * HOUR)
    assert (change.before.due_at, change.after.due_at) == (NINE + 8 * HOUR, NINE + 2 * HOUR)
    assert (change.kind, change.rule, change.breached) == ("target", "retroactive", True)


def test_of_another_customer_the_facts_are_told_that_decide() -> None:
    (change,) = changes(
        event(
            "customer_changed",
            to={"email": "b@example.org", "phone": "1"},
            organization={"tier": "gold", "city": "Bonn"},
        )
    )
    assert [(each.field, each.before, each.after) for each in change.cause.facts] == [
        ("organization.tier", "none", "gold")
    ]


def test_what_our_own_steps_did_changes_nothing_unless_it_is_meant_to() -> None:
    assert changes(event("priority_changed", to="urgent", ours=True)) == ()
    (change,) = changes(event("priority_changed", to="urgent", ours=True, retarget=True))
    assert change.cause.event is not None
    assert change.cause.event.retarget


def test_an_event_that_changes_no_target_is_no_change() -> None:
    assert changes(event("priority_changed", to="low"), event("group_changed", to="Sales")) == ()


def test_a_clock_that_stopped_tells_what_changed_its_target_meanwhile() -> None:
    raised, lowered = (
        event("priority_changed", 1, to="urgent"),
        event("priority_changed", 4, to="low"),
    )
    lowered = replace(lowered, id="lowered")
    found = changes(raised, event("closed", 3), lowered, event("reopened", 4.5))
    assert [(each.kind, each.asleep and each.asleep.event) for each in found] == [
        ("target", None),
        ("target", lowered),
    ]
