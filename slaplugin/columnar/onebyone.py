"""A what-if over stretches in pure Python, ticket by ticket: the plain engine.

The walk over a ticket's events was done when its chunk was made (:mod:`shapes`), by the code that
walks live tickets; what is left, from stretches to an outcome, is done here by the code that judges
live tickets (core/straight_verdict). Tickets that do not fit go the whole way.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from heapq import nsmallest
from itertools import accumulate
from typing import Any

from slaplugin.app.errors import StoreError
from slaplugin.app.whatif import WhatIf
from slaplugin.columnar.chunks import Chunk
from slaplugin.columnar.columns import NONE, UNANSWERED, UNSHAPED, VOID, loaded
from slaplugin.columnar.pack import unpacked_value
from slaplugin.columnar.questions import Clock, Look, Questions, fits
from slaplugin.columnar.shapes import NEVER
from slaplugin.core.model import ClockInstance, Ticket, Timeline
from slaplugin.core.straight import PAUSE, RUN, Stretch
from slaplugin.core.straight_plans import Plan
from slaplugin.core.straight_verdict import Judgement, Reckoning
from slaplugin.core.suggest import MINUTE, has_ended
from slaplugin.core.whatif import Comparison, Standing
from slaplugin.core.whatif.comparison import TOP
from slaplugin.core.whatif.pairs import rank_of, reasons_of

_Row = tuple[int, ...]
_SILENT = frozenset({"none", "waived", "low_confidence"})
_Counts = tuple[Standing, tuple[Any, ...], Counter[int] | None]
"""(standing, its key in the counts, where it is counted how long such instances took)"""


def rows_of(table: Mapping[str, bytes]) -> list[tuple[Any, ...]]:
    """A table's rows as tuples."""
    columns = []
    for data in table.values():
        column = array("q")
        column.frombytes(data)
        columns.append(column)
    return list(zip(*columns, strict=True))


class Pages:
    """The tables of one chunk, row by row."""

    def __init__(self, chunk: Chunk) -> None:
        if chunk.columns is None:
            raise StoreError(f"chunk {chunk.number} was read without its columns")
        found = loaded(chunk.columns)
        self.ids: Sequence[str] = found["ids"]
        self.tickets: list[_Row] = rows_of(found["tickets"])
        self.pieces: list[tuple[int, int, int]] = rows_of(found["pieces"])
        self.runs = _with_first(rows_of(found["runs"]))
        self.recorded: list[_Row] = rows_of(found["recorded"])
        self._codes: Mapping[str, Sequence[Any]] = found["codes"]
        self._facts: Mapping[str, tuple[bytes, bytes]] = found["facts"]

    def codes(self, name: str) -> Sequence[Any]:
        """The values that the codes of a column stand for."""
        return self._codes.get(name, ())

    def looks(self, names: Sequence[str]) -> list[Look]:
        """What policies see of each ticket."""
        columns = [self._texts(name) for name in names]
        return list(zip(*columns, strict=True)) if columns else [()] * len(self.ids)

    def _texts(self, name: str) -> list[str | None]:
        if name not in self._facts:
            return [None] * len(self.ids)
        data, values = self._facts[name]
        column = array("q")
        column.frombytes(data)
        texts = (*unpacked_value(values), None)  # -1, the last: it has no such fact
        return [texts[code] for code in column]


def _with_first(runs: Sequence[_Row]) -> list[_Row]:
    """Each run, and behind it the place of its first piece."""
    ends = accumulate((run[-1] for run in runs), initial=0)
    return [(*run, first) for run, first in zip(runs, ends, strict=False)]


def grouped(rows: Sequence[_Row], size: int) -> list[Sequence[_Row]]:
    """The rows of each ticket; they stand in the order of the tickets' places, their first."""
    found: list[list[_Row]] = [[] for _ in range(size)]
    for row in rows:
        found[row[0]].append(row)
    return list(found)


