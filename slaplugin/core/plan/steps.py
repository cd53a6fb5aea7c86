"""Actions that a step does once: priority, group, owner, notes, messages, fields, states (§8)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from slaplugin.core.actions import ActionRow, Seen
from slaplugin.core.plan.causes import ENDINGS, causes, is_over, is_risk
from slaplugin.core.plan.fields import same
from slaplugin.core.plan.retry import carried_out, is_restored, retried
from slaplugin.core.plan.undone import undone_at
from slaplugin.core.plan.values import DYNAMIC_OWNERS, Cause, PlanContext, TicketView
from slaplugin.core.plan.wording import render, why
from slaplugin.core.policies import StepAction

COMMON = ("urgent", "high", "normal", "low")
"""Priorities, most urgent first: the order of ``only: raise``."""
_KINDS = {
    "priority": "set_priority",
    "group": "set_group",
    "owner": "set_owner",
    "state": "set_state",
    "note": "add_note",
    "notify": "notify",
    "field": "set_field",
}
RESTORE = ":restore"


def plan_steps(view: TicketView, context: PlanContext) -> Iterator[ActionRow]:
    """What fallen-due steps ask for and was not settled before, in order of due."""
    for cause in causes(view, context):
        if cause.only_marks:
            continue
        for position, action in enumerate(cause.step.do):
            if action.kind in _KINDS:
                yield from _plan_action(cause, position, view, context)


def _plan_action(
    cause: Cause, position: int, view: TicketView, context: PlanContext
) -> Iterator[ActionRow]:
    action = cause.step.do[position]
    if action.kind == "notify":
        yield from _plan_messages(cause, position, view, context)
        return
    new = _row(cause, position, view, context)
    past = _past(new, cause, view)
    if past is not None and past.status == "done":
        yield from _restored(past, cause, action, view)
        return
    if past is not None and past.status not in ("claimed", "failed", "planned"):
        return
    row = new if past is None else retried(past, new, view, context)
    if row is None:
        return
    if _is_there(past, row, view.seen):
        yield replace(past or row, status="done", result="found on the ticket")
    elif past is not None and carried_out(past, view):
        yield replace(past, status="done", result="found in the history")
    elif past is not None and action.kind != "note" and is_restored(past, context):
        yield replace(past, status="adopted", result="tried before the store was restored")
    else:
        yield _ready(row, past, cause, _objection(cause, action, view, context), context)


def _plan_messages(
    cause: Cause, position: int, view: TicketView, context: PlanContext
) -> Iterator[ActionRow]:
    """A row for each channel, so that one that fails does not silence the others.

    A message that was claimed and not marked may have been delivered: it is not sent again.
    """
    whole = _row(cause, position, view, context)
    for channel in whole.value:
        new = replace(whole, key=f"{whole.key}:{channel}", value=channel)
        past = _past(new, cause, view)
        if past is not None and past.status == "claimed":
            yield replace(past, status="uncertain", result="cut short while it was being sent")
            continue
        if past is not None and past.status not in ("failed", "planned"):
            continue
        if past is not None and is_restored(past, context):
            if past.attempts < context.patience.attempts:
                yield replace(
                    past, status="uncertain", result="failed before the store was restored"
                )
            continue
        row = new if past is None else retried(past, new, view, context)
        if row is not None:
            yield _ready(row, past, cause, _silence(channel, cause, view, context), context)


def _past(new: ActionRow, cause: Cause, view: TicketView) -> ActionRow | None:
    """What became of the action before.

    A merge gives a clock an earlier start and so another key; what had fired does not fire again
    for that (details 42), and it is known by clock, step and instant.
    """
    what = new.key.removeprefix(f"{view.prefix}:{cause.key}")
    moved = (
        row
        for row in view.past
        if (row.clock, row.due_at) == (new.clock, new.due_at) and row.key.endswith(what)
    )
    return view.row(new.key) or next(moved, None)


def _ready(
    row: ActionRow,
    past: ActionRow | None,
    cause: Cause,
    reason: str | None,
    context: PlanContext,
) -> ActionRow:
    """The row as it is wanted, or settled without being done."""
    if cause.record.status == "adopted":
        return replace(row, status="adopted", result="due before it was enforced")
    if past is None and cause.record.at <= (context.restored_at or 0):
        return replace(row, status="adopted", result="due before the store was restored")
    return row if reason is None else replace(row, status="skipped", result=reason)


def _silence(channel: str, cause: Cause, view: TicketView, context: PlanContext) -> str | None:
    """Why nobody is told; None: somebody is."""
    reason = _too_late(cause, view)
    return reason if reason or channel in context.words.channels else "no channel"


def _is_there(past: ActionRow | None, row: ActionRow, seen: Seen) -> bool:
    """A claimed write that reached the host before we could mark it."""
    return (
        past is not None
        and past.status == "claimed"
        and past.kind not in ("add_note", "notify")
        and shows(seen, past.kind, past.field, past.value)
        and row.key == past.key
    )


def _row(cause: Cause, position: int, view: TicketView, context: PlanContext) -> ActionRow:
    ticket, action = view.timeline.ticket, cause.step.do[position]
    kind = _KINDS[action.kind]
    field, value = _value(action, cause, view, context)
    return ActionRow(
        key=f"{view.prefix}:{cause.key}:{step_key(cause)}:{position}:{action.kind}",
        host=ticket.host,
        ticket=ticket.id,
        kind=kind,
        clock=cause.instance.clock,
        start_event=cause.instance.start_event,
        step=cause.record.step,
        policy=cause.record.policy,
        due_at=cause.record.at,
        value=value,
        before=shown(view.seen, kind, field),
        field=field,
        why=why(cause),
    )


def step_key(cause: Cause) -> str:
    """Steps are the same when ``at`` and ``do`` are equal (details 42)."""
    digest = hashlib.sha256(cause.step.key.encode()).hexdigest()[:8]
    return f"{cause.record.step}~{digest}"


def _value(
    action: StepAction, cause: Cause, view: TicketView, context: PlanContext
) -> tuple[str | None, Any]:
    """The host field, if any, and the value to write in the host's own words."""
    if action.kind == "priority":
        return None, host_priority(str(action.value), context.words.priorities)
    if action.kind == "owner":
        return None, None if action.value in (None, "none") else str(action.value)
    if action.kind == "note":
        return None, render(str(action.value), cause, view, context)
    if action.kind == "field":
        name, value = action.value
        text = render(value, cause, view, context) if isinstance(value, str) else value
        return str(name).removeprefix("fields."), text
    if action.kind == "notify":
        return None, [action.value] if isinstance(action.value, str) else list(action.value)
    return None, str(action.value)


