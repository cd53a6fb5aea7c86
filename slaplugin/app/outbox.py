"""Messages of a cycle: collected after the fresh look at each ticket, sent once per channel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from slaplugin.app.desk import Run
from slaplugin.app.messages import Item, Message, SendError, UncertainError, items_of
from slaplugin.app.outcome import Write
from slaplugin.app.pausing import HELD, is_paused
from slaplugin.app.ports import TicketRow
from slaplugin.app.resting import Rest, keep, rest_of, resting
from slaplugin.app.sync import save_action
from slaplugin.app.tenure import Tenure
from slaplugin.app.transitions import written
from slaplugin.core.actions import ActionRow

_AT_A_TIME = 16
"""Channels that are sent to side by side."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A message about a ticket that is still wanted; ``zone`` is that of the clock's contract."""

    write: Write
    row: TicketRow
    zone: str

    @property
    def key(self) -> str:
        return self.write.action.key


Deliver = Callable[[Message], SendError | None]
Begin = Callable[[Message], Callable[[], SendError | None]]
"""Begins a delivery; what it gives waits for the end of it."""


class Outbox:
    """What is to be said in one cycle."""

    def __init__(self, run: Run, tenure: Tenure) -> None:
        self._desk = run.desk
        self._tenure = tenure
        self._waiting: dict[str, list[Wanted]] = {}

    def add(self, messages: Sequence[Wanted]) -> None:
        """Messages about a ticket that a fresh look found still to be wanted."""
        for wanted in messages:
            self._waiting.setdefault(str(wanted.write.action.value), []).append(wanted)

    def flush(self) -> list[Write]:
        """Send one message to each channel whose time has come; each write with its end."""
        holding = self._holding()
        done = [
            replace(wanted.write, status="skipped", error=holding[channel])
            for channel, found in sorted(self._waiting.items())
            for wanted in found
            if channel in holding
        ]
        ready = {name: self._waiting[name] for name in sorted(self._waiting.keys() - holding)}
        self._waiting.clear()
        return [*done, *self._sent(ready)]

    def _holding(self) -> Mapping[str, str]:
        """Channel -> why nothing is sent to it now."""
        if not self._waiting:
            return {}
        desk, now = self._desk, self._desk.host.now()
        held = resting(desk.store, desk.host.name, self._waiting, now)
        told = desk.store.last_told(desk.host.name)
        for channel in self._waiting:
            if channel in told and told[channel] + desk.notifier.window(channel) > now:
                said = f"waits: {channel} was told something moments ago, the rest goes together"
                held.setdefault(channel, said)
        return held

    def _sent(self, ready: Mapping[str, Sequence[Wanted]]) -> Iterator[Write]:
        """Claim and send channel by channel, and record how each ended."""
        with _side_by_side(self._delivered, len(ready)) as begin:
            begun = []
            for channel, found in ready.items():
                claimed = self._claimed(found)
                yield from self._left_out(found, claimed)
                if claimed:
                    message = _message(channel, claimed, self._desk.host.now())
                    begun.append((channel, claimed, begin(message)))
            for channel, claimed, end in begun:
                yield from self._ended(channel, claimed, end())

    def _left_out(self, found: Sequence[Wanted], claimed: Sequence[Wanted]) -> Iterator[Write]:
        why = HELD if is_paused(self._desk.store) else "settled meanwhile"
        ours = {wanted.key for wanted in claimed}
        for wanted in found:
            if wanted.key not in ours:
                yield replace(wanted.write, status="skipped", error=why)

    def _claimed(self, found: Sequence[Wanted]) -> list[Wanted]:
        """In one transaction: killed after it, none of them is sent again."""
        now, claimed = self._desk.host.now(), []
        with self._desk.store.tx() as tx:
            for wanted in () if is_paused(self._desk.store) else found:
                action = replace(
                    wanted.write.action,
                    status="claimed",
                    epoch=self._tenure.lease.epoch,
                    attempts=wanted.write.action.attempts + 1,
                    at=now,
                )
                if tx.claim(action, self._tenure.lease):
                    claimed.append(replace(wanted, write=replace(wanted.write, action=action)))
        return claimed

    def _delivered(self, message: Message) -> SendError | None:
        """What went wrong, if anything did."""
        try:
            self._desk.notifier.send(message)
        except SendError as error:
            return error
        return None

    def _ended(
        self, channel: str, claimed: Sequence[Wanted], error: SendError | None
    ) -> Iterator[Write]:
        rest = self._rest(channel, error)
        if error is None or rest is None:
            said = f"sent, {len({wanted.row.id for wanted in claimed})} tickets"
            rows = [replace(one.write.action, status="done", result=said) for one in claimed]
        else:
            rows = [_failed(one.write.action, error, rest) for one in claimed]
        self._record(channel, rows, rest)
        for wanted, row in zip(claimed, rows, strict=True):
            ended = replace(wanted.write, action=row, status="done")
            if error is not None:
                told = f"message to {channel}: {row.result}"
                ended = replace(ended, status="failed", error=told)
            yield ended

    def _rest(self, channel: str, error: SendError | None) -> Rest | None:
        """The rest that the channel needs after a failure; None: it works."""
        if error is None:
            return None
        desk = self._desk
        before = rest_of(desk.store, desk.host.name, channel)
        return Rest.after(before, error, desk.host.now(), desk.options.patience.retry)

    def _record(self, channel: str, ended: Sequence[ActionRow], rest: Rest | None) -> None:
        now = self._desk.host.now()
        rows = [replace(row, at=now) for row in ended]
        entries = [written(row, now) for row in rows]
        with self._desk.store.tx() as tx:
            for row in rows:
                save_action(tx, row)
            for entry in entries:
                tx.audit(entry)
            keep(tx, self._desk.host.name, channel, rest)
        for entry in entries:
            self._desk.hooks.transition(entry)


@contextmanager
def _side_by_side(deliver: Deliver, channels: int) -> Iterator[Begin]:
    """Channels that hang are waited for at the same time; one alone needs no thread."""
    if channels < 2:
        yield lambda message: partial(deliver, message)
        return
    with ThreadPoolExecutor(min(channels, _AT_A_TIME), "channel") as pool:
        yield lambda message: pool.submit(deliver, message).result


def _failed(row: ActionRow, error: SendError, rest: Rest) -> ActionRow:
    """A message that the channel could not take whatever it said has its tries still before it."""
    if isinstance(error, UncertainError):
        said = f"whether it was delivered is not known: {error}"
        return replace(row, status="uncertain", result=said)
    tries = row.attempts - 1 if rest.spares(error) else row.attempts
    return replace(row, status="failed", result=str(error), attempts=tries)


def _message(channel: str, claimed: Sequence[Wanted], now: int) -> Message:
    keys = tuple(wanted.key for wanted in claimed)
    found = [(_item(one.row), one.write.action.why, one.zone) for one in claimed]
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
