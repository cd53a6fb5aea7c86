"""What a policy test expects, as numbers (policy-language §9, details 6)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from fractions import Fraction
from typing import Any, get_args

from slaplugin.core.model import ClockInstance, Outcome, Status
from slaplugin.core.policytests import (
    DURATION_KEYS,
    INSTANCE_KEYS,
    INSTANT_KEYS,
    MARK_KEYS,
    OBJECTIVE_KEYS,
    STEP_KEYS,
    ExpectedClock,
)
from slaplugin.policyfiles.cursor import Cursor
from slaplugin.policyfiles.nodes import plain
from slaplugin.policyfiles.scalars import instant, seconds_of


def parse_expect(at: Cursor) -> Mapping[str, ExpectedClock]:
    """Clock -> what is expected of its instances; null like an empty list: there is none."""
    found = {}
    for clock, child in at.table("expect").items():
        if child.is_nothing:
            found[clock] = ExpectedClock((), exactly_one=False)
            continue
        rows = child.items("instances") if child.is_list else (child,)
        found[clock] = ExpectedClock(
            tuple(_mapping(row, "an instance", INSTANCE_KEYS) for row in rows),
            exactly_one=not child.is_list,
        )
    return found


def parse_expected_steps(at: Cursor) -> tuple[Mapping[str, Any], ...]:
    """The steps that must have fallen due, in order."""
    return tuple(_mapping(item, "a step", STEP_KEYS) for item in at.items("expect_steps"))


def parse_marks(at: Cursor) -> Mapping[str, Any]:
    """What the ticket should show."""
    return _mapping(at, "expect_marks", MARK_KEYS)


def parse_expected_objective(at: Cursor) -> Mapping[str, Any]:
    """The attainment that must come out; ``share`` as a fraction."""
    return _mapping(at, "expect", OBJECTIVE_KEYS)


def _mapping(at: Cursor, what: str, allowed: Collection[str]) -> Mapping[str, Any]:
    return {key: _value(key, child) for key, child in at.fields(what, allowed).items()}


def _value(key: str, at: Cursor) -> Any:
    if at.is_nothing:
        return None
    if key in INSTANT_KEYS or key in ("at", "due"):
        return instant(at, key)
    if key in DURATION_KEYS:
        return _seconds(key, at)
    read = _SPECIAL.get(key)
    return read(at) if read else plain(at.node)


def _seconds(key: str, at: Cursor) -> int | None:
    seconds = seconds_of(at.shown)
    if seconds is None:
        at.fail(f"{key} '{at.shown}' is no duration", "write 1h30m, 0s or -20s")
    return seconds


def _target(at: Cursor) -> int | str:
    """Seconds, or the text of a business-day or ``by`` target (details 13)."""
    if at.is_table:
        entries = at.table("target")
        return f"by {entries['by'].shown}" if "by" in entries else at.shown
    seconds = seconds_of(at.shown)
    return at.shown if seconds is None else seconds


def _fraction(at: Cursor) -> Fraction | None:
    try:
        return Fraction(at.shown)
    except (ValueError, ZeroDivisionError):
        at.fail(f"share '{at.shown}' is no fraction", "write 7/9")
        return None


def _actions(at: Cursor) -> tuple[Any, ...]:
    """Actions as :attr:`StepAction.written` has them."""
    return tuple(plain(item.node) for item in at.items_or_one("do"))


def _as_written(at: Cursor) -> str:
    return at.shown


_SPECIAL: Mapping[str, Callable[[Cursor], Any]] = {
    "target": _target,
    "share": _fraction,
    "do": _actions,
    "step": _as_written,
    "credit": _as_written,
}


# ---------------------------------------------------------------------- rows of objective cases


def parse_instances(at: Cursor) -> tuple[ClockInstance, ...]:
    """Rows of clock instances; a missing key has no value (details 6)."""
    return tuple(_row(item) for item in at.items("instances"))


def _row(at: Cursor) -> ClockInstance:
    values = dict(_mapping(at, "an instance", INSTANCE_KEYS))
    fields = at.table("an instance")
    for key, allowed in (("status", get_args(Status)), ("outcome", get_args(Outcome))):
        if key in fields and not fields[key].is_nothing:
            fields[key].one_of(key, allowed)
    given = {key: value for key, value in values.items() if value is not None}
    given.setdefault("status", _status_of(given))
    given.setdefault("outcome", _outcome_of(given))
    defaults = {"clock": "", "instance": 1, "started_at": 0, "start_event": "", "elapsed": 0}
    return ClockInstance(**{**defaults, **given})


def _status_of(row: Mapping[str, Any]) -> str:
    """The status of a row that does not tell it: what its outcome and its stop leave open."""
    outcome = row.get("outcome")
    if outcome == "void":
        return "void"
    if outcome == "not_applicable" and "started_at" not in row and "stopped_at" not in row:
        return "not_applicable"
    over = outcome in ("met", "closed_unanswered") or "stopped_at" in row
    return "stopped" if over else "running"


def _outcome_of(row: Mapping[str, Any]) -> str:
    """The outcome of a row that does not tell it, by its status and its breach."""
    status = row["status"]
    if "breached_at" in row:
        return "breached"
    if status in ("void", "not_applicable"):
        return str(status)
    return "met" if status == "stopped" else "pending"
