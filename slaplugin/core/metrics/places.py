"""In which cell of a table something counts: its period, and the facts in force then."""

from __future__ import annotations

from slaplugin.core.dimensions import Place, Values, facts_then, value_in
from slaplugin.core.metrics.figures import Question
from slaplugin.core.past import Past
from slaplugin.core.periods import Periods


class Places:
    """The cells of one question."""

    def __init__(self, question: Question) -> None:
        self._zone = question.zone
        self._dimensions = question.of_tickets
        self._periods = Periods(question.per)

    def at(self, past: Past, at: int) -> Place:
        """Where an instant (UTC epoch seconds) of a ticket's life belongs."""
        return self._periods.at(self._zone, at), self.values(past, at)

    def values(self, past: Past, at: int) -> Values:
        """The ticket's value of each dimension at an instant."""
        if not self._dimensions:
            return ()
        facts = facts_then(past, at)
        return tuple(value_in(dimension, facts) for dimension in self._dimensions)
