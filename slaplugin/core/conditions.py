"""Conditions on the facts of a ticket (policy-language §4, details 30)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

Facts = Mapping[str, Any]

OPERATORS = (
    "is",
    "not",
    "in",
    "not_in",
    "matches",
    "contains",
    "gt",
    "gte",
    "lt",
    "lte",
    "set",
)
Operator = Literal[
    "is", "not", "in", "not_in", "matches", "contains", "gt", "gte", "lt", "lte", "set"
]


@dataclass(frozen=True, slots=True)
class Test:
    """One field against one operand. ``in`` and ``not_in`` take a tuple."""

    __test__ = False  # not a test class for pytest

    field: str
    op: Operator
    operand: Any


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; the empty one always does."""

    parts: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition


Condition = Test | All | AnyOf | Not
ALWAYS_TRUE = All()


def fields_of(condition: Condition) -> frozenset[str]:
    """Every field name that the condition looks at."""
    match condition:
        case Test(field=name):
            return frozenset({name})
        case Not(part=part):
            return fields_of(part)
        case All(parts=parts) | AnyOf(parts=parts):
            return frozenset().union(*(fields_of(part) for part in parts))


def _same(value: Any, wanted: Any) -> bool:
    # True == 1 in Python; policies compare exactly, types included (details 30).
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return bool(value == wanted)


def _holds_value(value: Any, wanted: Any) -> bool:
    if isinstance(value, list | tuple | set | frozenset):
        return any(_same(item, wanted) for item in value)
    return value is not None and _same(value, wanted)


def _is_set(value: Any) -> bool:
    return value is not None and value != "" and value != () and value != []


def _matches(value: Any, pattern: Any) -> bool:
    items = value if isinstance(value, list | tuple | set | frozenset) else (value,)
    return any(isinstance(item, str) and fnmatchcase(item, str(pattern)) for item in items)


def _contains(value: Any, wanted: Any) -> bool:
    if isinstance(value, str):
        return str(wanted) in value
    return _holds_value(value, wanted)


def _ordered(value: Any, wanted: Any, compare: Callable[[Any, Any], bool]) -> bool:
    numbers = isinstance(value, int | float) and isinstance(wanted, int | float)
    texts = isinstance(value, str) and isinstance(wanted, str)
    if isinstance(value, bool) or isinstance(wanted, bool) or not (numbers or texts):
        return False
    return compare(value, wanted)


_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": _holds_value,
    "not": lambda value, wanted: not _holds_value(value, wanted),
    "in": lambda value, wanted: any(_holds_value(value, item) for item in wanted),
    "not_in": lambda value, wanted: not any(_holds_value(value, item) for item in wanted),
    "matches": _matches,
    "contains": _contains,
    "gt": lambda value, wanted: _ordered(value, wanted, lambda a, b: a > b),
    "gte": lambda value, wanted: _ordered(value, wanted, lambda a, b: a >= b),
    "lt": lambda value, wanted: _ordered(value, wanted, lambda a, b: a < b),
    "lte": lambda value, wanted: _ordered(value, wanted, lambda a, b: a <= b),
    "set": lambda value, wanted: _is_set(value) is wanted,
}

Predicate = Callable[[Facts], bool]


def compile_condition(condition: Condition) -> Predicate:
    """Turn a condition into a closure; compiled once per policy set, called per ticket."""
    match condition:
        case Test(field=name, op=op, operand=operand):
            compare = _COMPARE[op]
            return lambda facts: compare(facts.get(name), operand)
        case Not(part=part):
            inner = compile_condition(part)
            return lambda facts: not inner(facts)
        case All(parts=parts):
            compiled = tuple(compile_condition(part) for part in parts)
            if len(compiled) == 1:
                return compiled[0]
            return lambda facts: all(check(facts) for check in compiled)
        case AnyOf(parts=parts):
            options = tuple(compile_condition(part) for part in parts)
            return lambda facts: any(check(facts) for check in options)


def describe(condition: Condition) -> str:
    """The condition in words, for traces: ``group is Support``, ``not (tags is test)``."""
    match condition:
        case Test(field=name, op="set", operand=wanted):
            return f"{name} is {'set' if wanted else 'not set'}"
        case Test(field=name, op=op, operand=operand):
            shown = (
                ", ".join(map(_shown, operand)) if isinstance(operand, tuple) else _shown(operand)
            )
            return f"{name} {op.replace('_', ' ')} {shown}"
        case Not(part=part):
            return f"not ({describe(part)})"
        case All(parts=()):
            return "every ticket"
        case All(parts=parts):
            return " and ".join(_bracket(part) for part in parts)
        case AnyOf(parts=parts):
            return " or ".join(_bracket(part) for part in parts)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(map(_shown, value)) or "empty"
    return str(value)


def _bracket(part: Condition) -> str:
    nested = isinstance(part, All | AnyOf) and len(part.parts) > 1
    return f"({describe(part)})" if nested else describe(part)


def first_failure(condition: Condition, facts: Facts) -> str | None:
    """Why the condition does not hold: the first failing part and the value; None if it does."""
    match condition:
        case Test(field=name):
            if compile_condition(condition)(facts):
                return None
            return f"{describe(condition)}; it is {_shown(facts.get(name, 'not set'))}"
        case All(parts=parts):
            for part in parts:
                reason = first_failure(part, facts)
                if reason:
                    return reason
            return None
        case _:
            return None if compile_condition(condition)(facts) else describe(condition)
