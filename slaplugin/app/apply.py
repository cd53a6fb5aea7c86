"""Stop 7: look again, claim, write, verify, record; each ticket on its own.

An action is claimed in the store before and marked after its write. A run that is cut short in
between leaves it claimed: the next one looks for it on the host first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from slaplugin.app.desk import Run, telling
from slaplugin.app.hold import Held
from slaplugin.app.outbox import Outbox, Wanted
from slaplugin.app.outcome import Write
from slaplugin.app.pausing import HELD
from slaplugin.app.ports import TicketRow
from slaplugin.app.send import Sender, Target, batches
from slaplugin.app.sync import Outcome, next_check, save_action
from slaplugin.app.transitions import written
from slaplugin.app.work import Work
from slaplugin.core.actions import ActionRow
from slaplugin.core.plan import REASSIGNMENTS, TicketView, plan_ticket

_FREE = frozenset({"set_owner", "add_note"})
"""Kinds whose value may differ between the plan and the fresh look: chosen, or worded anew."""
_FRESH = 60
"""Seconds after which a look is none any more: the machine was suspended, or a clock was set."""
_STALE = "waits: too much time has gone by since the ticket was looked at"
_WITHOUT_A_WRITE = frozenset({"skipped", "failed"})


class Applier:
    """Applies the writes of a cycle, ticket by ticket in order of their first action."""

    def __init__(self, run: Run, work: Work) -> None:
        self.run = run
        self.desk = run.desk
        self.work = work
        self.sender = Sender(run, work.tenure)
        self.outbox = Outbox(run, work.tenure)
        self.name = run.desk.host.name
        self._to_tell: list[Outcome] = []
        """Tickets that stay due until the outbox is empty."""

    def apply(self, writes: Iterable[Write]) -> list[Write]:
        """Do every planned write; what came back carries ``done``, ``failed`` or ``skipped``.

        With them comes what the host did by itself because of one (an owner taken away).

        Raises HostTemporaryError when the host stops answering: what was written is recorded.
        """
        listed = list(writes)
        self._settle(listed)
        by_ticket: dict[str, list[Write]] = {}
        for write in listed:
            if write.status == "planned":
                by_ticket.setdefault(write.action.ticket, []).append(write)
        done: dict[str, Write] = {}
        with telling(self.desk.progress, "Writing to tickets", len(by_ticket)):
            for ticket, wanted in by_ticket.items():
                for write in self._apply_ticket(ticket, wanted):
                    done[write.action.key] = write
                self.desk.progress.advance()
            planned = {write.action.key for write in listed}
            beside = [write for key, write in done.items() if key not in planned]
            done.update((write.action.key, write) for write in self._flush())
        return [*(done.get(write.action.key, write) for write in listed), *beside]

    def _flush(self) -> list[Write]:
        """Send the messages; their tickets wait for their own next instant from here on."""
        sent = self.outbox.flush()
        for fresh in self._to_tell:
            self._finish(fresh)
        self._to_tell.clear()
        return sent

    def _settle(self, writes: Iterable[Write]) -> None:
        """Record what the choice settled without a write (nobody to choose, or nobody known)."""
        settled = [write.action for write in writes if write.action.status in _WITHOUT_A_WRITE]
        if not settled:
            return
        with self.desk.store.tx() as tx:
            for action in settled:
                row = replace(action, at=self.run.now)
                save_action(tx, row)
                tx.audit(written(row, self.run.now))

    # ------------------------------------------------------------------ one ticket

    def _apply_ticket(self, ticket: str, writes: Sequence[Write]) -> list[Write]:
        if self.sender.is_held:
            return [replace(write, status="skipped", error=HELD) for write in writes]
        looked_at = self.desk.host.now()
        found = self.work.judge(ticket, read=True)
        fresh = self.work.commit([found])[0] if found is not None else None
        if fresh is None or isinstance(fresh, Held):
            reason = fresh.problem.message if fresh else "the ticket is gone"
            return [replace(write, status="skipped", error=reason) for write in writes]
        results, allowed = _still_wanted(writes, fresh)
        messages = [one for one in allowed if one.action.kind == "notify"]
        if messages:
            row = self._row(fresh)
            self.outbox.add([Wanted(one, row, self._zone(one.action, fresh)) for one in messages])
            self._to_tell.append(fresh)
        for batch in batches([one for one in allowed if one.action.kind != "notify"]):
            if abs(self.desk.host.now() - looked_at) > _FRESH:
                results += [replace(one, status="skipped", error=_STALE) for one in batch]
                continue
            target = Target(self._row(fresh), self._past(fresh))
            results += self.sender.send(batch, target)
        self._finish(fresh)
        return results

    def _row(self, fresh: Outcome) -> TicketRow:
        return self.desk.store.row(self.name, fresh.ticket) or fresh.known.row

    def _zone(self, action: ActionRow, fresh: Outcome) -> str:
        """Where the contract is kept that the action is about: the zone its reader thinks in."""
        start = (action.clock, action.start_event)
        own = (
            item.calendar
            for item in fresh.evaluation.instances
            if (item.clock, item.start_event) == start
        )
        rules, otherwise = self.run.context.rules, self.desk.options.timezone
        return rules.zone_of(next(own, None), action.policy, otherwise)

    def _past(self, fresh: Outcome) -> tuple[ActionRow, ...]:
        return tuple(self.desk.store.actions_of(self.name, fresh.ticket))

    def _finish(self, fresh: Outcome) -> None:
        """When to look again, now that the actions are settled."""
        row = self._row(fresh)
        timeline = fresh.known.timeline
        view = TicketView(timeline, fresh.evaluation, row.seen, self._past(fresh))
        at = next_check(plan_ticket(view, self.run.context), self.run.now)
        with self.desk.store.tx() as tx:
            tx.save_ticket(replace(row, next_check_at=at))


def _still_wanted(writes: Sequence[Write], fresh: Outcome) -> tuple[list[Write], list[Write]]:
    """The fresh look: what an answer, a person or a trigger has made needless is left out."""
    wanted = {row.key: row for row in fresh.plan.wanted}
    dropped: list[Write] = []
    allowed: list[Write] = []
    for write in writes:
        reason = _objection(write.action, wanted.get(write.action.key), fresh)
        if reason is None:
            current = wanted[write.action.key]
            action = replace(write.action, before=current.before, attempts=current.attempts)
            allowed.append(replace(write, action=action))
        else:
            dropped.append(replace(write, status="skipped", error=reason))
    return dropped, allowed


def _objection(row: ActionRow, current: ActionRow | None, fresh: Outcome) -> str | None:
    if current is None or (row.kind not in _FREE and current.value != row.value):
        return "not wanted any more when looked at again"
    if row.kind in REASSIGNMENTS and fresh.plan.wait_until is not None:
        return "waits: somebody is at work on the ticket"
    return None
