"""``backfill``: past tickets with their histories into the store; never writes to the host.

The same pull as a cycle's, with other bounds. Each page is committed with its bookmark, so that
an interrupted run goes on where it was when it is started again with the same bounds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from slaplugin.app.cycle import adopt
from slaplugin.app.desk import Desk, Run, begin, telling
from slaplugin.app.hold import Held
from slaplugin.app.outcome import TicketProblem
from slaplugin.app.ports import Page, Progress, TicketRef
from slaplugin.app.sync import Outcome
from slaplugin.app.tenure import Tenure, tenure
from slaplugin.app.work import Work


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
    """Left alone: the live cycles keep them."""
    requests: int = 0
    problems: tuple[TicketProblem, ...] = ()


def backfill(desk: Desk, bounds: Range, progress: Progress) -> BackfillReport:
    """Load and judge the tickets of the range.

    Raises HostError when the host stops answering (run it again: it goes on from there) and
    LeaseHeldError while another process writes.
    """
    run = begin(desk)
    with telling(progress, "Loading past tickets"), tenure(desk, run.now) as held:
        adopt(run, live=False)
        return _Backfill(run, held, progress).run(bounds)


class _Backfill:
    def __init__(self, run: Run, held: Tenure, progress: Progress) -> None:
        self.run_ = run
        self.desk = run.desk
        self.work = Work(run, held)
        self.progress = progress
        self.report = BackfillReport()

    def run(self, bounds: Range) -> BackfillReport:
        """Every page from the bookmark on."""
        before = self.desk.host.requests_made()
        bookmark = self.desk.store.bookmark(self.desk.host.name, bounds.feed)
        for page in self.desk.host.history(bounds.since, bounds.until, bookmark):
            self._page(page, bounds)
        return replace(self.report, requests=self.desk.host.requests_made() - before)

    def _page(self, page: Page, bounds: Range) -> None:
        wanted = [ref.id for ref in page.items if not self._is_known(ref)]
        self.progress.advance(len(page.items) - len(wanted))
        results: list[Outcome | Held] = []
        for ticket, found in self.desk.host.read_many(wanted):
            result = self.work.judge_read(ticket, found)
            if result is not None:
                results.append(_measured(result))
            self.progress.advance()
        results = self.work.commit(results, (bounds.feed, page.bookmark))
        held = tuple(item.problem for item in results if isinstance(item, Held))
        self.report = replace(
            self.report,
            listed=self.report.listed + len(page.items),
            read=self.report.read + len(results),
            known=self.report.known + len(page.items) - len(results),
            problems=(*self.report.problems, *held),
        )

    def _is_known(self, ref: TicketRef) -> bool:
        row = self.desk.store.row(self.desk.host.name, ref.id)
        return row is not None and (row.live or _is_same(row.updated_at_ms, ref))


def _is_same(stamp: int, ref: TicketRef) -> bool:
    return bool(ref.updated_at_ms) and stamp == ref.updated_at_ms


def _measured(result: Outcome | Held) -> Outcome | Held:
    """The same result with nothing to do: the ticket is measured, never written."""
    if isinstance(result, Held):
        return replace(result, row=replace(result.row, live=False))
    row = replace(result.known.row, live=False, next_check_at=None)
    return replace(
        result,
        known=replace(result.known, row=row),
        plan=replace(result.plan, actions=(), next_check_at=None),
    )
