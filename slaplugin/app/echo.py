"""Which events on the host we caused ourselves (rule R15, architecture rule 6).

The journal of actions says what we wrote and when; an event of our own account with the same
meaning within a short time of it is ours. Once marked, an event stays marked. After a restore the
journal lacks what was written since the backup: there the account alone tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from slaplugin.core.actions import ActionRow
from slaplugin.core.clocks.facts import frozen
from slaplugin.core.model import Event
from slaplugin.core.plan import PlanContext

WINDOW = 300
"""Seconds between the journal's stamp and the host's."""
_EVENTS: Mapping[str, tuple[str, ...]] = {
    "set_priority": ("priority_changed",),
    "set_group": ("group_changed", "owner_changed"),
    "set_owner": ("owner_changed",),
    "set_state": ("state_changed", "closed", "reopened"),
    "add_tag": ("tag_added",),
    "remove_tag": ("tag_removed",),
    "set_field": ("field_changed",),
    "add_note": ("note",),
}
_CHANGES = frozenset(kind for kinds in _EVENTS.values() for kind in kinds)
_DONE = frozenset({"done", "claimed", "failed", "uncertain"})


def mark_ours(
    events: Iterable[Event],
    before: Iterable[Event],
    actions: Sequence[ActionRow],
    context: PlanContext,
) -> tuple[Event, ...]:
    """The events, those that an action of ours caused carrying ``ours`` (and ``retarget``)."""
    known = {event.id: event for event in before}
    journal = [row for row in actions if row.status in _DONE and row.kind in _EVENTS]
    return tuple(_marked(event, known.get(event.id), journal, context) for event in events)


def _marked(
    event: Event, known: Event | None, journal: Sequence[ActionRow], context: PlanContext
) -> Event:
    if known is not None and known.ours:
        return replace(event, ours=True, retarget=known.retarget)
    if known is None and _forgotten(event, context):
        return replace(event, ours=True)
    row = next((row for row in journal if _caused(row, event, context.words.account)), None)
    if row is None:
        return event
    return replace(event, ours=True, retarget=event.retarget or retargets(row, context))


def _forgotten(event: Event, context: PlanContext) -> bool:
    """A change of our account that is missing from the journal since an older store is back."""
    if context.restored_at is None or event.at > context.restored_at or event.actor is None:
        return False
    account = context.words.account
    return account is not None and event.actor.key == account and event.kind in _CHANGES


def _caused(row: ActionRow, event: Event, account: str | None) -> bool:
    if event.kind not in _EVENTS[row.kind] or abs(event.at - row.at) > WINDOW:
        return False
    by = event.actor.key if event.actor is not None else None
    if account is not None and by is not None and by != account:
        return False
    if row.kind == "add_note":
        return True
    if row.kind == "set_field":
        return str(event.data.get("field")).removeprefix("fields.") == row.field
    told = event.data.get("tag" if row.kind.endswith("_tag") else "to")
    if row.kind == "set_group" and event.kind == "owner_changed":
        return told is None  # the host drops an owner who may not own tickets of the new group
    return bool(frozen(told) == frozen(row.value)) or (event.kind == "closed" and told is None)


def retargets(row: ActionRow, context: PlanContext) -> bool:
    """Whether the step behind an action wants its change to count like anybody's."""
    return any(
        step.retarget and step.at == row.step
        for layer in context.rules.layers
        if layer.name == row.policy
        for step in layer.steps
    )
