"""Our own fields: due, policy, state, summary (policy-language §8, Fields)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from slaplugin.core.actions import ActionRow
from slaplugin.core.plan.causes import causes
from slaplugin.core.plan.retry import retried
from slaplugin.core.plan.undone import UNDO_STEP, undone_at
from slaplugin.core.plan.values import (
    FIELD_STEP,
    RESTORED_STEP,
    PlanContext,
    TicketView,
)
from slaplugin.core.plan.wording import shown_instance, summary

_OWN_STEPS = (FIELD_STEP, RESTORED_STEP)


def plan_fields(view: TicketView, context: PlanContext) -> Iterator[ActionRow]:
    """Fields that show something else than they should, where the host has them."""
    marks, showing = view.evaluation.marks, context.showing
    state = None if marks.state == "none" else marks.state
    wanted: tuple[tuple[str | None, Any], ...] = (
        (showing.due, marks.due),
        (showing.policy, marks.policy),
        (showing.state, state),
        (showing.summary, summary(view, context) if showing.summary else None),
    )
    for name, value in wanted:
        if name is None or name not in view.seen.fields or not _active(name, view, context):
            continue
        row = _plan_field(name, value, view, context)
        if row is not None:
            yield row


def _active(name: str, view: TicketView, context: PlanContext) -> bool:
    """From the first risk on, on every open ticket with ``always``, and once written for good."""
    undone = undone_at(view.past)
    fired = [cause.record.at for cause in causes(view, context) if cause.record.status != "adopted"]
    if undone >= 0 and max(fired, default=-1) <= undone:
        return False
    if any(row.field == name and row.step in _OWN_STEPS for row in view.past):
        return True
    if context.showing.always:
        return any(instance.is_open for instance in view.evaluation.instances)
    return not view.evaluation.marks.quiet


def _plan_field(name: str, value: Any, view: TicketView, context: PlanContext) -> ActionRow | None:
    shown = view.seen.fields.get(name)
    own = _own_rows(name, view)
    last = own[-1] if own else None
    if same(shown, value):
        if last is not None and last.status == "claimed" and same(last.value, value):
            return replace(last, status="done", result="found on the ticket")
        return None
    new = _row(name, value, len(own), view)
    if last is None or last.step == UNDO_STEP or not same(last.value, value):
        return new
    if last.status in ("claimed", "failed"):
        return retried(last, replace(new, key=last.key, step=last.step), view, context)
    if last.step == RESTORED_STEP:
        return _report_once(new, view)
    return replace(new, step=RESTORED_STEP, why="changed by somebody else: restored once")


def _report_once(new: ActionRow, view: TicketView) -> ActionRow | None:
    report = replace(
        new,
        key=f"{new.key}:left",
        kind="set_field",
        step="field left",
        status="skipped",
        result="changed by somebody else again; left as it is",
    )
    return None if view.row(report.key) else report


def _own_rows(name: str, view: TicketView) -> list[ActionRow]:
    """What we wrote into the field, in order of the writing."""
    rows = [
        row
        for row in view.past
        if row.field == name and row.step in (*_OWN_STEPS, UNDO_STEP) and row.status != "skipped"
    ]
    return sorted(rows, key=lambda row: (row.at, _generation(row)))


def _generation(row: ActionRow) -> int:
    return int(row.key.rsplit(":", 1)[-1])


def _row(name: str, value: Any, generation: int, view: TicketView) -> ActionRow:
    ticket, marks = view.timeline.ticket, view.evaluation.marks
    instance = shown_instance(view, marks)
    return ActionRow(
        key=f"{view.prefix}:field:{name}:{generation}",
        host=ticket.host,
        ticket=ticket.id,
        kind="set_field",
        clock=marks.clock,
        start_event=instance.start_event if instance else None,
        step=FIELD_STEP,
        policy=marks.policy,
        due_at=view.evaluation.as_of,
        value=value,
        before=view.seen.fields.get(name),
        field=name,
        why=f"{marks.policy}: {marks.clock}" if marks.policy else "no clock is open",
    )


def same(shown: Any, wanted: Any) -> bool:
    """Whether a field shows the value; hosts tell an empty one as nothing or as an empty text."""
    return (shown in (None, "") and wanted in (None, "")) or bool(shown == wanted)
