"""What a ticket should show: its mark and the values of our fields (details 44)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from slaplugin.core.clocks.run import Run
from slaplugin.core.model import ClockInstance, MarkName, Marks, StateName
from slaplugin.core.rulebook import RuleBook
from slaplugin.core.steps import StepLog, enforced_since, past_marks


@dataclass(frozen=True, slots=True)
class Judged:
    """A run with its verdict and its steps."""

    run: Run
    instance: ClockInstance
    log: StepLog
    overdue: bool
    """Open, and its due as of now in force has passed, paused or not."""


def marks_of(judged: Iterable[Judged], rules: RuleBook, as_of: int) -> Marks:
    """The mark and the fields of a ticket that is neither deleted nor merged."""
    counted = [item for item in judged if _counts(item)]
    open_ones = [item for item in counted if item.instance.is_open]
    at_risk = [item for item in open_ones if _at_risk(item, rules, as_of)]
    shown = _earliest(open_ones)
    return Marks(
        mark=_mark(counted, at_risk),
        due=shown.instance.due_at if shown else None,
        state=_state(open_ones, at_risk),
        policy=shown.instance.policy if shown else None,
        clock=shown.instance.clock if shown else None,
        quiet=all(_quiet(item) for item in counted),
    )


def _counts(item: Judged) -> bool:
    layer = item.run.layer
    limited = item.run.allowance.limited
    return (
        limited
        and item.instance.party != "customer"
        and layer is not None
        and (layer.mode != "observe")
    )


def _mark(counted: list[Judged], at_risk: list[Judged]) -> MarkName:
    if any(_breached(item) for item in counted):
        return "breached"
    return "at_risk" if at_risk else "none"


def _breached(item: Judged) -> bool:
    instance, layer = item.instance, item.run.layer
    if instance.outcome != "breached" or instance.waived or layer is None:
        return False
    if layer.marks == "while_overdue" and not instance.is_open:
        return False
    return any(
        record.severity[0] in (2, 3) and "mark" in record.do and record.status != "adopted"
        for record in item.log.records
    )


def _at_risk(item: Judged, rules: RuleBook, as_of: int) -> bool:
    layer = item.run.layer
    if layer is None:
        return False
    since = enforced_since(layer, item.run.calendar, rules)
    for _, at, record in past_marks(item.run, item.log, rules, as_of):
        adopted = record.status == "adopted" if record else since is not None and at < since
        if not adopted:
            return True
    return False


def _state(open_ones: list[Judged], at_risk: list[Judged]) -> StateName:
    if any(item.overdue for item in open_ones):
        return "overdue"
    if at_risk:
        return "at_risk"
    if not open_ones:
        return "none"
    return "ok" if any(item.instance.status == "running" for item in open_ones) else "paused"


def _earliest(open_ones: list[Judged]) -> Judged | None:
    shown = [item for item in open_ones if item.instance.due_at is not None]
    return min(shown, key=lambda item: item.instance.due_at or 0, default=None)


def _quiet(item: Judged) -> bool:
    return not any(
        record.severity[0] in (1, 2, 3) and record.status != "adopted"
        for record in item.log.records
    )
