"""``recalc``: finished outcomes under the policies now in force, as recorded revisions (R11)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from slaplugin.app.cycle import adopt
from slaplugin.app.desk import Desk, Run, begin
from slaplugin.app.judge import identity
from slaplugin.app.known import from_store
from slaplugin.app.ports import AuditEntry, StoredInstance, StoredTicket
from slaplugin.app.tenure import tenure
from slaplugin.core.evaluate import evaluate
from slaplugin.core.model import ClockInstance
from slaplugin.core.texts import utc_text


@dataclass(frozen=True, slots=True)
class Revision:
    """A finished instance whose verdict the policies now in force would put otherwise."""

    ticket: str
    number: str
    old: StoredInstance
    new: StoredInstance


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks for it and why: both are kept in the history."""

    who: str
    why: str
    tickets: Sequence[str] | None = None
    """Host ids; None: every ticket in the store."""


def plan_recalc(desk: Desk, request: Request) -> list[Revision]:
    """The revisions that :func:`recalc` would record."""
    run = begin(desk, only_looking=True)
    return [item for _, found in _revised(run, request) for item in found]


def recalc(desk: Desk, request: Request) -> list[Revision]:
    """Record them, ticket by ticket; each keeps the older verdict beside the new one."""
    run = begin(desk)
    with tenure(desk, run.now):
        adopt(run, live=False)
        done: list[Revision] = []
        for stored, found in _revised(run, request):
            _record(run, stored, found, request)
            done += found
        return done


def _revised(run: Run, request: Request) -> Iterator[tuple[StoredTicket, list[Revision]]]:
    store, name = run.desk.store, run.desk.host.name
    tickets = list(store.ids(name)) if request.tickets is None else request.tickets
    for ticket in tickets:
        stored = store.ticket(name, ticket)
        found = [] if stored is None else list(_of_ticket(run, stored))
        if stored is not None and found:
            yield stored, found


def _of_ticket(run: Run, stored: StoredTicket) -> Iterator[Revision]:
    old = [row for row in stored.instances if row.finished and row.policy_set != run.policy_set]
    if not old:
        return
    verdict = evaluate(from_store(stored, ()).timeline, run.judge.rules, run.now, detail=False)
    fresh = {identity(instance): instance for instance in verdict.instances}
    for row in old:
        instance = fresh.get(identity(row.instance))
        if instance is not None and not instance.is_open and _differs(row.instance, instance):
            new = StoredInstance(instance, run.policy_set, True, row.revision + 1)
            yield Revision(stored.row.id, stored.row.number, row, new)


def _differs(old: ClockInstance, new: ClockInstance) -> bool:
    return _verdict(old) != _verdict(new)


def _verdict(instance: ClockInstance) -> tuple[object, ...]:
    return (
        instance.outcome,
        instance.policy,
        instance.target,
        instance.due_at,
        instance.breached_at,
        instance.elapsed,
    )


def _record(run: Run, stored: StoredTicket, found: Sequence[Revision], request: Request) -> None:
    new = {identity(item.new.instance): item.new for item in found}
    instances = tuple(new.get(identity(row.instance), row) for row in stored.instances)
    row = stored.row
    with run.desk.store.tx() as tx:
        tx.save_instances(row.host, row.id, instances)
        if row.live:
            tx.save_ticket(replace(row, next_check_at=run.now))
        for item in found:
            tx.audit(_entry(run, item, request))


def _entry(run: Run, item: Revision, request: Request) -> AuditEntry:
    old, new = item.old.instance, item.new.instance
    payload = {
        "clock": new.clock,
        "start_event": new.start_event,
        "who": request.who,
        "why": request.why,
        "old": _told(old, item.old.policy_set),
        "new": _told(new, item.new.policy_set),
        "revision": item.new.revision,
    }
    return AuditEntry("recalc", run.now, payload, run.desk.host.name, item.ticket)


def _told(instance: ClockInstance, policy_set: str) -> dict[str, object]:
    return {
        "outcome": instance.outcome,
        "policy": instance.policy,
        "policy_set": policy_set,
        "due_at": None if instance.due_at is None else utc_text(instance.due_at),
        "breached_at": None if instance.breached_at is None else utc_text(instance.breached_at),
    }