class OneByOne:
    """A what-if made ready for stretches."""

    def __init__(self, whatif: WhatIf) -> None:
        self.whatif = whatif
        self.questions = Questions(whatif.draft, whatif.as_of)
        self.judged = 0
        """Tickets that were judged by their stretches."""

    @property
    def profile(self) -> str | None:
        """Of the columns it needs."""
        return self.whatif.job.draft.profile

    def add(self, comparison: Comparison, chunk: Chunk) -> None:
        """Compare the tickets of a chunk that has columns."""
        if not self.questions.possible:
            self.whatif.add(comparison, chunk.tickets())
            return
        pages = Pages(chunk)
        planned = self._planned(pages, chunk)
        plain = [place for place, plans in enumerate(planned) if plans is None]
        self.whatif.add(comparison, chunk.some(plain))
        counting = _Counting(self, comparison, pages)
        for place, plans in enumerate(planned):
            if plans is not None:
                counting.ticket(place, plans)
        comparison.tickets += len(planned) - len(plain)
        self.judged += len(planned) - len(plain)
        places = counting.first_changed()
        for past in chunk.some(places):
            comparison.consider(past.ticket, self.whatif.before(past), self.whatif.after(past))

    def _planned(self, pages: Pages, chunk: Chunk) -> list[tuple[Plan, ...] | None]:
        """The plan of each clock for each ticket; None: judge it plainly."""
        questions = self.questions
        told = [questions.told(each) for each in pages.codes("touched")]
        found: list[tuple[Plan, ...] | None] = []
        for place, look in enumerate(pages.looks(questions.asked)):
            shaped, last, resumed, anew, touched, _ = pages.tickets[place]
            if not shaped or last > questions.as_of or told[touched] is None:
                found.append(None)
                continue
            sample = partial(chunk.ticket, place)
            if told[touched] and not questions.keeps_targets(sample()):
                found.append(None)
                continue
            found.append(_fitting(questions.plans(look, sample), questions.clocks, resumed, anew))
        return found


def _fitting(
    plans: tuple[Plan, ...] | None, clocks: Sequence[Clock], resumed: int, anew: int
) -> tuple[Plan, ...] | None:
    if not plans:
        return None
    if resumed == UNSHAPED and anew == NEVER:
        return plans
    pairs = zip(plans, clocks, strict=True)
    return plans if all(fits(plan, clock.base, resumed, anew) for plan, clock in pairs) else None


