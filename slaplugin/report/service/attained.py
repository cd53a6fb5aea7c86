"""The page's first part: how good it was, by period and by what it is broken down by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from slaplugin.app.reporting.report import Report
from slaplugin.core.attainment import Behind, Cell, Counts, Line, Statement
from slaplugin.core.attainment.values import added
from slaplugin.core.objectives import Verdict
from slaplugin.core.periods import CalendarPeriod
from slaplugin.report import html
from slaplugin.report.charts import Axis, Series, figure, legend, trend
from slaplugin.report.html import badge, table, text
from slaplugin.report.service.behind import Lists
from slaplugin.report.service.figures import percent, percent_number
from slaplugin.report.service.rows import Sheet, sheets
from slaplugin.report.service.wording import clock_title, doubtful, mostly_doubtful, promised

_HEAD = ("attainment", "met", "missed", "not due", "not counted")
_READ = 40
"""Lines of one table that are read; of a longer one the worst are shown first."""
_ROWS = 200
"""Rows of one table that the page shows; the other forms have them all."""
_BESIDE: tuple[Verdict, ...] = ("waived", "void", "unanswered", "low_confidence")


def glance(report: Report, lists: Lists) -> Iterator[str]:
    """One figure a clock, and their course."""
    clocks = by_clock(report.attainment.cells)
    if not clocks:
        yield '<p class="held">No clock with a target was decided in this time.</p>'
        return
    doubt = mostly_doubtful(report)
    if doubt:
        yield f'<p class="held">{text(doubt)}</p>'
    cards = (_card(cell, report, lists) for cell in clocks)
    yield f'<div class="cards">{"".join(cards)}</div>'
    yield from course(report, [str(cell.values[0]) for cell in clocks], lists)


def by_clock(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    """The cells of one table by their first value, the clock, whatever the period."""
    return added(replace(cell, period=None, values=cell.values[:1]) for cell in cells)


def _card(cell: Cell, report: Report, lists: Lists) -> str:
    counts, clock = cell.counts, str(cell.values[0])
    title = clock_title(clock)
    missed = lists.figure(counts.misses, f"missed: {title}", _of(cell.behind, "misses"))
    left_out = lists.figure(counts.beside, f"not counted: {title}", _of(cell.behind, *_BESIDE))
    not_counted = f", {left_out} not counted" if counts.beside else ""
    waiting = lists.figure(counts.not_due, f"not due: {title}", _of(cell.behind, "not_due"))
    told = f"{missed} of {counts.counted} missed" if counts.counted else "nothing decided yet"
    if not counts.counted and counts.not_due:
        told += f", {waiting} not due"
    return (
        f'<div class="card big"><h2>{text(title)} <code>{text(clock)}</code></h2>'
        f'<p class="number">{text(percent(counts.share))}</p>'
        f"<p>{told}{not_counted}</p>{_change(clock, report)}</div>"
    )


def _change(clock: str, report: Report) -> str:
    """The last period beside the one before it, in percentage points."""
    told = _by_period_of(clock, report)[-2:]
    shares = [counts.share for _, counts in told]
    if len(told) < 2 or shares[0] is None or shares[1] is None:
        return ""
    (before, _), (now, _) = told
    points = shares[1] - shares[0]
    way = "up" if points > 0 else "down"
    moved = f"{way} {percent(abs(points))[:-2]} points from" if points else "as in"
    said = f"{percent(shares[1])} in {now.label}, {moved} {before.label}"
    return f'<p class="change">{text(said)}</p>'


def _by_period_of(clock: str, report: Report) -> list[tuple[CalendarPeriod, Counts]]:
    """A clock's counts in every period that counts any, in order."""
    cells = (cell for cell in report.attainment.cells if cell.values[0] == clock)
    whole = added(Cell(cell.period, (), cell.counts) for cell in cells)
    return [
        (cell.period, cell.counts)
        for cell in whole
        if cell.period is not None and cell.counts.counted
    ]


