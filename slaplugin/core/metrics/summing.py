"""From counts and columns of numbers to the figures of a report."""

from __future__ import annotations

from slaplugin.core.dimensions import place_order, values_order
from slaplugin.core.metrics.channels import CHANNELS
from slaplugin.core.metrics.figures import (
    ESCALATION_ENDS,
    ESCALATION_KINDS,
    BacklogNow,
    Cell,
    Escalated,
    Figures,
    Number,
    PartTotal,
    Rate,
    Timing,
    Totals,
    WeekHours,
)
from slaplugin.core.metrics.observed import NUMBERS, RATES, TIMES
from slaplugin.core.metrics.series import Series, summary_of
from slaplugin.core.metrics.tally import CellTally, Tally
from slaplugin.core.metrics.values import EscalationKind


def totals_of(tally: Tally) -> Totals:
    """The answer to the tally's question."""
    question = tally.question
    ends = [at for at in (question.until, tally.as_of) if at is not None]
    whole = tally.whole()
    return Totals(
        question=question,
        as_of=tally.as_of,
        whole=_figures(whole),
        cells=tuple(
            Cell(place[0], place[1], _figures(tally.cells[place]))
            for place in sorted(tally.cells, key=place_order)
        ),
        backlog=tally.backlog.days(question.since, min(ends)) if ends else (),
        backlog_now=_backlog_now(tally),
        hours=WeekHours(tuple(tally.arrivals), tuple(tally.replies)),
        left_out=dict(sorted(tally.left_out.items())),
    )


def _figures(cell: CellTally) -> Figures:
    counts = cell.counts
    return Figures(
        times={key: _timing(cell.series[key]) for key in TIMES if key in cell.series},
        numbers={key: _number(cell.series[key]) for key in NUMBERS if key in cell.series},
        counts=dict(sorted(counts.items())),
        rates={
            name: Rate(counts[above], sum(counts[key] for key in below))
            for name, (above, below) in RATES.items()
        },
        channels={name: counts[f"channel.{name}"] for name in CHANNELS},
        parts=_parts(cell),
        escalations=tuple(_escalated(cell, kind) for kind in ESCALATION_KINDS),
        latest={key: cell.latest[key].best() for key in sorted(cell.latest)},
    )


def _timing(series: Series) -> Timing:
    return Timing(summary_of(series.wall), summary_of(series.open), series.largest.best())


def _number(series: Series) -> Number:
    return Number(summary_of(series.wall), series.largest.best())


def _parts(cell: CellTally) -> tuple[PartTotal, ...]:
    """By table, the longest first."""
    parts = [
        PartTotal(of, name, tickets, elapsed)
        for (of, name), (tickets, elapsed) in cell.parts.items()
    ]
    return tuple(sorted(parts, key=lambda each: (each.of, -each.elapsed.wall, each.name or "")))


def _escalated(cell: CellTally, kind: EscalationKind) -> Escalated:
    key = f"escalations.{kind}"
    return Escalated(
        kind=kind,
        count=cell.counts[key],
        ends={end: cell.counts[f"{key}.{end}"] for end in ESCALATION_ENDS},
        after_miss=cell.counts[f"{key}.after_miss"],
        in_time=cell.counts[f"{key}.in_time"],
        latest=cell.latest[key].best() if key in cell.latest else (),
    )


def _backlog_now(tally: Tally) -> tuple[BacklogNow, ...]:
    return tuple(
        BacklogNow(values, tuple(standing.by_age), standing.oldest.best())
        for values, standing in sorted(
            tally.backlog_now.items(), key=lambda each: values_order(each[0])
        )
    )
