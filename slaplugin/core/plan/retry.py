"""When an action that was begun before is tried again."""

from __future__ import annotations

from dataclasses import replace

from slaplugin.core.actions import ActionRow
from slaplugin.core.plan.values import PlanContext, TicketView


def retried(
    past: ActionRow, new: ActionRow, view: TicketView, context: PlanContext
) -> ActionRow | None:
    """The action to do once more, or None where it is settled or its time has not come.

    A claimed one was cut short and is done at once. A refused one is tried again after a pause
    that doubles, a few times in all; never where the host took it and something undid it.
    """
    if past.status in ("claimed", "planned"):
        return replace(new, attempts=past.attempts, before=past.before)
    if past.status != "failed" or past.attempts >= context.patience.attempts:
        return None
    if view.evaluation.as_of < retry_at(past, context.patience.retry):
        return None
    return replace(new, attempts=past.attempts, before=past.before)


def retry_at(past: ActionRow, pause: int) -> int:
    """UTC epoch seconds from which a failed action may be tried again."""
    return int(past.at + pause * 2 ** max(past.attempts - 1, 0))


def is_restored(past: ActionRow, context: PlanContext) -> bool:
    """Whether the action was begun in a store that was restored since.

    The file that was replaced may have finished it, and somebody may have changed it after us.
    """
    return past.at < (context.restored_at or 0)
