"""What a customer pays, where the base of credits is a field: its value as of the period."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from slaplugin.core.calendars import Span
from slaplugin.core.dimensions import Place, as_text
from slaplugin.core.objectives import Objective
from slaplugin.core.past import Past
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

    A closed ticket keeps what its organization paid when it was closed; so of all tickets of a
    place the one counts whose facts changed last.
    """

    def __init__(self, objective: Objective, field: str) -> None:
        self._objective = objective
        self._field = field
        self._bounds: dict[CalendarPeriod, Span] = {}
        self.known: dict[Place, BaseValue] = {}

    def __call__(self, past: Past, place: Place) -> None:
        """Take what the ticket knows at the end of the place's period."""
        at = self._end(place[0], past.as_of)
        stage = past.stage_at(at)
        value = as_text(past.facts_at(at).get(self._field))
        if value is not None:
            found = BaseValue(past.as_of if stage is None else stage.start, past.ticket.id, value)
            self.known[place] = max(self.known.get(place, found), found)

    def _end(self, period: CalendarPeriod | None, as_of: int) -> int:
        if period is None:
            return as_of
        if period not in self._bounds:
            self._bounds[period] = period.bounds(self._objective.zone)
        return min(self._bounds[period][1] - 1, as_of)


def base_notes(objective: Objective) -> BaseNotes | None:
    """The notes that an objective needs; None: its base is an amount, or there is none."""
    table = objective.credits
    if table is None or not isinstance(table.base, str):
        return None
    return BaseNotes(objective, table.base)


def merged(
    mine: Mapping[Place, BaseValue], theirs: Mapping[Place, BaseValue]
) -> dict[Place, BaseValue]:
    """The notes of two parts of the tickets."""
    found = dict(mine)
    for place, known in theirs.items():
        found[place] = max(found.get(place, known), known)
    return found
