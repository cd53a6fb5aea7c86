"""Which policy gives a clock its target (policy-language §4, details 2, 28-30 and 38)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from slaplugin.core.calendars import ALWAYS
from slaplugin.core.conditions import All, AnyOf, Condition, Not, Test
from slaplugin.core.policies import (
    BusinessDays,
    ByTime,
    Duration,
    Goal,
    NoTarget,
    Policy,
    PolicySet,
    TargetEntry,
)

from .opening import Opening, openings

Facts = Mapping[str, Any]


def holds(condition: Condition, facts: Facts) -> bool:
    match condition:
        case All(parts=parts):
            return all(holds(part, facts) for part in parts)
        case AnyOf(parts=parts):
            return any(holds(part, facts) for part in parts)
        case Not(part=part):
            return not holds(part, facts)
        case Test():
            return _test(condition, facts.get(condition.field))


def _same(one: Any, other: Any) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _has(value: Any, wanted: Any) -> bool:
    if isinstance(value, tuple | list | set | frozenset):
        return any(_same(item, wanted) for item in value)
    return value is not None and _same(value, wanted)


def _matches(value: Any, pattern: Any) -> bool:
    items = value if isinstance(value, tuple) else (value,)
    return any(isinstance(item, str) and fnmatchcase(item, pattern) for item in items)


def _contains(value: Any, wanted: Any) -> bool:
    return wanted in value if isinstance(value, str) else _has(value, wanted)


OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": _has,
    "not": lambda value, wanted: not _has(value, wanted),
    "in": lambda value, wanted: any(_has(value, item) for item in wanted),
    "not_in": lambda value, wanted: not any(_has(value, item) for item in wanted),
    "set": lambda value, wanted: (value not in (None, "", ())) is wanted,
    "matches": _matches,
    "contains": _contains,
    "gt": lambda value, wanted: _comparable(value, wanted) and value > wanted,
    "gte": lambda value, wanted: _comparable(value, wanted) and value >= wanted,
    "lt": lambda value, wanted: _comparable(value, wanted) and value < wanted,
    "lte": lambda value, wanted: _comparable(value, wanted) and value <= wanted,
}


def _comparable(value: Any, wanted: Any) -> bool:
    """A number with a number, a text with a text."""
    kinds = [str if isinstance(each, str) else type(each) for each in (value, wanted)]
    return value is not None and bool not in kinds and (str in kinds) is (kinds == [str, str])


def _test(test: Test, value: Any) -> bool:
    return OPERATORS[test.op](value, test.operand)


def fields_in(condition: Condition) -> set[str]:
    match condition:
        case All(parts=parts) | AnyOf(parts=parts):
            return {name for part in parts for name in fields_in(part)}
        case Not(part=part):
            return fields_in(part)
        case Test(field=name):
            return {name}


@dataclass(frozen=True)
class Given:
    """What the cascade says now; ``goal`` None: no policy defines the clock."""

    policy: str | None
    goal: Goal | None
    calendar: str


class Cascade:
    def __init__(self, policy_set: PolicySet) -> None:
        self.set = policy_set
        self.policies = {policy.name: policy for policy in policy_set.policies}
        self.openings: dict[str, Opening] = openings(policy_set.calendars)
        own = list(policy_set.calendars)
        self.only = own[0] if len(own) == 1 else ALWAYS

    def chain(self, name: str) -> list[Policy]:
        found = []
        at: str | None = name
        while at is not None:
            found.append(self.policies[at])
            at = self.policies[at].parent
        return found

    def rank(self, name: str) -> int:
        policy = self.policies[name]
        if policy.rank is not None:
            return policy.rank
        return 0 if policy.parent is None else self.rank(policy.parent) + 10

    def inherited(self, name: str | None, key: str) -> Any:
        """The policy's own value of a key, else its parent's, upward."""
        for policy in self.chain(name) if name else ():
            if getattr(policy, key) is not None:
                return getattr(policy, key)
        return None

    def matches(self, name: str, facts: Facts) -> bool:
        return all(holds(policy.when, facts) for policy in self.chain(name))

    def effective(self, name: str, start: int, calendar: str) -> bool:
        day = self.openings[calendar].local_day(start)
        return all(
            (policy.effective_from is None or policy.effective_from <= day)
            and (policy.effective_until is None or day <= policy.effective_until)
            for policy in self.chain(name)
        )

    def entry(self, policy: Policy, clock: str, facts: Facts) -> TargetEntry | None:
        entries = policy.targets.get(clock, ())
        if entries and entries[0].priority is not None:
            host = facts.get("priority")
            if isinstance(host, tuple):
                host = host[0]
            for wanted in (host, self.set.priorities.get(str(host)), "default"):
                for each in entries:
                    if wanted is not None and each.priority == wanted:
                        return each
            return None
        return next((each for each in entries if holds(each.when, facts)), None)

    def candidates(self, clock: str, facts: Facts, start: int) -> list[Given]:
        """Those of the highest rank that define the clock."""
        found: dict[int, list[Given]] = {}
        for name, policy in self.policies.items():
            entry = self.entry(policy, clock, facts)
            if entry is None or not self.matches(name, facts):
                continue
            calendar = entry.calendar or self.inherited(name, "calendar") or self.only
            if self.effective(name, start, calendar):
                if isinstance(entry.goal, NoTarget):  # details 2
                    calendar = self.measured(facts, start).calendar
                found.setdefault(self.rank(name), []).append(Given(name, entry.goal, calendar))
        return found[max(found)] if found else []

    def choose(self, candidates: list[Given], start: int) -> Given:
        def key(given: Given) -> tuple[bool, int, str]:
            due = self.plain_due(given, start)
            return (due is None, due or 0, given.policy or "")

        return min(candidates, key=key)

    def plain_due(self, given: Given, start: int) -> int | None:
        opening = self.openings[given.calendar]
        match given.goal:
            case Duration(seconds=seconds):
                return opening.after(start, seconds)
            case BusinessDays(days=days):
                return opening.business_days(start, days)
            case ByTime(wall=wall, after=after):
                return opening.by(start, wall, after)
            case NoTarget() | None:
                return None

    def measured(self, facts: Facts, start: int) -> Given:
        found = [
            (-self.rank(name), name, calendar)
            for name in self.policies
            if (calendar := self.inherited(name, "calendar"))
            and self.matches(name, facts)
            and self.effective(name, start, calendar)
        ]
        return Given(None, None, min(found)[2] if found else self.only)

    def is_low(self, clock: str, current_only: frozenset[str]) -> bool:
        for name, policy in self.policies.items():
            if clock not in policy.targets:
                continue
            tested = {field for each in self.chain(name) for field in fields_in(each.when)}
            tested |= {f for entry in policy.targets[clock] for f in fields_in(entry.when)}
            if any(entry.priority for entry in policy.targets[clock]):
                tested.add("priority")
            if tested & current_only:
                return True
        return False
