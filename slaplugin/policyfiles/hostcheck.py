"""``policy check --host``: what a set names, held against what the helpdesk has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from slaplugin.app.errors import Problem
from slaplugin.app.ports import Reference
from slaplugin.core.conditions import All, AnyOf, Condition, Not, Test
from slaplugin.core.model import COMMON_PRIORITIES, ClockInstance
from slaplugin.core.policies import Policy, PolicySet, Step, StepAction
from slaplugin.policyfiles.cursor import suggestion
from slaplugin.policyfiles.doubts import fact_of

CHOICES = frozenset({"none", "least_loaded", "round_robin", "previous", "manager", "hook"})
"""Words for an owner that name nobody in particular."""
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
class Mention:
    """A name of the helpdesk's world in the set, and where it stands."""

    kind: str
    """tag, group, owner, priority, state, field, customer field or organization field."""
    name: str
    policy: Policy
    use: str
    """``tests`` or ``sets``."""


def check_against(policy_set: PolicySet, reference: Reference) -> tuple[Problem, ...]:
    """Names that the helpdesk lacks, and steps that change which of its own SLAs applies."""
    known = _known(policy_set, reference)
    found = [
        problem
        for mention in mentions(policy_set)
        if (problem := _missing(mention, known, reference)) is not None
    ]
    return (*dict.fromkeys(found), *_host_slas(policy_set, reference))


def _known(policy_set: PolicySet, reference: Reference) -> Mapping[str, Collection[str] | None]:
    priorities = {*reference.priorities, *COMMON_PRIORITIES, *policy_set.priorities, "default"}
    return {
        "tag": reference.tags,
        "group": reference.groups,
        "owner": {*reference.owners, *CHOICES},
        "priority": priorities,
        "state": reference.states,
        "field": reference.fields,
        "customer field": reference.customer_fields,
        "organization field": reference.organization_fields,
    }


def _missing(
    mention: Mention, known: Mapping[str, Collection[str] | None], reference: Reference
) -> Problem | None:
    names = known[mention.kind]
    # A tag that a step sets is made by setting it; a list the host does not give tells nothing.
    if names is None or mention.name in names or (mention.kind, mention.use) == ("tag", "sets"):
        return None
    lacks = "lacks" if reference.complete else "does not show to this account"
    return _problem(
        mention.policy,
        f"the policy {mention.use} {mention.kind} '{mention.name}', which the helpdesk {lacks}",
        suggestion(mention.name, names),
    )


def _problem(policy: Policy, message: str, hint: str | None) -> Problem:
    origin = policy.origin
    if origin is None:
        return Problem(message, path=f"policies.{policy.name}", hint=hint)
    return Problem(message, origin.file, origin.line, origin.column, origin.path, hint)


# ---------------------------------------------------------------------- what a set names


def mentions(policy_set: PolicySet) -> Iterator[Mention]:
    """Every name of the helpdesk's world in conditions, priority tables and steps."""
    for policy in policy_set.policies:
        yield from _tested(policy)
        for step in policy.steps or ():
            for action in step.do:
                yield from _written(policy, action)


def _tested(policy: Policy) -> Iterator[Mention]:
    conditions = [policy.when]
    for entries in policy.targets.values():
        for entry in entries:
            conditions.append(entry.when)
            if entry.priority is not None:
                yield Mention("priority", entry.priority, policy, "tests")
    for test in _tests(conditions):
        yield from _mentioned(test, policy)


def _tests(conditions: Iterable[Condition]) -> Iterator[Test]:
    for condition in conditions:
        match condition:
            case Test():
                yield condition
            case Not(part=part):
                yield from _tests((part,))
            case All(parts=parts) | AnyOf(parts=parts):
                yield from _tests(parts)


def _mentioned(test: Test, policy: Policy) -> Iterator[Mention]:
    for prefix, kind in _KIND_OF_PREFIX.items():
        if test.field.startswith(prefix):
            yield Mention(kind, test.field.removeprefix(prefix), policy, "tests")
    kind_of_value = _KIND_OF_FACT.get(test.field)
    if kind_of_value is None or test.op not in _EXACT:
        return
    for value in test.operand if isinstance(test.operand, tuple) else (test.operand,):
        yield Mention(kind_of_value, str(value), policy, "tests")


def _written(policy: Policy, action: StepAction) -> Iterator[Mention]:
    if action.kind == "field":
        yield Mention("field", action.value[0], policy, "sets")
    elif action.kind in ("tag", "group", "owner", "priority", "state"):
        yield Mention(action.kind, str(action.value), policy, "sets")


# ---------------------------------------------------------------------- the host's own SLAs


def _host_slas(policy_set: PolicySet, reference: Reference) -> Iterator[Problem]:
    for policy in policy_set.policies:
        for step in policy.steps or ():
            for changed in sorted(_changes(step) & _escalating(reference)):
                yield _problem(
                    policy,
                    f"step '{step.at}' changes {changed}, by which the helpdesk chooses one of "
                    "its own SLAs",
                    "expect other numbers in the helpdesk's own escalation after this step",
                )


def _changes(step: Step) -> set[str]:
    return {fact for action in step.do if (fact := fact_of(action)) is not None}


def _escalating(reference: Reference) -> set[str]:
    """The host's field names as fact names: ``ticket.group_id`` is ``group``."""
    names = {name.rpartition(".")[2] for name in reference.escalation_fields}
    return {name.removesuffix("_id") for name in names} | {f"fields.{name}" for name in names}


# ---------------------------------------------------------------------- open clocks that would move


@dataclass(slots=True)
class Moves:
    """How many open clocks another set would treat otherwise."""

    compared: int = 0
    earlier: int = 0
    later: int = 0
    newly_breached: int = 0
    lost: int = 0
    """Open now, and without a target or void under the other set."""
    gained: int = 0
    """Without a target now, with one under the other set."""

    @property
    def moved(self) -> int:
        return self.earlier + self.later + self.lost + self.gained

    def add(self, before: Iterable[ClockInstance], after: Iterable[ClockInstance]) -> None:
        """Count one ticket: its instances under the set in force and under the other."""
        others = {(item.clock, item.start_event): item for item in after}
        for item in before:
            if item.is_open:
                self._one(item, others.get((item.clock, item.start_event)))

    def _one(self, item: ClockInstance, other: ClockInstance | None) -> None:
        self.compared += 1
        has, would = item.target is not None, other is not None and other.target is not None
        if has and not would:
            self.lost += 1
        elif would and not has:
            self.gained += 1
        elif other is not None and item.due_at is not None and other.due_at is not None:
            self.earlier += other.due_at < item.due_at
            self.later += other.due_at > item.due_at
        if other is not None and other.outcome == "breached" and item.outcome != "breached":
            self.newly_breached += 1

    def __str__(self) -> str:
        return (
            f"{self.moved} of {self.compared} open clocks would move: {self.earlier} earlier, "
            f"{self.later} later, {self.lost} without a target, {self.gained} with a new one; "
            f"{self.newly_breached} would be newly breached"
        )
