"""A what-if by columns: what can be judged at once is, the rest goes to the plain engine.

What is counted is the same as the plain engine counts, to the last instance
(tests/columnar/test_equal.py).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from slaplugin.app.whatif import WhatIf
from slaplugin.columnar.chunks import Chunk
from slaplugin.columnar.drafts import Draft
from slaplugin.columnar.kinds import Kinds
from slaplugin.columnar.opentime import Bools
from slaplugin.columnar.sides import STANDINGS, Pairs, Side, draft_side, paired, recorded_side
from slaplugin.columnar.tables import Tables
from slaplugin.columnar.verdicts import Verdicts, instances_of, verdicts_of
from slaplugin.core.suggest import MINUTE
from slaplugin.core.whatif import Comparison
from slaplugin.core.whatif.comparison import TOP
from slaplugin.core.whatif.pairs import REASONS, Reason

_NONE = STANDINGS.index("none")
_MISSES = STANDINGS.index("misses")
_TELLS_NOTHING = [STANDINGS.index(name) for name in ("none", "waived", "low_confidence")]


class Columnar:
    """A what-if made ready for columns."""

    def __init__(self, whatif: WhatIf) -> None:
        self.whatif = whatif
        self.draft = Draft(whatif.draft, whatif.as_of)
        self.judged = 0
        """Tickets that were judged by columns."""

    @property
    def profile(self) -> str | None:
        """Of the columns it needs."""
        return self.whatif.job.draft.profile

    def add(self, comparison: Comparison, chunk: Chunk) -> None:
        """Compare the tickets of a chunk that has columns."""
        if not self.draft.possible:
            self.whatif.add(comparison, chunk.tickets())
            return
        tables = Tables(chunk)
        planned = self.draft.planned(tables, chunk)
        plain = np.flatnonzero(planned[0] < 0)
        self.whatif.add(comparison, chunk.some(plain.tolist()))
        verdicts = verdicts_of(tables, self.draft, planned)
        counting = _Counting(self.whatif, comparison, tables, self.draft)
        pairs = counting.count(verdicts, planned[0] >= 0)
        comparison.tickets += tables.size - len(plain)
        self.judged += tables.size - len(plain)
        places = _first_changed(comparison, pairs, tables.ids)
        self._show(comparison, places, chunk, verdicts)

    def _show(
        self, comparison: Comparison, places: list[int], chunk: Chunk, verdicts: Verdicts
    ) -> None:
        pasts = dict(zip(places, chunk.some(places), strict=True))
        found = instances_of(verdicts, self.draft, pasts)
        for place, past in pasts.items():
            comparison.consider(past.ticket, self.whatif.before(past), found[place])


def _first_changed(comparison: Comparison, pairs: Pairs, ids: Sequence[str]) -> list[int]:
    """Places of the tickets among whose changes those may be that are shown."""
    rows = np.flatnonzero(pairs.changed)
    now, was, moved = pairs.now[rows], pairs.was[rows], np.abs(pairs.moved[rows])
    rank = np.where(now == _MISSES, 0, np.where(was == _MISSES, 1, 2))
    last = comparison.last_rank
    if last is not None:
        better = (rank < last[0]) | ((rank == last[0]) & (-moved <= last[1]))
        rows, rank, moved = rows[better], rank[better], moved[better]
    tickets = pairs.ticket[rows]
    order = sorted(
        range(len(rows)), key=lambda row: (rank[row], -moved[row], ids[int(tickets[row])])
    )
    return list(dict.fromkeys(int(tickets[row]) for row in order[:TOP]))


class _Counting:
    """Adds one chunk to a comparison."""

    def __init__(
        self, whatif: WhatIf, comparison: Comparison, tables: Tables, draft: Draft
    ) -> None:
        self._comparison = comparison
        self._tables = tables
        self._draft = draft
        self._as_of = whatif.as_of

    def count(self, verdicts: Verdicts, judged: Bools) -> Pairs:
        """Everything but which changes are shown."""
        standings = self._comparison.standings
        before = recorded_side(self._tables, judged, standings[0], self._as_of)
        after = draft_side(verdicts, self._draft, standings[1], self._as_of)
        for side in (before, after):
            side.within(self._comparison.bounds)
        pairs = paired(before, after)
        self._count_side(0, before)
        self._count_side(1, after)
        self._count_spent(after)
        self._count_moved(pairs)
        self._count_changed(pairs)
        return pairs

    def _count_side(self, number: int, side: Side) -> None:
        rows = np.flatnonzero(side.standing != _NONE)
        columns = (side.policy[rows], side.clock[rows], side.standing[rows])
        counts = self._comparison.counts[number]
        for (policy, clock, standing), count in Kinds(columns).counts():
            counts[side.policies[policy], side.clocks[clock], STANDINGS[standing]] += count

    def _count_spent(self, after: Side) -> None:
        rows = np.flatnonzero(~np.isin(after.standing, _TELLS_NOTHING))
        minutes = -(-after.elapsed[rows] // MINUTE)
        kinds = Kinds((after.policy[rows], after.clock[rows], after.ended[rows].astype(np.int64)))
        for (policy, clock, ended), some in kinds.rows():
            spent = self._comparison.spent[after.policies[policy] or "", after.clocks[clock]]
            (spent.ended if ended else spent.unended).update(minutes[some].tolist())

    def _count_moved(self, pairs: Pairs) -> None:
        rows = np.flatnonzero((pairs.moved != 0) & pairs.inside)
        moved, later = pairs.moved[rows], (pairs.moved[rows] > 0).astype(np.int64)
        for (clock, is_later), some in Kinds((pairs.clock[rows], later)).rows():
            key = (pairs.clocks[clock], is_later == 1)
            self._comparison.moved[key] += len(some)
            self._comparison.moved_seconds[key] += int(np.abs(moved[some]).sum())

    def _count_changed(self, pairs: Pairs) -> None:
        rows = np.flatnonzero(pairs.changed)
        columns = (pairs.clock[rows], pairs.was[rows], pairs.now[rows], pairs.reasons[rows])
        for (clock, was, now, reasons), count in Kinds(columns).counts():
            key = (pairs.clocks[clock], STANDINGS[was], STANDINGS[now], _reasons(reasons))
            self._comparison.changed[key] += count
        self._comparison.changed_tickets += len(np.unique(pairs.ticket[rows]))


def _reasons(bits: int) -> tuple[Reason, ...]:
    return tuple(reason for place, reason in enumerate(REASONS) if bits >> place & 1)
