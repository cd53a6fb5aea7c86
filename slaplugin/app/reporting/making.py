"""From the store to a report, in one unchanging view of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from slaplugin import __version__
from slaplugin.app.desk import Quiet, telling
from slaplugin.app.history import Detail, History, PastStore, Wanted, always, where_time_was_lost
from slaplugin.app.judge import Judge
from slaplugin.app.ports import Progress, TicketRow
from slaplugin.app.reporting.gather import Basis, gather, with_unread
from slaplugin.app.reporting.report import Ask, Provenance, Report
from slaplugin.core.attainment import Contracts, needs_spans
from slaplugin.core.metrics import Ladder, Measuring
from slaplugin.core.past import Past


class ReportStore(PastStore, Protocol):
    """The part of a store that reports read. Raises StoreError."""

    def head(self) -> str | None:
        """Hash of the audit chain's last link."""

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
    progress: Progress = Quiet()


def make_report(sources: Sources, ask: Ask) -> Report:
    """Everything that was asked for. Raises StoreError; ValueError for an unknown dimension."""
    judge, store = sources.judge, sources.store
    basis = Basis(
        contracts=Contracts(judge.rules, ask.zone),
        measuring=Measuring.by(judge.rules, sources.ladder),
        statements_by=sources.statements_by,
    )
    with store.reading(), telling(sources.progress, "Reading the past"):
        given = Provenance(
            host=sources.host,
            as_of=sources.as_of,
            policy_set=judge.current.hash,
            program=__version__,
            audit_head=store.head(),
        )
        commitments = basis.contracts.commitments
        detail = always if needs_spans(commitments) else where_time_was_lost
        wanted = ask.wanted(each.objective.per for each in commitments)
        report = gather(_pasts(sources, wanted, detail), ask, basis, given)
        return with_unread(report, store.held(sources.host))


def _pasts(sources: Sources, wanted: Wanted, detail: Detail) -> Iterator[Past]:
    history = History(sources.store, sources.judge, sources.host, sources.as_of)
    for past in history.pasts(wanted, detail=detail):
        yield past
        sources.progress.advance()