class _Counting:
    """Adds one chunk to a comparison."""

    def __init__(self, engine: OneByOne, comparison: Comparison, pages: Pages) -> None:
        size = len(pages.ids)
        self._found = comparison
        self._pages = pages
        self._all = comparison.bounds.open
        self._as_of = engine.whatif.as_of
        self._clocks: dict[int, list[tuple[int, str]]] = {}
        for place, clock in enumerate(engine.questions.clocks):
            self._clocks.setdefault(clock.base, []).append((place, clock.name))
        self._clock_of = pages.codes("clock")
        self._runs = grouped(pages.runs, size)
        self._recorded = self._by_identity(size)
        self._judgements = [
            Judgement(Timeline(Ticket("", "", "", "", None, {}, names), ()), self._as_of, None)
            for names in pages.codes("current_only")
        ]
        self._stretches: dict[Plan, Stretch] = {}
        """One for each plan, filled anew for each run: making it costs as much as judging it."""
        self._before: dict[_Row, _Counts] = {}
        self._after: dict[tuple[Any, ...], _Counts] = {}
        self._changed: list[tuple[int, int, str, int]] = []

    def _by_identity(self, size: int) -> list[dict[tuple[int, str], _Row]]:
        """What is recorded of each ticket, by starting event and clock."""
        found: list[dict[tuple[int, str], _Row]] = [{} for _ in range(size)]
        for row in self._pages.recorded:
            found[row[0]][row[1], self._clock_of[row[2]]] = row
        return found

    def ticket(self, place: int, plans: Sequence[Plan]) -> None:
        """Count both sides of one ticket."""
        recorded = self._recorded[place]
        judgement = self._judgements[self._pages.tickets[place][5]]
        changed = False
        for run in self._runs[place]:
            for number, clock in self._clocks.get(run[1], ()):
                row = recorded.pop((run[3], clock), None)
                changed |= self._pair(place, row, self._reckoned(run, plans[number], judgement))
        for row in recorded.values():
            changed |= self._pair(place, row, None)
        self._found.changed_tickets += changed

    def first_changed(self) -> list[int]:
        """Places of the tickets among whose changes those may be that are shown."""
        last = self._found.last_rank
        better = [each for each in self._changed if last is None or each[:2] <= last]
        return list(dict.fromkeys(place for *_, place in nsmallest(TOP, better)))

    def _reckoned(self, run: _Row, plan: Plan, judgement: Judgement) -> Reckoning:
        _, _, number, _, start, stop, flags, count, first = run
        pieces = self._pages.pieces[first : first + count]
        if not plan.pausable:
            pieces = [(since, end, RUN if mode == PAUSE else mode) for since, end, mode in pieces]
        stretch = self._stretches.get(plan)
        if stretch is None:
            stretch = self._stretches[plan] = Stretch(plan, number, start, "", False)
        stretch.number, stretch.start = number, start
        stretch.pieces, stretch.stopped_at = pieces, stop
        stretch.unanswered = flags & UNANSWERED > 0
        stretch.void = "closed" if flags & VOID else None
        return Reckoning(judgement, stretch)

    # ------------------------------------------------------------------ one instance

    def _pair(self, place: int, row: _Row | None, after: Reckoning | None) -> bool:
        """Whether it counts otherwise."""
        was: Standing = "none" if row is None else self._count_before(row)
        now: Standing = "none" if after is None else self._count_after(after)
        moved = 0
        if row is not None and after is not None and row[7] != after.due:
            moved = self._count_moved(row, after)
        if was == now:
            return False
        reasons = reasons_of(self._recorded_as(row), after.instance(()) if after else None)
        clock = after.plan.clock.name if after else self._clock_of[row[2]] if row else ""
        self._found.changed[clock, was, now, reasons] += 1
        rank = rank_of(was, now)
        self._changed.append((rank, -abs(moved), self._pages.ids[place], place))
        return True

    def _count_before(self, row: _Row) -> Standing:
        """How the recorded instance stands; it is counted."""
        if not self._all and not self._found.bounds.hold(self._decided_before(row)):
            return "none"
        kind = row[2:7]
        counts = self._before.get(kind)
        if counts is None:
            instance = self._recorded_as(row)
            standing = self._found.standings[0].of(instance)
            key = (self._pages.codes("policy")[row[3]], self._clock_of[row[2]], standing)
            counts = self._before[kind] = (standing, key, None)
        standing, key, _ = counts
        if standing != "none":
            self._found.counts[0][key] += 1
        return standing

    def _count_after(self, after: Reckoning) -> Standing:
        """How the draft's instance stands; it is counted."""
        if not self._all and not self._found.bounds.hold(self._decided_after(after)):
            return "none"
        kind = (after.plan, after.status, after.outcome(), after.judgement)
        counts = self._after.get(kind)
        if counts is None:
            counts = self._after[kind] = self._counts_of(after.instance(()))
        standing, key, spent = counts
        if standing != "none":
            self._found.counts[1][key] += 1
        if spent is not None:
            spent[-(-after.used // MINUTE)] += 1
        return standing

    def _counts_of(self, instance: ClockInstance) -> _Counts:
        standing = self._found.standings[1].of(instance)
        key = (instance.policy, instance.clock, standing)
        if standing in _SILENT:
            return (standing, key, None)
        spent = self._found.spent[instance.policy or "", instance.clock]
        return (standing, key, spent.ended if has_ended(instance) else spent.unended)

    def _count_moved(self, row: _Row, after: Reckoning) -> int:
        """Seconds between the due times; 0 where a side has none."""
        before = row[7]
        due = None if after.status == "void" else after.due
        if due is None or before == NONE:
            return 0
        hold = self._found.bounds.hold
        if self._all or hold(self._decided_before(row)) or hold(self._decided_after(after)):
            key = (after.plan.clock.name, due > before)
            self._found.moved[key] += 1
            self._found.moved_seconds[key] += abs(due - before)
        return due - before

    def _decided_before(self, row: _Row) -> int:
        stop, breached = row[8], row[11]
        if breached != NONE:
            return breached
        return self._as_of if stop == NONE else stop

    @staticmethod
    def _decided_after(after: Reckoning) -> int:
        return after.end if after.breached_at is None else after.breached_at

    def _recorded_as(self, row: _Row | None) -> ClockInstance | None:
        """The recorded instance, as far as columns know it."""
        if row is None:
            return None
        codes = self._pages.codes
        status, outcome, waived, confidence = codes("standing")[row[5]]
        return ClockInstance(
            self._clock_of[row[2]],
            1,
            status,
            outcome,
            0,
            "",
            codes("policy")[row[3]],
            codes("calendar")[row[4]],
            target=codes("target")[row[6]],
            elapsed=row[9],
            paused=row[10],
            waived=waived,
            confidence=confidence,
        )
