"""The clocks of a chunk's ordinary tickets under a draft, as columns.

Instance by instance the same numbers as core/straight_verdict works out; see there for the rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from slaplugin.app.whatif import PastTicket
from slaplugin.columnar.columns import NONE, UNANSWERED, VOID
from slaplugin.columnar.drafts import Draft
from slaplugin.columnar.opentime import Bools, Ints, OpenTime
from slaplugin.columnar.tables import Tables
from slaplugin.core.model import ClockInstance, Outcome
from slaplugin.core.straight import PAUSE, RUN

MET, BREACHED, UNANSWERED_CLOSE, VOIDED, NO_TARGET = range(5)
OUTCOMES: tuple[Outcome, ...] = ("met", "breached", "closed_unanswered", "void", "not_applicable")


@dataclass(frozen=True, slots=True)
class Verdicts:
    """One row per instance; instants UTC epoch seconds, :data:`NONE` where there is none."""

    ticket: Ints
    event: Ints
    """Place of the starting event in the ticket's past."""
    clock: Ints
    """Place in :attr:`Draft.clocks`."""
    plan: Ints
    number: Ints
    start: Ints
    stop: Ints
    void: Bools
    outcome: Ints
    """Place in :data:`OUTCOMES`."""
    due: Ints
    used: Ints
    paused: Ints
    breached: Ints
    low: Bools
    """Confidence is low (R14)."""

    def __len__(self) -> int:
        return len(self.ticket)


def verdicts_of(tables: Tables, draft: Draft, planned: Ints) -> Verdicts:
    """Every listed instance of the tickets that have plans."""
    stretches = _Stretches(tables)
    parts = [
        _of_clock(tables, draft, stretches, place, planned[place])
        for place in range(len(draft.clocks))
    ]
    return Verdicts(*[np.concatenate(column) for column in zip(*parts, strict=True)])


class _Stretches:
    """The pieces of a chunk's runs, and what each comes to on a calendar."""

    def __init__(self, tables: Tables) -> None:
        self.runs, self.pieces = tables.runs, tables.pieces
        counts = self.runs["pieces"]
        self.first = np.concatenate(([0], np.cumsum(counts)))[:-1].astype(np.int64)
        self.run = np.repeat(np.arange(len(counts), dtype=np.int64), counts)

    def of(self, runs: Ints) -> tuple[Ints, Ints, Ints]:
        """(place of each piece, place of its run among ``runs``, first piece of each run)."""
        counts = self.runs["pieces"][runs]
        ends = np.cumsum(counts)
        offsets = (ends - counts).astype(np.int64)
        owner = np.repeat(np.arange(len(runs), dtype=np.int64), counts)
        within = np.arange(len(owner), dtype=np.int64) - offsets[owner]
        return self.first[runs][owner] + within, owner, offsets


def _of_clock(
    tables: Tables, draft: Draft, stretches: _Stretches, place: int, planned: Ints
) -> Sequence[Ints | Bools]:
    runs = tables.runs
    chosen = np.flatnonzero(
        (runs["base"] == draft.clocks[place].base) & (planned[runs["ticket"]] >= 0)
    )
    plan = planned[runs["ticket"][chosen]]
    spent = _Spent(stretches, draft, chosen, plan)
    ticket, stop = runs["ticket"][chosen], runs["stop"][chosen]
    void = (runs["flags"][chosen] & VOID) > 0
    unanswered = (runs["flags"][chosen] & UNANSWERED) > 0
    outcome = np.select(
        [spent.breached != NONE, void, unanswered, ~spent.limited],
        [BREACHED, VOIDED, UNANSWERED_CLOSE, NO_TARGET],
        MET,
    ).astype(np.int64)
    return (
        ticket,
        runs["event"][chosen],
        np.full(len(chosen), place, np.int64),
        plan,
        runs["number"][chosen],
        runs["start"][chosen],
        stop,
        void,
        outcome,
        np.where(void, NONE, spent.due),
        spent.used,
        spent.paused,
        spent.breached,
        _low(tables, draft, ticket, plan),
    )


