"""``retention``: what was over for so long stays as figures, without a name.

Once a day a cycle, and every backfill at its end, prunes the closed tickets that came into their
state longer ago. Clocks, instants, groups and states stay, so that no figure of a past period
moves; titles, customers, texts, tags, message ids and what the audit chain says of them go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from slaplugin.app.desk import Run
from slaplugin.app.erasing import rewritten
from slaplugin.app.forgotten import secret_of
from slaplugin.app.ports import AuditEntry, Store, StoredTicket
from slaplugin.app.sync import Outcome
from slaplugin.app.tenure import Tenure
from slaplugin.core.anonymous import Pruning, settled_at
from slaplugin.core.calendars.walltime import DAY
from slaplugin.core.pseudonyms import pseudonym
from slaplugin.core.texts import utc_text

PORTION = 200
"""Tickets per transaction."""
AT_ONCE = 5000
"""Tickets per cycle: some seconds; the next cycle goes on."""


def horizon_of(run: Run) -> int | None:
    """What was over before this instant is not kept, UTC epoch seconds; None: all of it is."""
    retention = run.desk.options.retention
    return None if retention is None else run.now - retention


def is_over(outcome: Outcome, horizon: int | None) -> bool:
    """Whether a ticket was closed before the horizon."""
    if horizon is None or outcome.known.row.open:
        return False
    settled = settled_at(outcome.known.timeline.events)
    return settled is not None and settled < horizon


def retain_daily(run: Run, tenure: Tenure) -> int:
    """:func:`retain` at most once a day; how many tickets were pruned."""
    if run.desk.options.retention is None:
        return 0
    flag = f"retained:{run.desk.host.name}"
    last = run.desk.store.flag(flag)
    if last is not None and run.now - int(last) < DAY:
        return 0
    count = retain(run, tenure, most=AT_ONCE)
    if count < AT_ONCE:
        with run.desk.store.tx() as tx:
            tx.set_flag(flag, str(run.now))
    return count


def retain(run: Run, tenure: Tenure, *, most: int | None = None) -> int:
    """Prune what was over before the horizon, the longest known first; how many tickets.

    ``most``: not more than about so many.
    """
    horizon = horizon_of(run)
    if horizon is None:
        return 0
    pruner = _Pruner(run.desk.store, run, horizon)
    count = 0
    while most is None or count < most:
        done = pruner.portion()
        count += done
        tenure.renew()
        if done < PORTION:
            break
    return count


@dataclass(frozen=True, slots=True)
class _Pruner:
    store: Store
    run: Run
    horizon: int

    def portion(self) -> int:
        """Prune some; how many."""
        name, now = self.run.desk.host.name, self.run.now
        store = self.store
        tickets = store.settled_before(name, self.horizon, PORTION)
        if not tickets:
            return 0
        pruning = Pruning(self._agent(), self.run.judge.tested)
        with store.overwriting(), store.tx() as tx:
            for ticket in tickets:
                stored = store.ticket(name, ticket)
                if stored is not None:
                    tx.prune(_pruned(stored, pruning), pruning.agent, now)
            payload = {"tickets": len(tickets), "before": utc_text(self.horizon)}
            tx.audit(AuditEntry("pruned", now, payload, name))
        return len(tickets)

    def _agent(self) -> Callable[[str], str]:
        secret = secret_of(self.store)
        return lambda login: pseudonym(login, secret, "agent")


def _pruned(stored: StoredTicket, pruning: Pruning) -> StoredTicket:
    bare = replace(
        stored.row,
        customer_key=None,
        seen=pruning.seen(stored.row.seen),
        live=False,
        next_check_at=None,
        held=None,
        held_until=None,
    )
    ticket = pruning.ticket(stored.row.ticket)
    return rewritten(replace(stored, row=bare), ticket, pruning.events)
