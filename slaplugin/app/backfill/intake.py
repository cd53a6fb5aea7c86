"""The tickets of one page: judged as they come, kept in portions, doubtful ones asked for twice."""

from __future__ import annotations

from dataclasses import dataclass

from slaplugin.app.errors import HostError, HostTemporaryError
from slaplugin.app.hold import Held
from slaplugin.app.measured import measured
from slaplugin.app.ports import Progress, ReadResult
from slaplugin.app.readers import Results
from slaplugin.app.retention import horizon_of, is_over
from slaplugin.app.sync import Outcome
from slaplugin.app.work import Work

PORTION = 50
"""Tickets per transaction: a kill costs at most so many."""
IN_A_ROW = 3
"""So many tickets after each other that cannot be read: the helpdesk is amiss, not they."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of the tickets of a page."""

    read: int = 0
    gone: int = 0
    """Deleted on the helpdesk before they could be read."""
    old: int = 0
    """Over for longer than ``retention`` keeps anything."""

    def __add__(self, other: Taken) -> Taken:
        return Taken(self.read + other.read, self.gone + other.gone, self.old + other.old)


class Intake:
    """Takes in tickets that were read; they are measured, never written.

    ``bookmark`` (feed, text) is saved with the last of them, and not before.
    """

    def __init__(
        self, work: Work, progress: Progress, bookmark: tuple[str, str] | None = None
    ) -> None:
        self._work = work
        self._horizon = horizon_of(work.run)
        self._desk = work.run.desk
        self._progress = progress
        self._bookmark = bookmark
        self._flag = f"stumbled:backfill:{work.name}"
        self._kept: list[Outcome | Held] = []
        self._doubtful: list[str] = []
        self._in_a_row = 0
        self._good: str | None = None
        """A ticket that could be read."""
        self.taken = Taken()

    def take(self, found: Results) -> Taken:
        """Judge and keep them all; a HostError leaves what was read before it in the store."""
        try:
            for ticket, result in found:
                self._first(ticket, result)
            for ticket in self._doubtful:
                self._second(ticket)
        except HostError:
            self._keep(None)
            raise
        self._keep(self._bookmark)
        return self.taken

    def _first(self, ticket: str, found: ReadResult) -> None:
        try:
            self._judge(ticket, found)
        except HostTemporaryError as error:
            # One that asks to wait is no ticket's fault.
            if error.retry_after is not None or self._in_a_row + 1 >= IN_A_ROW:
                raise
            self._in_a_row += 1
            self._doubtful.append(ticket)

    def _second(self, ticket: str) -> None:
        """A ticket that fails twice while others do not is held, and the rest goes on."""
        for _, found in self._desk.host.read_many([ticket]):
            try:
                self._judge(ticket, found)
            except HostTemporaryError as error:
                if not self._concerns(ticket):
                    raise
                self._note(ticket, self._work.held(ticket, error))

    def _concerns(self, ticket: str) -> bool:
        """Whether it is about this ticket: another one can still be read.

        Where there is no other, it is believed when this ticket has ended the last run, too.
        """
        if self._good is not None:
            self._desk.host.look(self._good)
            return True
        if self._desk.store.flag(self._flag) == ticket:
            return True
        with self._desk.store.tx() as tx:
            tx.set_flag(self._flag, ticket)
        return False

    def _judge(self, ticket: str, found: ReadResult) -> None:
        result = self._work.judge_read(ticket, found)
        self._in_a_row = 0
        if isinstance(result, Outcome):
            self._good = ticket
        self._note(ticket, result)

    def _note(self, ticket: str, result: Outcome | Held | None) -> None:
        if result is None:
            self.taken += Taken(gone=1)
        elif isinstance(result, Outcome) and is_over(result, self._horizon):
            self.taken += Taken(old=1)
        else:
            self._kept.append(measured(result))
        self._progress.advance()
        if len(self._kept) >= PORTION:
            self._keep(None)

    def _keep(self, bookmark: tuple[str, str] | None) -> None:
        self.taken += Taken(read=len(self._work.commit(self._kept, bookmark)))
        self._kept = []
