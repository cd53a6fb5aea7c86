"""The page's third part: volumes, times, backlog, hours, ownership, escalations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slaplugin.app.reporting.report import Report
from slaplugin.core.metrics.backlog import AGES
from slaplugin.core.metrics.figures import Escalated, Timing
from slaplugin.core.metrics.glossary import GLOSSARY
from slaplugin.core.metrics.observed import RATES
from slaplugin.core.metrics.series import Behind, Summary
from slaplugin.report.charts import Axis, BarLine, Series, bars, figure, legend, trend, week_map
from slaplugin.report.html import table, text
from slaplugin.report.look import Look
from slaplugin.report.service.behind import Lists
from slaplugin.report.service.figures import percent, time

NAMES = {entry.key: entry.name for entry in GLOSSARY}
_COUNTS = ("created", "solved", "reopened")
_OWNERS = 15
_DAYS = 100
"""Days of the backlog that are drawn at most; the other forms have them all."""


def volumes(report: Report, lists: Lists) -> Iterator[str]:
    """What came in, what was done, what is left."""
    yield from _by_period(report)
    whole = report.metrics.whole
    counted = (
        (
            text(NAMES.get(key, key)),
            text(whole.counts.get(key, 0)),
            tickets(whole.latest.get(key, ()), lists),
        )
        for key in _COUNTS
    )
    head = ("volume", "tickets", "the latest")
    yield table("Volumes", head, counted, stacks=True, figures=("tickets",))
    rates = (
        (
            text(NAMES.get(key, key)),
            f"<strong>{text(percent(rate.share))}</strong>",
            text(rate.count),
            text(rate.of),
            tickets(whole.latest.get(RATES[key][0], ()), lists),
        )
        for key, rate in whole.rates.items()
    )
    columns = ("rate", "share", "tickets", "of", "the latest")
    yield table("Rates", columns, rates, stacks=True, figures=columns[1:4])
    yield from _channels(report)
    yield from _backlog(report, lists)


def _by_period(report: Report) -> Iterator[str]:
    """Only where there is more than one to compare."""
    cells = report.metrics.cells
    periods = [cell.period.label if cell.period else "all" for cell in cells]
    if len(periods) > 1:
        counts = {key: [cell.figures.counts.get(key, 0) for cell in cells] for key in _COUNTS}
        series = [
            Series(
                NAMES.get(key, key),
                tuple(map(float, numbers)),
                tuple(map(str, numbers)),
            )
            for key, numbers in counts.items()
        ]
        chart = trend("Tickets created, solved and reopened by period", periods, series, Axis())
        yield figure(chart, "Volumes by period", [legend(each.name for each in series)])


def tickets(behind: Sequence[Behind], lists: Lists) -> str:
    """The tickets that a figure keeps."""
    return f'<span class="long">{", ".join(lists.named(each.ticket) for each in behind)}</span>'


def _channels(report: Report) -> Iterator[str]:
    channels = {name: number for name, number in report.metrics.whole.channels.items() if number}
    if channels:
        whole = sum(channels.values())
        lines = [
            BarLine(name.replace("_", " "), number, f"{number}, {100 * number / whole:.1f} %")
            for name, number in sorted(channels.items(), key=lambda each: -each[1])
        ]
        yield figure(bars("Tickets created by channel", lines), "Where tickets came from")


def _backlog(report: Report, lists: Lists) -> Iterator[str]:
    whole = report.metrics.backlog
    step = -(-len(whole) // _DAYS) or 1
    days = whole[::-1][::step][::-1]
    if len(days) > 1:
        often = "each day's end" if step == 1 else f"the end of every {step} days"
        said = tuple(str(each.total) for each in days)
        series = Series("Backlog", tuple(float(each.total) for each in days), said)
        moments = [each.day.isoformat() for each in days]
        chart = trend(f"Open tickets at {often}", moments, [series], Axis())
        yield figure(chart, f"Backlog at {often}")
    for standing in report.metrics.backlog_now:
        lines = [
            BarLine(name.replace("<", "under "), number, str(number))
            for (name, _), number in zip(AGES, standing.by_age, strict=True)
        ]
        yield figure(
            bars("Open tickets by age", lines),
            f"Backlog by age: {standing.total} tickets",
            [f"<p>The oldest: {tickets(standing.oldest, lists)}</p>"],
        )


def times(report: Report, lists: Lists) -> Iterator[str]:
    """The times people expect: on the wall, and within opening hours."""
    whole = report.metrics.whole
    head = (
        "time",
        "median",
        "mean",
        "90th percentile",
        "median (open hours)",
        "90th (open hours)",
        "count",
        "the longest",
    )
    rows = (_timing(key, timing, lists) for key, timing in whole.times.items())
    yield table("Times", head, rows, figures=head[1:-1])
    numbers = (
        (text(NAMES.get(key, key)), *_numbers(each.summary), _most(each.largest, lists))
        for key, each in whole.numbers.items()
    )
    columns = ("number", "median", "mean", "90th percentile", "largest", "on")
    yield "<h3>Numbers of solved tickets</h3>"
    yield table("Numbers of solved tickets", columns, numbers, figures=columns[1:-1])


def _timing(key: str, timing: Timing, lists: Lists) -> tuple[str, ...]:
    wall, opened = timing.wall, timing.open
    said = (wall.median, wall.mean, wall.p90, opened.median, opened.p90)
    return (
        text(NAMES.get(key, key)),
        *(text(time(each)) for each in said),
        text(wall.count),
        _most(timing.longest, lists),
    )


def _most(behind: Sequence[Behind], lists: Lists) -> str:
    """The first of them; a ticket on which there was nothing is the largest of nothing."""
    return tickets([each for each in behind[:5] if each.value], lists)


def _numbers(summary: Summary) -> tuple[str, ...]:
    median = "–" if summary.median is None else f"{float(summary.median):g}"
    mean = "–" if summary.mean is None else f"{float(summary.mean):.2f}"
    return tuple(map(text, (median, mean, summary.p90, summary.largest)))


def ownership(report: Report) -> Iterator[str]:
    """Whose hands solved tickets were in; the parts add up to the whole."""
    people = report.ask.people
    for of, caption in (
        ("group", "Time of solved tickets by group"),
        ("owner", "Time of solved tickets by owner"),
    ):
        parts = [part for part in report.metrics.whole.parts if part.of == of]
        lines = [
            BarLine(
                (people.shown(part.name) if of == "owner" else part.name) or "nobody",
                part.elapsed.wall,
                f"{time(part.elapsed.wall)}, {part.tickets} tickets",
            )
            for part in parts[:_OWNERS]
        ]
        if lines and not (of == "owner" and people.naming == "off"):
            yield figure(bars(caption, lines), caption)


def escalations(report: Report, lists: Lists) -> Iterator[str]:
    """By kind, and what became of them."""
    found = [each for each in report.metrics.whole.escalations if each.count]
    if not found:
        yield '<p class="note">Nothing was escalated.</p>'
        return
    head = ("kind", "number", "solved there", "returned", "passed on", "open", "after a miss", "")
    rows = (_escalated(each, lists) for each in found)
    yield table("Escalations", head, rows, figures=head[1:-1])


def _escalated(each: Escalated, lists: Lists) -> tuple[str, ...]:
    ends = each.ends
    said = (
        each.kind,
        each.count,
        ends.get("solved", 0),
        ends.get("returned", 0),
        ends.get("passed_on", 0),
        ends.get("open", 0),
        each.after_miss,
    )
    return (*map(text, said), tickets(each.latest, lists))


def hours(report: Report, look: Look) -> Iterator[str]:
    """When messages come, and when answers go."""
    found = report.metrics.hours
    maps = (
        ("Customers' messages", found.arrivals, "messages"),
        ("Agents' answers", found.replies, "answers"),
    )
    for name, numbers, unit in maps:
        if any(numbers):
            chart = week_map(f"{name} by hour of the week", numbers, f"{{}} {unit}".format)
            yield figure(chart, f"{name} by hour of the week ({look.zone_name})")


def glossary() -> str:
    """Every figure with its formula and its other names."""
    rows = (
        (
            text(entry.name),
            f'<span class="long">{text(entry.formula)}</span>',
            f'<span class="long">{text(", ".join(entry.also_called))}</span>',
        )
        for entry in GLOSSARY
    )
    return table("Glossary", ("figure", "formula", "also called"), rows, stacks=True)
