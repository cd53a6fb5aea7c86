"""What a draft says about the tickets of a chunk: which of them it can judge by columns, and how.

Tickets that look the same to the policies have the same plans (core/straight_plans); one of them
stands for all.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from slaplugin.columnar.chunks import Chunk
from slaplugin.columnar.columns import UNSHAPED
from slaplugin.columnar.opentime import Bools, Ints, OpenTime
from slaplugin.columnar.questions import RESUMED, Questions
from slaplugin.columnar.shapes import BASE_NAMES, NEVER
from slaplugin.columnar.tables import Tables
from slaplugin.core.rulebook import RuleBook
from slaplugin.core.straight_plans import Plan


class Plans:
    """Plans that have occurred, by the numbers that stand in columns."""

    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self.all: list[Plan] = []
        self.open_times: list[OpenTime] = []
        """One for each calendar that a plan has."""
        self.open_time_of: list[int] = []
        """By number of the plan: the place in :attr:`open_times`."""
        self._by_calendar: dict[int, int] = {}

    def number(self, plan: Plan) -> int:
        """The plan's number."""
        found = self._numbers.get(id(plan))
        if found is None:
            found = self._numbers[id(plan)] = len(self.all)
            self.all.append(plan)
            self.open_time_of.append(self._open_time(plan))
        return found

    def _open_time(self, plan: Plan) -> int:
        found = self._by_calendar.get(id(plan.calendar))
        if found is None:
            found = self._by_calendar[id(plan.calendar)] = len(self.open_times)
            self.open_times.append(OpenTime(plan.calendar))
        return found


class Draft:
    """A compiled set, asked by whole chunks."""

    def __init__(self, rules: RuleBook, as_of: int) -> None:
        self.questions = Questions(rules, as_of)
        self.rules = rules
        self.as_of = as_of
        self.possible = self.questions.possible
        self.clocks = self.questions.clocks
        self.plans = Plans()

    def planned(self, tables: Tables, chunk: Chunk) -> Ints:
        """Number of the plan by (clock of :attr:`clocks`, ticket); -1: judge it plainly."""
        width = len(self.clocks)
        usable = self._usable(tables, chunk)
        looks, first = self._looks(tables, usable)
        numbers = np.full((width, len(first)), -1, np.int64)
        wanted = np.zeros(len(first), np.bool_)
        wanted[looks[usable]] = True
        for look in np.flatnonzero(wanted):
            found = self._plans_of(tables, chunk, int(first[look]))
            if found is not None:
                numbers[:, look] = found
        planned = np.where(usable, numbers[:, looks], -1)
        alike = planned.min(axis=0) >= 0 if width else np.zeros(len(looks), np.bool_)
        return np.where(alike & self._within_windows(tables, planned), planned, -1)

    # ------------------------------------------------------------------ tickets

    def _usable(self, tables: Tables, chunk: Chunk) -> Bools:
        """Shaped, over, and nothing that happened to them gave them other targets."""
        tickets = tables.tickets
        usable: Bools = (tickets["shaped"] == 1) & (tickets["last"] <= self.as_of)
        told = [self.questions.told(each) for each in tables.codes("touched")]
        if told:
            usable &= np.array([each is not None for each in told], np.bool_)[tickets["touched"]]
            doubtful = np.array([each is True for each in told], np.bool_)[tickets["touched"]]
            places = np.flatnonzero(usable & doubtful).tolist()
            kept = [self.questions.keeps_targets(past) for past in chunk.some(places)]
            usable[places] = kept
        return usable

    def _looks(self, tables: Tables, usable: Bools) -> tuple[Ints, Ints]:
        """What policies see of each ticket as a number; for each number the first such ticket."""
        looks = np.zeros(tables.size, np.int64)
        for name in self.questions.asked:
            codes = tables.fact(name)
            if codes is not None:
                looks = looks * (int(codes.max(initial=0)) + 2) + codes + 1
                looks = np.unique(looks, return_inverse=True)[1].astype(np.int64)
        # A ticket without columns says nothing about how the others look.
        looks = np.where(usable, looks, looks.max(initial=0) + 1)
        _, first, inverse = np.unique(looks, return_index=True, return_inverse=True)
        return inverse.astype(np.int64), first.astype(np.int64)

    def _plans_of(self, tables: Tables, chunk: Chunk, place: int) -> tuple[int, ...] | None:
        look = tuple(tables.fact_text(name, place) for name in self.questions.asked)
        plans = self.questions.plans(look, partial(chunk.ticket, place))
        return None if plans is None else tuple(map(self.plans.number, plans))

    def _within_windows(self, tables: Tables, planned: Ints) -> Bools:
        """Whether each reopen ends under the draft as it does in the columns (details 31)."""
        resumed, anew = tables.tickets["resumed"], tables.tickets["begun_anew"]
        fine = np.ones(tables.size, np.bool_)
        for clock, numbers in zip(self.clocks, planned, strict=True):
            if BASE_NAMES[clock.base] not in RESUMED:
                continue
            for number in np.unique(numbers[numbers >= 0]):
                window = self.plans.all[number].reopen_within
                if window is None:
                    kept = (resumed == UNSHAPED) & (anew == NEVER)
                else:
                    kept = (resumed <= window) & (window < anew)
                fine &= (numbers != number) | kept
        return fine
