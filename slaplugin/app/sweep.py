"""The sweep: what is deleted, out of reach, or was overlooked, found in portions.

Every open ticket is asked about once in a sweep. Of an installation with many tickets a cycle does
a portion only, so that no poll is late for it; the next cycles go on where it stopped. Nothing is
believed to be gone before all were asked about, since the brake looks at the whole.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from typing import Protocol

from slaplugin.app.brakes import require_plausible
from slaplugin.app.desk import ACCEPT_MISSING, Run
from slaplugin.app.errors import HostLostError
from slaplugin.app.hold import Held
from slaplugin.app.ports import Missing, TicketRef
from slaplugin.app.sync import Outcome
from slaplugin.app.work import Work

Results = list[Outcome | Held]
TICKETS = 2000
"""Open tickets that one cycle asks about."""
PAGES = 10
"""Pages of recent changes that one cycle looks through."""
LOOK_BACK = 26 * 3600
"""Seconds that a sweep reads again: a day of work and the longest transaction behind it."""


class Judging(Protocol):
    """What a sweep has the tickets judged by."""

    def read_news(self, refs: Sequence[TicketRef]) -> Results:
        """Judge those of which the store knows less than the host."""

    def held_lost(self, ticket: str, error: HostLostError) -> Held:
        """A ticket that is out of reach."""


@dataclass(frozen=True, slots=True)
class _Progress:
    """How far a sweep has come; kept in a flag as JSON."""

    began: int
    """UTC epoch seconds."""
    asked: int = 0
    last: str = ""
    """The last ticket that was asked about, in the order of their ids' texts."""
    missing: tuple[str, ...] = ()
    all_asked: bool = False
    bookmark: str | None = None
    """Of the recent changes."""


class Sweep:
    """One cycle's portion of a sweep, where one is under way or due."""

    def __init__(self, run: Run, work: Work, judging: Judging) -> None:
        self._run = run
        self._desk = run.desk
        self._work = work
        self._judging = judging
        self._name = run.desk.host.name
        self._flags = (f"swept:{self._name}", f"sweep:{self._name}")

    def portion(self) -> Iterator[Results]:
        """Judge what is found; each result is committed before it is handed on."""
        progress = self._progress()
        if progress is None:
            return
        if not progress.all_asked:
            progress = self._ask(progress)
            if not progress.all_asked:
                self._keep(progress)
                return
            yield self._work.commit(self._missing(progress))
        finished = yield from self._overlooked(progress)
        if finished:
            self._finish()

    def _progress(self) -> _Progress | None:
        """Of the sweep under way; a new one's where it is due; None: not yet."""
        last, under_way = (self._desk.store.flag(name) for name in self._flags)
        if under_way is not None:
            return _progress_of(under_way)
        if last is None:
            self._finish()  # the first load has seen everything
            return None
        due = self._run.now - int(last) >= self._desk.options.sweep_interval
        return _Progress(self._run.now) if due else None

    def _keep(self, progress: _Progress) -> None:
        with self._desk.store.tx() as tx:
            tx.set_flag(self._flags[1], json.dumps(asdict(progress)))

    def _finish(self) -> None:
        with self._desk.store.tx() as tx:
            tx.set_flag(self._flags[0], str(self._run.now))
            tx.set_flag(self._flags[1], None)
            if self._desk.store.flag(ACCEPT_MISSING) is not None:
                tx.set_flag(ACCEPT_MISSING, None)

    # ------------------------------------------------------------------ gone or out of reach

    def _ask(self, progress: _Progress) -> _Progress:
        """About the next tickets."""
        ids = self._desk.store.ids(self._name, open_only=True, after=progress.last)
        part = list(islice(ids, TICKETS))
        found = [item.id for item in self._desk.host.missing(part)]
        progress = replace(
            progress,
            asked=progress.asked + len(part),
            last=part[-1] if part else progress.last,
            missing=(*progress.missing, *found),
            all_asked=len(part) < TICKETS,
        )
        if len(progress.missing) > TICKETS and not progress.all_asked:
            # Too many to be kept: asked for at once what the brake would say in the end.
            known = progress.asked + sum(1 for _ in ids)
            require_plausible(self._desk, len(progress.missing), known)
        return progress

    def _missing(self, progress: _Progress) -> Results:
        """What is missing still, if that can be believed."""
        missing = list(self._desk.host.missing(progress.missing)) if progress.missing else []
        require_plausible(self._desk, len(missing), progress.asked)
        found = (self._result(item) for item in missing)
        return [result for result in found if result is not None]

    def _result(self, item: Missing) -> Outcome | Held | None:
        if item.why == "gone":
            return self._work.gone(item.id, alone=False)
        lost = HostLostError("it is not readable any more for this account (403)")
        return self._judging.held_lost(item.id, lost)

    # ------------------------------------------------------------------ overlooked

    def _overlooked(self, progress: _Progress) -> Generator[Results, None, bool]:
        """Changes that came to light behind the bookmark.

        A host stamps a change before it commits it; after a transaction longer than the overlap
        the stamp lies where the feed has already been. Only what differs from the store is read.
        True once all were looked through.
        """
        pages = self._desk.host.history(progress.began - LOOK_BACK, None, progress.bookmark)
        for number, page in enumerate(pages, start=1):
            yield self._work.commit(self._judging.read_news(page.items))
            if number == PAGES:
                self._keep(replace(progress, missing=(), bookmark=page.bookmark))
                return False
        return True


def _progress_of(text: str) -> _Progress:
    data = json.loads(text)
    return _Progress(**{**data, "missing": tuple(data["missing"])})
