"""Which clocks are at risk or breached at this moment, from the store alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from slaplugin.app.judge import Judge
from slaplugin.app.known import from_store
from slaplugin.app.ports import Store, TicketRow
from slaplugin.core.model import ClockInstance, MarkName, Ticket

AT_RISK_SHARE = 4
"""Without steps a clock is at risk in the last quarter of its time, as by the default steps."""


@dataclass(frozen=True, slots=True)
class Urgent:
    """An open clock with what it means now; instants UTC epoch seconds."""

    row: TicketRow
    instance: ClockInstance
    mark: MarkName
    overdue: bool

    @property
    def ticket(self) -> Ticket:
        row = self.row
        return Ticket(row.host, row.id, row.number, row.title, row.url, row.facts)


def urgent_clocks(
    store: Store, judge: Judge, host: str, now: int, *, everything: bool = False
) -> Iterator[Urgent]:
    """Open clocks at risk or breached, in no particular order; ``everything``: all open ones.

    Tickets that a cycle should have looked at since are judged anew, so that the answer is right
    also while no cycle runs. Clocks that the customer is accountable for are left out.
    """
    view = _View(store, judge, host, now)
    for row, stored in store.open_instances(host):
        for instance in view.instances(row, stored.instance):
            urgent = view.urgent(row, instance)
            if everything or (urgent.mark != "none" and instance.party != "customer"):
                yield urgent


class _View:
    """The store's instances, brought to the present."""

    def __init__(self, store: Store, judge: Judge, host: str, now: int) -> None:
        self._store = store
        self._judge = judge
        self._host = host
        self._now = now
        self._anew: set[str] = set()

    def instances(self, row: TicketRow, instance: ClockInstance) -> tuple[ClockInstance, ...]:
        """The instance, or once per ticket all its open ones, where time has gone on since."""
        if row.next_check_at is None or row.next_check_at > self._now:
            return (instance,)
        if row.id in self._anew:
            return ()
        self._anew.add(row.id)
        stored = self._store.ticket(self._host, row.id)
        if stored is None:
            return (instance,)
        verdict = self._judge.verdict(from_store(stored, ()), self._now)
        return tuple(
            item
            for item in verdict.evaluation.instances
            if item.is_open and item.target is not None
        )

    def urgent(self, row: TicketRow, instance: ClockInstance) -> Urgent:
        """What the clock means now."""
        due = instance.due_at
        overdue = due is not None and due < self._now
        if overdue or (instance.outcome == "breached" and not instance.waived):
            return Urgent(row, instance, "breached", overdue)
        return Urgent(row, instance, "at_risk" if self._at_risk(instance) else "none", overdue)

    def _at_risk(self, instance: ClockInstance) -> bool:
        if instance.steps:
            return any(
                record.severity[0] == 1 and record.status != "adopted" for record in instance.steps
            )
        return self._in_last_quarter(instance)

    def _in_last_quarter(self, instance: ClockInstance) -> bool:
        calendar = self._judge.rules.calendars.get(instance.calendar or "")
        if calendar is None or instance.due_at is None:
            return False
        left = calendar.elapsed(self._now, instance.due_at)
        whole = instance.target
        if not isinstance(whole, int):
            whole = calendar.elapsed(instance.started_at, instance.due_at)
        return left * AT_RISK_SHARE <= whole
