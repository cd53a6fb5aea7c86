"""One pass over the past that gathers every figure of a report.

Each analysis takes one ticket at a time and knows nothing of the others; memory grows with what
they keep (cells, missed clocks), not with the number of tickets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from slaplugin.app.ports import TicketRow
from slaplugin.app.reporting.further import Further, Maker
from slaplugin.app.reporting.report import Ask, Provenance, Report
from slaplugin.core.attainment import Accounts, ByTarget, Contracts, Counting, Ledger, statements
from slaplugin.core.attainment.doubts import Doubts
from slaplugin.core.calendars.walltime import zone_named
from slaplugin.core.causes import (
    Causes,
    Parkings,
    Window,
    causes_without_agents,
    pauses_without_agents,
)
from slaplugin.core.dimensions import parse_dimensions
from slaplugin.core.metrics import Csat, CsatTally, Measuring, Survey, Totals
from slaplugin.core.metrics.totals import MetricTotals
from slaplugin.core.past import Past
from slaplugin.core.ticketlines import TicketLines


class Analysis(Protocol):
    """What is fed a ticket's past."""

    def add(self, past: Past) -> object: ...


@dataclass(frozen=True, slots=True)
class Basis:
    """What the figures go by, beside the tickets."""

    contracts: Contracts
    measuring: Measuring
    statements_by: str = "organization"
    """The dimension whose values are sent statements."""
    survey: Survey | None = None
    """Where customers' answers are; None: nobody asks them."""
    makers: tuple[Maker, ...] = ()
    """Plugins that add sections."""


def gather(pasts: Iterable[Past], ask: Ask, basis: Basis, given: Provenance) -> Report:
    """Every figure; ``pasts`` have spans where time was lost, or everywhere where an objective
    rests on them; ``given`` counts no tickets yet.

    Raises what the iteration raises.
    """
    gathering = _Gathering(ask, basis)
    looked_at = 0
    for past in pasts:
        looked_at += 1
        for analysis in gathering.analyses:
            analysis.add(past)
    return gathering.report(replace(given, tickets=looked_at))


def with_unread(report: Report, held: Iterable[TicketRow]) -> Report:
    """The report with the tickets that it could not look at."""
    return replace(report, unread=tuple(held))


class _Gathering:
    """The analyses of one report."""

    def __init__(self, ask: Ask, basis: Basis) -> None:
        self._ask = ask
        self._basis = basis
        contracts = basis.contracts
        window = Window(ask.since, ask.until, zone_named(ask.zone))
        clock = parse_dimensions(["clock"])
        self._attainment = Counting(
            ByTarget(contracts), ask.question(parse_dimensions(["clock,policy"]))
        )
        self._doubts = Doubts(contracts, ByTarget(contracts), ask.question())
        self._theirs = Counting(ByTarget(contracts, "customer"), ask.question(clock))
        self._breakdowns = {
            breakdown: Counting(ByTarget(contracts), ask.question((*clock, *breakdown)))
            for breakdown in ask.breakdowns
        }
        self._ledger = Ledger(contracts, ask.question())
        self._owed = self._ledger_of_parties()
        self._causes = Causes(window)
        self._further = Further(basis.makers, contracts, ask.question())
        self._pauses = Parkings(window)
        self._tickets = _Tickets(basis, ask)
        self._lines = None if ask.is_whole else TicketLines(contracts, window)

    @property
    def analyses(self) -> tuple[Analysis, ...]:
        """All that are to be fed."""
        owed = () if self._owed is None else (self._owed,)
        return (
            self._attainment,
            self._doubts,
            self._theirs,
            *self._breakdowns.values(),
            self._ledger,
            *owed,
            self._causes,
            self._pauses,
            self._tickets,
            self._further,
            *(() if self._lines is None else (self._lines,)),
        )

    def report(self, given: Provenance) -> Report:
        """What they have come to."""
        owed = Accounts(()) if self._owed is None else self._owed.result()
        causes, pauses = self._causes.result(), self._pauses.result()
        return Report(
            ask=self._ask,
            provenance=given,
            attainment=self._attainment.result(),
            doubts=self._doubts.result(),
            theirs=self._theirs.result(),
            breakdowns={name: each.result() for name, each in self._breakdowns.items()},
            accounts=self._ledger.result(),
            statements=statements(owed, self._basis.statements_by),
            causes=causes_without_agents(causes) if self._hides_people else causes,
            pauses=pauses_without_agents(pauses) if self._hides_people else pauses,
            metrics=self._tickets.totals(),
            unread=(),
            csat=self._tickets.csat(),
            lines=() if self._lines is None else self._lines.result(),
            further=self._further.result(),
        )

    @property
    def _hides_people(self) -> bool:
        return self._ask.people.naming == "off"

    def _ledger_of_parties(self) -> Ledger | None:
        """Only where something can be owed, or statements are what is asked for."""
        contracts = self._basis.contracts
        can_owe = any(each.priced.credits for each in contracts.commitments)
        if not can_owe and not self._ask.statements:
            return None
        by = parse_dimensions([self._basis.statements_by])
        return Ledger(contracts, self._ask.question(by))


class _Tickets:
    """Figures of whole tickets, and what their customers said of them."""

    def __init__(self, basis: Basis, ask: Ask) -> None:
        self._totals = MetricTotals(basis.measuring, ask.metrics)
        survey = basis.survey
        self._csat = None if survey is None else CsatTally(survey, ask.metrics)
        self._is_whole = ask.is_whole

    def add(self, past: Past) -> None:
        """Measure a ticket once for both."""
        found = self._totals.add(past)
        if self._csat is not None:
            self._csat.add(past, found)

    def totals(self) -> Totals:
        return self._totals.result()

    def csat(self) -> Csat | None:
        """None where nobody is asked. What a file says of others' tickets is not unknown."""
        if self._csat is None:
            return None
        found = self._csat.result()
        return found if self._is_whole else replace(found, unknown=())
