"""Ticket conditions (trigger and overview selectors) as SQL, with the real server's traps.

Sources: facts 2.3, live facts 3. Bounds are inclusive to the millisecond, a condition without a
usable value is dropped and not refused, a zone suffix in a bound is ignored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slaplugin.demo import stamps
from slaplugin.demo.errors import broken, refused
from slaplugin.demo.schema import ORGANIZATION, TICKET, USER, Kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from slaplugin.demo.desk import Desk

JOINS = (
    " LEFT JOIN users customer ON customer.id = tickets.customer_id"
    " LEFT JOIN users owner ON owner.id = tickets.owner_id"
    " LEFT JOIN organizations organization ON organization.id = tickets.organization_id"
)
_PREFIXES = {
    "ticket": ("tickets", TICKET),
    "customer": ("customer", USER),
    "owner": ("owner", USER),
    "organization": ("organization", ORGANIZATION),
}
_UNIT_MS = {
    "minute": 60_000,
    "hour": 3_600_000,
    "day": 86_400_000,
    "week": 604_800_000,
    "month": 2_592_000_000,
    "year": 31_536_000_000,
}
_JOINERS = {"AND": " AND ", "OR": " OR ", "NOT": " OR "}


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL over `tickets` with its values."""

    text: str
    values: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class _Test:
    """One comparison: an SQL expression of a column, its kind, and what was asked."""

    column: str
    is_time: bool
    is_flag: bool
    operator: str
    value: Any
    range: str
    now: int


def to_sql(desk: Desk, condition: Any) -> Sql | None:
    """SQL for a condition, or None when the server drops it and lists everything.

    Raises 500 for an empty condition and unknown operators, 422 for unknown columns and times
    that are none.
    """
    if not isinstance(condition, dict) or not condition:
        raise broken("undefined method `each' for an empty condition")
    if "conditions" in condition:
        return _nested(desk, condition)
    parts = [_single(desk, name, test) for name, test in condition.items()]
    if any(part is None for part in parts):
        return None
    return _join([part for part in parts if part is not None], " AND ")


def _nested(desk: Desk, block: Mapping[str, Any]) -> Sql | None:
    operator = str(block.get("operator"))
    if operator not in _JOINERS:
        raise broken(f"Unknown operator '{operator}'")
    parts = []
    for item in block["conditions"]:
        inner = "conditions" in item
        part = _nested(desk, item) if inner else _single(desk, str(item.get("name")), item)
        if part is not None:
            parts.append(part)
    joined = _join(parts, _JOINERS[operator])
    if joined is not None and operator == "NOT":
        return Sql(f"NOT {joined.text}", joined.values)
    return joined


def _join(parts: list[Sql], joiner: str) -> Sql | None:
    if not parts:
        return None
    values = tuple(value for part in parts for value in part.values)
    return Sql(f"({joiner.join(part.text for part in parts)})", values)


def _single(desk: Desk, name: str, test: Any) -> Sql | None:
    prefix, _, column = name.partition(".")
    if prefix == "article":
        raise refused("article conditions are not part of the demo helpdesk")
    if prefix not in _PREFIXES or not isinstance(test, dict):
        raise broken(f"invalid selector {name}")
    operator, value = str(test.get("operator")), test.get("value")
    if value is None or value == []:
        return None
    if (prefix, column) == ("ticket", "tags"):
        return _tags(operator, str(value))
    expression, kinds = _expression(desk, prefix, column)
    return _compare(
        _Test(
            expression,
            column in kinds.times,
            column in kinds.flags,
            operator,
            value,
            str(test.get("range") or ""),
            desk.now(),
        )
    )


def _expression(desk: Desk, prefix: str, column: str) -> tuple[str, Kinds]:
    alias, kind = _PREFIXES[prefix]
    known = desk.db.column("SELECT name FROM pragma_table_info(?)", (kind.table,))
    if column not in known:
        raise refused(f"PG::UndefinedColumn: ERROR:  column {alias}.{column} does not exist\n")
    return f'{alias}."{column}"', desk.kinds(kind)


def _tags(operator: str, value: str) -> Sql:
    wanted = [name.strip() for name in value.split(",") if name.strip()]
    negative = operator.endswith(" not")
    base = operator.removesuffix(" not")
    if base not in ("contains one", "contains all"):
        raise broken(f"Invalid operator '{operator}' for tags")
    marks = ", ".join("?" * len(wanted))
    named = f"(SELECT id FROM tag_items WHERE name IN ({marks}))"  # noqa: S608
    count = f"(SELECT count(*) FROM tags WHERE ticket_id = tickets.id AND item_id IN {named})"  # noqa: S608
    needed = len(wanted) if base == "contains all" else 1
    comparison = "<" if negative else ">="
    return Sql(f"{count} {comparison} ?", (*wanted, needed))


def _compare(test: _Test) -> Sql:
    build = _OPERATORS.get(test.operator)
    if build is None:
        raise broken(f"Invalid operator '{test.operator}' for '{test.value}'")
    return build(test)


def _is(test: _Test) -> Sql:
    if isinstance(test.value, list):
        values = [_cast(test, value) for value in test.value]
        return Sql(f"{test.column} IN ({', '.join('?' * len(values))})", tuple(values))
    return Sql(f"{test.column} = ?", (_cast(test, test.value),))


def _is_not(test: _Test) -> Sql:
    inner = _is(test)
    return Sql(f"({test.column} IS NULL OR NOT ({inner.text}))", inner.values)


def _contains(test: _Test) -> Sql:
    return Sql(f"lower({test.column}) LIKE lower(?)", (f"%{test.value}%",))


def _contains_not(test: _Test) -> Sql:
    return Sql(f"lower({test.column}) NOT LIKE lower(?)", (f"%{test.value}%",))


def _cast(test: _Test, value: Any) -> Any:
    if test.is_time:
        return _bound(value)
    if test.is_flag:
        return int(value in (True, "true", "1", 1))
    text = str(value)
    return (
        int(text) if text.lstrip("-").isdigit() and not test.column.endswith('"number"') else value
    )


def _bound(value: Any) -> int:
    ms = stamps.parse(value, zone_ignored=True)
    if ms is None:
        raise refused(f'PG::InvalidDatetimeFormat: ERROR:  invalid input syntax: "{value}"')
    return ms


def _absolute(comparison: str) -> Callable[[_Test], Sql]:
    return lambda test: Sql(f"{test.column} {comparison} ?", (_bound(test.value),))


def _relative(low: int | None, high: int | None) -> Callable[[_Test], Sql]:
    """Between now + `low` spans and now + `high` spans; None leaves that side open."""

    def build(test: _Test) -> Sql:
        unit = _UNIT_MS.get(test.range)
        if unit is None:
            raise broken(f"Unknown range '{test.range}'")
        span = int(test.value) * unit
        bounds = [(">=", low), ("<=", high)]
        texts = [f"{test.column} {mark} ?" for mark, factor in bounds if factor is not None]
        values = tuple(test.now + factor * span for _, factor in bounds if factor is not None)
        return Sql(f"({' AND '.join(texts)})", values)

    return build


_OPERATORS: dict[str, Callable[[_Test], Sql]] = {
    "is": _is,
    "is not": _is_not,
    "contains": _contains,
    "contains not": _contains_not,
    "after (absolute)": _absolute(">="),
    "before (absolute)": _absolute("<="),
    "within last (relative)": _relative(-1, 0),
    "within next (relative)": _relative(0, 1),
    "before (relative)": _relative(None, -1),
    "after (relative)": _relative(1, None),
    "from (relative)": _relative(-1, None),
    "till (relative)": _relative(None, 1),
}
