"""Counting two sides of the past: what can be added up without remembering tickets."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from slaplugin.core.model import ClockInstance, Ticket
from slaplugin.core.objectives import decided_by_target
from slaplugin.core.rulebook import RuleBook
from slaplugin.core.suggest import Spent
from slaplugin.core.whatif.pairs import (
    Change,
    Reason,
    Standing,
    Standings,
    moved_by,
    rank_of,
    reasons_of,
)

TOP = 20
"""Changed instances that are kept with their ticket."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The period that is looked at: instances decided in it. UTC epoch seconds; None: no bound."""

    since: int | None = None
    until: int | None = None
    """Exclusive."""

    def hold(self, at: int) -> bool:
        """Whether the instant lies within."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)

    @property
    def open(self) -> bool:
        """There are none."""
        return self.since is None and self.until is None


@dataclass(frozen=True, slots=True)
class Terms:
    """What of a policy set decides how instances count."""

    count_unanswered: frozenset[str] = frozenset()
    """The policies with that key (R5)."""


def terms_of(rules: RuleBook) -> Terms:
    """The terms of a compiled set."""
    return Terms(frozenset(layer.name for layer in rules.layers if layer.count_unanswered))


class Comparison:
    """Both sides of one ticket after the other; parts add up by :meth:`merge`.

    ``as_of`` in UTC epoch seconds is when both sides were judged.
    """

    def __init__(self, before: Terms, after: Terms, bounds: Bounds, as_of: int) -> None:
        self.bounds = bounds
        self.as_of = as_of
        self.standings = (Standings(before.count_unanswered), Standings(after.count_unanswered))
        self.counts: tuple[Counter[Any], Counter[Any]] = (Counter(), Counter())
        """Of each side: (policy, clock, standing) -> instances."""
        self.spent: defaultdict[tuple[str, str], Spent] = defaultdict(Spent)
        """Under the draft: what instances took, by (policy, clock)."""
        self.moved: Counter[tuple[str, bool]] = Counter()
        """(clock, later) -> due times that moved."""
        self.moved_seconds: Counter[tuple[str, bool]] = Counter()
        """The same, by how much in all."""
        self.changed: Counter[tuple[str, Standing, Standing, tuple[Reason, ...]]] = Counter()
        self.tickets = 0
        self.changed_tickets = 0
        self._top: list[Change] = []

    # ------------------------------------------------------------------ adding

    def add(
        self,
        ticket: Ticket,
        before: Iterable[ClockInstance],
        after: Iterable[ClockInstance],
    ) -> None:
        """Take in one ticket: its instances as they count today, and under the draft."""
        self.tickets += 1
        pairs = _paired(before, after)
        changed = [self._count(ticket, *pair) for pair in pairs]
        self.changed_tickets += any(changed)

    def _count(
        self, ticket: Ticket, before: ClockInstance | None, after: ClockInstance | None
    ) -> bool:
        """Whether it counts otherwise."""
        was, now = self._standing(0, before), self._standing(1, after)
        if before is not None and was != "none":
            self.counts[0][before.policy, before.clock, was] += 1
        if after is not None and now != "none":
            self.counts[1][after.policy, after.clock, now] += 1
            if now not in ("waived", "low_confidence"):
                self.spent[after.policy or "", after.clock].add(after)
        if before is not None and after is not None and before.due_at != after.due_at:
            self._moved(before, after)
        either = after or before
        if was == now or either is None:
            return False
        self.changed[either.clock, was, now, reasons_of(before, after)] += 1
        self._show(ticket, before, after, (was, now))
        return True

    def _standing(self, side: int, instance: ClockInstance | None) -> Standing:
        standing = self.standings[side].of(instance)
        if instance is None or standing == "none" or self.bounds.open:
            return standing
        return standing if self.bounds.hold(decided_by_target(instance, self.as_of)) else "none"

    def _moved(self, before: ClockInstance, after: ClockInstance) -> None:
        if before.due_at is None or after.due_at is None or not self._looked_at(before, after):
            return
        by = moved_by(before, after)
        self.moved[after.clock, by > 0] += 1
        self.moved_seconds[after.clock, by > 0] += abs(by)

    def _looked_at(self, *sides: ClockInstance) -> bool:
        return any(self.bounds.hold(decided_by_target(each, self.as_of)) for each in sides)

    # ------------------------------------------------------------------ the changed ones

    def consider(
        self, ticket: Ticket, before: Iterable[ClockInstance], after: Iterable[ClockInstance]
    ) -> None:
        """Show what changed of a ticket, if it says enough; it is counted already."""
        for pair in _paired(before, after):
            was, now = self._standing(0, pair[0]), self._standing(1, pair[1])
            if was != now:
                self._show(ticket, *pair, (was, now))

    def _show(
        self,
        ticket: Ticket,
        before: ClockInstance | None,
        after: ClockInstance | None,
        standing: tuple[Standing, Standing],
    ) -> None:
        last = self.last_rank
        if last is not None and (rank_of(*standing), -abs(moved_by(before, after))) > last:
            return
        reasons = reasons_of(before, after)
        sides = _bare(before), _bare(after)
        self._keep((Change(ticket.id, ticket.number, ticket.title, *standing, *sides, reasons),))

    @property
    def last_rank(self) -> tuple[int, int] | None:
        """Rank and move of the last change that is shown; None: there is room for more."""
        return self._top[-1].rank[:2] if len(self._top) == TOP else None

    def _keep(self, changes: Iterable[Change]) -> None:
        self._top = heapq.nsmallest(TOP, (*self._top, *changes), key=lambda each: each.rank)

    @property
    def top(self) -> tuple[Change, ...]:
        """The changed instances that say most."""
        return tuple(self._top)

    # ------------------------------------------------------------------ merging

    def merge(self, other: Comparison) -> None:
        """Take in what was counted elsewhere under the same terms, of other tickets."""
        for mine, theirs in zip(self.counts, other.counts, strict=True):
            mine.update(theirs)
        for key, spent in other.spent.items():
            self.spent[key].merge(spent)
        self.moved.update(other.moved)
        self.moved_seconds.update(other.moved_seconds)
        self.changed.update(other.changed)
        self.tickets += other.tickets
        self.changed_tickets += other.changed_tickets
        self._keep(other.top)


def _paired(
    before: Iterable[ClockInstance], after: Iterable[ClockInstance]
) -> list[tuple[ClockInstance | None, ClockInstance | None]]:
    """Each instance of one side beside the same one of the other."""
    was = {(each.clock, each.start_event): each for each in before}
    now = {(each.clock, each.start_event): each for each in after}
    keys = was if was.keys() == now.keys() else {**was, **now}
    return [(was.get(key), now.get(key)) for key in keys]


def _bare(instance: ClockInstance | None) -> ClockInstance | None:
    if instance is None or not (instance.spans or instance.trace or instance.steps):
        return instance
    return replace(instance, spans=(), trace=(), steps=())
