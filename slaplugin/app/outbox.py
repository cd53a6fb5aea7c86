"""Messages of a cycle: collected after the fresh look at each ticket, sent once per channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from slaplugin.app.desk import Run
from slaplugin.app.messages import Item, Message, NotSentError, UncertainError, items_of
from slaplugin.app.outcome import Write
from slaplugin.app.pausing import HELD, is_paused
from slaplugin.app.ports import TicketRow
from slaplugin.app.sync import save_action
from slaplugin.app.tenure import Tenure
from slaplugin.app.transitions import written
from slaplugin.core.actions import ActionRow, ActionStatus


class Outbox:
    """What is to be said in one cycle."""

    def __init__(self, run: Run, tenure: Tenure) -> None:
        self._desk = run.desk
        self._tenure = tenure
        self._waiting: dict[str, list[tuple[Write, TicketRow]]] = {}

    def add(self, writes: Sequence[Write], row: TicketRow) -> None:
        """Messages about a ticket that a fresh look found still to be wanted."""
        for write in writes:
            self._waiting.setdefault(str(write.action.value), []).append((write, row))

    def flush(self) -> list[Write]:
        """Send one message to each channel whose time has come; each write with its end."""
        done: list[Write] = []
        told = self._desk.store.last_told(self._desk.host.name) if self._waiting else {}
        for channel, found in sorted(self._waiting.items()):
            wait = told.get(channel, 0) + self._desk.notifier.window(channel)
            if wait > self._desk.host.now() and channel in told:
                reason = f"waits: {channel} was told something moments ago, the rest goes together"
                done += [replace(write, status="skipped", error=reason) for write, _ in found]
            else:
                done += self._send(channel, found)
        self._waiting.clear()
        return done

    def _send(self, channel: str, found: Sequence[tuple[Write, TicketRow]]) -> list[Write]:
        claimed = self._claimed(found)
        why = HELD if is_paused(self._desk.store) else "settled meanwhile"
        lost = [
            replace(write, status="skipped", error=why)
            for write, row in found
            if write.action.key not in {item.action.key for item, _ in claimed}
        ]
        if not claimed:
            return lost
        status, result = self._delivered(_message(channel, claimed, self._desk.host.now()))
        self._record([write.action for write, _ in claimed], status, result)
        if status == "done":
            return [*lost, *(replace(write, status="done") for write, _ in claimed)]
        told = f"message to {channel}: {result}"
        return [*lost, *(replace(write, status="failed", error=told) for write, _ in claimed)]

    def _claimed(self, found: Sequence[tuple[Write, TicketRow]]) -> list[tuple[Write, TicketRow]]:
        """In one transaction: killed after it, none of them is sent again."""
        now, claimed = self._desk.host.now(), []
        with self._desk.store.tx() as tx:
            for write, row in () if is_paused(self._desk.store) else found:
                action = replace(
                    write.action,
                    status="claimed",
                    epoch=self._tenure.lease.epoch,
                    attempts=write.action.attempts + 1,
                    at=now,
                )
                if tx.claim(action, self._tenure.lease):
                    claimed.append((replace(write, action=action), row))
        return claimed

    def _delivered(self, message: Message) -> tuple[ActionStatus, str]:
        try:
            self._desk.notifier.send(message)
        except NotSentError as error:
            return "failed", str(error)
        except UncertainError as error:
            return "uncertain", f"whether it was delivered is not known: {error}"
        return "done", f"sent, {len(message.items)} tickets"

    def _record(self, actions: Sequence[ActionRow], status: ActionStatus, result: str) -> None:
        now = self._desk.host.now()
        rows = [replace(row, status=status, result=result, at=now) for row in actions]
        entries = [written(row, now) for row in rows]
        with self._desk.store.tx() as tx:
            for row in rows:
                save_action(tx, row)
            for entry in entries:
                tx.audit(entry)
        for entry in entries:
            self._desk.hooks.transition(entry)


def _message(channel: str, claimed: Sequence[tuple[Write, TicketRow]], now: int) -> Message:
    keys = tuple(write.action.key for write, _ in claimed)
    found = [(_item(row), write.action.why) for write, row in claimed]
    return Message(channel, keys, items_of(found), now)


def _item(row: TicketRow) -> Item:
    return Item(
        ticket=row.id,
        number=row.number,
        title=row.title,
        url=row.url,
        group=row.seen.group,
        owner=row.seen.owner,
        reasons=(),
    )