def course(report: Report, clocks: Sequence[str], lists: Lists) -> Iterator[str]:
    """Attainment by period as a chart; nothing where there is one period alone."""
    periods = told_periods(report)
    if len(periods) < 2:
        return
    cells = {
        (cell.period, cell.values[0]): cell
        for cell in added(
            Cell(cell.period, cell.values[:1], cell.counts, cell.behind)
            for cell in report.attainment.cells
        )
    }
    series = [
        each
        for clock in clocks
        for each in (_series(clock, [cells.get((at, clock)) for at in periods], lists),)
        if any(point is not None for point in each.points)
    ]
    if not series:
        return
    lowest = min(
        (point for each in series for point in each.points if point is not None), default=0
    )
    chart = trend(
        "Attainment by period, one line a clock",
        [period.label for period in periods],
        series,
        Axis(50 if lowest >= 50 else 0, 100, "%"),
    )
    yield figure(chart, "Attainment by period", [legend(each.name for each in series)])


def told_periods(report: Report) -> tuple[CalendarPeriod, ...]:
    """Those from the first in which anything was decided to the last of the report."""
    told = report.attainment.periods()
    first = max(report.ask.first, told[0], key=lambda period: period.first) if told else None
    return () if first is None else tuple(first.until(report.ask.last))


def _series(clock: str, found: Sequence[Cell | None], lists: Lists) -> Series:
    """A clock's course; None: nothing of it was decided in the period."""
    title = clock_title(clock)
    counts = [Counts() if cell is None else cell.counts for cell in found]
    return Series(
        title,
        tuple(percent_number(each.share) for each in counts),
        tuple(f"{percent(each.share)}, {each.hits} of {each.counted}" for each in counts),
        tuple(_told(cell, title, lists) for cell in found),
    )


def _told(cell: Cell | None, title: str, lists: Lists) -> str:
    if cell is None or cell.period is None or not cell.counts.counted:
        return "–"
    name = f"missed: {title}, {cell.period.label}"
    missed = lists.figure(cell.counts.misses, name, _of(cell.behind, "misses"))
    return f"{text(percent(cell.counts.share))}, {missed} of {cell.counts.counted} missed"


# ------------------------------------------------------------------------- tables


def tables(report: Report, lists: Lists) -> Iterator[str]:
    """By period, by clock and policy, by everything asked for, and the customer's own clocks."""
    whole, *broken_down, theirs = sheets(report)
    if not whole.table.cells:
        return
    yield _sheet("By period", ("period",), _by_period(whole, lists))
    yield from _valued("By clock and policy", whole, report, lists)
    for sheet in broken_down:
        yield from _valued(f"By {', '.join(each.name for each in sheet.by)}", sheet, report, lists)
    if theirs.table.cells:
        caption = "What the customer is accountable for (left out above)"
        yield from _valued(caption, theirs, report, lists)
    yield (
        '<p class="note">An overdue clock counts as missed while it still runs; one that is not due'
        " yet does not count. Percentages are cut off, never rounded up.</p>"
    )


def whole_tables(report: Report, lists: Lists) -> Iterator[str]:
    """By period, and by clock."""
    whole = sheets(report)[0]
    yield _sheet("By period", ("period",), _by_period(whole, lists))
    rows = (
        (text(title), *_cells(cell, title, lists))
        for cell in by_clock(whole.table.cells)
        for title in (clock_title(str(cell.values[0])),)
    )
    yield _sheet("By clock", ("clock",), rows)


def _valued(caption: str, sheet: Sheet, report: Report, lists: Lists) -> Iterator[str]:
    """A table by values; of a long one the worst lines, and all of it for who asks."""
    names = ("clock", *(each.name for each in sheet.by))
    cells = sheet.table.by_values()
    if len(cells) <= _READ:
        yield _sheet(caption, names, _by_values(sheet, cells, report, lists))
        return
    worst = sorted(cells, key=lambda cell: -cell.counts.misses)[:_READ]
    told = f"{caption}: the {_READ} of {len(cells)} with the most missed"
    yield _sheet(told, names, _by_values(sheet, worst, report, lists))
    rows = _table(f"{caption}, all", names, _by_values(sheet, cells, report, lists))
    yield f"<details><summary>{text(caption)}: all {len(cells)}</summary>{rows}</details>"


