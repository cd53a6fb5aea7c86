"""``backfill``: past tickets with their histories into the store; never writes to the host.

The same pull as a cycle's, with other bounds. Tickets are committed in portions and the last one of
a page with the page's bookmark, so that an interrupted run goes on where it was when it is started
again with the same bounds. What could not be read is held with its reason, listed by every run, and
tried again by the next one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from slaplugin.app.backfill.intake import Intake, Taken
from slaplugin.app.cycle import adopt
from slaplugin.app.desk import Desk, begin, telling
from slaplugin.app.errors import HostTemporaryError
from slaplugin.app.outcome import TicketProblem
from slaplugin.app.ports import Page, Progress, TicketRef, TicketRow
from slaplugin.app.readers import ALONE, Crew, Readers, Results
from slaplugin.app.retention import horizon_of, retain
from slaplugin.app.tenure import tenure
from slaplugin.app.work import Work

LONGEST_WAIT = 900
"""Seconds; a helpdesk that asks to be left alone for longer ends the run."""
WAITS = 10
"""How often a helpdesk is waited for without a ticket read in between."""
PORTION_AGAIN = 200
"""Held tickets that are asked for together."""


@dataclass(frozen=True, slots=True)
class Range:
    """Tickets created or changed in [since, until), UTC epoch seconds; None: up to now."""

    since: int
    until: int | None = None

    @property
    def feed(self) -> str:
        """Name of the range's bookmark."""
        return f"backfill:{self.since}:{'' if self.until is None else self.until}"


@dataclass(frozen=True, slots=True)
class BackfillReport:
    """What a backfill has brought in."""

    listed: int = 0
    read: int = 0
    known: int = 0
    """Left alone: the live cycles keep them, or the store has them as they are."""
    gone: int = 0
    """Deleted on the helpdesk before they could be read."""
    old: int = 0
    """Over for longer than ``retention`` keeps anything, and therefore not stored."""
    requests: int = 0
    problems: tuple[TicketProblem, ...] = ()
    """Every past ticket that could not be read, by this run or an earlier one, and why."""


@runtime_checkable
class Reach(Protocol):
    """Progress that can show how much of a range is still to come."""

    def reached(self, share: float) -> None:
        """So much of the range is behind us, 0 to 1, by its dates."""

    def expect(self, left: int) -> None:
        """So many tickets are still to come, says the helpdesk."""


def backfill(desk: Desk, bounds: Range, progress: Progress, crew: Crew = ALONE) -> BackfillReport:
    """Load and judge the tickets of the range.

    Raises HostError when the host stops answering (run it again: it goes on from there) and
    LeaseHeldError while another process writes.
    """
    run = begin(desk)
    with (
        telling(progress, "Loading past tickets"),
        tenure(desk, run.now) as held,
        Readers(desk.host, crew) as readers,
    ):
        adopt(run, live=False)
        return _Backfill(Work(run, held), readers, progress).run(bounds, crew)


@dataclass(frozen=True, slots=True)
class _Begun:
    """A page whose tickets are being read."""

    page: Page
    wanted: int
    found: Results


