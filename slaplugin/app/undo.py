"""``undo``: take back what we wrote, where nobody changed it since (commands.md).

Tags that we added are removed; our own fields get what they had before us; group, owner, priority
and state are put back where the host still shows what we wrote. A note or a message cannot be
unsaid: it stays, and the report says so. What is undone stays undone until a new cause comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from slaplugin.app.desk import Desk, Run, begin
from slaplugin.app.dropped import dropped_owner
from slaplugin.app.errors import ConfigurationError, HostGoneError, HostLostError, Problem
from slaplugin.app.outcome import CycleReport, TicketProblem, Write
from slaplugin.app.ports import TicketRow
from slaplugin.app.send import Sender, Target, batches
from slaplugin.app.tenure import Tenure, tenure
from slaplugin.core.actions import ActionRow, Seen
from slaplugin.core.plan.fields import same
from slaplugin.core.plan.steps import shown, shows
from slaplugin.core.plan.undone import UNDO_STEP
from slaplugin.core.plan.values import FIELD_STEP, RESTORED_STEP

OWN_FIELDS = (FIELD_STEP, RESTORED_STEP)
ATTRIBUTES = ("set_group", "set_owner", "set_priority", "set_state", "set_field")
Slot = tuple[str, str | None]
"""(kind, field): a place on the ticket that one value at a time can be in."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What to take back; nothing set: everything."""

    policy: str | None = None
    since: int | None = None
    """UTC epoch seconds; only what was written at or after it."""

    def covers(self, row: ActionRow) -> bool:
        """Whether a recorded action is to be taken back."""
        if row.status != "done" or row.step == UNDO_STEP:
            return False
        if self.policy is not None and row.policy != self.policy:
            return False
        return self.since is None or row.at >= self.since

    def may_cover(self, row: ActionRow) -> bool:
        """The same also for an action that a killed run may have done before it could say so."""
        return self.covers(replace(row, status="done") if row.status == "claimed" else row)


def plan_undo(desk: Desk, scope: Scope) -> CycleReport:
    """What :func:`undo` would write now; writes nothing."""
    run = begin(desk, only_looking=True)
    before = desk.host.requests_made()
    plans = list(_plans(run, scope))
    writes = [write for plan in plans for write in plan.writes]
    return _report(run, plans, writes, desk.host.requests_made() - before)


def undo(desk: Desk, scope: Scope) -> CycleReport:
    """Take it back on the host; safe to repeat. Raises HostError and LeaseHeldError."""
    run = begin(desk)
    with tenure(desk, run.now) as held:
        return _undo(run, held, scope)


def _undo(run: Run, held: Tenure, scope: Scope) -> CycleReport:
    before = run.desk.host.requests_made()
    sender = Sender(run, held, obeys_pause=False)
    plans: list[_TicketUndo] = []
    writes: list[Write] = []
    for plan in _plans(run, scope):
        plans.append(plan)
        for batch in batches(plan.writes):
            writes += sender.send(batch, Target(plan.row, plan.past))
    return _report(run, plans, writes, run.desk.host.requests_made() - before)


@dataclass(frozen=True, slots=True)
class _TicketUndo:
    row: TicketRow
    past: tuple[ActionRow, ...]
    writes: tuple[Write, ...] = ()
    notes: int = 0
    problem: TicketProblem | None = None


def _plans(run: Run, scope: Scope) -> Iterator[_TicketUndo]:
    store, name = run.desk.store, run.desk.host.name
    if scope.policy is not None:
        _require_policy(run, scope.policy)
    tickets = dict.fromkeys(
        row.ticket for row in store.actions(name, since=scope.since) if scope.may_cover(row)
    )
    for ticket in tickets:
        row = store.row(name, ticket)
        if row is not None and row.missing != "gone":
            yield _plan_ticket(run, row, scope)


def _require_policy(run: Run, policy: str) -> None:
    """ConfigurationError for a name that no policy has and none had when it wrote."""
    written = {row.policy for row in run.desk.store.actions(run.desk.host.name) if row.policy}
    known = written | {layer.name for layer in run.judge.rules.layers}
    if policy in known:
        return
    near = get_close_matches(policy, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(known))}"
    raise ConfigurationError([Problem(f"no policy is called {policy!r}", hint=hint)])


def _plan_ticket(run: Run, row: TicketRow, scope: Scope) -> _TicketUndo:
    past = tuple(run.desk.store.actions_of(row.host, row.id))
    try:
        seen = run.desk.host.look(row.id)
    except (HostGoneError, HostLostError) as error:
        return _TicketUndo(row, past, problem=TicketProblem(row.id, row.number, str(error)))
    past = _settled(past, row.seen, seen)
    row = replace(row, seen=seen)
    taken = [*_tags(past, seen, scope), *_attributes(past, seen, scope)]
    actions = (_action(back, row, place, run) for place, back in enumerate(taken, len(past)))
    notes = sum(scope.covers(old) and old.kind == "add_note" for old in past)
    return _TicketUndo(row, past, tuple(Write(item, row.number) for item in actions), notes)


