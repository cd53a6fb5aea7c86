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
from slaplugin.core.metrics.tally import Heap, Tally
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
            Cell(place[0], place[1], _figures(tally.heaps[place]))
            for place in sorted(tally.heaps, key=place_order)
        ),
        backlog=tally.backlog.days(question.since, min(ends)) if ends else (),
        backlog_now=_backlog_now(tally),
        hours=WeekHours(tuple(tally.arrivals), tuple(tally.replies)),
        left_out=dict(sorted(tally.left_out.items())),
    )


def _figures(heap: Heap) -> Figures:
    counts = heap.counts
    return Figures(
        times={key: _timing(heap.series[key]) for key in TIMES if key in heap.series},
        numbers={key: _number(heap.series[key]) for key in NUMBERS if key in heap.series},
        counts=dict(sorted(counts.items())),
        rates={
            name: Rate(counts[above], sum(counts[key] for key in below))
            for name, (above, below) in RATES.items()
        },
        channels={name: counts[f"channel.{name}"] for name in CHANNELS},
        parts=_parts(heap),
        escalations=tuple(_escalated(heap, kind) for kind in ESCALATION_KINDS),
        latest={key: heap.latest[key].best() for key in sorted(heap.latest)},
    )


def _timing(series: Series) -> Timing:
    return Timing(summary_of(series.wall), summary_of(series.open), series.largest.best())


def _number(series: Series) -> Number:
    return Number(summary_of(series.wall), series.largest.best())


def _parts(heap: Heap) -> tuple[PartTotal, ...]:
    """By table, the longest first."""
    parts = [
        PartTotal(of, name, tickets, elapsed)
        for (of, name), (tickets, elapsed) in heap.parts.items()
    ]
    return tuple(sorted(parts, key=lambda each: (each.of, -each.elapsed.wall, each.name or "")))


def _escalated(heap: Heap, kind: EscalationKind) -> Escalated:
    key = f"escalations.{kind}"
    return Escalated(
        kind=kind,
        count=heap.counts[key],
        ends={end: heap.counts[f"{key}.{end}"] for end in ESCALATION_ENDS},
        after_miss=heap.counts[f"{key}.after_miss"],
        in_time=heap.counts[f"{key}.in_time"],
        latest=heap.latest[key].best() if key in heap.latest else (),
    )


def _backlog_now(tally: Tally) -> tuple[BacklogNow, ...]:
    return tuple(
        BacklogNow(values, tuple(standing.by_age), standing.oldest.best())
        for values, standing in sorted(
            tally.standing.items(), key=lambda each: values_order(each[0])
        )
    )
