"""What changed between two looks at a ticket, as entries of the audit log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from slaplugin.app.judge import identity
from slaplugin.app.ports import AuditEntry, StoredInstance
from slaplugin.core.actions import ActionRow
from slaplugin.core.model import ClockInstance
from slaplugin.core.texts import utc_text

_ENDS = {"met": "met", "closed_unanswered": "closed_unanswered", "void": "voided"}


def transitions(
    before: Sequence[StoredInstance], after: Iterable[StoredInstance], now: int
) -> Iterator[AuditEntry]:
    """Started, at risk, breached, met, closed unanswered, voided, stopped, resumed, retargeted,
    correction.

    Each entry's ``at`` is the instant at which it came about (R13), not that of the look;
    ``now`` is the instant of the look, UTC epoch seconds. Host and ticket are added when stored.
    """
    known = {identity(row.instance): row for row in before}
    for row in after:
        old = known.pop(identity(row.instance), None)
        if old is None:
            yield _entry("started", row.instance.started_at, row)
            yield from _changes(None, row, now)
        elif old.instance != row.instance:
            yield from _changes(old.instance, row, now)
    for old in known.values():
        yield _entry("correction", now, old, was=old.instance.outcome, now="never started")


def _changes(old: ClockInstance | None, row: StoredInstance, now: int) -> Iterator[AuditEntry]:
    new = row.instance
    yield from _corrections(old, row, now)
    risk = _first_risk(new)
    if risk is not None and (old is None or _first_risk(old) is None):
        yield _entry("at_risk", risk, row)
    if new.breached_at is not None and (old is None or old.breached_at is None):
        yield _entry("breached", new.breached_at, row, reason=new.breach_reason)
    if old is not None and old.is_open and (old.policy, old.target) != (new.policy, new.target):
        yield _entry("retargeted", now, row, was=[old.policy, old.target])
    was_open = old is None or old.is_open
    if was_open and not new.is_open:
        kind = "stopped" if new.breached_at is not None else _ENDS.get(new.outcome, "stopped")
        yield _entry(kind, new.stopped_at or now, row, reason=new.void_reason)
    elif not was_open and new.is_open:
        yield _entry("resumed", now, row)


def _first_risk(instance: ClockInstance) -> int | None:
    """When the first percentage or before-due step fell due that is live."""
    risks = (
        record.at
        for record in instance.steps
        if record.severity[0] == 1 and record.status != "adopted"
    )
    return min(risks, default=None)


def _corrections(old: ClockInstance | None, row: StoredInstance, now: int) -> Iterator[AuditEntry]:
    """A verdict that was recorded and turns out otherwise by a late event (R13)."""
    if old is None:
        return
    new = row.instance
    retracted = old.breached_at is not None and new.breached_at != old.breached_at
    finished = not old.is_open and not new.is_open and old.outcome != new.outcome
    if retracted or finished:
        yield _entry(
            "correction",
            now,
            row,
            was=old.outcome,
            was_breached_at=None if old.breached_at is None else utc_text(old.breached_at),
        )


def _entry(kind: str, at: int, row: StoredInstance, **more: Any) -> AuditEntry:
    instance = row.instance
    payload: dict[str, Any] = {
        "clock": instance.clock,
        "instance": instance.instance,
        "start_event": instance.start_event,
        "policy": instance.policy,
        "policy_set": row.policy_set,
        "outcome": instance.outcome,
        "due_at": None if instance.due_at is None else utc_text(instance.due_at),
    }
    payload.update({name: value for name, value in more.items() if value is not None})
    return AuditEntry(kind=kind, at=at, payload=payload)


def written(row: ActionRow, at: int) -> AuditEntry:
    """An action that was done, or why it was not."""
    payload = {
        "key": row.key,
        "action": row.kind,
        "field": row.field,
        "from": row.before,
        "to": None if row.kind == "add_note" else row.value,
        "why": row.why,
        "status": row.status,
        "result": row.result,
    }
    kind = {"done": "written", "failed": "write_failed", "skipped": "step_skipped"}.get(row.status)
    return AuditEntry(
        kind=kind or f"action_{row.status}",
        at=at,
        payload=payload,
        host=row.host,
        ticket=row.ticket,
    )
