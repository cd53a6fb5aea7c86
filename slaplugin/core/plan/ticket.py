"""The plan of one ticket."""

from __future__ import annotations

from slaplugin.core.actions import ActionRow
from slaplugin.core.model import Event, Timeline
from slaplugin.core.plan.fields import plan_fields
from slaplugin.core.plan.retry import may_try_again, retry_at
from slaplugin.core.plan.steps import plan_steps
from slaplugin.core.plan.tags import plan_tags
from slaplugin.core.plan.values import (
    DYNAMIC_OWNERS,
    REASSIGNMENTS,
    PlanContext,
    TicketPlan,
    TicketView,
)


def plan_ticket(view: TicketView, context: PlanContext) -> TicketPlan:
    """Wanted against seen: tags, own fields, actions of steps, and the next instant to look."""
    ticket = view.timeline.ticket
    actions = _actions(view, context)
    choosing = any(
        row.kind == "set_owner" and row.value in DYNAMIC_OWNERS and row.status == "planned"
        for row in actions
    )
    wait = _wait_until(view, context) if any(_reassigns(row) for row in actions) else None
    return TicketPlan(
        host=ticket.host,
        ticket=ticket.id,
        number=ticket.number,
        actions=actions,
        next_check_at=_next_check(view, context),
        wait_until=wait,
        group=view.seen.group,
        owner=view.seen.owner,
        previous_owner=_previous_owner(view) if choosing else None,
        timeline=view.timeline if choosing else None,
    )


def _actions(view: TicketView, context: PlanContext) -> tuple[ActionRow, ...]:
    """In order of due; of one instant: steps, then tags, then fields."""
    if _is_deleted(view.timeline):
        return ()
    rows = [*plan_steps(view, context), *plan_tags(view, context), *plan_fields(view, context)]
    return tuple(sorted(rows, key=lambda row: row.due_at))


def _is_deleted(timeline: Timeline) -> bool:
    return any(event.kind == "deleted" for event in timeline.events)


def _reassigns(row: ActionRow) -> bool:
    return row.status == "planned" and row.kind in REASSIGNMENTS


def _wait_until(view: TicketView, context: PlanContext) -> int | None:
    """A reassignment waits while the owner or a public reply touched the ticket (§8, Quiet)."""
    touched = [event.at for event in view.timeline.events if _touches(event, view.seen.owner)]
    until = max(touched, default=0) + context.patience.quiet_for
    return until if touched and until > view.evaluation.as_of else None


def _touches(event: Event, owner: str | None) -> bool:
    if event.ours:
        return False
    if event.kind in ("owner_changed", "agent_reply"):
        return True
    actor = event.actor
    return owner is not None and actor is not None and owner in (actor.name, actor.key)


def _previous_owner(view: TicketView) -> str | None:
    """Who owned the ticket before its present owner."""
    facts = view.timeline.ticket.facts
    owners = [facts.get("owner")]
    events = sorted(view.timeline.events, key=lambda event: event.order)
    owners += [event.data.get("to") for event in events if event.kind == "owner_changed"]
    others = [owner for owner in owners if owner and owner != view.seen.owner]
    return others[-1] if others else None


def _next_check(view: TicketView, context: PlanContext) -> int | None:
    """The earliest of: time changes a clock, and a refused write may be tried again."""
    patience = context.patience
    instants = [
        retry_at(row, patience.retry)
        for row in view.past
        if row.status == "failed" and may_try_again(row.attempts, patience)
    ]
    if view.evaluation.next_check_at is not None:
        instants.append(view.evaluation.next_check_at)
    return min((at for at in instants if at > view.evaluation.as_of), default=None)
