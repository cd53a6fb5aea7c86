"""What happens to a daemon while it works: nothing, its death, a fault of the helpdesk.

A death here is :class:`KilledError`, raised at an exact moment. It is a ``BaseException`` that
nothing in the product catches, and from then on the dead process's store and helpdesk refuse every
call, so that what its ``finally`` blocks would still do (give the lease back) does not happen,
either. What is left is what a killed process leaves: the file and the helpdesk.
``tests/cli/test_killed_daemon.py`` does the same to whole processes with a real SIGKILL.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from slaplugin.app.messages import Message, Notifier
from slaplugin.app.ports import Change, Lease
from slaplugin.core.actions import ActionRow
from slaplugin.demo.faults import Fault, FaultKind, Faults
from slaplugin.hosts.access import in_header
from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.http import Answer, Call, Transport
from slaplugin.hosts.zammad.client import SCHEME
from slaplugin.hosts.zammad.host import ZammadHost
from slaplugin.store import SqliteStore
from slaplugin.store.transaction import SqliteTransaction

CLAIMED, LOST, DONE, ANSWERED, MARKED = MOMENTS = (
    "claimed",
    "sent, and lost",
    "sent, and done",
    "answered",
    "marked",
)
"""Of one write: its claim is in the store; its request never arrived; it was carried out and the
answer never came; the answer came and was not verified yet; the store says that it is done."""
READING = "reading"
"""Before a request that only asks."""

Kinds = Sequence[tuple[str, str]]
"""(kind of action, ticket) of what a moment is about."""


class KilledError(BaseException):
    """The process is dead."""


class Fate:
    """Lets everything pass."""

    def at(self, moment: str, what: Kinds) -> None:
        """Called at each moment; may raise KilledError or order a fault."""


@dataclass
class Matrix(Fate):
    """Every kind of write dies once at each moment, each time with another ticket."""

    left: set[tuple[str, str]]
    """(moment, kind) that is still to come."""
    now: Callable[[], datetime]
    hit: set[tuple[str, str]] = field(default_factory=set)
    """(kind, ticket) whose write has died once: it is left alone from there on."""
    hours: Counter[str] = field(default_factory=Counter)
    """Deaths in each hour: two, so that what fell due in it is done before people act."""

    def at(self, moment: str, what: Kinds) -> None:
        hour = f"{self.now():%d %H}"
        for kind, ticket in what if self.hours[hour] < 2 else ():
            if (moment, kind) in self.left and (kind, ticket) not in self.hit:
                self.left.remove((moment, kind))
                self.hit.add((kind, ticket))
                self.hours[hour] += 1
                raise KilledError(f"{moment}: {kind} of ticket {ticket}")


_FAULTS = (
    FaultKind.SERVER_ERROR,
    FaultKind.TOO_MANY_REQUESTS,
    FaultKind.RESET,
    FaultKind.UNANSWERED,
    FaultKind.HALF,
    FaultKind.WRONG_JSON,
    FaultKind.HTML,
    FaultKind.REFUSED,
)


@dataclass
class Dice(Fate):
    """About each 20th request goes wrong: a fault of the helpdesk, or death before or after it."""

    dice: random.Random
    faults: Faults
    disturb_channels: Callable[[random.Random], None]
    """Have the next message of each channel go wrong."""
    every: int = 20
    happened: list[str] = field(default_factory=list)
    _doomed: bool = False

    def at(self, moment: str, what: Kinds) -> None:
        if moment in (DONE, ANSWERED, MARKED) and self._doomed:
            self._doomed = False
            self._die(moment)
        if moment in (LOST, READING) and self.dice.randrange(self.every) == 0:
            self._strike(moment, is_message=any(kind == "notify" for kind, _ in what))
        if moment in (CLAIMED, MARKED) and self.dice.randrange(self.every) == 0:
            self._die(moment)

    def _die(self, moment: str) -> None:
        self.happened.append("kill")
        raise KilledError(moment)

    def _strike(self, moment: str, *, is_message: bool) -> None:
        match self.dice.randrange(4):
            case 0:
                self._die(moment)
            case 1:
                self._doomed = True
            case _ if is_message:
                self.happened.append("channel")
                self.disturb_channels(self.dice)
            case _:
                kind = self.dice.choice(_FAULTS)
                self.happened.append(kind)
                times, wait = self.dice.choice([1, 1, 4]), self.dice.choice([1, 20, 90])
                self.faults.add(Fault(kind, times=times, retry_after=wait))


# ---------------------------------------------------------------------- edges that can die


@dataclass
class Life:
    """One process: once it is dead, whatever its ``finally`` blocks try comes to nothing."""

    fate: Fate
    dead: bool = False

    def at(self, moment: str, what: Kinds) -> None:
        self.check()
        try:
            self.fate.at(moment, what)
        except KilledError:
            self.dead = True
            raise

    def check(self) -> None:
        if self.dead:
            raise KilledError("a dead process does nothing")


class MortalStore(SqliteStore):
    """The store of a process that may die after a commit; it says nothing once it is dead."""

    def __init__(self, path: Path, life: Life) -> None:
        super().__init__(path, durable=False)
        self.life = life

    @contextmanager
    def tx(self) -> Iterator[Any]:
        self.life.check()
        with super().tx() as whole:
            seen = _Seen(whole)
            yield seen
        for moment, rows in ((CLAIMED, seen.claimed), (MARKED, seen.done)):
            if rows:
                self.life.at(moment, [(row.kind, row.ticket) for row in rows])


class _Seen:
    """A transaction that remembers what was claimed and marked in it."""

    def __init__(self, whole: SqliteTransaction) -> None:
        self._whole = whole
        self.claimed: list[ActionRow] = []
        self.done: list[ActionRow] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)

    def claim(self, row: ActionRow, lease: Lease) -> bool:
        taken = self._whole.claim(row, lease)
        if taken:
            self.claimed.append(row)
        return taken

    def save_action(self, row: ActionRow) -> None:
        self._whole.save_action(row)
        if row.status == "done":
            self.done.append(row)


class MortalTransport(Transport):
    """Each request passes its fate before it goes out and when it was carried out."""

    def __init__(self, config: HostConfig, life: Life) -> None:
        super().__init__(config, in_header(config, SCHEME))
        self.life = life
        self.writing: tuple[str, Sequence[Change]] = ("", ())
        """Ticket and changes of the write that is under way."""

    def send(self, call: Call) -> Answer:
        what = self._carried(call)
        self.life.at(LOST if what else READING, what)
        answer = super().send(call)
        if what:
            self.life.at(DONE, what)
        return answer

    def _carried(self, call: Call) -> Kinds:
        """Which of the changes this request carries."""
        ticket, changes = self.writing
        return [(change.kind, ticket) for change in changes if _carries(call, change)]


def _carries(call: Call, change: Change) -> bool:
    match change.kind:
        case "add_tag":
            return call.path.endswith("tags/add") and call.body["item"] == change.value
        case "remove_tag":
            return call.path.endswith("tags/remove") and call.body["item"] == change.value
    return call.method == "PUT"


class MortalHost(ZammadHost):
    """The helpdesk's adapter as it is, over a line that may be cut at any request."""

    def __init__(self, config: HostConfig, life: Life) -> None:
        super().__init__(config)
        self.transport.close()
        self.line = MortalTransport(config, life)
        self.transport = self.client.transport = self.line

    def write(self, ticket_id: str, changes: Sequence[Change]) -> None:
        self.line.writing = (ticket_id, changes)
        try:
            super().write(ticket_id, changes)
        finally:
            self.line.writing = ("", ())
        self.line.life.at(ANSWERED, [(change.kind, ticket_id) for change in changes])


class MortalNotifier:
    """Channels of a process that may die before and after a message went out."""

    def __init__(self, channels: Notifier, life: Life) -> None:
        self._channels = channels
        self._life = life

    def channels(self) -> frozenset[str]:
        return self._channels.channels()

    def window(self, channel: str) -> int:
        return self._channels.window(channel)

    def send(self, message: Message) -> None:
        """The sender hears of an answer in the same instant in which it comes back: dying with the
        answer on its way and dying with it in hand differ in nothing but the name."""
        what = [("notify", item.ticket) for item in message.items]
        self._life.at(LOST, what)
        self._channels.send(message)
        self._life.at(DONE, what)
        self._life.at(ANSWERED, what)
