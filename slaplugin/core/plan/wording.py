"""The words of tags, notes and fields, filled with what an instance says."""

from __future__ import annotations

from typing import Any

from slaplugin.core.durations import format_duration
from slaplugin.core.model import ClockInstance, Marks
from slaplugin.core.plan.values import Cause, PlanContext, TicketView
from slaplugin.core.texts import fill, short_local_text, utc_text

_VERBS = {
    "first_response": "Reply",
    "next_response": "Reply",
    "update": "Update",
    "resolution": "Solve",
    "first_resolution": "Solve",
    "assignment": "Assign",
    "ownership": "Hand on",
}


def render(template: str, cause: Cause, view: TicketView, context: PlanContext) -> str:
    """A text of a step with ``{clock}``, ``{due_at:local}`` … filled (policy-language §8)."""
    instance = cause.instance
    instants = {"due_at": instance.due_at, "breached_at": instance.breached_at}
    known = {name: at for name, at in instants.items() if at is not None}
    values = _values(instance, view) | {name: None for name in instants if name not in known}
    return fill(template, values, known, context.zone_of(instance.calendar))


def _values(instance: ClockInstance, view: TicketView) -> dict[str, Any]:
    ticket, facts = view.timeline.ticket, view.evaluation.facts
    target = instance.target
    return {
        "ticket": ticket.number or ticket.id,
        "title": ticket.title,
        "clock": instance.clock,
        "policy": instance.policy,
        "target": format_duration(target) if isinstance(target, int) else target,
        "remaining": None if instance.remaining is None else format_duration(instance.remaining),
        "owner": view.seen.owner or "nobody",
        "group": view.seen.group,
        "customer": facts.get("customer.name") or facts.get("customer.email"),
    }


def why(cause: Cause) -> str:
    """``vip: first_response 75% at 2026-03-09T12:00:00Z``."""
    record = cause.record
    return f"{record.policy}: {cause.instance.clock} {record.step} at {utc_text(record.at)}"


def summary(view: TicketView, context: PlanContext) -> str | None:
    """One line an agent can act on: ``Reply by Tue 14:30 CET (vip)``, always with the zone."""
    marks = view.evaluation.marks
    if marks.due is None:
        return "Paused while waiting for the customer" if marks.state == "paused" else None
    instance = shown_instance(view, marks)
    zone = context.zone_of(instance.calendar if instance else None)
    at = short_local_text(marks.due, zone, view.evaluation.as_of)
    verb = _VERBS.get(marks.clock or "", marks.clock or "Due")
    join = "overdue since" if marks.due < view.evaluation.as_of else "by"
    return f"{verb} {join} {at} ({marks.policy})"


def shown_instance(view: TicketView, marks: Marks) -> ClockInstance | None:
    """The instance whose due the fields show."""
    for instance in view.evaluation.instances:
        if instance.is_open and (instance.clock, instance.due_at) == (marks.clock, marks.due):
            return instance
    return None
