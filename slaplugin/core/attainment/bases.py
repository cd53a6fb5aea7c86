"""What a customer pays, where the base of credits is a field: its value as of the period."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slaplugin.core.attainment.values import Question
from slaplugin.core.calendars import Span
from slaplugin.core.dimensions import Place, Values, as_text, value_in
from slaplugin.core.objectives import Objective
from slaplugin.core.past import Past, Stage
from slaplugin.core.periods import CalendarPeriod

Note = Callable[[Past, Place], None]
"""Told of each ticket that counts in a place."""


@dataclass(frozen=True, slots=True, order=True)
class BaseValue:
    """A field's value as one ticket had it; of several the one changed last is believed."""

    since: int
    """UTC epoch seconds: the last change of any fact of the ticket before the period's end."""
    ticket: str
    value: str


class BaseNotes:
    """The base field of an objective's credits, place by place.

    A closed ticket keeps what its organization paid when it was closed; so of all tickets that were
    open or touched in the period the one counts whose facts changed last (0184).
    """

    def __init__(self, objective: Objective, field: str, question: Question) -> None:
        self._objective = objective
        self._field = field
        self._question = question
        self._by_tickets = not any(each.of_clock for each in question.dimensions)
        self._bounds: dict[CalendarPeriod, Span] = {}
        self.known: dict[Place, BaseValue] = {}

    def add(self, past: Past) -> None:
        """Take what the ticket knows at the end of each period in which it was open or touched."""
        if self._by_tickets:
            for period in self._periods(past):
                facts = past.facts_at(self._end(period, past.as_of))
                self(past, (period, self._values(facts)))

    def __call__(self, past: Past, place: Place) -> None:
        """Take what the ticket knows at the end of the place's period, as long as it is of it."""
        end = self._end(place[0], past.as_of)
        stage = self._latest(past, place, end)
        facts = past.facts_at(end) if stage is None else stage.facts
        value = as_text(facts.get(self._field))
        if value is not None:
            found = BaseValue(past.as_of if stage is None else stage.start, past.ticket.id, value)
            self.known[place] = max(self.known.get(place, found), found)

    def _latest(self, past: Past, place: Place, end: int) -> Stage | None:
        told = [stage for stage in past.stages if stage.start <= end]
        own = (each for each in reversed(told) if self._values(each.facts) == place[1])
        return next(own, None) if self._by_tickets else past.stage_at(end)

    def _values(self, facts: Mapping[str, Any]) -> Values:
        return tuple(value_in(each, facts) for each in self._question.dimensions)

    def _periods(self, past: Past) -> Iterator[CalendarPeriod | None]:
        per, zone, born = self._question.per, self._objective.zone, past.created_at
        if per is None or born is None:
            yield from () if born is None else (None,)
            return
        first = CalendarPeriod.around(per, zone, born)
        if self._question.first is not None and first.first < self._question.first:
            first = CalendarPeriod.on(per, self._question.first)
        over = past.events[-1].at if past.closed and past.events else past.as_of
        for period in first.until(CalendarPeriod.around(per, zone, over)):
            if self._question.wants(period) and _was_touched(past, self._span(period)):
                yield period

    def _end(self, period: CalendarPeriod | None, as_of: int) -> int:
        return as_of if period is None else min(self._span(period)[1] - 1, as_of)

    def _span(self, period: CalendarPeriod) -> Span:
        if period not in self._bounds:
            self._bounds[period] = period.bounds(self._objective.zone)
        return self._bounds[period]


def _was_touched(past: Past, span: Span) -> bool:
    """The ticket was open in the span, or something happened to it: a report of it reads those."""
    start, end = span
    return any(
        each.start < end and start < each.end and not each.closed for each in past.stages
    ) or any(start <= event.at < end for event in past.events)


def base_notes(objective: Objective, question: Question) -> BaseNotes | None:
    """The notes that an objective needs; None: its base is an amount, or there is none."""
    table = objective.credits
    if table is None or not isinstance(table.base, str):
        return None
    return BaseNotes(objective, table.base, question)


def merged(
    mine: Mapping[Place, BaseValue], theirs: Mapping[Place, BaseValue]
) -> dict[Place, BaseValue]:
    """The notes of two parts of the tickets."""
    found = dict(mine)
    for place, known in theirs.items():
        found[place] = max(found.get(place, known), known)
    return found
