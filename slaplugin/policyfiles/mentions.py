"""What a policy set names of the helpdesk's world, and where in the files it does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from slaplugin.app.errors import Problem
from slaplugin.core.conditions import All, AnyOf, Condition, Not, Test
from slaplugin.core.policies import Policy, PolicySet, StepAction
from slaplugin.policyfiles.cursor import Cursor
from slaplugin.policyfiles.nodes import Listing, Table, Tree

_KIND_OF_FACT = {
    "group": "group",
    "owner": "owner",
    "priority": "priority",
    "state": "state",
    "tags": "tag",
}
_KIND_OF_PREFIX = {
    "fields.": "field",
    "customer.fields.": "customer field",
    "organization.fields.": "organization field",
}
_EXACT = frozenset({"is", "not", "in", "not_in"})


@dataclass(frozen=True, slots=True)
class Spot:
    """A part of a policy: ``when``, ``targets`` or the step of this place in the list."""

    policy: Policy
    part: str
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """A name of the helpdesk's world in the set."""

    kind: str
    """tag, group, owner, priority, state, field, customer field or organization field."""
    name: str
    spot: Spot
    use: str
    """``tests`` or ``sets``."""
    value: Any = None
    """What a step sets a field to."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where policies stand in the files; without their cursors their first line stands for all."""

    cursors: Mapping[str, Cursor] = field(default_factory=dict)
    """Policy name -> its place, as ``Loaded.places`` has it."""

    def problem(self, spot: Spot, message: str, hint: str | None = None) -> Problem:
        """Something to report at this part of a policy."""
        path = f"policies.{spot.policy.name}"
        cursor = self.cursors.get(spot.policy.name)
        if cursor is not None:
            node, below = _part(cursor.node, spot)
            place = node.place
            return Problem(message, place.file, place.line, place.column, path + below, hint)
        origin = spot.policy.origin
        if origin is None:
            return Problem(message, path=path, hint=hint)
        return Problem(message, origin.file, origin.line, origin.column, origin.path, hint)


def _part(node: Tree, spot: Spot) -> tuple[Tree, str]:
    """The node of the part, and the path to it below the policy."""
    entry = node.entries.get(spot.part) if isinstance(node, Table) else None
    if entry is None:
        return node, ""
    if isinstance(entry.node, Listing) and spot.index is not None:
        return entry.node.items[spot.index], f".{spot.part}[{spot.index}]"
    return entry.node, f".{spot.part}"


# ---------------------------------------------------------------------- names


def mentions(policy_set: PolicySet) -> Iterator[Mention]:
    """Every name of the helpdesk's world in conditions, priority tables and steps."""
    for policy in policy_set.policies:
        yield from _tested(policy)
        for index, step in enumerate(policy.steps or ()):
            for action in step.do:
                yield from _written(Spot(policy, "steps", index), action)


def _tested(policy: Policy) -> Iterator[Mention]:
    targets = Spot(policy, "targets")
    for test in _tests((policy.when,)):
        yield from _mentioned(test, Spot(policy, "when"))
    for entries in policy.targets.values():
        for entry in entries:
            for test in _tests((entry.when,)):
                yield from _mentioned(test, targets)
            if entry.priority is not None:
                yield Mention("priority", entry.priority, targets, "tests")


def _tests(conditions: Iterable[Condition]) -> Iterator[Test]:
    for condition in conditions:
        match condition:
            case Test():
                yield condition
            case Not(part=part):
                yield from _tests((part,))
            case All(parts=parts) | AnyOf(parts=parts):
                yield from _tests(parts)


def _mentioned(test: Test, spot: Spot) -> Iterator[Mention]:
    for prefix, kind in _KIND_OF_PREFIX.items():
        if test.field.startswith(prefix):
            yield Mention(kind, test.field.removeprefix(prefix), spot, "tests")
    kind_of_value = _KIND_OF_FACT.get(test.field)
    if kind_of_value is None or test.op not in _EXACT:
        return
    for value in test.operand if isinstance(test.operand, tuple) else (test.operand,):
        yield Mention(kind_of_value, str(value), spot, "tests")


def _written(spot: Spot, action: StepAction) -> Iterator[Mention]:
    if action.kind == "field":
        yield Mention("field", action.value[0], spot, "sets", action.value[1])
    elif action.kind in ("tag", "group", "owner", "priority", "state"):
        yield Mention(action.kind, str(action.value), spot, "sets")


# ---------------------------------------------------------------------- tags of steps


def step_tags(policy_set: PolicySet, prefix: str) -> Iterator[tuple[str, Spot]]:
    """Each tag that steps add, as it is spelled on the helpdesk, and the step.

    ``{clock}`` and ``{policy}`` are written out; other placeholders stay as they are.
    """
    everything = sorted({clock for policy in policy_set.policies for clock in policy.targets})
    for policy in policy_set.policies:
        heirs = (policy.name, *_heirs(policy, policy_set))
        for index, step in enumerate(policy.steps or ()):
            clocks = sorted(step.clocks) if step.clocks is not None else everything
            for action in step.do:
                if action.kind == "tag":
                    for tag in _spellings(str(action.value), clocks, heirs):
                        whole = tag if tag.startswith(prefix) else f"{prefix}{tag}"
                        yield whole, Spot(policy, "steps", index)


def _heirs(policy: Policy, policy_set: PolicySet) -> Iterator[str]:
    """Policies below it that have its steps because they name none of their own."""
    for each in policy_set.policies:
        if each.parent == policy.name and each.steps is None:
            yield each.name
            yield from _heirs(each, policy_set)


def _spellings(template: str, clocks: Iterable[str], policies: Iterable[str]) -> Iterator[str]:
    of_clock = clocks if "{clock}" in template else ("",)
    of_policy = policies if "{policy}" in template else ("",)
    for clock, policy in product(of_clock, of_policy):
        yield template.replace("{clock}", clock).replace("{policy}", policy)
