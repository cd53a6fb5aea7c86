"""Statements: what was promised to one customer in one period, what was kept, what is owed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import Any

from slaplugin.core.attainment.ledger import Accounts, Line
from slaplugin.core.dimensions import place_order
from slaplugin.core.objectives import CreditTable, credit_total, granted
from slaplugin.core.periods import CalendarPeriod


@dataclass(frozen=True, slots=True)
class Section:
    """The objectives of one policy."""

    policy: str
    lines: tuple[Line, ...]
    """In the order in which they are written."""
    granted: tuple[Fraction, ...]
    """The credit of each line as far as the caps leave room; 0 where nothing is owed."""
    amount: Decimal | None
    """Base times credit, capped and rounded; None: nothing is owed, or no base is known."""
    currency: str | None

    @property
    def credit(self) -> Fraction:
        """The credits of the policy together, as a share of the base."""
        return sum(self.granted, Fraction(0))


@dataclass(frozen=True, slots=True)
class Statement:
    """One customer (or organization) and one period, as it can be sent."""

    by: str
    """The dimension: ``customer``, ``organization``, any field."""
    party: str
    period: CalendarPeriod | None
    """None: all time, for objectives without ``per``."""
    sections: tuple[Section, ...]
    """What we are accountable for."""
    theirs: tuple[Line, ...]
    """What the customer is accountable for, shown beside and left out of ours."""

    @property
    def totals(self) -> Mapping[str | None, Decimal]:
        """Currency -> what is owed of all policies together, where amounts are known."""
        found: dict[str | None, Decimal] = {}
        for section in self.sections:
            if section.amount is not None:
                found[section.currency] = found.get(section.currency, Decimal(0)) + section.amount
        return found

    @property
    def owes(self) -> bool:
        """Whether anything is owed at all, in money or as a share."""
        return any(section.credit for section in self.sections)


def statements(accounts: Accounts, by: str) -> tuple[Statement, ...]:
    """A statement for every party and period; the ledger's question has the one dimension ``by``.

    Tickets without a value are nobody's and stand in no statement. ValueError where the policies
    of a section name several currencies.
    """
    named = (line for line in accounts.lines() if line.values and line.values[0] is not None)
    return tuple(
        _statement(by, list(lines))
        for _, lines in groupby(named, key=lambda line: place_order((line.period, line.values)))
    )


def sections(lines: Iterable[Line]) -> Iterator[Section]:
    """What we are accountable for, policy by policy in the order given."""
    by_policy: dict[str, list[Line]] = {}
    for line in lines:
        if line.is_ours:
            by_policy.setdefault(line.commitment.policy, []).append(line)
    for policy, found in by_policy.items():
        yield _section(policy, found)


def _statement(by: str, lines: list[Line]) -> Statement:
    return Statement(
        by=by,
        party=str(lines[0].values[0]),
        period=lines[0].period,
        sections=tuple(sections(lines)),
        theirs=tuple(line for line in lines if not line.is_ours),
    )


def _section(policy: str, lines: list[Line]) -> Section:
    owed = [(table, credit) for line in lines for table, credit in _owed(line)]
    rooms = iter(granted(owed))
    facts: dict[str, Any] = {}
    for line in lines:
        facts |= line.facts
    return Section(
        policy=policy,
        lines=tuple(lines),
        granted=tuple(next(rooms) if _owed(line) else Fraction(0) for line in lines),
        amount=credit_total(owed, facts) if owed else None,
        currency=next((table.currency for table, _ in owed if table.currency), None),
    )


def _owed(line: Line) -> list[tuple[CreditTable, Fraction]]:
    table, credit = line.commitment.priced.credits, line.told.credit_share
    return [] if table is None or credit is None else [(table, credit)]