class _Backfill:
    def __init__(self, work: Work, readers: Readers, progress: Progress) -> None:
        self.work = work
        self.desk = work.run.desk
        self.name = work.name
        self.readers = readers
        self.progress = progress
        self.listed = self.known = 0
        self.taken = Taken()

    def run(self, bounds: Range, crew: Crew) -> BackfillReport:
        """Everything from the bookmark on, then what an earlier run could not read."""
        before = self.readers.requests_made()
        earlier = self._unread() if self._is_complete(bounds) else []
        waits = _Waits(crew)
        while not self._is_through(bounds, earlier, waits):
            pass
        self._complete(bounds)
        retain(self.work.run, self.work.tenure)
        return BackfillReport(
            listed=self.listed,
            read=self.taken.read,
            known=self.known,
            gone=self.taken.gone,
            old=self.taken.old,
            requests=self.readers.requests_made() - before,
            problems=tuple(map(_problem, self._unread())),
        )

    def _is_through(self, bounds: Range, earlier: Sequence[TicketRow], waits: _Waits) -> bool:
        """False where the helpdesk asked to be left alone for a while, which it was."""
        read = self.taken.read
        try:
            for begun in self._begun(bounds):
                self._take(begun, bounds)
            self._again(earlier)
        except HostTemporaryError as error:
            waits.out(error, progressed=self.taken.read > read)
            return False
        return True

    # ------------------------------------------------------------------ the range

    def _begun(self, bounds: Range) -> Iterator[_Begun]:
        """Each page, its tickets under way; the next one is listed while one is still judged."""
        bookmark = self.desk.store.bookmark(self.name, bounds.feed)
        since = max(bounds.since, horizon_of(self.work.run) or bounds.since)
        begun: deque[_Begun] = deque()
        for page in self.desk.host.history(since, bounds.until, bookmark):
            wanted = [ref.id for ref in page.items if not self._is_known(ref)]
            begun.append(_Begun(page, len(wanted), self.readers.read(wanted)))
            if len(begun) > self.readers.ahead:
                yield begun.popleft()
        yield from begun

    def _is_known(self, ref: TicketRef) -> bool:
        row = self.desk.store.row(self.name, ref.id)
        return row is not None and (row.live or ref.names(row.updated_at_ms))

    def _take(self, begun: _Begun, bounds: Range) -> None:
        page = begun.page
        self.listed += len(page.items)
        self.known += len(page.items) - begun.wanted
        self.progress.advance(len(page.items) - begun.wanted)
        self._in(Intake(self.work, self.progress, (bounds.feed, page.bookmark)), begun.found)
        if isinstance(self.progress, Reach):
            if page.left is not None:
                self.progress.expect(page.left)
            elif page.share is not None:
                self.progress.reached(page.share)

    def _in(self, intake: Intake, found: Results) -> None:
        try:
            intake.take(found)
        finally:
            self.taken += intake.taken

    # ------------------------------------------------------------------ what could not be read

    def _unread(self) -> list[TicketRow]:
        return [row for row in self.desk.store.held(self.name) if not row.live]

    def _again(self, earlier: Sequence[TicketRow]) -> None:
        """Ask once more for those that the range, read again, has not asked for by itself."""
        left = [row.id for row in earlier if self.desk.store.row(self.name, row.id) == row]
        for first in range(0, len(left), PORTION_AGAIN):
            found = self.readers.read(left[first : first + PORTION_AGAIN])
            self._in(Intake(self.work, self.progress), found)

    def _is_complete(self, bounds: Range) -> bool:
        """Whether the range was read to its end before: what is held is then worth another try."""
        return self.desk.store.flag(self._flag(bounds)) is not None

    def _complete(self, bounds: Range) -> None:
        with self.desk.store.tx() as tx:
            tx.set_flag(self._flag(bounds), str(self.work.run.now))

    def _flag(self, bounds: Range) -> str:
        return f"complete:{self.name}:{bounds.feed}"


class _Waits:
    """Leaves a helpdesk alone for as long as it asks, as long as that leads anywhere."""

    def __init__(self, crew: Crew) -> None:
        self._wait = crew.wait
        self._left = WAITS

    def out(self, error: HostTemporaryError, *, progressed: bool) -> None:
        """Wait as asked; raises the error where it names no time, or asks for too much."""
        if progressed:
            self._left = WAITS
        if self._wait is None or not self._left:
            raise error
        if error.retry_after is None or error.retry_after > LONGEST_WAIT:
            raise error
        self._left -= 1
        self._wait(error.retry_after)


def _problem(row: TicketRow) -> TicketProblem:
    return TicketProblem(row.id, row.number, row.held or "it could not be read")
