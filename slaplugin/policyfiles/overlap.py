"""Whether two conditions can hold for one ticket, as far as their plain tests tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from slaplugin.core.conditions import All, Condition, Test, compile_condition
from slaplugin.core.policies import Policy

_MANY_VALUED = frozenset({"tags", "created_in"})
"""Fields that hold several values at once: two different ones do not exclude each other."""


def chain(policy: Policy, policies: Mapping[str, Policy]) -> Iterator[Policy]:
    """The policy and its parents, upward."""
    layer: Policy | None = policy
    while layer is not None:
        yield layer
        layer = policies.get(layer.parent) if layer.parent else None


def requirements(policy: Policy, policies: Mapping[str, Policy]) -> tuple[Condition, ...]:
    """Every condition that must hold for the policy to match: its own and its parents'."""
    return tuple(layer.when for layer in chain(policy, policies))


def contradiction(conditions: Iterable[Condition]) -> str | None:
    """A field on which the conditions exclude each other; None where they may all hold.

    Only tests that all must hold are looked at, so that None means "not seen", never "proved".
    """
    by_field: dict[str, list[Test]] = {}
    for test in _tests(conditions):
        if test.field not in _MANY_VALUED:
            by_field.setdefault(test.field, []).append(test)
    for name, tests in by_field.items():
        values = next((found for test in tests if (found := _values(test)) is not None), None)
        if values is not None and not any(_satisfies(name, value, tests) for value in values):
            return name
    return None


def _tests(conditions: Iterable[Condition]) -> Iterator[Test]:
    for condition in conditions:
        if isinstance(condition, Test):
            yield condition
        elif isinstance(condition, All):
            yield from _tests(condition.parts)


def _values(test: Test) -> tuple[Any, ...] | None:
    """The values that satisfy a test; None where they cannot be listed."""
    if test.op == "is":
        return (test.operand,)
    return test.operand if test.op == "in" else None


def _satisfies(name: str, value: Any, tests: Iterable[Test]) -> bool:
    return all(compile_condition(test)({name: value}) for test in tests)


def dates_meet(first: Iterable[Policy], second: Iterable[Policy]) -> bool:
    """Whether two chains of layers are ever in force on one day."""
    layers = (*first, *second)
    begins = [layer.effective_from for layer in layers if layer.effective_from is not None]
    ends = [layer.effective_until for layer in layers if layer.effective_until is not None]
    return not begins or not ends or max(begins) <= min(ends)


def can_both_match(first: Policy, second: Policy, policies: Mapping[str, Policy]) -> bool:
    """Whether one ticket may match both policies at one time."""
    if not dates_meet(chain(first, policies), chain(second, policies)):
        return False
    both = (*requirements(first, policies), *requirements(second, policies))
    return contradiction(both) is None


def ranks(policies: Mapping[str, Policy], step: int) -> dict[str, int]:
    """Policy name -> rank in the cascade: its own, else its parent's plus ``step`` (details 28)."""
    found: dict[str, int] = {}
    for policy in policies.values():
        inherited = found[policy.parent] + step if policy.parent in found else 0
        found[policy.name] = inherited if policy.rank is None else policy.rank
    return found