def _settled(past: Sequence[ActionRow], before: Seen, seen: Seen) -> tuple[ActionRow, ...]:
    """The journal with writes that reached the host before a killed run could mark them."""
    found = tuple(
        replace(row, status="done")
        for row in past
        if row.status == "claimed"
        and row.kind != "add_note"
        and shows(seen, row.kind, row.field, row.value)
    )
    keys = {row.key for row in found}
    rest = tuple(row for row in past if row.key not in keys)
    return (*rest, *found, *dropped_owner(found, before, seen))


@dataclass(frozen=True, slots=True)
class _Back:
    """One thing to take back: the action it answers, and what to write instead."""

    row: ActionRow
    kind: str
    value: Any
    before: Any


def _tags(past: Sequence[ActionRow], seen: Seen, scope: Scope) -> Iterator[_Back]:
    """Tags that we added and that are still there, unless another policy wants them, too."""
    added: dict[str, list[ActionRow]] = {}
    for row in past:
        if row.kind == "add_tag" and row.status == "done":
            added.setdefault(str(row.value), []).append(row)
    for tag, rows in sorted(added.items()):
        if tag in seen.tags and all(scope.covers(row) for row in _in_effect(rows, past)):
            yield _Back(rows[-1], "remove_tag", tag, None)


def _in_effect(rows: Iterable[ActionRow], past: Sequence[ActionRow]) -> list[ActionRow]:
    """The additions that nothing of ours has taken back yet."""
    keys = {row.key for row in past if row.kind == "remove_tag" and row.status == "done"}
    return [row for row in rows if f"{row.key}:off" not in keys]


def _attributes(past: Sequence[ActionRow], seen: Seen, scope: Scope) -> Iterator[_Back]:
    for (kind, field), rows in _by_slot(past).items():
        last = rows[-1]
        if not scope.covers(last):
            continue
        now = shown(seen, kind, field)
        own = kind == "set_field" and last.step in OWN_FIELDS
        if own:
            value = next(row for row in rows if scope.covers(row)).before
        elif same(now, last.value):
            value = _before_us(rows, scope)
        else:
            continue
        if not same(now, value):
            yield _Back(last, kind, value, now)


def _by_slot(past: Sequence[ActionRow]) -> Mapping[Slot, list[ActionRow]]:
    """Our writes into each slot, oldest first, since it was last undone; groups come first."""
    found: dict[Slot, list[ActionRow]] = {}
    done = [row for row in past if row.kind in ATTRIBUTES and row.status == "done"]
    done.sort(key=lambda row: (row.at, row.due_at))
    for kind in ATTRIBUTES:
        for row in done:
            if row.kind != kind:
                continue
            slot = (kind, row.field)
            if row.step == UNDO_STEP:
                found.pop(slot, None)
            else:
                found.setdefault(slot, []).append(row)
    return found


def _before_us(rows: Sequence[ActionRow], scope: Scope) -> Any:
    """What was there before the last unbroken run of our writes: others' changes are kept."""
    value = rows[-1].before
    for row in reversed(rows[:-1]):
        if not scope.covers(row) or not same(row.value, value):
            break
        value = row.before
    return value


def _action(back: _Back, row: TicketRow, place: int, run: Run) -> ActionRow:
    old = back.row
    slot = back.value if back.kind == "remove_tag" else (old.field or back.kind)
    return ActionRow(
        key=f"{row.host}:{row.id}:{UNDO_STEP}:{slot}:{place}",
        host=row.host,
        ticket=row.id,
        kind=back.kind,
        clock=old.clock,
        start_event=old.start_event,
        step=UNDO_STEP,
        policy=old.policy,
        due_at=run.now,
        value=back.value,
        before=back.before,
        field=old.field,
        why=f"undo of: {old.why}",
    )


def _report(
    run: Run, plans: Sequence[_TicketUndo], writes: Sequence[Write], requests: int
) -> CycleReport:
    failed = [
        TicketProblem(write.action.ticket, write.number, write.error or "write failed")
        for write in writes
        if write.status == "failed"
    ]
    notes = sum(plan.notes for plan in plans)
    notices = (f"notes that stay, since they cannot be unsaid: {notes}",) if notes else ()
    return CycleReport(
        as_of=run.now,
        changed_tickets=len(plans),
        evaluated=0,
        requests=requests,
        writes=tuple(writes),
        problems=(*(plan.problem for plan in plans if plan.problem), *failed),
        notices=notices,
    )
