"""Objectives and credits of both sides of a what-if: what was promised, kept and owed.

Counted by the plain engine alone: an objective may ask how each second was spent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from slaplugin.app.explaining import Question as Asked
from slaplugin.app.explaining import explain
from slaplugin.app.whatif import PastTicket, WhatIf
from slaplugin.core.attainment import (
    Accounts,
    Contracts,
    Ledger,
    Line,
    Question,
    Statement,
    needs_spans,
    statements,
)
from slaplugin.core.calendars.walltime import wall_at, wall_date, zone_named
from slaplugin.core.dimensions import parse_dimensions
from slaplugin.core.evaluate import evaluate
from slaplugin.core.model import ClockInstance
from slaplugin.core.past import past_of
from slaplugin.core.rulebook import RuleBook
from slaplugin.core.whatif import Bounds

PARTY = "organization"
"""Whose statements are added up where credits are owed."""


@dataclass(frozen=True, slots=True)
class SideObjectives:
    """One side: its objectives as a whole, and by whom credits are owed to."""

    whole: Accounts
    by_party: Accounts

    def __add__(self, other: SideObjectives) -> SideObjectives:
        """Two parts of the tickets as one."""
        return SideObjectives(self.whole + other.whole, self.by_party + other.by_party)

    def lines(self) -> Sequence[Line]:
        """Every objective in every period."""
        return self.whole.lines()

    def statements(self) -> Sequence[Statement]:
        """What is owed, party by party and period by period."""
        return statements(self.by_party, PARTY)

    def owed(self) -> dict[str, Decimal]:
        """Currency -> all that is owed in money; empty: nothing is, or no base is known."""
        found: dict[str, Decimal] = {}
        for statement in self.statements():
            for currency, amount in statement.totals.items():
                found[currency or ""] = found.get(currency or "", Decimal(0)) + amount
        return found

    def granted(self) -> Fraction:
        """The shares of a base that are owed, all statements together."""
        sections = (section for each in self.statements() for section in each.sections)
        return sum((section.credit for section in sections), Fraction(0))


@dataclass(slots=True)
class Promised:
    """Both sides; None until the first part is there."""

    before: SideObjectives | None = None
    after: SideObjectives | None = None

    def merge(self, other: Promised) -> None:
        """Take in what was counted elsewhere."""
        self.before = _sum(self.before, other.before)
        self.after = _sum(self.after, other.after)


def _sum(mine: SideObjectives | None, theirs: SideObjectives | None) -> SideObjectives | None:
    return theirs if mine is None else mine if theirs is None else mine + theirs


class _Side:
    def __init__(self, rules: RuleBook, bounds: Bounds, zone: str) -> None:
        contracts = Contracts(rules, zone)
        first, last = (_day(at, zone) for at in (bounds.since, bounds.until))
        whole = Question(first=first, last=last, keep=frozenset())
        parties = Question(None, parse_dimensions([PARTY]), first, last, frozenset())
        self.rules = rules
        self.any = bool(contracts.commitments)
        self.detail = needs_spans(contracts.commitments)
        self._ledgers = Ledger(contracts, whole), Ledger(contracts, parties)

    def add(self, past: PastTicket, instances: tuple[ClockInstance, ...], as_of: int) -> None:
        """Take in a ticket as this side judges it; ``as_of`` in UTC epoch seconds."""
        told = past_of(past.timeline, self.rules, instances, as_of)
        for ledger in self._ledgers:
            ledger.add(told)

    def kept(self) -> SideObjectives:
        """What came of every objective, of all and of each party's."""
        return SideObjectives(*(ledger.result() for ledger in self._ledgers))


class Promising:
    """Both sides' objectives, ticket by ticket; ``zone`` is that of contracts without one."""

    def __init__(self, whatif: WhatIf, zone: str) -> None:
        self._whatif = whatif
        bounds = whatif.job.bounds
        self._before = _Side(whatif.judge.rules, bounds, zone)
        self._after = _Side(whatif.draft, bounds, zone)

    @property
    def any(self) -> bool:
        """One of the sets has objectives."""
        return self._before.any or self._after.any

    def add(self, pasts: Iterable[PastTicket]) -> None:
        """Take these tickets."""
        as_of = self._whatif.as_of
        for past in pasts:
            if self._before.any:
                self._before.add(past, self._recorded(past), as_of)
            if self._after.any:
                self._after.add(past, self._drafted(past), as_of)

    def result(self) -> Promised:
        """Everything taken so far; periods that begin outside the bounds are left out."""
        return Promised(self._before.kept(), self._after.kept())

    def _recorded(self, past: PastTicket) -> tuple[ClockInstance, ...]:
        if not self._before.detail:
            return self._whatif.before(past)
        return explain(past.known, self._whatif.judge, Asked(self._whatif.as_of)).instances

    def _drafted(self, past: PastTicket) -> tuple[ClockInstance, ...]:
        if not self._after.detail:
            return self._whatif.after(past)
        return evaluate(past.timeline, self._whatif.draft, self._whatif.as_of).instances


def _day(at: int | None, zone: str) -> date | None:
    return None if at is None else wall_date(wall_at(zone_named(zone), at))