class _Spent:
    """Seconds used and paused, due and breach of the chosen runs of one clock."""

    def __init__(self, stretches: _Stretches, draft: Draft, chosen: Ints, plan: Ints) -> None:
        self._draft, self._plan = draft, plan
        plans = draft.plans.all
        totals = np.array([each.total for each in plans], np.int64)
        limited = np.array([each.choice is not None for each in plans], np.bool_)
        pausable = np.array([each.pausable for each in plans], np.bool_)
        self.total, self.limited = totals[plan], limited[plan]
        pieces, self._owner, self._offsets = stretches.of(chosen)
        self._start = stretches.pieces["start"][pieces]
        self._end = stretches.pieces["end"][pieces]
        mode, pauses = stretches.pieces["mode"][pieces], pausable[plan][self._owner]
        self._runs = (mode == RUN) | ((mode == PAUSE) & ~pauses)
        wall = self._elapsed()
        self._counted = np.where(self._runs, wall, 0)
        self.used, self._before = self._summed(self._counted)
        self.paused, _ = self._summed(np.where((mode == PAUSE) & pauses, wall, 0))
        self.breached = self._breaches()
        self.due = self._dues(stretches.runs["stop"][chosen])

    def _elapsed(self) -> Ints:
        found = np.zeros(len(self._owner), np.int64)
        for rows, open_time in self._by_calendar(self._plan[self._owner]):
            found[rows] = open_time.elapsed(self._start[rows], self._end[rows])
        return found

    def _by_calendar(self, plan: Ints) -> Iterator[tuple[Ints, OpenTime]]:
        """(rows, open time) for each calendar that the rows' plans have."""
        plans = self._draft.plans
        number = np.array(plans.open_time_of, np.int64)[plan]
        for place, open_time in enumerate(plans.open_times):
            rows = np.flatnonzero(number == place)
            if len(rows):
                yield rows, open_time

    def _summed(self, seconds: Ints) -> tuple[Ints, Ints]:
        """The sum of each run, and what its earlier pieces come to at each piece."""
        running = np.concatenate((np.zeros(1, np.int64), np.cumsum(seconds)))
        ends = np.append(self._offsets[1:], len(seconds))
        whole = running[ends] - running[self._offsets]
        return whole, running[:-1] - running[self._offsets[self._owner]]

    def _breaches(self) -> Ints:
        """Where in a running piece the target had been used up (R2, details 10)."""
        found = np.full(len(self._plan), NONE, np.int64)
        owner, left = self._owner, self.total[self._owner] - self._before
        rows = np.flatnonzero(
            self._runs & self.limited[owner] & (left >= 0) & (left <= self._counted)
        )
        at = np.full(len(rows), NONE, np.int64)
        for some, open_time in self._by_calendar(self._plan[owner[rows]]):
            at[some] = open_time.due(self._start[rows][some], left[rows][some])
        inside = (at != NONE) & (at < self._end[rows])
        runs, first = np.unique(owner[rows][inside], return_index=True)
        found[runs] = at[inside][first]
        return found

    def _dues(self, stop: Ints) -> Ints:
        """The breach where there is one, else what a clock that ran on would have had."""
        found = np.where(self.limited, self.breached, NONE)
        rows = np.flatnonzero(self.limited & (self.breached == NONE))
        left = np.maximum(self.total[rows] - self.used[rows], 0)
        due = np.full(len(rows), NONE, np.int64)
        for some, open_time in self._by_calendar(self._plan[rows]):
            due[some] = open_time.due(stop[rows][some], left[some])
        found[rows] = due
        return found


def _low(tables: Tables, draft: Draft, ticket: Ints, plan: Ints) -> Bools:
    """Whether a fact that decides the policy is only known as of today (details 38)."""
    current = tables.codes("current_only")
    if not any(current):
        return np.zeros(len(ticket), np.bool_)
    plans = draft.plans.all
    doubts = [[bool(each.tested & names) for names in current] for each in plans]
    doubtful = np.array(doubts, np.bool_).reshape(len(plans), len(current))
    return doubtful[plan, tables.tickets["current_only"][ticket]]


# ---------------------------------------------------------------------- one by one


def instances_of(
    verdicts: Verdicts, draft: Draft, pasts: Mapping[int, PastTicket]
) -> dict[int, list[ClockInstance]]:
    """The rows of these tickets as clock instances; keyed by the tickets' places."""
    found: dict[int, list[ClockInstance]] = {place: [] for place in pasts}
    wanted = np.flatnonzero(np.isin(verdicts.ticket, list(pasts)))
    for row in wanted.tolist():
        place = int(verdicts.ticket[row])
        found[place].append(_instance(verdicts, row, draft, pasts[place]))
    return found


def _instance(verdicts: Verdicts, row: int, draft: Draft, past: PastTicket) -> ClockInstance:
    plan = draft.plans.all[int(verdicts.plan[row])]
    void, limited = bool(verdicts.void[row]), plan.choice is not None
    used, breached = int(verdicts.used[row]), int(verdicts.breached[row])
    low = ", ".join(sorted(plan.tested & past.ticket.current_only))
    return ClockInstance(
        clock=plan.clock.name,
        instance=int(verdicts.number[row]),
        status="void" if void else "stopped",
        outcome=OUTCOMES[int(verdicts.outcome[row])],
        started_at=int(verdicts.start[row]),
        start_event=past.events[int(verdicts.event[row])].id,
        policy=plan.policy if limited else None,
        calendar=plan.calendar.name,
        party=plan.clock.party,
        void_reason="closed" if void else None,
        stopped_at=int(verdicts.stop[row]),
        due_at=_or_nothing(int(verdicts.due[row])),
        target=plan.total if limited else None,
        elapsed=used,
        paused=int(verdicts.paused[row]),
        remaining=plan.total - used if limited and not void else None,
        breached_at=_or_nothing(breached),
        breach_reason="overdue" if breached != NONE else None,
        confidence="low" if low else "high",
        confidence_reason=f"only today's value is known of {low}" if low else None,
    )


def _or_nothing(value: int) -> int | None:
    return None if value == NONE else value
