"""Marks and tags of steps: wanted as long as their cause is, never fought over (§8, rule 7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from slaplugin.core.actions import ActionRow
from slaplugin.core.model import ClockInstance
from slaplugin.core.plan.causes import causes, holds, marking
from slaplugin.core.plan.retry import carried_out, is_restored, retried
from slaplugin.core.plan.undone import undone_at
from slaplugin.core.plan.values import MARK_STEP, Cause, PlanContext, TicketView
from slaplugin.core.plan.wording import render, why

_WRITTEN = frozenset({"done", "adopted", "claimed", "uncertain"})
OFF = ":off"


@dataclass(frozen=True, slots=True)
class _WantedTag:
    tag: str
    key: str
    step: str
    why: str
    instance: ClockInstance
    at: int
    """When its cause came about."""


def plan_tags(view: TicketView, context: PlanContext) -> Iterator[ActionRow]:
    """Tags to add, then tags to remove; and what only needs recording."""
    wanted = [*_wanted_mark(view, context), *_wanted_step_tags(view, context)]
    names: set[str] = set()
    for want in wanted:
        row = _add(want, view, context)
        if row is not None and row.status == "planned" and want.tag in names:
            row = replace(row, status="skipped", result="another step adds the same tag")
        if row is not None:
            yield row
        names.add(want.tag)
    yield from _remove(names, view, context)
    yield from _remove_strangers(names, view, context)


def _wanted_mark(view: TicketView, context: PlanContext) -> Iterator[_WantedTag]:
    tag = context.showing.spelled(view.evaluation.marks.mark)
    found = _mark_cause(view, context)
    if tag is None or found is None:
        return
    instance, at, reason = found
    newest = max((cause.record.at for cause in marking(view, context)), default=at)
    if newest <= undone_at(view.past, instance.policy):
        return
    key = f"{view.prefix}:{MARK_STEP}:{tag}:{_period(view, tag)}"
    yield _WantedTag(tag, key, MARK_STEP, reason, instance, at)


def _mark_cause(view: TicketView, context: PlanContext) -> tuple[ClockInstance, int, str] | None:
    """The instance that the mark is about, since when, and why in words."""
    cause = next(marking(view, context), None)
    if cause is not None:
        return cause.instance, cause.record.at, why(cause)
    # The policy set that had the step is not known any more; the verdict still is.
    breached = view.evaluation.marks.mark == "breached"
    for instance in view.evaluation.instances:
        if instance.party == "customer":
            continue
        if breached and instance.breached_at is not None and not instance.waived:
            return instance, instance.breached_at, f"{instance.policy}: {instance.clock} breach"
        if not breached and instance.is_open and instance.due_at is not None:
            return instance, instance.started_at, f"{instance.policy}: {instance.clock} at risk"
    return None


def _period(view: TicketView, tag: str) -> int:
    """How often the mark was put there and taken away before: the epoch of its key."""
    return sum(
        row.kind == "remove_tag"
        and row.step == MARK_STEP
        and row.value == tag
        and row.status in ("done", "skipped")
        for row in view.past
    )


def _wanted_step_tags(view: TicketView, context: PlanContext) -> Iterator[_WantedTag]:
    for cause in causes(view, context):
        if cause.record.status != "fired" or not holds(cause):
            continue
        if cause.record.at <= undone_at(view.past, cause.record.policy):
            continue
        for action in () if cause.only_marks else cause.step.do:
            if action.kind == "tag":
                tag = step_tag(str(action.value), cause, view, context)
                key = f"{view.prefix}:{cause.key}:{cause.record.step}:tag:{tag}"
                at = cause.record.at
                yield _WantedTag(tag, key, cause.record.step, why(cause), cause.instance, at)


def step_tag(template: str, cause: Cause, view: TicketView, context: PlanContext) -> str:
    """A tag of a step; all of them begin with ``tags.prefix``."""
    tag = render(template, cause, view, context)
    prefix = context.showing.prefix
    return tag if tag.startswith(prefix) else f"{prefix}{tag}"


def _add(want: _WantedTag, view: TicketView, context: PlanContext) -> ActionRow | None:
    past = view.row(want.key)
    new = _row(want, view)
    if want.tag in view.seen.tags:
        if past is None:
            return replace(new, status="adopted", result="found on the ticket")
        if past.status == "claimed":
            return replace(past, status="done", result="found on the ticket")
        return None
    if past is None:
        # Another cause put the same tag there and somebody took it away: others win.
        return None if _taken_away(want, view, context) else new
    return _again(past, new, want, view, context)


def _again(
    past: ActionRow, new: ActionRow, want: _WantedTag, view: TicketView, context: PlanContext
) -> ActionRow | None:
    """A tag that was tried and is not there: it may have been, and somebody took it away."""
    if carried_out(past, view):
        return replace(past, status="done", result="found in the history")
    if is_restored(past, context) and _taken_away_in_history(want, view, context):
        return None
    return retried(past, new, view, context)


def _taken_away(want: _WantedTag, view: TicketView, context: PlanContext) -> bool:
    """Whether the tag was ours, for a cause that still holds, and is gone without us.

    The action table knows, and where that was lost the host's own history.
    """
    written = any(
        row.kind == "add_tag"
        and row.value == want.tag
        and row.status in ("done", "adopted")
        and row.at >= want.at
        and view.row(row.key + OFF) is None
        for row in view.past
    )
    return written or _taken_away_in_history(want, view, context)


def _taken_away_in_history(want: _WantedTag, view: TicketView, context: PlanContext) -> bool:
    if context.restored_at is None or want.at >= context.restored_at:
        return False
    account = context.words.account
    return account is not None and any(
        event.kind == "tag_added"
        and event.data.get("tag") == want.tag
        and event.at >= want.at
        and event.actor is not None
        and event.actor.key == account
        for event in view.timeline.events
    )


def _row(want: _WantedTag, view: TicketView) -> ActionRow:
    ticket = view.timeline.ticket
    return ActionRow(
        key=want.key,
        host=ticket.host,
        ticket=ticket.id,
        kind="add_tag",
        clock=want.instance.clock,
        start_event=want.instance.start_event,
        step=want.step,
        policy=want.instance.policy,
        due_at=want.at,
        value=want.tag,
        why=want.why,
    )


def _remove(wanted: set[str], view: TicketView, context: PlanContext) -> Iterator[ActionRow]:
    """Take away what our action table says we put there and nothing wants any more."""
    asked: set[str] = set()
    for row in view.past:
        if row.kind != "add_tag" or row.status not in _WRITTEN or row.value in wanted:
            continue
        if row.status == "adopted" and _set_by_others(row.value, view, context):
            continue
        past = view.row(row.key + OFF)
        new = _off(row, view)
        if row.value not in view.seen.tags:
            if past is None or past.status == "claimed":
                yield replace(past or new, status="skipped", result="not on the ticket any more")
        elif row.value in asked:
            yield replace(new, status="skipped", result="removed with the same tag")
        elif past is None:
            asked.add(row.value)
            yield new
        elif carried_out(past, view):
            yield replace(past, status="done", result="found in the history")
        else:
            again = retried(past, new, view, context)
            if again is not None:
                asked.add(row.value)
                yield again


def _off(row: ActionRow, view: TicketView) -> ActionRow:
    return replace(
        row,
        key=row.key + OFF,
        kind="remove_tag",
        before=None,
        why=f"no longer so: {row.why}",
        status="planned",
        epoch=0,
        attempts=0,
        result=None,
        at=0,
        due_at=view.evaluation.as_of,
    )


def _remove_strangers(
    wanted: set[str], view: TicketView, context: PlanContext
) -> Iterator[ActionRow]:
    """Marks that our account put there and the store does not know of (a restored store)."""
    known = {row.value for row in view.past if row.kind == "add_tag" and row.status in _WRITTEN}
    ticket = view.timeline.ticket
    for tag in (context.showing.at_risk, context.showing.breached):
        if tag in wanted or tag in known or tag not in view.seen.tags:
            continue
        if _adder(tag, view) is None or _adder(tag, view) != context.words.account:
            continue
        key = f"{view.prefix}:{MARK_STEP}:{tag}:{_period(view, tag)}{OFF}"
        new = ActionRow(
            key=key,
            host=ticket.host,
            ticket=ticket.id,
            kind="remove_tag",
            clock=None,
            start_event=None,
            step=MARK_STEP,
            policy=None,
            due_at=view.evaluation.as_of,
            value=tag,
            why="put there by this account, wanted by nothing",
        )
        past = view.row(key)
        again = retried(past, new, view, context) if past else new
        if again is not None:
            yield again


def _set_by_others(tag: str, view: TicketView, context: PlanContext) -> bool:
    """Whether the host's history names somebody else for the tag that is there now."""
    if any(
        row.kind == "add_tag" and row.value == tag and row.status == "done" for row in view.past
    ):
        return False
    adder = _adder(tag, view)
    return adder is not None and context.words.account not in (None, adder)


def _adder(tag: str, view: TicketView) -> str | None:
    """Account that added the tag last, where the history tells."""
    events = [
        event
        for event in view.timeline.events
        if event.kind == "tag_added" and event.data.get("tag") == tag
    ]
    last = max(events, key=lambda event: event.order, default=None)
    return last.actor.key if last is not None and last.actor is not None else None
