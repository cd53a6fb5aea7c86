"""Which steps have fallen due, and whether what caused them still holds (policy-language §8)."""

from __future__ import annotations

from collections.abc import Iterator

from slaplugin.core.model import ClockInstance
from slaplugin.core.plan.values import Cause, PlanContext, TicketView

ENDINGS = ("deleted", "merged")
"""Ends of a ticket that take every mark away (details 44)."""
_RISK = ("start", "share", "before")


def causes(view: TicketView, context: PlanContext) -> tuple[Cause, ...]:
    """Every step that has fallen due on the ticket, in order of due."""
    found = [
        Cause(instance, record, step)
        for instance in view.evaluation.instances
        for record in instance.steps
        if (step := context.step_of(record)) is not None
    ]
    return tuple(sorted(found, key=lambda cause: (cause.record.at, cause.record.severity)))


def is_risk(cause: Cause) -> bool:
    """Whether the step warns of a breach, rather than answering one."""
    return cause.step.when.kind in _RISK


def holds(cause: Cause) -> bool:
    """Whether tags of the step are still wanted (§8, Marks).

    A percentage or before-due step: until breach, stop or void. A breach or after-due step: as
    long as the instance is breached and nobody waived it. ``met``: for good.
    """
    instance = cause.instance
    if instance.void_reason in ENDINGS:
        return False
    if cause.step.when.kind == "met":
        return instance.outcome == "met"
    if is_risk(cause):
        return instance.is_open and instance.breached_at is None
    return is_breached(instance)


def is_breached(instance: ClockInstance) -> bool:
    """Counts as breached for marks: recorded, and not waived."""
    return instance.breached_at is not None and not instance.waived


def is_over(cause: Cause) -> bool:
    """Whether the reason of a step has gone, for ``on_recover: restore``.

    That is a finished clock, or a warning or a breach that is no more (R13, a waiver).
    """
    instance = cause.instance
    if not instance.is_open:
        return True
    return not is_risk(cause) and not is_breached(instance)


def marking(view: TicketView, context: PlanContext) -> Iterator[Cause]:
    """The steps with ``mark`` that explain the mark the ticket should carry."""
    wanted = view.evaluation.marks.mark
    for cause in causes(view, context):
        if "mark" not in cause.record.do or cause.record.status == "adopted":
            continue
        if cause.instance.party == "customer":
            continue
        breach = not is_risk(cause) and is_breached(cause.instance)
        risk = is_risk(cause) and cause.instance.is_open
        if breach if wanted == "breached" else risk:
            yield cause
