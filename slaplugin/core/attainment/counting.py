"""Attainment tables, ticket by ticket: memory grows with cells and kept instances alone."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields

from slaplugin.core.attainment.bases import Note
from slaplugin.core.attainment.measures import Judged, Measure, behind
from slaplugin.core.attainment.values import (
    SAMPLE,
    Behind,
    Cell,
    Counts,
    Question,
    Table,
    added,
    drawn,
    lot,
)
from slaplugin.core.dimensions import Place, values_of
from slaplugin.core.past import Past
from slaplugin.core.periods import Periods

_NAMES = [field.name for field in fields(Counts)]


class Counting:
    """One table in the making: ``add`` every past, then ask for the ``result``.

    Tickets may come in any order, and in parts that are counted apart and added (:class:`Table`).
    Of the hits some are drawn where the question says so (:func:`drawn`).
    Of the verdicts in ``question.keep`` every instance is kept, some three hundred bytes each: all
    misses of a million tickets at 90 % need thirty megabytes, and no figure is without its tickets.
    """

    def __init__(self, measure: Measure, question: Question, note: Note | None = None) -> None:
        self._measure = measure
        self._note = note
        self._question = question
        self._periods = Periods(question.per)
        self._cells: defaultdict[Place, _Cell] = defaultdict(_Cell)

    def add(self, past: Past) -> None:
        """Count the ticket's instances."""
        for judged in self._measure.judged(past):
            period = self._periods.at(judged.zone, judged.decided_at)
            if not self._question.wants(period):
                continue
            at = judged.decided_at
            values = values_of(self._question.dimensions, past, judged.instance, at)
            cell = self._cells[period, values]
            cell.count(judged)
            if judged.verdict in self._question.keep:
                cell.behind.append(behind(past, judged))
            elif self._question.sampled and judged.verdict == "hits":
                cell.draw(judged, past)
            if self._note is not None:
                self._note(past, (period, values))

    def result(self) -> Table:
        """Everything counted so far."""
        cells = (
            Cell(period, values, cell.counts(), tuple(cell.behind), drawn(cell.hits))
            for (period, values), cell in self._cells.items()
        )
        return Table(self._question, added(cells))


class _Cell:
    """Counts that grow."""

    def __init__(self) -> None:
        self._numbers = dict.fromkeys(_NAMES, 0)
        self.behind: list[Behind] = []
        self.hits: list[Behind] = []
        self._highest = 2**32

    def count(self, judged: Judged) -> None:
        self._numbers[judged.verdict] += 1
        if judged.verdict in ("hits", "misses"):
            self._numbers["elapsed"] += judged.instance.elapsed
            self._numbers["paused"] += judged.instance.paused

    def draw(self, judged: Judged, past: Past) -> None:
        """Keep a hit as long as its lot may be among the lowest."""
        instance = judged.instance
        if lot((past.ticket.id, instance.clock, instance.start_event)) > self._highest:
            return
        self.hits.append(behind(past, judged))
        if len(self.hits) > 8 * SAMPLE:
            self.hits = list(drawn(self.hits))
            self._highest = max(lot(each.identity) for each in self.hits)

    def counts(self) -> Counts:
        return Counts(**self._numbers)
