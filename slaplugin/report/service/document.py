"""The report as one JSON document. Instants ISO 8601 UTC, durations whole seconds, shares exact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from slaplugin.app.reporting.report import Report
from slaplugin.core.attainment import Behind, Cell, Line, Statement
from slaplugin.core.causes import Miss, PauseAudit, Share, lost_by_period
from slaplugin.core.metrics.figures import Figures, Timing, Totals
from slaplugin.core.metrics.series import Summary
from slaplugin.core.metrics.values import Elapsed
from slaplugin.core.pseudonyms import People
from slaplugin.report.service.figures import exact, percent_number, seconds
from slaplugin.report.service.party import party_document
from slaplugin.report.service.restated import restated_document
from slaplugin.report.service.rows import COUNTS, Sheet, sheets
from slaplugin.report.service.satisfaction import satisfaction_document
from slaplugin.report.times import iso


def document(report: Report) -> dict[str, Any]:
    """Everything that the report says."""
    whole, *broken_down, theirs = sheets(report)
    people = report.ask.people
    return {
        **_head(report),
        "attainment": _table(whole, people),
        "sections": [
            {
                "name": each.name,
                "title": each.title,
                "columns": list(each.columns),
                "rows": [list(row) for row in each.rows],
                "problem": each.problem,
            }
            for each in report.further
        ],
        "low_confidence_for": dict(report.doubts),
        "customer_clocks": _table(theirs, people),
        "by": [
            {"dimensions": [each.name for each in sheet.by], "rows": _table(sheet, people)}
            for sheet in broken_down
        ],
        "objectives": [_line(line) for line in report.accounts.lines()],
        "statements": [statement_document(each) for each in report.statements],
        "causes": _causes(report, people),
        "pauses": _pauses(report.pauses, people),
        "metrics": _metrics(report.metrics, people),
        "satisfaction": report.csat and satisfaction_document(report.csat),
        "restatements": [restated_document(found) for found in report.restated],
        "tickets_of_party": party_document(report),
        "unread": [
            {"ticket": row.id, "number": row.number, "why": row.held} for row in report.unread
        ],
    }


def _head(report: Report) -> dict[str, Any]:
    ask, given = report.ask, report.provenance
    return {
        "host": given.host,
        "as_of": iso(given.as_of),
        "period": {
            "per": ask.per,
            "first": ask.first.label,
            "last": ask.last.label,
            "since": iso(ask.since),
            "until": iso(ask.until),
            "timezone": ask.zone,
        },
        "customer": ask.parties.customer,
        "organization": ask.parties.organization,
        "tickets": given.tickets,
        "policy_set": given.policy_set,
        "program": given.program,
        "audit_head": given.audit_head,
    }


# ------------------------------------------------------------------------- attainment


def _table(sheet: Sheet, people: People) -> list[dict[str, Any]]:
    return [_cell(sheet, cell, people) for cell in sheet.table.cells]


def _cell(sheet: Sheet, cell: Cell, people: People) -> dict[str, Any]:
    values = {
        dimension.name: people.shown_value(dimension, value)
        for dimension, value in zip(sheet.by, cell.values[1:], strict=True)
    }
    counts = cell.counts
    return {
        "period": cell.period.label if cell.period else None,
        "clock": cell.values[0],
        **values,
        **{name: getattr(counts, name) for name in COUNTS},
        "share": exact(counts.share),
        "percent": percent_number(counts.share),
        "elapsed": counts.elapsed,
        "paused": counts.paused,
        "tickets": [behind(each) for each in cell.behind],
    }


def behind(each: Behind) -> dict[str, Any]:
    """One clock instance behind a figure."""
    return {
        "ticket": each.ticket,
        "number": each.number,
        "title": each.title,
        "clock": each.clock,
        "instance": each.instance,
        "policy": each.policy,
        "verdict": each.verdict,
        "decided_at": iso(each.decided_at),
        "elapsed": each.elapsed,
        "target": each.target,
    }


def _line(line: Line) -> dict[str, Any]:
    told, objective = line.told, line.commitment.objective
    return {
        "policy": line.commitment.policy,
        "clock": objective.clock,
        "availability": objective.availability,
        "within": objective.within,
        "goal": exact(objective.share),
        "party": line.commitment.party,
        "period": line.period.label if line.period else None,
        "timezone": objective.zone,
        **{name: getattr(told, name) for name in COUNTS},
        "share": exact(told.share),
        "percent": percent_number(told.share),
        "met": told.met,
        "known": line.known,
        "credit": told.credit,
        "tickets": [behind(each) for each in line.behind],
    }


def statement_document(each: Statement) -> dict[str, Any]:
    """What one party was promised and is owed in one period."""
    return {
        each.by: each.party,
        "period": each.period.label if each.period else None,
        "policies": [
            {
                "policy": section.policy,
                "objectives": [_line(line) for line in section.lines],
                "credit": exact(section.credit),
                "amount": None if section.amount is None else str(section.amount),
                "currency": section.currency,
            }
            for section in each.sections
        ],
        "customer_clocks": [_line(line) for line in each.theirs],
        "totals": {currency or "": str(amount) for currency, amount in each.totals.items()},
    }


# ------------------------------------------------------------------------- causes


def _causes(report: Report, people: People) -> dict[str, Any]:
    ask, causes = report.ask, report.causes
    return {
        "lost": causes.lost,
        "counted": _shares(causes.counted, people, causes.lost),
        "beside": _shares(causes.beside, people, None),
        "by_period": [
            {"period": each.period.label, "misses": each.misses, "seconds": dict(each.seconds)}
            for each in lost_by_period(causes.misses, ask.first, ask.last, ask.zone)
        ],
        "misses_by_hour_of_week": list(causes.week),
        "misses": [_miss(miss, people) for miss in causes.misses],
    }


def _shares(shares: Iterable[Share], people: People, whole: int | None) -> list[dict[str, Any]]:
    return [
        {
            "cause": share.cause.kind,
            "group": share.cause.group,
            "agent": people.shown(share.cause.agent),
            "seconds": share.seconds,
            "percent": round(100 * share.seconds / whole, 2) if whole else None,
            "tickets": list(dict.fromkeys(miss.ticket.id for miss in share.misses)),
        }
        for share in shares
    ]


def _miss(miss: Miss, people: People) -> dict[str, Any]:
    return {
        "ticket": miss.ticket.id,
        "number": miss.ticket.number,
        "title": miss.ticket.title,
        "url": miss.ticket.url,
        "clock": miss.clock,
        "instance": miss.instance,
        "policy": miss.policy,
        "at": iso(miss.at),
        "elapsed": miss.elapsed,
        "over": miss.over,
        "open": miss.open,
        "breach_reason": miss.reason,
        "changed_by": list(miss.changed_by),
        "causes": [
            {
                "cause": cause.kind,
                "group": cause.group,
                "agent": people.shown(cause.agent),
                "seconds": length,
            }
            for cause, length in miss.seconds.items()
        ],
    }


def _pauses(pauses: PauseAudit, people: People) -> dict[str, Any]:
    return {
        "waits": pauses.waits,
        "seconds": pauses.seconds,
        "found": [
            {
                "ticket": item.ticket.id,
                "number": item.ticket.number,
                "title": item.ticket.title,
                "how": list(item.how),
                "from": iso(item.start),
                "to": iso(item.end),
                "agent": people.shown(item.agent),
                "group": item.group,
                "unanswered": item.unanswered,
                "saved": [{"clock": clock, "instance": number} for clock, number in item.saved],
            }
            for item in pauses.found
        ],
        "agents": [
            {
                "agent": people.shown(line.agent),
                "waits": line.waits,
                "parked": line.parked,
                "unanswered": line.unanswered,
                "saved": line.saved,
            }
            for line in pauses.agents
        ],
    }


# ------------------------------------------------------------------------- metrics


def _metrics(totals: Totals, people: People) -> dict[str, Any]:
    return {
        "whole": _figures(totals.whole, people),
        "periods": [
            {"period": cell.period.label if cell.period else None, **_figures(cell.figures, people)}
            for cell in totals.cells
        ],
        "backlog": [
            {"day": each.day.isoformat(), "total": each.total, "by_age": list(each.by_age)}
            for each in totals.backlog
        ],
        "backlog_now": [
            {
                "total": each.total,
                "by_age": list(each.by_age),
                "oldest": [item.ticket for item in each.oldest],
            }
            for each in totals.backlog_now
        ],
        "arrivals_by_hour_of_week": list(totals.hours.arrivals),
        "replies_by_hour_of_week": list(totals.hours.replies),
        "left_out": dict(totals.left_out),
    }


def _figures(figures: Figures, people: People) -> dict[str, Any]:
    return {
        "times": {key: _timing(timing) for key, timing in figures.times.items()},
        "numbers": {key: _summary(number.summary) for key, number in figures.numbers.items()},
        "counts": dict(figures.counts),
        "rates": {
            key: {
                "count": rate.count,
                "of": rate.of,
                "share": exact(rate.share),
                "percent": percent_number(rate.share),
            }
            for key, rate in figures.rates.items()
        },
        "channels": dict(figures.channels),
        "parts": [
            {
                "of": part.of,
                "name": people.shown(part.name) if part.of == "owner" else part.name,
                "tickets": part.tickets,
                **_elapsed(part.elapsed),
            }
            for part in figures.parts
        ],
        "escalations": [
            {
                "kind": each.kind,
                "count": each.count,
                "ends": dict(each.ends),
                "after_miss": each.after_miss,
                "in_time": each.in_time,
                "latest": [item.ticket for item in each.latest],
            }
            for each in figures.escalations
        ],
        "latest": {key: [item.ticket for item in found] for key, found in figures.latest.items()},
    }


def _elapsed(elapsed: Elapsed) -> Mapping[str, int]:
    return {"wall": elapsed.wall, "open": elapsed.open}


def _timing(timing: Timing) -> dict[str, Any]:
    return {
        "wall": _summary(timing.wall),
        "open": _summary(timing.open),
        "longest": [item.ticket for item in timing.longest],
    }


def _summary(summary: Summary) -> dict[str, Any]:
    return {
        "count": summary.count,
        "total": summary.total,
        "mean": seconds(summary.mean),
        "median": seconds(summary.median),
        "p90": summary.p90,
        "largest": summary.largest,
    }
