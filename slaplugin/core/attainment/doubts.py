"""Why instances are of low confidence: the facts that the helpdesk keeps no history of (R14)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from slaplugin.core.attainment.contracts import Contracts
from slaplugin.core.attainment.measures import Judged, Measure
from slaplugin.core.attainment.values import Question
from slaplugin.core.past import Past
from slaplugin.core.periods import Periods


class Doubts:
    """Instances of low confidence by the fact behind it, fed one ticket at a time.

    Of several facts the first by name is told, so that the numbers add up to the column.
    """

    def __init__(self, contracts: Contracts, measure: Measure, question: Question) -> None:
        self._rules = contracts.rules
        self._measure = measure
        self._question = question
        self._periods = Periods(question.per)
        self._found: Counter[str] = Counter()

    def add(self, past: Past) -> None:
        """Look at one ticket's instances."""
        for judged in self._measure.judged(past):
            if judged.verdict == "low_confidence" and self._is_asked_for(judged):
                self._found[self._fact(past, judged)] += 1

    def result(self) -> Mapping[str, int]:
        """Fact -> instances, the most first; an empty name where no fact is known."""
        return dict(sorted(self._found.items(), key=lambda each: (-each[1], each[0])))

    def _is_asked_for(self, judged: Judged) -> bool:
        return self._question.wants(self._periods.at(judged.zone, judged.decided_at))

    def _fact(self, past: Past, judged: Judged) -> str:
        tested = self._rules.tested_fields(judged.instance.clock)
        return min(tested & past.ticket.current_only, default="")
