"""Doubts about a set that is valid: what ``policy check`` warns of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from slaplugin.core.clocks.definitions import BUILTIN
from slaplugin.core.conditions import ALWAYS_TRUE, fields_of
from slaplugin.core.policies import ByTime, EventPattern, Policy, PolicySet, Step, StepAction
from slaplugin.core.profiles import profile_of
from slaplugin.core.rulebook import SUB_RANK
from slaplugin.policyfiles.cursor import Cursor
from slaplugin.policyfiles.overlap import (
    can_both_match,
    chain,
    contradiction,
    ranks,
    requirements,
)
from slaplugin.policyfiles.profilewords import without_counterpart
from slaplugin.policyfiles.sets import ReadSet, target_place


@dataclass(frozen=True, slots=True)
class _Set:
    """The set with what every check needs."""

    policies: Mapping[str, Policy]
    whole: PolicySet
    read: ReadSet

    def at(self, policy: str) -> Cursor:
        return self.read.policies[policy]


def doubts(read: ReadSet) -> None:
    """Report every doubt at its place; the warnings go to the findings of the reading."""
    policies = {policy.name: policy for policy in read.policy_set.policies}
    known = _Set(policies, read.policy_set, read)
    for check in (_equal_ranks, _subs, _idle, _paused_by_targets, _unused, _foreign, _own_effects):
        check(known)


# ---------------------------------------------------------------------- the cascade


def _equal_ranks(known: _Set) -> None:
    """Equal ranks that define the same clock (policy-language §4)."""
    rank = ranks(known.policies, SUB_RANK)
    for first, second in combinations(known.whole.policies, 2):
        shared = sorted(set(first.targets) & set(second.targets))
        if not shared or rank[first.name] != rank[second.name]:
            continue
        if can_both_match(first, second, known.policies):
            known.at(second.name).warn(
                f"'{first.name}' and '{second.name}' have rank {rank[first.name]}, can match the "
                f"same ticket and both define {', '.join(shared)}: the earlier due wins",
                "give one of them a higher rank",
            )


def _subs(known: _Set) -> None:
    """Layers that never match, always match, or lose against their parent."""
    rank = ranks(known.policies, SUB_RANK)
    for policy in known.whole.policies:
        field = contradiction(requirements(policy, known.policies))
        if field is not None:
            known.at(policy.name).warn(
                f"'{policy.name}' never matches: its conditions on {field} exclude each other",
                "a sub policy matches only where its parent does",
            )
        if policy.parent is None:
            continue
        if policy.when == ALWAYS_TRUE and policy.effective_from is policy.effective_until is None:
            known.at(policy.name).warn(
                f"'{policy.name}' has no condition: it matches wherever '{policy.parent}' does",
                "add when:, or move its targets into the parent",
            )
        shared = sorted(set(policy.targets) & set(known.policies[policy.parent].targets))
        if shared and rank[policy.name] < rank[policy.parent]:
            known.at(policy.name).warn(
                f"'{policy.name}' ranks below its parent, which gives {', '.join(shared)} instead",
                "leave out rank: a sub policy has its parent's plus 10",
            )


def _idle(known: _Set) -> None:
    parents = {policy.parent for policy in known.whole.policies}
    for policy in known.whole.policies:
        if not policy.targets and not policy.objectives and policy.name not in parents:
            known.at(policy.name).warn(
                f"'{policy.name}' gives no target", "add targets:, or remove the policy"
            )


# ---------------------------------------------------------------------- clocks


def _paused_by_targets(known: _Set) -> None:
    """``by`` targets do not move with pauses (policy-language §3)."""
    for policy in known.whole.policies:
        for clock, entries in policy.targets.items():
            if any(isinstance(entry.goal, ByTime) for entry in entries) and _pauses(
                known, policy, clock
            ):
                target_place(known.at(policy.name), clock).warn(
                    f"{clock} pauses while the ticket waits on the customer, "
                    "but a 'by' target does not move with pauses",
                    "use a duration, or leave the clock out of pause:",
                )


def _pauses(known: _Set, policy: Policy, clock: str) -> bool:
    for layer in chain(policy, known.policies):
        if layer.pause is not None:
            return clock in layer.pause
    custom = known.whole.clocks.get(clock)
    name = custom.like or "" if custom else clock
    profile = profile_of(known.whole.profile)
    if name in profile.native:
        return name in profile.pauses
    return name in BUILTIN and BUILTIN[name].pauses


def _foreign(known: _Set) -> None:
    """Targets of clocks that the family of the profile has nothing like."""
    lacking = without_counterpart(profile_of(known.whole.profile))
    for policy in known.whole.policies:
        for clock in sorted(set(policy.targets) & set(lacking)):
            target_place(known.at(policy.name), clock).warn(
                f"profile {known.whole.profile} has no clock like {clock}",
                "it counts by our own defaults, and reconcile has nothing to compare it with",
            )


def _unused(known: _Set) -> None:
    """Custom clocks that nothing gives a target: live, they are not evaluated."""
    targeted = {clock for policy in known.whole.policies for clock in policy.targets}
    measured = {
        clock
        for policy in known.whole.policies
        for objective in policy.objectives or ()
        for clock in (objective.clock, objective.availability)
    }
    for name, at in known.read.clocks.items():
        if known.whole.policies and name not in targeted | measured:
            at.warn(
                f"clock '{name}' has no target in any policy",
                "live, only clocks with a target are evaluated",
            )


# ---------------------------------------------------------------------- steps on themselves

_FACT_OF = {
    "tag": "tags",
    "priority": "priority",
    "group": "group",
    "owner": "owner",
    "state": "state",
}
_EVENT_OF = {
    "tag": "tag_added",
    "priority": "priority_changed",
    "group": "group_changed",
    "owner": "owner_changed",
    "state": "state_changed",
    "field": "field_changed",
}


def _own_effects(known: _Set) -> None:
    """Steps that feed their own conditions, or void or stop what caused them."""
    for policy in known.whole.policies:
        for step in policy.steps or ():
            for action in step.do:
                for message in _effects(known, step, action):
                    known.at(policy.name).warn(f"step '{step.at}' {message}")


def _effects(known: _Set, step: Step, action: StepAction) -> Iterator[str]:
    changed = fact_of(action)
    if changed is not None and step.retarget:
        readers = sorted(
            policy.name for policy in known.whole.policies if changed in _tested(policy)
        )
        if readers:
            yield (
                f"changes {changed} with retarget: true, and {', '.join(readers)} tests it: "
                "the step may end or replace the clock that caused it"
            )
    for owner, pattern in _patterns(known.whole):
        if _triggers(action, pattern):
            yield f"causes {pattern.event}, which {owner}"


def fact_of(action: StepAction) -> str | None:
    """The fact that an action changes, by its full field name."""
    if action.kind == "field":
        return f"fields.{action.value[0]}"
    return _FACT_OF.get(action.kind)


def _tested(policy: Policy) -> set[str]:
    found = set(fields_of(policy.when))
    for entries in policy.targets.values():
        for entry in entries:
            found |= fields_of(entry.when)
            if entry.priority is not None:
                found.add("priority")
    return found


def _patterns(policy_set: PolicySet) -> Iterator[tuple[str, EventPattern]]:
    for pattern in policy_set.void:
        yield "voids every running clock (void:)", pattern
    for clock in policy_set.clocks.values():
        for what, patterns in (
            ("starts", clock.start),
            ("stops", clock.stop),
            ("voids", clock.void),
        ):
            for pattern in patterns:
                yield f"{what} clock '{clock.name}'", pattern


def _triggers(action: StepAction, pattern: EventPattern) -> bool:
    if _EVENT_OF.get(action.kind) != pattern.event:
        return False
    key = "tag" if action.kind == "tag" else "to"
    if action.kind == "field":
        return pattern.keys.get("field") in (action.value[0], f"fields.{action.value[0]}")
    wanted = pattern.keys.get(key, action.value)
    return action.value in (wanted if isinstance(wanted, tuple) else (wanted,))
