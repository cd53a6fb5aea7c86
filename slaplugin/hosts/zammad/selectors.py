"""Zammad's ticket selectors (facts 2.3) as conditions of policies.

A selector looks at ids, a policy at names: :class:`Vocabulary` translates. What a policy cannot
say raises :class:`SelectorError`, so that nothing is left out in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slaplugin.core.conditions import ALWAYS_TRUE, All, AnyOf, Condition, Not, Operator, Test
from slaplugin.hosts.zammad.names import is_custom, organization_fields, person_fields


class SelectorError(Exception):
    """Which part of a selector no policy can say, in words."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names by id, as text, for the attributes that hold ids."""

    names: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """``groups``, ``ticket_priorities``, ``ticket_states``, ``organizations``, ``users`` (logins)
    -> id -> name."""

    def name(self, kind: str, number: str) -> Any:
        """The name behind an id; SelectorError where nobody told it."""
        found = self.names.get(kind, {}).get(number)
        if found is None:
            raise SelectorError(f"{kind} id {number} is of no known name")
        return found


_BY_ID = {
    "ticket.priority_id": ("priority", "ticket_priorities"),
    "ticket.group_id": ("group", "groups"),
    "ticket.state_id": ("state", "ticket_states"),
    "ticket.owner_id": ("owner", "users"),
    "ticket.customer_id": ("customer.login", "users"),
    "ticket.organization_id": ("organization.name", "organizations"),
}
_TICKET = {"ticket.title": "fields.title", "ticket.tags": "tags", "ticket.type": "type"}
_PARTIES = {
    "customer": frozenset(
        {"id", "login", "email", "vip", "active", "department", "city", "country"}
    ),
    "organization": frozenset({"id", "name", "vip", "domain", "active", "shared"}),
}
"""Columns that are facts under their own name."""


def condition_of(selector: Any, words: Vocabulary) -> Condition:
    """The whole selector, flat (``{attribute: {operator, value}}``) or nested (6.0 and later)."""
    if not selector:
        return ALWAYS_TRUE
    if not isinstance(selector, Mapping):
        raise SelectorError("the condition is not a mapping")
    if "conditions" in selector:
        return _nested(selector, words)
    return _joined([_one(str(name), rule, words) for name, rule in selector.items()])


def _nested(selector: Mapping[str, Any], words: Vocabulary) -> Condition:
    parts = [_part(each, words) for each in selector["conditions"]]
    match str(selector.get("operator", "AND")).upper():
        case "AND":
            return _joined(parts)
        case "OR":
            return AnyOf(tuple(parts)) if parts else ALWAYS_TRUE
        case "NOT":
            # The host negates each of them: none may hold.
            return _joined([Not(part) for part in parts])
        case other:
            raise SelectorError(f"conditions joined by '{other}'")


def _part(rule: Any, words: Vocabulary) -> Condition:
    if not isinstance(rule, Mapping):
        raise SelectorError("the condition is not a mapping")
    if "conditions" in rule:
        return _nested(rule, words)
    return _one(str(rule.get("name")), rule, words)


def _joined(parts: Sequence[Condition]) -> Condition:
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def compares_text(condition: Condition) -> bool:
    """Whether it looks for a part of a text, in which newer versions of the host take no notice of
    upper and lower case (facts 2.2) while policies do."""
    match condition:
        case Test(op=op):
            return op in ("contains", "matches")
        case Not(part=part):
            return compares_text(part)
        case All(parts=parts) | AnyOf(parts=parts):
            return any(compares_text(part) for part in parts)


# ---------------------------------------------------------------------- one attribute


def _one(name: str, rule: Any, words: Vocabulary) -> Condition:
    if not isinstance(rule, Mapping) or "operator" not in rule:
        raise SelectorError(f"'{name}' without an operator")
    operator = str(rule["operator"])
    if rule.get("pre_condition") not in (None, "", "specific"):
        return _pre_condition(name, operator, str(rule["pre_condition"]))
    fact = fact_named(name)
    values = _values(rule.get("value"))
    if fact.endswith(".id"):
        values = [int(value) if str(value).isdecimal() else value for value in values]
    if name in _BY_ID:
        values = [words.name(_BY_ID[name][1], str(value)) for value in values]
    make = _TAGS.get(operator) if fact == "tags" else _PLAIN.get(operator)
    if make is None:
        raise SelectorError(f"'{name}' with the operator '{operator}'")
    if not values and operator not in _WITHOUT_VALUE:
        raise SelectorError(f"'{name}' {operator} nothing")
    return make(fact, values)


