"""Which clocks are at risk or breached at this moment, from the store alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from slaplugin.app.judge import Judge
from slaplugin.app.known import from_store
from slaplugin.app.ports import Store, TicketRow
from slaplugin.app.standings import in_last_quarter, shows_risk
from slaplugin.core.model import ClockInstance, MarkName, Ticket


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
    open_ones = ((row, stored.instance) for row, stored in store.open_instances(host))
    for urgent in clocks_of(open_ones, store, judge, now):
        if everything or (urgent.mark != "none" and urgent.instance.party != "customer"):
            yield urgent


def clocks_of(
    found: Iterable[tuple[TicketRow, ClockInstance]], store: Store, judge: Judge, now: int
) -> Iterator[Urgent]:
    """What open clocks mean at ``now``; a ticket that has to be judged anew tells all its own."""
    view = _View(store, judge, now)
    for row, instance in found:
        for present in view.instances(row, instance):
            yield view.urgent(row, present)


class _View:
    """The store's instances, brought to the present."""

    def __init__(self, store: Store, judge: Judge, now: int) -> None:
        self._store = store
        self._judge = judge
        self._now = now
        self._anew: set[str] = set()

    def instances(self, row: TicketRow, instance: ClockInstance) -> tuple[ClockInstance, ...]:
        """The instance, or once per ticket all its open ones, where time has gone on since."""
        if row.next_check_at is None or row.next_check_at > self._now:
            return (instance,)
        if row.id in self._anew:
            return ()
        self._anew.add(row.id)
        stored = self._store.ticket(row.host, row.id)
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
            return shows_risk(instance)
        calendar = self._judge.rules.calendars.get(instance.calendar or "")
        return in_last_quarter(instance, calendar, self._now)
