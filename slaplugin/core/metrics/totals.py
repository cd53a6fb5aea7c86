"""Totals over many tickets, one past at a time."""

from __future__ import annotations

from slaplugin.core.calendars.walltime import zone_named
from slaplugin.core.metrics.backlog import age_at
from slaplugin.core.metrics.figures import Question, Totals
from slaplugin.core.metrics.measuring import Measuring
from slaplugin.core.metrics.observed import observed
from slaplugin.core.metrics.places import Places
from slaplugin.core.metrics.summing import totals_of
from slaplugin.core.metrics.tally import CellTally, Tally
from slaplugin.core.metrics.ticket import metrics_of
from slaplugin.core.metrics.values import TicketMetrics
from slaplugin.core.past import Past
from slaplugin.core.weekhours import week_hour


class MetricTotals:
    """The totals of one question: ``add`` every past, then ask for the ``result``."""

    def __init__(self, measuring: Measuring, question: Question) -> None:
        """ValueError for an unknown zone."""
        self._measuring = measuring
        self._question = question
        self._zone = zone_named(question.zone)
        self._places = Places(question)
        self.tally = Tally(question)

    def add(self, past: Past) -> TicketMetrics | None:
        """Count a ticket; what it is measured to be is told, None without a creation."""
        found = metrics_of(past, self._measuring)
        tally = self.tally
        tally.as_of = past.as_of if tally.as_of is None else max(tally.as_of, past.as_of)
        standing = "without_creation" if found is None else found.standing
        if found is None or standing != "counted":
            tally.left_out[standing] += 1
        else:
            self._count(past, found)
        return found

    def result(self) -> Totals:
        """Everything added so far."""
        return totals_of(self.tally)

    def _count(self, past: Past, found: TicketMetrics) -> None:
        cells: dict[int, CellTally] = {}
        for seen in observed(found):
            if not self._question.holds(seen.at):
                continue
            if seen.at not in cells:
                cells[seen.at] = self.tally.cells[self._places.at(past, seen.at)]
            cells[seen.at].take(found.ticket, seen)
        solved = found.solved_at
        if solved is not None and solved in cells:
            cells[solved].take_parts(found.times)
        self._count_hours(found)
        self._count_backlog(past, found)

    def _count_hours(self, found: TicketMetrics) -> None:
        hours = (
            (found.course.messages, self.tally.arrivals),
            (found.course.replies, self.tally.replies),
        )
        for instants, counts in hours:
            for at in instants:
                if self._question.holds(at):
                    counts[week_hour(self._zone, at)] += 1

    def _count_backlog(self, past: Past, found: TicketMetrics) -> None:
        self.tally.backlog.add(found)
        until = self._question.until
        now = past.as_of if until is None else min(until, past.as_of)
        place = age_at(found, now)
        if place is not None:
            standing = self.tally.backlog_now[self._places.values(past, now)]
            standing.by_age[place] += 1
            standing.oldest.add(now - found.created_at, found.ticket)