def _pre_condition(name: str, operator: str, wanted: str) -> Condition:
    """``not_set`` can be said; ``current_user.id`` means nobody in particular to an SLA."""
    if wanted != "not_set" or operator not in ("is", "is not"):
        raise SelectorError(f"'{name}' {operator} '{wanted}'")
    return Test(fact_named(name), "set", operator == "is not")


def fact_named(name: str) -> str:
    """The field of a condition for an attribute of the selector; SelectorError for none."""
    if name in _BY_ID:
        return _BY_ID[name][0]
    if name in _TICKET:
        return _TICKET[name]
    head, _, attribute = name.partition(".")
    if head == "ticket" and is_custom(attribute):
        return f"fields.{attribute}"
    if head in _PARTIES and attribute:
        return _of_party(head, attribute)
    raise SelectorError(f"'{name}'")


def _of_party(head: str, attribute: str) -> str:
    if attribute in _PARTIES[head]:
        return f"{head}.{attribute}"
    custom = person_fields if head == "customer" else organization_fields
    if not custom({attribute: None}):
        raise SelectorError(f"'{head}.{attribute}'")
    return f"{head}.fields.{attribute}"


def _values(value: Any) -> list[Any]:
    """A list of plain values; the host stores one alone or several, numbers often as text."""
    many = value if isinstance(value, list) else [value]
    found = [_plain(each.get("value") if isinstance(each, Mapping) else each) for each in many]
    return [each for each in found if each is not None and each != ""]


def _plain(value: Any) -> Any:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


# ---------------------------------------------------------------------- operators

Make = Callable[[str, list[Any]], Condition]


def _is(fact: str, values: list[Any]) -> Condition:
    return Test(fact, "is", values[0]) if len(values) == 1 else Test(fact, "in", tuple(values))


def _is_not(fact: str, values: list[Any]) -> Condition:
    one = len(values) == 1
    return Test(fact, "not", values[0]) if one else Test(fact, "not_in", tuple(values))


def _each(operator: Operator, form: str = "{}") -> Make:
    """One of several texts; ``*?[`` in them are meant as they stand."""

    def make(fact: str, values: list[Any]) -> Condition:
        tests = tuple(Test(fact, operator, form.format(_literal(v, operator))) for v in values)
        return tests[0] if len(tests) == 1 else AnyOf(tests)

    return make


def _literal(value: Any, operator: Operator) -> str:
    shown = str(value)
    if operator != "matches":
        return shown
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in shown)


def _not(make: Make) -> Make:
    return lambda fact, values: Not(make(fact, values))


def _set(wanted: bool) -> Make:
    return lambda fact, _: Test(fact, "set", wanted)


def _split(values: list[Any]) -> tuple[str, ...]:
    """Tags come as one text with commas."""
    return tuple(tag.strip() for value in values for tag in str(value).split(",") if tag.strip())


def _tags_one(fact: str, values: list[Any]) -> Condition:
    return Test(fact, "in", _split(values))


def _tags_all(fact: str, values: list[Any]) -> Condition:
    return _joined([Test(fact, "is", tag) for tag in _split(values)])


_WITHOUT_VALUE = frozenset({"is set", "not set"})
_PLAIN: Mapping[str, Make] = {
    "is": _is,
    "is any of": _is,
    "is not": _is_not,
    "is none of": _is_not,
    "contains": _each("contains"),
    "contains not": _not(_each("contains")),
    "starts with": _each("matches", "{}*"),
    "starts with one of": _each("matches", "{}*"),
    "ends with": _each("matches", "*{}"),
    "ends with one of": _each("matches", "*{}"),
    "contains one": _is,
    "contains one not": _is_not,
    "is set": _set(True),
    "not set": _set(False),
}
_TAGS: Mapping[str, Make] = {
    "is": _tags_one,
    "contains one": _tags_one,
    "contains all": _tags_all,
    "contains one not": _not(_tags_one),
    "contains all not": _not(_tags_all),
}
