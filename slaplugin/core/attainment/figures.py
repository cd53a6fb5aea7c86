"""The figures of one period as a document that can be sealed, and the instances behind them.

The document holds nothing that differs between two machines with the same store, and of a period
that is over nothing that time alone changes: no instant of its making, no elapsed time of clocks
that still run. Shares are exact fractions as text, instants ISO 8601 in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any, NamedTuple

from slaplugin.core.attainment.contracts import Contracts
from slaplugin.core.attainment.counting import Counting
from slaplugin.core.attainment.ledger import Accounts, Ledger, Line
from slaplugin.core.attainment.measures import ByTarget
from slaplugin.core.attainment.statement import Section, Statement, statements
from slaplugin.core.attainment.values import Behind, Cell, Counts, Question, Table
from slaplugin.core.dimensions import Dimension, parse_dimensions
from slaplugin.core.model import AMENDMENT_KINDS
from slaplugin.core.objectives import VERDICTS
from slaplugin.core.past import Past
from slaplugin.core.periods import CalendarPeriod
from slaplugin.core.texts import utc_text

PLAIN = "targets"
"""The line of evidence of clocks by their own targets; others have a commitment's key."""
_EVERY = frozenset(VERDICTS)
_COUNTS = [field.name for field in fields(Counts) if field.name not in ("elapsed", "paused")]


class Evidence(NamedTuple):
    """How one instance counted in one line."""

    line: str
    """:data:`PLAIN`, or the key of a commitment (``standard/1``)."""
    ticket: str
    """The host's id."""
    clock: str
    start_event: str
    """With ticket and clock the key of the instance."""
    verdict: str
    """As in :data:`slaplugin.core.objectives.Verdict`; of an outage ``600 s lost``."""
    decided_at: int
    """UTC epoch seconds."""
    amendments: int
    """Amendments that the ticket had: more of them later explain a change."""

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """(line, ticket, clock, start event)."""
        return self[:4]


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that is said about a period."""

    document: Mapping[str, Any]
    """JSON-able: ``targets``, ``customers_clocks``, ``objectives``, ``statements``."""
    evidence: tuple[Evidence, ...]
    """In order of line, ticket, clock, start event."""
    parties: Mapping[str, str]
    """Pseudonym of a party in the document -> its name, where people are not named."""


class FigureCollector:
    """The figures of a period, ticket by ticket.

    ``by`` is the one dimension of statements, ``shown`` what stands for a party in the document.
    Every instance that is decided in the period is kept, some three hundred bytes each.
    """

    def __init__(
        self,
        contracts: Contracts,
        period: CalendarPeriod,
        by: Dimension,
        shown: Callable[[str], str] = str,
    ) -> None:
        self._contracts = contracts
        self._period = period
        self._by = by
        self._shown = shown
        first = period.first
        every = Question(period.per, first=first, last=first, keep=_EVERY)
        question = Question(period.per, _POLICY_CLOCK, first, first, _EVERY)
        self._ours = Counting(ByTarget(contracts), question)
        self._theirs = Counting(ByTarget(contracts, "customer"), question)
        self._ledger = Ledger(contracts, every)
        self._parties = Ledger(contracts, Question(period.per, (by,), first, first))
        self._amended: dict[str, int] = {}

    def add(self, past: Past) -> None:
        """Take the ticket's instances."""
        for part in (self._ours, self._theirs, self._ledger, self._parties):
            part.add(past)
        amendments = sum(1 for event in past.events if event.kind in AMENDMENT_KINDS)
        if amendments:
            self._amended[past.ticket.id] = amendments

    def result(self) -> Figures:
        """Everything taken so far. ValueError where a policy's credits have several currencies."""
        ours, theirs = self._ours.result(), self._theirs.result()
        lines = self._of_period(self._ledger.result())
        told = statements(self._only(self._parties.result()), self._by.name)
        names = {self._shown(each.party): each.party for each in told}
        document = {
            "targets": [_plain(cell) for cell in ours.cells],
            "customers_clocks": [_plain(cell) for cell in theirs.cells],
            "objectives": [_line(line) for line in lines],
            "statements": sorted(
                (self._statement(each) for each in told), key=lambda each: str(each["party"])
            ),
        }
        hidden = {shown: name for shown, name in names.items() if shown != name}
        return Figures(document, tuple(sorted(self._evidence((ours, theirs), lines))), hidden)

    def _only(self, accounts: Accounts) -> Accounts:
        """Of the objectives those that are told in periods of this length."""
        per = self._period.per
        return Accounts(
            tuple(each for each in accounts.accounts if each.commitment.objective.per == per)
        )

    def _of_period(self, accounts: Accounts) -> list[Line]:
        found = {line.commitment.key: line for line in self._only(accounts).lines()}
        return [found[key] for key in sorted(found) if found[key].period == self._period]

    def _statement(self, told: Statement) -> dict[str, Any]:
        return {
            "party": self._shown(told.party),
            "sections": [_section(section) for section in told.sections],
            "theirs": [_line(line) for line in told.theirs],
            "totals": {name or "": str(amount) for name, amount in told.totals.items()},
        }

    def _evidence(self, tables: Iterable[Table], lines: Iterable[Line]) -> Iterator[Evidence]:
        for table in tables:
            for cell in table.cells:
                yield from self._behind(PLAIN, cell.behind)
        for line in lines:
            is_outage = line.commitment.objective.availability is not None
            yield from self._behind(line.commitment.key, line.behind, is_outage=is_outage)

    def _behind(
        self, line: str, found: Iterable[Behind], *, is_outage: bool = False
    ) -> Iterator[Evidence]:
        for each in found:
            verdict = f"{each.elapsed} s lost" if is_outage else each.verdict
            amendments = self._amended.get(each.ticket, 0)
            yield Evidence(line, *each.identity, verdict, each.decided_at, amendments)


