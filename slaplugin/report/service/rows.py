"""Attainment as flat rows, for CSV and as the basis of tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from slaplugin.app.reporting.report import Report
from slaplugin.core.attainment import Cell, Table
from slaplugin.core.dimensions import Dimension
from slaplugin.core.pseudonyms import People
from slaplugin.report.service.figures import exact, percent_number
from slaplugin.report.service.satisfaction import satisfaction_rows
from slaplugin.report.times import iso

COUNTS = (
    "counted",
    "hits",
    "misses",
    "waived",
    "void",
    "unanswered",
    "low_confidence",
    "not_due",
)
FIELDS = ("side", "by", "values", "period", "clock", *COUNTS, "share", "percent")
"""Columns of the attainment rows."""
TICKET_FIELDS = (
    "side",
    "by",
    "values",
    "period",
    "clock",
    "instance",
    "ticket",
    "number",
    "title",
    "policy",
    "verdict",
    "decided_at",
    "elapsed",
    "target",
)
"""Columns of the rows behind the figures."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table of the report with what it is about."""

    side: str
    """``ours`` or ``customer``: who is accountable."""
    by: tuple[Dimension, ...]
    """Beside the clock."""
    table: Table

    def values(self, cell: Cell, people: People) -> tuple[str, ...]:
        """The cell's values as they are shown, the clock left aside; nothing is ``-``."""
        shown = (
            people.shown_value(dimension, value)
            for dimension, value in zip(self.by, cell.values[1:], strict=True)
        )
        return tuple("-" if value is None else value for value in shown)


def sheets(report: Report) -> tuple[Sheet, ...]:
    """Every attainment table of the report; the first dimension of each is the clock."""
    ours = [Sheet("ours", report.attainment.question.dimensions[1:], report.attainment)]
    ours += [Sheet("ours", by, table) for by, table in report.breakdowns.items()]
    return (*ours, Sheet("customer", (), report.theirs))


def rows(report: Report) -> Iterator[tuple[object, ...]]:
    """One row a cell, by the columns of :data:`FIELDS`.

    Satisfaction has rows of its own: satisfied answers as hits, by what became of our promises.
    """
    for sheet in sheets(report):
        for cell in sheet.table.cells:
            counts = cell.counts
            yield (
                *_place(sheet, cell, report),
                cell.values[0],
                *(getattr(counts, name) for name in COUNTS),
                exact(counts.share),
                percent_number(counts.share),
            )
    if report.csat is not None:
        for promise, period, rate in satisfaction_rows(report.csat):
            met, missed = rate.count, rate.of - rate.count
            numbers = dict.fromkeys(COUNTS, 0) | {"counted": rate.of, "hits": met, "misses": missed}
            yield (
                "satisfaction",
                "promise",
                promise,
                period,
                None,
                *numbers.values(),
                exact(rate.share),
                percent_number(rate.share),
            )


def ticket_rows(report: Report) -> Iterator[tuple[object, ...]]:
    """One row a clock instance behind the first table, by :data:`TICKET_FIELDS`.

    The other tables are other groupings of the same instances.
    """
    whole, *_, theirs = sheets(report)
    for sheet in (whole, theirs):
        for cell in sheet.table.cells:
            for each in cell.behind:
                yield (
                    *_place(sheet, cell, report),
                    each.clock,
                    each.instance,
                    each.ticket,
                    each.number,
                    each.title,
                    each.policy,
                    each.verdict,
                    iso(each.decided_at),
                    each.elapsed,
                    each.target,
                )


def _place(sheet: Sheet, cell: Cell, report: Report) -> tuple[str, str, str, str | None]:
    names = ", ".join(dimension.name for dimension in sheet.by)
    values = ", ".join(sheet.values(cell, report.ask.people))
    return sheet.side, names, values, cell.period.label if cell.period else None