def host_priority(name: str, priorities: Mapping[str, str]) -> str:
    """The host's name of a priority that is given by it or by its common name."""
    if name in priorities:
        return name
    return next((host for host, common in priorities.items() if common == name), name)


def shown(seen: Seen, kind: str, field: str | None) -> Any:
    """What the host shows where an action would write; None for notes and messages."""
    if kind == "set_field":
        return seen.fields.get(field or "")
    name = kind.removeprefix("set_")
    return getattr(seen, name) if name in ("priority", "group", "owner", "state") else None


def shows(seen: Seen, kind: str, field: str | None, value: Any) -> bool:
    """Whether the host shows the value of an action already."""
    if kind == "add_tag":
        return value in seen.tags
    if kind == "remove_tag":
        return value not in seen.tags
    return same(shown(seen, kind, field), value)


def _objection(
    cause: Cause, action: StepAction, view: TicketView, context: PlanContext
) -> str | None:
    """Why an action is not done although its step fell due; None: it is done."""
    reason = _too_late(cause, view)
    if reason is not None or action.kind == "note":
        return reason
    return _needless(cause, action, view, context)


def _too_late(cause: Cause, view: TicketView) -> str | None:
    """Why nothing of a step is done any more."""
    if cause.record.status == "skipped":
        return "a more severe step of the clock was due already"
    if cause.instance.void_reason in ENDINGS:
        return f"the ticket was {cause.instance.void_reason}"
    if cause.record.at <= undone_at(view.past, cause.record.policy):
        return "undo came before it was written"
    if is_risk(cause) and is_over(cause):
        return "the clock ended before it could be written"
    return None


def _needless(
    cause: Cause, action: StepAction, view: TicketView, context: PlanContext
) -> str | None:
    """Why writing the value would be wrong or change nothing."""
    field, value = _value(action, cause, view, context)
    if action.kind == "field" and field not in view.seen.fields:
        return f"the host has no field {field}"
    if action.kind == "priority" and action.only_raise:
        return _not_raised(str(value), view, context)
    if action.kind == "priority" and _is_called(str(action.value), view, context):
        return f"priority is {view.seen.priority} already"
    if action.kind == "owner" and value in DYNAMIC_OWNERS:
        return None
    kind = _KINDS[action.kind]
    return "it is so already" if shows(view.seen, kind, field, value) else None


def _not_raised(value: str, view: TicketView, context: PlanContext) -> str | None:
    now = view.seen.priority
    rank_now, rank_new = (_urgency(name, context.words.priorities) for name in (now, value))
    return f"priority is {now} already" if rank_now <= rank_new else None


def _is_called(name: str, view: TicketView, context: PlanContext) -> bool:
    """Whether the ticket's priority has this common name: where 80 and more are urgent, 90 is not
    lowered to 80 by ``priority: urgent``."""
    known = context.words.priorities
    return name in COMMON and name not in known and known.get(view.seen.priority or "") == name


def _urgency(name: str | None, priorities: Mapping[str, str]) -> int:
    """0 is most urgent; an unknown priority is the least."""
    common = priorities.get(name or "", name or "")
    return COMMON.index(common) if common in COMMON else len(COMMON)


def _restored(
    past: ActionRow, cause: Cause, action: StepAction, view: TicketView
) -> Iterator[ActionRow]:
    """``on_recover: restore``: put back what was there, where nobody changed it since."""
    key = past.key + RESTORE
    if not action.is_put_back or not is_over(cause):
        return
    done = view.row(key)
    if done is not None and done.status != "claimed":
        return
    row = replace(
        past,
        key=key,
        value=past.before,
        before=past.value,
        status="planned",
        why=f"recovered: {past.why}",
        result=None,
        epoch=0,
        attempts=done.attempts if done else 0,
    )
    if shows(view.seen, past.kind, past.field, past.value):
        yield row
    else:
        yield replace(row, status="skipped", result="changed by somebody else since")
