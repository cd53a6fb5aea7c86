"""The report as Markdown: the summary that goes into a mail, a wiki or a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slaplugin.app.reporting.report import Report
from slaplugin.core.attainment import Counts, Line
from slaplugin.core.causes import Miss, Share
from slaplugin.core.metrics.glossary import GLOSSARY
from slaplugin.report.blocks import plain, table
from slaplugin.report.look import Look
from slaplugin.report.service.attained import beside
from slaplugin.report.service.figures import percent, time
from slaplugin.report.service.party import party_markdown
from slaplugin.report.service.restated import restated_markdown
from slaplugin.report.service.rows import Sheet, sheets
from slaplugin.report.service.satisfaction import satisfaction_markdown
from slaplugin.report.service.wording import (
    cause,
    heading,
    mostly_doubtful,
    policy_clock,
    promised,
    retargeted,
)

_WORST = 10


def markdown(report: Report, look: Look) -> str:
    """The whole text, with a line break at its end."""
    look = look.at(report.provenance.as_of)
    parts = [
        f"# {heading(report)}",
        *_about(report, look),
        "## Attainment",
        *_attainment(report),
        *_breakdowns(report),
        *_objectives(report),
        *party_markdown(report, look),
        *_causes(report, look),
        *_pauses(report),
        *_metrics(report),
        *satisfaction_markdown(report, look),
        *restated_markdown(report),
        *_further(report),
        *_unread(report),
    ]
    return "\n\n".join(parts) + "\n"


def attainment(report: Report) -> str:
    """The table of clocks and policies alone."""
    return _by_values(sheets(report)[0], report, ("clock", "policy"))


def _about(report: Report, look: Look) -> Iterator[str]:
    given = report.provenance
    yield (
        f"{given.tickets} tickets, as of {look.short(given.as_of)} ({look.zone_name});"
        f" policy set {given.policy_set[:12]}, slaplugin {given.program},"
        f" audit head {(given.audit_head or 'none')[:12]}."
    )


_COLUMNS = ("share", "counted", "missed", "not due", "not counted")


def _figures(counts: Counts) -> tuple[object, ...]:
    share = percent(counts.share)
    return (share, counts.counted, counts.misses, counts.not_due, counts.beside)


def _attainment(report: Report) -> Iterator[str]:
    whole, *_, theirs = sheets(report)
    if not whole.table.cells:
        yield "No clock with a target was decided in this time."
        return
    yield table(
        ("period", *_COLUMNS),
        (
            (cell.period.label if cell.period else "all", *_figures(cell.counts))
            for cell in whole.table.by_period()
        ),
    )
    yield _by_values(whole, report, ("clock", "policy"))
    doubt = mostly_doubtful(report)
    if doubt:
        yield f"**{plain(doubt)}**"
    if whole.table.total.beside:
        yield plain(beside(report))
    yield (
        "*Not due*: still open and not overdue. An overdue clock counts as missed while it still"
        " runs."
    )
    if theirs.table.cells:
        yield "What the customer is accountable for, left out above:"
        yield _by_values(theirs, report, ("clock",))


def _by_values(sheet: Sheet, report: Report, names: Sequence[str]) -> str:
    return table(
        (", ".join(names), *_COLUMNS),
        (
            (
                ", ".join((str(cell.values[0]), *sheet.values(cell, report.ask.people))),
                *_figures(cell.counts),
            )
            for cell in sheet.table.by_values()
        ),
    )


def _breakdowns(report: Report) -> Iterator[str]:
    for sheet in sheets(report)[1:-1]:
        names = [each.name for each in sheet.by]
        yield f"### By {', '.join(names)}"
        yield _by_values(sheet, report, ("clock", *names))


def _objectives(report: Report) -> Iterator[str]:
    lines = report.accounts.lines()
    if not lines:
        return
    yield "## Objectives"
    yield table(
        ("objective", "period", "share", "goal", "met", "counted", "credit"),
        (_objective(line) for line in lines),
    )
    for each in report.statements:
        for currency, amount in each.totals.items():
            when = each.period.label if each.period else "all time"
            owed = f"{amount} {currency or ''}".strip()
            yield f"* {plain(each.party)}, {when}: {owed} owed"


def _objective(line: Line) -> tuple[object, ...]:
    told = line.told
    met = "yes" if told.met else "NO"
    if told.met is None:
        met = "–" if line.known else "nothing known yet"
    return (
        f"{line.commitment.policy}: {promised(line.commitment)}",
        line.period.label if line.period else "all time",
        percent(told.share, 4),
        percent(line.commitment.objective.share, 4),
        met,
        told.counted,
        told.credit or "–",
    )


def _causes(report: Report, look: Look) -> Iterator[str]:
    causes = report.causes
    yield "## Where the time of missed clocks went"
    if not causes.misses:
        yield "No clock was missed."
        return
    yield table(
        ("cause", "time", "share of the time counted", "clocks"),
        (_cause(share, causes.lost, report) for share in causes.counted),
    )
    if causes.beside:
        yield "The clocks did not count, and the customer waited as well:"
        yield table(
            ("cause", "time", "clocks"),
            (
                (cause(each.cause, report.ask.people), time(each.seconds), len(each.misses))
                for each in causes.beside
            ),
        )
    yield "### Furthest past their due"
    yield table(
        ("ticket", "clock", "missed", "past due"),
        (_worst(miss, look) for miss in causes.misses[:_WORST]),
    )


def _cause(share: Share, lost: int, report: Report) -> tuple[object, ...]:
    part = f"{100 * share.seconds / lost:.1f} %" if lost else "–"
    return cause(share.cause, report.ask.people), time(share.seconds), part, len(share.misses)


def _worst(miss: Miss, look: Look) -> tuple[object, ...]:
    name = f"{miss.ticket.number or miss.ticket.id} {miss.ticket.title}"
    still = " (still open)" if miss.open else ""
    clock = policy_clock(miss.clock, miss.instance)
    return name, clock, look.short(miss.at) + retargeted(miss), time(miss.over) + still


def _pauses(report: Report) -> Iterator[str]:
    pauses = report.pauses
    if not pauses.found:
        return
    yield "## Waits that look like parking"
    yield (
        f"{len(pauses.found)} of {pauses.waits} waits on the customer; "
        f"{sum(len(item.saved) for item in pauses.found)} clocks were met only by them."
    )
    yield table(
        ("agent", "waits", "look like parking", "without an answer", "clocks met by it"),
        (
            (
                report.ask.people.shown(line.agent) or "nobody named",
                line.waits,
                line.parked,
                time(line.unanswered),
                line.saved,
            )
            for line in pauses.agents
        ),
    )


def _metrics(report: Report) -> Iterator[str]:
    whole = report.metrics.whole
    names = {entry.key: entry.name for entry in GLOSSARY}
    yield "## Volumes and times"
    counts = [(names.get(key, key), whole.counts.get(key, 0)) for key in ("created", "solved")]
    counts += [("Reopened", whole.counts.get("reopened", 0))]
    counts += [("Backlog now", sum(each.total for each in report.metrics.backlog_now))]
    yield table(("volume", "tickets"), counts)
    yield table(
        ("rate", "share", "tickets", "of"),
        (
            (names.get(key, key), percent(rate.share), rate.count, rate.of)
            for key, rate in whole.rates.items()
        ),
    )
    if whole.times:
        yield table(
            ("time", "median", "mean", "90th percentile", "median in open hours", "count"),
            (
                (
                    names.get(key, key),
                    time(timing.wall.median),
                    time(timing.wall.mean),
                    time(timing.wall.p90),
                    time(timing.open.median),
                    timing.wall.count,
                )
                for key, timing in whole.times.items()
            ),
        )


def _further(report: Report) -> Iterator[str]:
    for each in report.further:
        yield f"## {plain(each.title)}"
        if each.problem is not None:
            yield f"This section could not be built: {plain(each.problem)}"
        else:
            yield table(each.columns, each.rows)


def _unread(report: Report) -> Iterator[str]:
    if report.unread:
        yield "## In no figure"
        yield f"{len(report.unread)} tickets are held: they could not be read or judged."
        yield "\n".join(
            f"* {plain(row.number or row.id)}: {plain(row.held or '')}" for row in report.unread
        )
