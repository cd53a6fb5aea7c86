"""Claim, write, verify, record: how a group of changes gets to the host exactly once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from slaplugin.app.desk import Run
from slaplugin.app.dropped import dropped_owner
from slaplugin.app.errors import (
    HostGoneError,
    HostLostError,
    HostPermanentError,
    HostTemporaryError,
    WriteUnverifiedError,
)
from slaplugin.app.hold import concerns_ticket
from slaplugin.app.outcome import Write
from slaplugin.app.pausing import HELD, is_paused
from slaplugin.app.ports import Change, TicketRow
from slaplugin.app.sync import save_action
from slaplugin.app.tenure import Tenure
from slaplugin.app.transitions import written
from slaplugin.core.actions import HOST_WRITES, ActionRow, Seen
from slaplugin.core.plan import shows
from slaplugin.core.plan.retry import NEVER_AGAIN
from slaplugin.core.plan.steps import shown

REFUSED = (HostPermanentError, HostGoneError, HostLostError, WriteUnverifiedError)
"""A write that the host did not take; asking again at once changes nothing."""
Sent = tuple[Write, ActionRow]


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why a write was not taken."""

    reason: str
    for_now: bool = False
    """The host could not do it for the time being."""


Refusals = dict[str, _Refusal]
"""By the action's key."""


@dataclass(frozen=True, slots=True)
class _Result:
    """What became of one claimed action."""

    write: Write
    row: ActionRow


@dataclass(frozen=True, slots=True)
class Target:
    """The ticket that is written to, as it was looked at right before."""

    row: TicketRow
    past: Sequence[ActionRow]

    @property
    def ticket(self) -> str:
        return self.row.id


class Sender:
    """Writes to one host while it has the right to."""

    def __init__(self, run: Run, tenure: Tenure, *, obeys_pause: bool = True) -> None:
        """``obeys_pause`` is False for what somebody asks for by name, such as ``undo``."""
        self.run = run
        self.desk = run.desk
        self.tenure = tenure
        self.obeys_pause = obeys_pause

    @property
    def _patience(self) -> int:
        """Refusals after which an action stays failed."""
        return self.run.context.patience.attempts

    def send(self, writes: Sequence[Write], target: Target) -> list[Write]:
        """Claim, write, verify, record one group of changes; each write with what became of it.

        HostTemporaryError goes through: what was claimed is looked for by the next run.
        """
        claimed = self._claim(writes, target)
        lost = [
            write for write in writes if write.action.key not in {row.key for _, row in claimed}
        ]
        why = HELD if lost and self.is_held else "settled meanwhile"
        results = [replace(write, status="skipped", error=why) for write in lost]
        if not claimed:
            return results
        open_ones, there = self._look_for_notes(target.ticket, claimed)
        refused = self._write(target.ticket, open_ones)
        seen = self._look(target, open_ones, refused)
        done = [
            *(_judged(item, seen, refused, self._patience) for item in open_ones),
            *(_found(item) for item in there),
        ]
        dropped = dropped_owner([result.row for result in done], target.row.seen, seen)
        self._record([*(result.row for result in done), *dropped], target, seen)
        told = [Write(row, target.row.number, "done") for row in dropped]
        return [*results, *(result.write for result in done), *told]

    @property
    def is_held(self) -> bool:
        """Whether ``pause`` holds what we would write now."""
        return self.obeys_pause and is_paused(self.desk.store)

    def _look(self, target: Target, claimed: Sequence[Sent], refused: Refusals) -> Seen:
        """The fresh read that verifies; a ticket that went away meanwhile took nothing."""
        try:
            return self.desk.host.look(target.ticket)
        except (HostGoneError, HostLostError) as error:
            for _, row in claimed:
                refused.setdefault(row.key, _Refusal(str(error)))
            return target.row.seen

    def _claim(self, writes: Sequence[Write], target: Target) -> list[Sent]:
        now = self.desk.host.now()
        past = {row.key: row for row in target.past}
        claimed: list[Sent] = []
        with self.desk.store.tx() as tx:
            for write in () if self.is_held else writes:
                before = past.get(write.action.key)
                row = replace(
                    write.action,
                    status="claimed",
                    epoch=self.tenure.lease.epoch,
                    attempts=(before.attempts if before else 0) + 1,
                    at=now,
                )
                stored = replace(row, value=None) if row.kind == "add_note" else row
                if tx.claim(stored, self.tenure.lease):
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

    def _write(self, ticket: str, claimed: Sequence[Sent]) -> Refusals:
        """Send one request; where the host refuses it, one for each change. Key -> refusal."""
        if not claimed:
            return {}
        try:
            self.desk.host.write(ticket, [_change(row) for _, row in claimed])
        except HostTemporaryError as error:
            if any(row.attempts <= self._patience for _, row in claimed):
                raise
            # The host fails at this very write each time: it must not end every cycle.
            return {row.key: _Refusal(str(error), for_now=True) for _, row in claimed}
        except REFUSED as error:
            if not concerns_ticket(error):
                raise
            if len(claimed) == 1:
                return {claimed[0][1].key: _Refusal(str(error))}
            return self._one_by_one(ticket, claimed)
        return {}

    def _one_by_one(self, ticket: str, claimed: Sequence[Sent]) -> Refusals:
        refused: Refusals = {}
        for item in claimed:
            row = item[1]
            # A part of the refused request may have got through; a note must not come twice.
            if row.kind == "add_note" and self.desk.host.has_note(ticket, row.key):
                continue
            refused |= self._write(ticket, [item])
        return refused

    def _record(self, rows: Sequence[ActionRow], target: Target, seen: Seen) -> None:
        now = self.desk.host.now()
        entries = [written(row, now) for row in rows]
        with self.desk.store.tx() as tx:
            for row in rows:
                save_action(tx, row)
            for entry in entries:
                tx.audit(entry)
            stored = self.desk.store.row(target.row.host, target.ticket) or target.row
            tx.save_ticket(replace(stored, seen=seen))
        for entry in entries:
            self.desk.hooks.transition(entry)


def batches(writes: Sequence[Write]) -> Iterator[list[Write]]:
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
    return Change(HOST_WRITES[row.kind], row.value, row.field, row.key)


def _found(item: Sent) -> _Result:
    write, row = item
    return _Result(
        replace(write, status="done"), replace(row, status="done", result="found on the ticket")
    )


def _judged(item: Sent, seen: Seen, refused: Refusals, patience: int) -> _Result:
    """Verified by a fresh read: hosts accept writes and silently drop parts of them."""
    write, row = item
    refusal = refused.get(row.key)
    if refusal is not None:
        # After failures for the time being a refusal is the last word.
        last = not refusal.for_now and row.attempts > patience
        return _failed(item, refusal.reason, NEVER_AGAIN if last else row.attempts)
    if row.kind == "add_note" or shows(seen, row.kind, row.field, row.value):
        return _Result(replace(write, status="done"), replace(row, status="done"))
    # Trying again what the host took and undid would be a fight.
    return _failed(item, _undone(row, seen), max(row.attempts, NEVER_AGAIN))


def _failed(item: Sent, reason: str, attempts: int) -> _Result:
    write, row = item
    return _Result(
        replace(write, status="failed", error=reason),
        replace(row, status="failed", result=reason, attempts=attempts),
    )


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
