"""Sections of a report that plugins build (hook ``slaplugin_report_sections``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from slaplugin.app.errors import HookError
from slaplugin.core.attainment import ByTarget, Contracts, Question
from slaplugin.core.model import ClockInstance, Ticket
from slaplugin.core.past import Past
from slaplugin.core.periods import Periods

Pairs = Sequence[tuple[Ticket, ClockInstance]]


class Texts(Protocol):
    """A table of texts, as :class:`slaplugin.hookspecs.Table` has it."""

    @property
    def columns(self) -> tuple[str, ...]: ...

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]: ...


class Maker(Protocol):
    """Who builds a section, :class:`slaplugin.hookspecs.ReportSection`; HookError if it fails."""

    @property
    def name(self) -> str: ...

    @property
    def title(self) -> str: ...

    @property
    def build(self) -> Callable[[Pairs], Texts]: ...


@dataclass(frozen=True, slots=True)
class FurtherSection:
    """What a plugin has to say."""

    name: str
    title: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    problem: str | None = None
    """Why it has nothing to say: the rest of the report stands."""


class Further:
    """Collects what the makers are given: every instance that the report judges, with its ticket.

    Only where there are makers, since this is the one analysis that keeps all instances.
    """

    def __init__(self, makers: Sequence[Maker], contracts: Contracts, question: Question) -> None:
        self._makers = tuple(makers)
        self._measure = ByTarget(contracts)
        self._question = question
        self._periods = Periods(question.per)
        self._pairs: list[tuple[Ticket, ClockInstance]] = []

    def add(self, past: Past) -> None:
        """Keep one ticket's instances of the report's periods."""
        for judged in self._measure.judged(past) if self._makers else ():
            if self._question.wants(self._periods.at(judged.zone, judged.decided_at)):
                self._pairs.append((past.ticket, judged.instance))

    def result(self) -> tuple[FurtherSection, ...]:
        """A section of each maker, in their order."""
        return tuple(self._built(maker) for maker in self._makers)

    def _built(self, maker: Maker) -> FurtherSection:
        try:
            found = maker.build(tuple(self._pairs))
        except HookError as error:
            return FurtherSection(maker.name, maker.title, problem=error.reason)
        uneven = next((row for row in found.rows if len(row) != len(found.columns)), None)
        if uneven is not None:
            problem = f"a row has {len(uneven)} cells and not {len(found.columns)}"
            return FurtherSection(maker.name, maker.title, problem=problem)
        return FurtherSection(maker.name, maker.title, found.columns, found.rows)
