"""A report as values: everything that any of its forms says. Instants UTC epoch seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from slaplugin.app.history import EVERYTHING, Wanted
from slaplugin.app.ports import TicketRow
from slaplugin.app.reporting.further import FurtherSection
from slaplugin.app.reporting.sealing import Restatement
from slaplugin.core.attainment import Accounts, Question, Statement, Table
from slaplugin.core.attainment.contracts import Commitment
from slaplugin.core.calendars.walltime import DAY
from slaplugin.core.causes import CauseReport, PauseAudit
from slaplugin.core.dimensions import Dimension
from slaplugin.core.metrics.csat import Csat
from slaplugin.core.metrics.figures import Question as MetricQuestion
from slaplugin.core.metrics.figures import Totals
from slaplugin.core.objectives import VERDICTS
from slaplugin.core.periods import CalendarPeriod, Period
from slaplugin.core.pseudonyms import People
from slaplugin.core.ticketlines import TicketLine

EVERY = frozenset(VERDICTS)
SHOWN = 200
"""Tickets behind one figure that are shown at most where all of them would be too many."""
Breakdown = tuple[Dimension, ...]
"""What one table is broken down by; several dimensions make combinations of their values."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants to know."""

    first: CalendarPeriod
    """The first period of the report."""
    last: CalendarPeriod
    """The last one; it may still run."""
    zone: str
    """IANA zone of volumes, causes and hours, and of contracts that name none."""
    breakdowns: tuple[Breakdown, ...] = ()
    parties: Wanted = EVERYTHING
    """One customer's or organization's tickets alone; its bounds in time are not used."""
    people: People = field(default_factory=People)
    """How agents are shown."""
    every_instance: bool = False
    """Keep the met clocks behind the figures, too, not only those that were not."""
    statements: bool = False
    """Every party's statement, also where nothing can be owed."""
    known_from: int | None = None
    """UTC epoch seconds: the store's first event; None: it is not needed, or there is none."""

    @property
    def per(self) -> Period:
        return self.first.per

    @property
    def since(self) -> int:
        """The beginning of the first period."""
        return self.first.bounds(self.zone)[0]

    @property
    def until(self) -> int:
        """The end of the last period, exclusive; it may lie ahead."""
        return self.last.bounds(self.zone)[1]

    def wanted(self, told_per: Iterable[Period | None] = ()) -> Wanted:
        """The tickets that the report can be about, a day more than it on both sides.

        ``told_per`` are the lengths of the periods in which objectives are told: a quarter that
        the report touches is told whole, and all time (None) needs every ticket there is.
        Objectives have zones of their own, and no two are further apart than the day.
        """
        pers = set(told_per)
        if None in pers:
            return self.parties
        known = [self.per, *(per for per in pers if per is not None)]
        begun = (CalendarPeriod.on(per, self.first.first) for per in known)
        over = (CalendarPeriod.on(per, self._last_day) for per in known)
        return replace(
            self.parties,
            since=min(each.bounds(self.zone)[0] for each in begun) - DAY,
            until=max(each.bounds(self.zone)[1] for each in over) + DAY,
        )

    def question(self, breakdown: Breakdown = ()) -> Question:
        """What an attainment table is asked."""
        keep = EVERY if self.every_instance else EVERY - {"hits"}
        return Question(
            per=self.per,
            dimensions=breakdown,
            first=self.first.first,
            last=self._last_day,
            keep=keep,
            touching=True,
            sampled=not self.every_instance,
            known_from=self.known_from,
        )

    @property
    def _end(self) -> date:
        return self.last.following.first

    @property
    def _last_day(self) -> date:
        return self._end - timedelta(days=1)

    @property
    def is_whole(self) -> bool:
        """It is about everybody's tickets."""
        return self.parties.customer is None and self.parties.organization is None

    def covers(self, period: CalendarPeriod) -> bool:
        """Whether a period lies within the report from its first day to its last."""
        return self.first.first <= period.first and period.following.first <= self._end

    @property
    def metrics(self) -> MetricQuestion:
        """What the figures of tickets are asked."""
        return MetricQuestion(self.zone, self.per, (), self.since, self.until)


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the figures rest on, so that somebody else can come to them again."""

    host: str
    as_of: int
    policy_set: str
    """Hash of the set in force."""
    program: str
    """Version of slaplugin."""
    audit_head: str | None
    """Head of the audit chain as the figures were read; None: nothing is recorded yet."""
    tickets: int = 0
    """Tickets that were looked at."""


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of one report."""

    ask: Ask
    provenance: Provenance
    attainment: Table
    """By clock and policy; what the customer is accountable for is left out."""
    doubts: Mapping[str, int]
    """Fact without a history -> clocks of low confidence for it; "" where no fact is known."""
    theirs: Table
    """The same for the clocks that the customer is accountable for."""
    breakdowns: Mapping[Breakdown, Table]
    """By clock and the dimensions asked for."""
    accounts: Accounts
    """Every objective, period by period."""
    statements: tuple[Statement, ...]
    """What is owed to each customer (or organization); empty without credits."""
    causes: CauseReport
    pauses: PauseAudit
    metrics: Totals
    unread: tuple[TicketRow, ...]
    """Tickets that are held: they could not be read or judged, and are in no figure."""
    csat: Csat | None = None
    """What customers answered; None: no survey is known."""
    restated: tuple[Restatement, ...] = ()
    """Closed periods that the report covers, in order: what they would say now."""
    rows: Mapping[str, TicketRow] = field(default_factory=dict)
    """By the host's id: the tickets that a figure names by that alone."""
    lines: tuple[TicketLine, ...] = ()
    """The tickets of one customer or organization, where the report is about one."""
    further: tuple[FurtherSection, ...] = ()
    """What plugins add."""

    def named_by_id(self) -> Iterator[str]:
        """The host's ids of tickets of which the figures say no more."""
        whole = self.metrics.whole
        found = (
            *whole.latest.values(),
            *(timing.longest for timing in whole.times.values()),
            *(number.largest for number in whole.numbers.values()),
            *(escalated.latest for escalated in whole.escalations),
            *(standing.oldest for standing in self.metrics.backlog_now),
        )
        yield from (each.ticket for tickets in found for each in tickets)
        for cell in self.attainment.cells:
            yield from (each.ticket for each in (*cell.behind[:SHOWN], *cell.sample))
        yield from (rating.ticket for rating in (self.csat.worst if self.csat else ()))

    @property
    def commitments(self) -> tuple[Commitment, ...]:
        """The objectives of the policy set."""
        return tuple(account.commitment for account in self.accounts.accounts)
