"""Availability: one minus the union of a clock's counted time over the period's open time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from slaplugin.core.attainment.bases import Note
from slaplugin.core.attainment.contracts import Commitment, Contracts
from slaplugin.core.attainment.measures import Judged, behind, covers
from slaplugin.core.attainment.values import Behind, Question, order
from slaplugin.core.calendars import Calendar, Span
from slaplugin.core.calendars.spans import clip
from slaplugin.core.dimensions import Place, values_of
from slaplugin.core.model import NO_DATA
from slaplugin.core.objectives import (
    Attainment,
    availability,
    concluded,
    downtime,
    looked_at,
)
from slaplugin.core.past import Past
from slaplugin.core.periods import CalendarPeriod

_NEVER = 2**62
"""Later than any instant: no ticket is known."""


@dataclass(frozen=True, slots=True)
class Outage:
    """One instance of a clock that takes availability away, within one period."""

    behind: Behind
    """``decided_at`` is its start, ``elapsed`` the seconds that it took of the period."""
    spans: tuple[Span, ...]
    """Its counted time within the period: UTC epoch seconds, ends exclusive."""


@dataclass(frozen=True, slots=True)
class Downtimes:
    """The outages of one commitment, and what is left of each period."""

    commitment: Commitment
    calendar: Calendar
    as_of: int
    """UTC epoch seconds: the latest that any of its tickets is known to."""
    known_from: int
    """UTC epoch seconds: the creation of the first ticket. Before it nobody told of outages."""
    outages: Mapping[Place, tuple[Outage, ...]]

    def at(self, place: Place = (None, ()), facts: Mapping[str, Any] = NO_DATA) -> Attainment:
        """How available a place was; one without an outage was wholly so.

        A period that is not :meth:`known` has no share. Without periods it is told from the first
        outage to ``as_of``. ``facts`` holds the field that ``credits.base`` names.
        """
        period = place[0]
        outages = self.outages.get(place, ())
        spans = [span for outage in outages for span in outage.spans]
        bounds = (min((start for start, _ in spans), default=self.as_of), self.as_of)
        if period is not None:
            bounds = period.bounds(self.commitment.objective.zone)
        known = self.known(period)
        share = availability(spans, bounds, self.calendar) if known else None
        told = concluded(self.commitment.priced, share, len(outages), facts)
        return replace(told, period=None if period is None else bounds)

    def known(self, period: CalendarPeriod | None) -> bool:
        """Whether anything is known of a period: it was not over before the first ticket."""
        zone = self.commitment.objective.zone
        return period is None or self.known_from < period.bounds(zone)[1]

    def __add__(self, other: Downtimes) -> Downtimes:
        """Two parts of the tickets as one whole."""
        whole: defaultdict[Place, list[Outage]] = defaultdict(list)
        for part in (self, other):
            for place, outages in part.outages.items():
                whole[place] += outages
        as_of = max(self.as_of, other.as_of)
        known_from = min(self.known_from, other.known_from)
        return Downtimes(self.commitment, self.calendar, as_of, known_from, _in_order(whole))


class OutageCollector:
    """The outages of a commitment, ticket by ticket; the group, customer … are those at its start.

    All outages are kept: the union of spans needs every one of them.
    """

    def __init__(
        self,
        contracts: Contracts,
        commitment: Commitment,
        question: Question,
        note: Note | None = None,
    ) -> None:
        self._contracts = contracts
        self._note = note
        self._commitment = commitment
        self._question = replace(question, per=commitment.objective.per)
        self._outages: defaultdict[Place, list[Outage]] = defaultdict(list)
        self._as_of = 0
        self._known_from = _NEVER if question.known_from is None else question.known_from

    def add(self, past: Past) -> None:
        """Take the ticket's outages."""
        self._as_of = max(self._as_of, past.as_of)
        if past.created_at is not None:
            self._known_from = min(self._known_from, past.created_at)
        for judged in self._judged(past):
            at = judged.decided_at
            values = values_of(self._question.dimensions, past, judged.instance, at)
            spans = downtime(judged.instance, past.as_of)
            for period, inside in self._by_period(spans):
                lost = sum(end - start for start, end in inside)
                outage = Outage(replace(behind(past, judged), elapsed=lost), tuple(inside))
                self._outages[period, values].append(outage)
                if self._note is not None:
                    self._note(past, (period, values))

    def result(self) -> Downtimes:
        """Everything gathered so far."""
        calendar = self._contracts.calendar(self._commitment.objective.calendar)
        outages = _in_order(self._outages)
        return Downtimes(self._commitment, calendar, self._as_of, self._known_from, outages)

    def _judged(self, past: Past) -> Iterator[Judged]:
        objective = self._commitment.objective
        for instance in past.instances:
            if looked_at(objective, instance, self._contracts.calendars):
                judged = Judged(instance, "misses", instance.started_at, objective.zone)
                if covers(self._contracts, self._commitment, past, judged):
                    yield judged

    def _by_period(
        self, spans: Sequence[Span]
    ) -> Iterator[tuple[CalendarPeriod | None, list[Span]]]:
        kept = [span for span in spans if span[0] < span[1]]
        per, zone = self._question.per, self._commitment.objective.zone
        if not kept:
            return
        if per is None:
            yield None, kept
            return
        first = CalendarPeriod.around(per, zone, min(start for start, _ in kept))
        last = CalendarPeriod.around(per, zone, max(end for _, end in kept) - 1)
        for period in first.until(last):
            inside = clip(kept, *period.bounds(zone))
            if inside and self._question.wants(period):
                yield period, inside


def _in_order(outages: Mapping[Place, Sequence[Outage]]) -> Mapping[Place, tuple[Outage, ...]]:
    return {
        place: tuple(sorted(found, key=lambda outage: order(outage.behind)))
        for place, found in outages.items()
    }
