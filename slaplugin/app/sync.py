"""One ticket: stops 3 to 6a of the path, and how their outcome is recorded.

The cycle around it is :mod:`slaplugin.app.cycle`, stop 7 is :mod:`slaplugin.app.apply`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from slaplugin.app.desk import Run
from slaplugin.app.dropped import dropped_owner
from slaplugin.app.enrich import enrich
from slaplugin.app.known import Known
from slaplugin.app.ports import AuditEntry, StoredInstance, Transaction
from slaplugin.app.transitions import transitions, written
from slaplugin.core.actions import ActionRow
from slaplugin.core.model import Evaluation
from slaplugin.core.plan import REASSIGNMENTS, TicketPlan, TicketView, plan_ticket


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one ticket: all of it is recorded in one transaction."""

    known: Known
    evaluation: Evaluation
    instances: tuple[StoredInstance, ...]
    plan: TicketPlan
    entries: tuple[AuditEntry, ...]

    @property
    def ticket(self) -> str:
        return self.known.row.id


def sync_ticket(
    known: Known, run: Run, now: int, party: Mapping[str, Any] | None = None
) -> Outcome:
    """Stops 3 to 6a: enrich, match, replay, plan. Writes nothing.

    ``now`` is the host's, UTC epoch seconds, read once for the ticket. ``party`` are facts of its
    customer or organization that changed. HookError and TicketHeldError hold the ticket.
    """
    known = enrich(known, run.desk.hooks, now, party)
    verdict = run.judge.verdict(known, now)
    view = TicketView(known.timeline, verdict.evaluation, known.row.seen, known.actions)
    plan = plan_ticket(view, run.context)
    if known.was is not None:
        # A move that was found on the ticket was cut short before its side effect was noted.
        more = dropped_owner(plan.actions, known.was.seen, known.row.seen)
        plan = replace(plan, actions=(*plan.actions, *more))
    entries = tuple(
        replace(entry, host=known.row.host, ticket=known.row.id)
        for entry in transitions(known.instances, verdict.instances, now)
    )
    row = replace(
        known.row,
        next_check_at=next_check(plan, now),
        policy_set=run.policy_set,
        held=None,
        held_until=None,
        holds=0,
    )
    return Outcome(replace(known, row=row), verdict.evaluation, verdict.instances, plan, entries)


def next_check(plan: TicketPlan, now: int) -> int | None:
    """When to look again: at once while anything is wanted, so that a kill loses nothing."""
    if not plan.wanted:
        return plan.next_check_at
    waiting = all(row.kind in REASSIGNMENTS for row in plan.wanted)
    if plan.wait_until is None or not waiting:
        return now
    return min(plan.wait_until, plan.next_check_at or plan.wait_until)


def record(tx: Transaction, outcome: Outcome, now: int) -> None:
    """Store a ticket's outcome: row, events, instances, settled actions, history."""
    known = outcome.known
    host, ticket = known.row.host, known.row.id
    tx.save_ticket(known.row)
    if known.fresh_events is not None and known.events_changed:
        tx.replace_events(host, ticket, known.fresh_events)
    if known.new_observed:
        tx.add_observed(host, ticket, known.new_observed)
    if outcome.instances != known.instances:
        tx.save_instances(host, ticket, outcome.instances)
    for action in outcome.plan.actions:
        if action.status != "planned":
            save_action(tx, replace(action, at=action.at or now))
            if action.status != "adopted":
                tx.audit(written(action, now))
    for entry in outcome.entries:
        tx.audit(entry)


def save_action(tx: Transaction, row: ActionRow) -> None:
    """Keep an action without the text of a note: no message bodies in the store (rule 13)."""
    tx.save_action(replace(row, value=None) if row.kind == "add_note" else row)
