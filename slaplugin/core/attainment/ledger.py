"""Every objective of a policy set at once: what was promised, kept and is owed, place by place.

A place is a period of the objective and a combination of values (one customer, say).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from slaplugin.core.attainment.bases import BaseNotes, BaseValue, base_notes, merged
from slaplugin.core.attainment.contracts import Commitment, Contracts
from slaplugin.core.attainment.counting import Counting
from slaplugin.core.attainment.downtime import Downtimes, OutageCollector
from slaplugin.core.attainment.measures import ByObjective
from slaplugin.core.attainment.values import (
    Behind,
    Cell,
    Counts,
    Question,
    Table,
)
from slaplugin.core.dimensions import Place, Values, place_order
from slaplugin.core.objectives import Attainment, attained
from slaplugin.core.past import Past
from slaplugin.core.periods import CalendarPeriod


@dataclass(frozen=True, slots=True)
class Line:
    """What one objective says about one place."""

    commitment: Commitment
    period: CalendarPeriod | None
    """None: all time, for an objective without ``per``."""
    values: Values
    told: Attainment
    """With what it owes by itself; ``told.period`` has the bounds in UTC epoch seconds."""
    counts: Counts
    """Of an availability empty: it counts no instances."""
    behind: tuple[Behind, ...]
    """The misses (or what the question kept), of an availability its outages."""
    facts: Mapping[str, Any]
    """The field that the credit's base names, as of the period."""
    known: bool = True
    """False: an availability of a period that was over before the first ticket."""

    @property
    def is_ours(self) -> bool:
        """We are accountable for it; what the customer is accountable for owes nothing."""
        return self.commitment.is_ours


@dataclass(frozen=True, slots=True)
class Account:
    """One commitment over all tickets."""

    commitment: Commitment
    question: Question
    found: Table | Downtimes
    bases: Mapping[Place, BaseValue]

    def facts(self, place: Place) -> Mapping[str, Any]:
        """The value of the base field in a place; empty where there is none."""
        table, known = self.commitment.objective.credits, self.bases.get(place)
        if table is None or known is None or not isinstance(table.base, str):
            return {}
        return {table.base: known.value}

    def __add__(self, other: Account) -> Account:
        """Two parts of the tickets as one whole; ValueError where they are not of one kind."""
        found = _whole_of(self.found, other.found)
        return replace(self, found=found, bases=merged(self.bases, other.bases))


@dataclass(frozen=True, slots=True)
class Accounts:
    """The finished ledger: every commitment, in the order in which policies are written."""

    accounts: tuple[Account, ...]

    def lines(self) -> tuple[Line, ...]:
        """In order of period and values, then of the policies as they are written."""
        found = (line for account in self.accounts for line in self._lines(account))
        return tuple(sorted(found, key=lambda line: place_order((line.period, line.values))))

    def __add__(self, other: Accounts) -> Accounts:
        """Two parts of the tickets as one whole; both of the same policies and question."""
        pairs = zip(self.accounts, other.accounts, strict=True)
        return Accounts(tuple(mine + theirs for mine, theirs in pairs))

    def _lines(self, account: Account) -> Iterator[Line]:
        if isinstance(account.found, Table):
            for cell in account.found.cells:
                yield _counted(account, cell)
        else:
            for period, values in self._places(account, account.found):
                yield _available(account, account.found, (period, values))

    def _places(self, account: Account, downtimes: Downtimes) -> set[Place]:
        """Where an availability is told: with outages, and where there could have been some."""
        found = set(downtimes.outages)
        if not account.question.dimensions:
            return found | {(period, ()) for period in _whole(account, downtimes)}
        per = account.commitment.objective.per
        for other in self.accounts:
            same = other.commitment.policy == account.commitment.policy
            if same and isinstance(other.found, Table) and other.found.question.per == per:
                found |= {(cell.period, cell.values) for cell in other.found.cells}
        return found


class Ledger:
    """All commitments, ticket by ticket; ``question.per`` is left aside for each objective's own.

    An availability by customer is told for those who had outages or other clocks of the policy.
    """

    def __init__(self, contracts: Contracts, question: Question) -> None:
        self._streams = [
            _Stream(contracts, each, replace(question, per=each.objective.per, sampled=False))
            for each in contracts.commitments
        ]

    def add(self, past: Past) -> None:
        """Take the ticket's instances."""
        for stream in self._streams:
            stream.add(past)

    def result(self) -> Accounts:
        """Everything taken so far."""
        return Accounts(tuple(stream.account() for stream in self._streams))


class _Stream:
    """One commitment in the making."""

    def __init__(self, contracts: Contracts, commitment: Commitment, question: Question) -> None:
        self._commitment = commitment
        self._question = question
        self._notes: BaseNotes | None = base_notes(commitment.objective, question)
        self.source: Counting | OutageCollector
        if commitment.objective.availability is None:
            self.source = Counting(ByObjective(contracts, commitment), question, self._notes)
        else:
            self.source = OutageCollector(contracts, commitment, question, self._notes)

    def add(self, past: Past) -> None:
        """Take the ticket's instances, and what its customer pays."""
        self.source.add(past)
        if self._notes is not None:
            self._notes.add(past)

    def account(self) -> Account:
        bases = {} if self._notes is None else dict(self._notes.known)
        return Account(self._commitment, self._question, self.source.result(), bases)


def _whole_of(mine: Table | Downtimes, theirs: Table | Downtimes) -> Table | Downtimes:
    if isinstance(mine, Table) and isinstance(theirs, Table):
        return mine + theirs
    if isinstance(mine, Downtimes) and isinstance(theirs, Downtimes):
        return mine + theirs
    raise ValueError("the parts are of different policies: an objective of another kind")


def _counted(account: Account, cell: Cell) -> Line:
    commitment = account.commitment
    facts = account.facts((cell.period, cell.values))
    told = attained(commitment.priced, cell.counts.verdicts, facts)
    zone = commitment.objective.zone
    told = replace(told, period=None if cell.period is None else cell.period.bounds(zone))
    return Line(commitment, cell.period, cell.values, told, cell.counts, cell.behind, facts)


def _available(account: Account, downtimes: Downtimes, place: Place) -> Line:
    facts = account.facts(place)
    told = downtimes.at(place, facts)
    behind = tuple(outage.behind for outage in downtimes.outages.get(place, ()))
    known = downtimes.known(place[0])
    return Line(account.commitment, *place, told, Counts(), behind, facts, known)


def _whole(account: Account, downtimes: Downtimes) -> Iterator[CalendarPeriod | None]:
    """Every period from the first that is asked for, or that anything is known of, to now."""
    objective, question = account.commitment.objective, account.question
    if objective.per is None:
        yield None
        return
    now = CalendarPeriod.around(objective.per, objective.zone, downtimes.as_of)
    seen = [period.first for period, _ in downtimes.outages if period is not None]
    first = question.first or min(seen, default=now.first)
    last = min(now.first, question.last or now.first)
    for period in CalendarPeriod.on(objective.per, first).until(CalendarPeriod.on(now.per, last)):
        if question.wants(period):
            yield period