_POLICY_CLOCK = parse_dimensions(["policy,clock"])


def _plain(cell: Cell) -> dict[str, Any]:
    policy, clock = cell.values
    return {"policy": policy, "clock": clock, **_told(cell.counts)}


def _told(counts: Counts) -> dict[str, Any]:
    numbers = {name: getattr(counts, name) for name in _COUNTS}
    return {**numbers, "counted": counts.counted, "share": _fraction(counts.share)}


def _line(line: Line) -> dict[str, Any]:
    commitment, told = line.commitment, line.told
    objective = commitment.objective
    start, end = told.period or (None, None)
    kind = "clock" if objective.availability is None else "availability"
    counts = _told(line.counts) if objective.availability is None else {"outages": len(line.behind)}
    return {
        "policy": commitment.policy,
        "number": commitment.number,
        kind: commitment.clock,
        "party": commitment.party,
        "goal": _fraction(objective.share),
        "within": objective.within,
        "during": objective.during,
        "zone": objective.zone,
        "from": None if start is None else utc_text(start),
        "until": None if end is None else utc_text(end),
        **counts,
        "share": _fraction(told.share),
        "met": told.met,
        "credit": told.credit,
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "policy": section.policy,
        "credit": _fraction(section.credit),
        "amount": None if section.amount is None else str(section.amount),
        "currency": section.currency,
        "lines": [
            {**_line(line), "base": _base(line), "granted": _fraction(granted)}
            for line, granted in zip(section.lines, section.granted, strict=True)
        ],
    }


def _base(line: Line) -> str | None:
    """The amount that credits are a share of, as it was known."""
    table = line.commitment.priced.credits
    if table is None or table.base is None:
        return None
    if isinstance(table.base, str):
        value = line.facts.get(table.base)
        return None if value is None else str(value)
    return str(table.base)


def _fraction(share: Fraction | None) -> str | None:
    return None if share is None else str(share)
