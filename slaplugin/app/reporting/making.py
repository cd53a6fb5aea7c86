"""From the store to a report, in one unchanging view of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Protocol

from slaplugin import __version__
from slaplugin.app.desk import Quiet, telling
from slaplugin.app.history import History, always, where_time_was_lost
from slaplugin.app.judge import Judge
from slaplugin.app.ports import Progress, TicketRow
from slaplugin.app.reporting.further import Maker
from slaplugin.app.reporting.gather import Basis, gather, with_unread
from slaplugin.app.reporting.report import Ask, Provenance, Report
from slaplugin.app.reporting.sealing import (
    Books,
    Restatement,
    SealStore,
    Versions,
    restatements,
)
from slaplugin.core.attainment import Contracts, needs_spans
from slaplugin.core.metrics import Ladder, Measuring, Survey
from slaplugin.core.past import Past
from slaplugin.core.periods import parse_period

_NAMED = 6_000
"""Tickets whose addresses are looked up; a page names fewer."""


class ReportStore(SealStore, Protocol):
    """The part of a store that reports read. Raises StoreError."""

    def first_event_at(self, host: str) -> int | None:
        """When anything happened on a ticket for the first time, UTC epoch seconds."""

    def held(self, host: str) -> Sequence[TicketRow]:
        """The tickets that are held."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the figures of a report come from."""

    store: ReportStore
    judge: Judge
    host: str
    as_of: int
    """The present, UTC epoch seconds: what is open is judged as of it."""
    ladder: Ladder = Ladder()
    """Whom tickets are escalated to."""
    statements_by: str = "organization"
    survey: Survey | None = None
    """What customers answered; None: nobody asks them."""
    versions: Versions | None = None
    """What judges now, beside what judged closed periods; None: they are not looked into."""
    makers: tuple[Maker, ...] = ()
    """Plugins that add sections."""
    progress: Progress = Quiet()


def make_report(sources: Sources, ask: Ask) -> Report:
    """Everything that was asked for. Raises StoreError; ValueError for an unknown dimension."""
    judge, store = sources.judge, sources.store
    basis = Basis(
        contracts=Contracts(judge.rules, ask.zone),
        measuring=Measuring.by(judge.rules, sources.ladder),
        statements_by=sources.statements_by,
        survey=sources.survey,
        makers=sources.makers,
    )
    with store.reading(), telling(sources.progress, "Reading the past"):
        given = Provenance(
            host=sources.host,
            as_of=sources.as_of,
            policy_set=judge.current.hash,
            program=__version__,
            audit_head=store.head(),
        )
        ask = _with_beginning(sources, ask, basis.contracts)
        report = gather(_pasts(sources, ask, basis.contracts), ask, basis, given)
        report = replace(
            report,
            restated=_restated(sources, ask, basis.contracts),
            rows=_rows(sources, report),
        )
        return with_unread(report, store.held(sources.host))


def books_of(sources: Sources, contracts: Contracts, versions: Versions) -> Books:
    """The same sources as closing a period asks them."""
    return Books(
        store=sources.store,
        history=_history(sources),
        contracts=contracts,
        host=sources.host,
        policy_set=sources.judge.current.hash,
        versions=versions,
    )


def _with_beginning(sources: Sources, ask: Ask, contracts: Contracts) -> Ask:
    """An availability tells of periods without tickets, too: but not of those before all."""
    if all(each.objective.availability is None for each in contracts.commitments):
        return ask
    return replace(ask, known_from=sources.store.first_event_at(sources.host))


def _restated(sources: Sources, ask: Ask, contracts: Contracts) -> tuple[Restatement, ...]:
    """Of closed periods within the report; they are about everybody's tickets.

    Statements need them for one party, too: what was closed holds.
    """
    if sources.versions is None or not (ask.is_whole or ask.statements):
        return ()
    found = [
        seal for seal in sources.store.seals(sources.host) if ask.covers(parse_period(seal.period))
    ]
    books = books_of(sources, contracts, sources.versions)
    return restatements(books, sorted(found, key=lambda seal: parse_period(seal.period).first))


def _rows(sources: Sources, report: Report) -> dict[str, TicketRow]:
    named = islice(dict.fromkeys(report.named_by_id()), _NAMED)
    found = (sources.store.row(sources.host, ticket) for ticket in named)
    return {row.id: row for row in found if row is not None}


def _pasts(sources: Sources, ask: Ask, contracts: Contracts) -> Iterator[Past]:
    commitments, survey = contracts.commitments, sources.survey
    detail = always if needs_spans(commitments) else where_time_was_lost
    wanted = ask.wanted(each.objective.per for each in commitments)
    rated = frozenset(rating.ticket for rating in survey.ratings) if survey else frozenset()
    for past in _history(sources).pasts(replace(wanted, also=rated), detail=detail):
        yield past
        sources.progress.advance()


def _history(sources: Sources) -> History:
    return History(sources.store, sources.judge, sources.host, sources.as_of)