def _sheet(caption: str, names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return f"<h3>{text(caption)}</h3>{_table(caption, names, rows)}"


def _table(caption: str, names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    shown = list(rows)
    more = len(shown) - _ROWS
    note = f"… and {more} more rows: `slaplugin report --format csv` has them all"
    found = table(caption, (*names, *_HEAD), shown[:_ROWS], figures=_HEAD)
    return found + (f'<p class="note">{text(note)}</p>' if more > 0 else "")


def _by_period(sheet: Sheet, lists: Lists) -> Iterator[Sequence[str]]:
    for cell in sheet.table.by_period():
        name = cell.period.label if cell.period else "all time"
        yield (text(name), *_cells(cell, name, lists))


def _by_values(
    sheet: Sheet, cells: Iterable[Cell], report: Report, lists: Lists
) -> Iterator[Sequence[str]]:
    for cell in cells:
        values = (clock_title(str(cell.values[0])), *sheet.values(cell, report.ask.people))
        yield (*map(html.cell, values), *_cells(cell, ", ".join(values), lists))


def _cells(cell: Cell, name: str, lists: Lists) -> tuple[str, ...]:
    counts = cell.counts
    return (
        f"<strong>{text(percent(counts.share))}</strong>",
        lists.figure(counts.hits, f"met: {name}", cell.sample),
        lists.figure(counts.misses, f"missed: {name}", _of(cell.behind, "misses")),
        lists.figure(counts.not_due, f"not due: {name}", _of(cell.behind, "not_due")),
        lists.figure(counts.beside, f"not counted: {name}", _of(cell.behind, *_BESIDE)),
    )


def _of(behind: Iterable[Behind], *verdicts: Verdict) -> list[Behind]:
    return [each for each in behind if each.verdict in verdicts]


def beside(report: Report) -> str:
    """Why instances are in no share, in one sentence."""
    total = report.attainment.total
    reasons: defaultdict[str, int] = defaultdict(int)
    reasons["waived by an amendment"] = total.waived
    reasons["void (spam, merged, deleted, left their policies)"] = total.void
    reasons["closed without an answer"] = total.unanswered
    reasons[f"of low confidence, since the helpdesk keeps no history of {doubtful(report)}"] = (
        total.low_confidence
    )
    said = [f"{number} {why}" for why, number in reasons.items() if number]
    return f"Not counted: {', '.join(said)}." if said else ""


# ------------------------------------------------------------------------- objectives


def objectives(report: Report, lists: Lists) -> Iterator[str]:
    """What was promised, kept, and is owed."""
    lines = report.accounts.lines()
    if not lines:
        yield '<p class="note">The policies name no objectives.</p>'
        return
    head = ("policy", "objective", "period", "kept", "goal", "", "missed", "credit")
    rows = (_objective(line, lists) for line in lines[-_ROWS:])
    numbers = ("kept", "goal", "missed", "credit")
    yield table("Objectives", head, rows, stacks=True, figures=numbers)
    if report.statements:
        yield "<h3>Owed</h3>"
        columns = (report.statements[0].by, "period", "credit", "amount")
        owed = [row for each in report.statements for row in _owed(each)]
        if owed:
            yield table("What is owed to whom", columns, owed[-_ROWS:], figures=columns[2:])
        else:
            yield '<p class="note">Nothing is owed to anybody.</p>'


def _objective(line: Line, lists: Lists) -> tuple[str, ...]:
    told, commitment = line.told, line.commitment
    period = line.period.label if line.period else "all time"
    name = f"{commitment.policy}, {promised(commitment)}, {period}"
    missed = len(line.behind) if commitment.objective.availability else told.misses
    of = line.behind if commitment.objective.availability else _of(line.behind, "misses")
    return (
        html.cell(commitment.policy),
        html.cell(promised(commitment)),
        text(period),
        f"<strong>{text(percent(told.share, 4))}</strong>",
        text(percent(commitment.objective.share, 4)),
        _met(line),
        lists.figure(missed, f"missed: {name}", of),
        text(told.credit or "–"),
    )


def _met(line: Line) -> str:
    met = line.told.met
    if met is None:
        return badge("nothing counted" if line.known else "nothing known yet", "calm")
    return badge("kept", "good") if met else badge("missed", "bad")


def _owed(each: Statement) -> Iterator[Sequence[str]]:
    period = each.period.label if each.period else "all time"
    for section in each.sections:
        if section.credit:
            amount = "–" if section.amount is None else f"{section.amount} {section.currency or ''}"
            said = (each.party, period, f"{percent(section.credit)} ({section.policy})", amount)
            yield tuple(map(html.cell, said))
