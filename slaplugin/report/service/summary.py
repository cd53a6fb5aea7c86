"""A report in a few lines of plain text: what a message about it says."""

from __future__ import annotations

from collections.abc import Iterator

from slaplugin.app.reporting.report import Report
from slaplugin.core.attainment import Cell
from slaplugin.core.attainment.values import added
from slaplugin.report.service.figures import percent
from slaplugin.report.service.wording import heading, promised


def summary(report: Report) -> tuple[str, ...]:
    """The heading, a line a clock, and every objective that was missed in a period now over."""
    return (heading(report), *_clocks(report), *_objectives(report))


def _clocks(report: Report) -> Iterator[str]:
    cells = (Cell(None, cell.values[:1], cell.counts) for cell in report.attainment.cells)
    found = added(cells)
    if not found:
        yield "No clock with a target was decided in this time."
    for cell in found:
        counts = cell.counts
        not_counted = f", {counts.beside} not counted" if counts.beside else ""
        yield (
            f"{cell.values[0]}: {percent(counts.share)} in time,"
            f" {counts.misses} of {counts.counted} missed{not_counted}"
        )


def _objectives(report: Report) -> Iterator[str]:
    for line in report.accounts.lines():
        over = line.told.period is not None and line.told.period[1] <= report.provenance.as_of
        if over and line.told.met is False and line.period is not None:
            yield (
                f"Objective missed in {line.period.label}, {line.commitment.policy}:"
                f" {promised(line.commitment)}, kept {percent(line.told.share, 4)}"
            )
