"""Conditions on a ticket's facts (policy-language §4, details 30)."""

from __future__ import annotations

from typing import Any, cast

from slaplugin.core.conditions import (
    ALWAYS_TRUE,
    OPERATORS,
    All,
    AnyOf,
    Condition,
    Not,
    Operator,
    Test,
)
from slaplugin.policyfiles.calendars import known_calendar
from slaplugin.policyfiles.context import Names
from slaplugin.policyfiles.cursor import Cursor, nearest, suggestion
from slaplugin.policyfiles.scalars import number_as_text
from slaplugin.policyfiles.vocabulary import (
    CLOSED_VALUES,
    TEXT_FIELDS,
    field_is_known,
    fields_to_suggest,
)

COMBINERS = ("all", "any", "not")
_HEADS = frozenset({"customer", "organization", "fields", "facts"})
Operand = str | int | float | bool
_MANY = frozenset({"is", "not", "in", "not_in"})
_NUMERIC = frozenset({"gt", "gte", "lt", "lte"})


def parse_condition(at: Cursor, names: Names) -> Condition:
    """A mapping of fields and combiners, all of which must hold; everything where it is wrong."""
    if not at.is_table:
        hint = "combine with all: [...] or any: [...]" if at.is_list else "write {field: value}"
        at.fail(f"a condition must be a mapping, not '{at.shown}'", hint)
        return ALWAYS_TRUE
    parts = tuple(
        part for key, child in at.table("a condition").items() for part in _entry(key, child, names)
    )
    return parts[0] if len(parts) == 1 else All(parts)


def _entry(key: str, at: Cursor, names: Names) -> tuple[Condition, ...]:
    if key == "not":
        return (Not(parse_condition(at, names)),)
    if key in COMBINERS:
        return _combined(key, at, names)
    if not field_is_known(key):
        at.fail_key(f"unknown field '{key}'", field_hint(key, at))
        return ()
    if at.is_table:
        if not at.key_names:
            at.fail(f"{key} is compared with nothing", f"write {key}: {{set: false}}")
        return tuple(
            test
            for op, operand in at.table(f"operators of {key}").items()
            for test in _operator(key, op, operand, names)
        )
    operands = _operands(key, at, names)
    if at.is_list:
        return (Test(key, "in", operands),)
    return tuple(Test(key, "is", operand) for operand in operands)


def _combined(key: str, at: Cursor, names: Names) -> tuple[Condition, ...]:
    items = at.items(key)
    if at.is_list and not items:
        at.fail(f"'{key}' needs at least one condition", f"write {key}: [{{group: Support}}]")
    parts = tuple(parse_condition(item, names) for item in items)
    if not parts:
        return ()
    return (All(parts),) if key == "all" else (AnyOf(parts),)


def field_hint(key: str, at: Cursor) -> str:
    """How to mend an unknown field: its name in one line, its prefix, or the nearest name."""
    if at.is_table and key in _HEADS:
        inner = next(iter(at.key_names), "vip")
        return f"write {key}.{inner}: ... in one line"
    head, _, rest = key.partition(".")
    meant = nearest(head, _HEADS) if rest else None
    if meant is not None:
        return f"did you mean '{meant}.{rest}'?"
    known = fields_to_suggest() | set(COMBINERS)
    told = suggestion(key, known, limit=40)
    return told if rest or nearest(key, known) else f"a custom field is 'fields.{key}'; {told}"


def _operator(field: str, op: str, at: Cursor, names: Names) -> tuple[Test, ...]:
    if op not in OPERATORS:
        at.fail_key(f"unknown operator '{op}' for {field}", suggestion(op, OPERATORS))
        return ()
    if op == "set":
        wanted = at.flag("set")
        return () if wanted is None else (Test(field, "set", wanted),)
    if op in _MANY:
        return _equality(field, op, at, names)
    value = at.scalar(f"the operand of {op}")
    if value is None:
        return ()
    if op in _NUMERIC and isinstance(value, bool):
        at.fail(f"{op} compares numbers or texts, not '{at.shown}'", "write a number")
        return ()
    if op == "matches" or (op == "contains" and field in TEXT_FIELDS):
        value = str(value)
    return (Test(field, cast(Operator, op), value),)


def _equality(field: str, op: str, at: Cursor, names: Names) -> tuple[Test, ...]:
    operands = _operands(field, at, names)
    if op in ("in", "not_in") or at.is_list:
        many: Operator = "in" if op in ("is", "in") else "not_in"
        return (Test(field, many, operands),)
    return tuple(Test(field, cast(Operator, op), operand) for operand in operands)


def _operands(field: str, at: Cursor, names: Names) -> tuple[Any, ...]:
    items = at.items_or_one(field)
    if at.is_list and not items:
        at.fail(f"{field} is compared with an empty list", "name at least one value")
    return tuple(value for item in items if (value := _operand(field, item, names)) is not None)


def _operand(field: str, at: Cursor, names: Names) -> Operand | None:
    if at.is_nothing:
        at.fail(f"{field} is compared with nothing", f"write {field}: {{set: false}}")
        return None
    value = at.scalar(field)
    if value is None:
        return None
    if field == "created_in" and not known_calendar(at, str(value), names.calendars):
        return None
    allowed = CLOSED_VALUES.get(field)
    if allowed is not None and value not in allowed:
        at.fail(f"unknown {field} '{value}'", suggestion(str(value), allowed))
        return None
    return cast(Operand, number_as_text(value)) if field in TEXT_FIELDS else value
