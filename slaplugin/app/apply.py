"""Stop 7: look again, claim, write, verify, record; each ticket on its own.

An action is claimed in the store before and marked after its write. A run that is cut short in
between leaves it claimed: the next one looks for it on the host first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from slaplugin.app.desk import Run
from slaplugin.app.errors import HostPermanentError
from slaplugin.app.hold import Held
from slaplugin.app.outcome import Write
from slaplugin.app.ports import ActionRow, Change, ChangeKind, Lease, Seen, TicketRow
from slaplugin.app.sync import Outcome, next_check, save_action
from slaplugin.app.transitions import written
from slaplugin.app.work import Work
from slaplugin.core.plan import REASSIGNMENTS, TicketView, plan_ticket, shows
from slaplugin.core.plan.steps import shown

_FREE = frozenset({"set_owner", "add_note"})
"""Kinds whose value may differ between the plan and the fresh look: chosen, or worded anew."""
Sent = tuple[Write, ActionRow]


@dataclass(frozen=True, slots=True)
class _Result:
    """What became of one claimed action."""

    write: Write
    row: ActionRow


class Applier:
    """Applies the writes of a cycle, ticket by ticket in order of their first action."""

    def __init__(self, run: Run, work: Work, lease: Lease) -> None:
        self.run = run
        self.desk = run.desk
        self.work = work
        self.lease = lease
        self.name = run.desk.host.name

    def apply(self, writes: Iterable[Write]) -> list[Write]:
        """Do every planned write; what came back carries ``done``, ``failed`` or ``skipped``.

        Raises HostTemporaryError when the host stops answering: what was written is recorded.
        """
        listed = list(writes)
        self._settle(listed)
        by_ticket: dict[str, list[Write]] = {}
        for write in listed:
            if write.status == "planned":
                by_ticket.setdefault(write.action.ticket, []).append(write)
        done: dict[str, Write] = {}
        for ticket, wanted in by_ticket.items():
            for write in self._apply_ticket(ticket, wanted):
                done[write.action.key] = write
        return [done.get(write.action.key, write) for write in listed]

    def _settle(self, writes: Iterable[Write]) -> None:
        """Record what the choice settled without a write (nobody to choose)."""
        settled = [write.action for write in writes if write.action.status == "skipped"]
        if not settled:
            return
        with self.desk.store.tx() as tx:
            for action in settled:
                row = replace(action, at=self.run.now)
                save_action(tx, row)
                tx.audit(written(row, self.run.now))

    # ------------------------------------------------------------------ one ticket

    def _apply_ticket(self, ticket: str, writes: Sequence[Write]) -> list[Write]:
        fresh = self.work.judge(ticket, read=True)
        if fresh is None or isinstance(fresh, Held):
            if fresh is not None:
                self.work.commit([fresh])
            reason = fresh.problem.message if fresh else "the ticket is gone"
            return [replace(write, status="skipped", error=reason) for write in writes]
        self.work.commit([fresh])
        results, allowed = _still_wanted(writes, fresh)
        for batch in _batches(allowed):
            results += self._send(batch, fresh)
        self._finish(fresh)
        return results

    def _send(self, writes: Sequence[Write], fresh: Outcome) -> list[Write]:
        """Claim, write, verify, record one group of changes."""
        claimed = self._claim(writes, fresh)
        if not claimed:
            return [
                replace(write, status="skipped", error="claimed by another run") for write in writes
            ]
        ticket = fresh.ticket
        open_ones, there = self._look_for_notes(ticket, claimed)
        refused = self._write(ticket, open_ones)
        seen = self.desk.host.look(ticket)
        results = [
            *(_judged(item, seen, refused) for item in open_ones),
            *(_found(item) for item in there),
        ]
        self._record(results, fresh, seen)
        return [result.write for result in results]

    def _claim(self, writes: Sequence[Write], fresh: Outcome) -> list[Sent]:
        now = self.desk.host.now()
        past = {row.key: row for row in fresh.known.actions}
        claimed: list[Sent] = []
        with self.desk.store.tx() as tx:
            for write in writes:
                before = past.get(write.action.key)
                row = replace(
                    write.action,
                    status="claimed",
                    epoch=self.lease.epoch,
                    attempts=(before.attempts if before else 0) + 1,
                    at=now,
                )
                stored = replace(row, value=None) if row.kind == "add_note" else row
                if tx.claim(stored, self.lease):
                    claimed.append((write, row))
        return claimed

    def _look_for_notes(
        self, ticket: str, claimed: Sequence[Sent]
    ) -> tuple[list[Sent], list[Sent]]:
        """Notes of an earlier try may be on the ticket already; they carry their key."""
        open_ones: list[Sent] = []
        there: list[Sent] = []
        for item in claimed:
            row = item[1]
            is_retry = row.kind == "add_note" and row.attempts > 1
            found = is_retry and self.desk.host.has_note(ticket, row.key)
            (there if found else open_ones).append(item)
        return open_ones, there

    def _write(self, ticket: str, claimed: Sequence[Sent]) -> dict[str, str]:
        """Send one request; where the host refuses it, one for each change. Key -> refusal."""
        if not claimed:
            return {}
        try:
            self.desk.host.write(ticket, [_change(row) for _, row in claimed])
        except HostPermanentError as error:
            if len(claimed) == 1:
                return {claimed[0][1].key: str(error)}
            refused: dict[str, str] = {}
            for item in claimed:
                refused |= self._write(ticket, [item])
            return refused
        return {}

    def _record(self, results: Sequence[_Result], fresh: Outcome, seen: Seen) -> None:
        now = self.desk.host.now()
        with self.desk.store.tx() as tx:
            for result in results:
                row = replace(result.row, at=result.row.at or now)
                save_action(tx, row)
                tx.audit(written(row, now))
            for row in _side_effects(results, fresh.known.row.seen, seen, now):
                save_action(tx, row)
                tx.audit(written(row, now))
            tx.save_ticket(replace(self._row(fresh), seen=seen))

    def _row(self, fresh: Outcome) -> TicketRow:
        return self.desk.store.row(self.name, fresh.ticket) or fresh.known.row

    def _finish(self, fresh: Outcome) -> None:
        """When to look again, now that the actions are settled."""
        row = self._row(fresh)
        past = self.desk.store.actions_of(self.name, fresh.ticket)
        timeline = fresh.known.timeline
        view = TicketView(timeline, fresh.evaluation, row.seen, tuple(past))
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


def _batches(writes: Sequence[Write]) -> Iterator[list[Write]]:
    """Changes in order, in one request as long as none says the same thing twice."""
    batch: list[Write] = []
    said: set[tuple[str, object]] = set()
    for write in writes:
        row = write.action
        what = (row.kind, row.field if row.kind == "set_field" else None)
        if row.kind.endswith("_tag"):
            what = (row.kind, row.value)
        if what in said:
            yield batch
            batch, said = [], set()
        batch.append(write)
        said.add(what)
    if batch:
        yield batch


def _change(row: ActionRow) -> Change:
    kind: ChangeKind = row.kind  # type: ignore[assignment] # only host writes get here
    return Change(kind, row.value, row.field, row.key)


def _found(item: Sent) -> _Result:
    write, row = item
    return _Result(
        replace(write, status="done"), replace(row, status="done", result="found on the ticket")
    )


def _judged(item: Sent, seen: Seen, refused: dict[str, str]) -> _Result:
    """Verified by a fresh read: hosts accept writes and silently drop parts of them."""
    write, row = item
    if row.key in refused:
        reason = refused[row.key]
        return _Result(
            replace(write, status="failed", error=reason),
            replace(row, status="failed", result=reason),
        )
    if row.kind == "add_note" or shows(seen, row.kind, row.field, row.value):
        return _Result(replace(write, status="done"), replace(row, status="done"))
    reason = _undone(row, seen)
    return _Result(
        replace(write, status="failed", error=reason),
        replace(row, status="failed", result=reason, attempts=max(row.attempts, NEVER_AGAIN)),
    )


NEVER_AGAIN = 1000
"""Attempts of a write that the host took and undid: trying again would be a fight."""


def _undone(row: ActionRow, seen: Seen) -> str:
    if row.kind == "add_tag":
        return f"the host took the tag {row.value} and does not show it"
    if row.kind == "remove_tag":
        return f"the host still shows the tag {row.value}"
    what = row.field if row.kind == "set_field" else row.kind.removeprefix("set_")
    now = shown(seen, row.kind, row.field)
    return (
        f"the host took {what} = {row.value or 'nobody'} and shows {now or 'nobody'}: it was "
        "dropped or undone by a rule of the host"
    )


def _side_effects(
    results: Sequence[_Result], before: Seen, seen: Seen, now: int
) -> Iterator[ActionRow]:
    """An owner whom the host dropped because of our change of group: ``undo`` puts him back."""
    rows = [result.row for result in results if result.row.status == "done"]
    group = next((row for row in rows if row.kind == "set_group"), None)
    if group is None or any(result.row.kind == "set_owner" for result in results):
        return
    if before.owner is not None and seen.owner is None:
        yield replace(
            group,
            key=f"{group.key}:owner",
            kind="set_owner",
            value=None,
            before=before.owner,
            result="dropped by the host with the change of group",
            at=now,
        )
