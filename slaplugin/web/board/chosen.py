"""The part of the board that a reader asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from slaplugin.app.board import Board, Line, Today, total
from slaplugin.web.board.query import Query

Facet = str
"""``group``, ``policy`` or ``clock``."""


@dataclass(frozen=True)
class Chosen:
    """A board behind the filters of a query."""

    board: Board
    query: Query

    @cached_property
    def breached(self) -> tuple[Line, ...]:
        """Longest overdue first."""
        return self._standing("breached")

    @cached_property
    def at_risk(self) -> tuple[Line, ...]:
        """The next to be due first."""
        return self._standing("at_risk")

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """By standing; ``only`` narrows the lists, not the counts."""
        found: Counter[str] = Counter()
        for place, count in self.board.counts.items():
            if self.query.counts(place):
                found[place.standing] += count
        return found

    def facet(self, name: Facet) -> Mapping[str, Counter[str]]:
        """Value -> counts by standing, the filters of the other facets applied."""
        found: dict[str, Counter[str]] = {}
        for place, count in self.board.counts.items():
            if self.query.counts(place, but=name):
                found.setdefault(getattr(place, name), Counter())[place.standing] += count
        for value in getattr(self.query, name):
            found.setdefault(value, Counter())
        return dict(sorted(found.items(), key=lambda item: _pressing(item[1], item[0])))

    @cached_property
    def today(self) -> Mapping[str, Today]:
        """Policy -> its day, over the clocks chosen."""
        wanted, policies = self.query.clock, self.query.policy
        of_policy: dict[str, list[Today]] = {}
        for (policy, clock), today in self.board.today.items():
            if (not wanted or clock in wanted) and (not policies or policy in policies):
                of_policy.setdefault(policy, []).append(today)
        return {policy: total(days) for policy, days in of_policy.items()}

    def _standing(self, standing: str) -> tuple[Line, ...]:
        return tuple(
            line
            for line in self.board.lines
            if line.urgent.mark == standing and self.query.admits(line.place)
        )


def _pressing(counts: Counter[str], name: str) -> tuple[int, int, str]:
    return (-counts["breached"], -counts["at_risk"], name.casefold())
