"""When an action that was begun before is tried again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slaplugin.core.actions import ActionRow
from slaplugin.core.clocks.facts import frozen
from slaplugin.core.model import Event
from slaplugin.core.plan.values import Patience, PlanContext, TicketView

NEVER_AGAIN = 1000
"""Attempts of a write that the host took and undid, or refused after all: no further try."""
LONGEST_PAUSE = 3600
"""Seconds between two tries of one write at most."""
_TRACES: Mapping[str, str] = {
    "set_priority": "priority_changed",
    "set_group": "group_changed",
    "set_owner": "owner_changed",
    "set_state": "state_changed",
    "set_field": "field_changed",
    "add_tag": "tag_added",
    "remove_tag": "tag_removed",
}
"""Kind of action -> the event that it leaves in the ticket's history."""


def retried(
    past: ActionRow, new: ActionRow, view: TicketView, context: PlanContext
) -> ActionRow | None:
    """The action to do once more, or None where it is settled or its time has not come.

    A claimed one was cut short and is done at once. A refused one is tried again after a pause
    that doubles, a few times in all; never where the host took it and something undid it. A host
    that only fails for the time being is asked for as long as the action is wanted.
    """
    if past.status in ("claimed", "planned"):
        return replace(new, attempts=past.attempts, before=past.before)
    if past.status != "failed" or not may_try_again(past.attempts, context.patience):
        return None
    if view.evaluation.as_of < retry_at(past, context.patience.retry):
        return None
    return replace(new, attempts=past.attempts, before=past.before)


def may_try_again(attempts: int, patience: Patience) -> bool:
    """Whether a failed action has tries left.

    Only what the host could not do for the time being ever gets beyond the last refusal.
    """
    return attempts < patience.attempts or patience.attempts < attempts < NEVER_AGAIN


def retry_at(past: ActionRow, pause: int) -> int:
    """UTC epoch seconds from which a failed action may be tried again."""
    doubled = pause << min(max(past.attempts - 1, 0), 20)
    return past.at + min(doubled, LONGEST_PAUSE)


def is_restored(past: ActionRow, context: PlanContext) -> bool:
    """Whether the action was begun in a store that was restored since.

    The file that was replaced may have finished it, and somebody may have changed it after us.
    """
    return past.at < (context.restored_at or 0)


def carried_out(past: ActionRow, view: TicketView) -> bool:
    """Whether the ticket's history shows that a claimed write reached the host.

    What the ticket shows now does not tell: somebody may have changed it since, and others win.
    """
    return past.status == "claimed" and any(
        event.ours and event.at >= past.at and _is_trace(event, past)
        for event in view.timeline.events
    )


def _is_trace(event: Event, past: ActionRow) -> bool:
    if event.kind != _TRACES.get(past.kind):
        return False
    if past.kind == "set_field" and _bare(event.data.get("field")) != past.field:
        return False
    told = event.data.get("tag" if past.kind.endswith("_tag") else "to")
    return bool(frozen(told) == frozen(past.value))


def _bare(field: Any) -> str:
    return str(field).removeprefix("fields.")
