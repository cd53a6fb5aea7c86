"""Closed periods that a report covers: what they would say now, on the page and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slaplugin.app.reporting.report import Report
from slaplugin.app.reporting.sealing import Restatement
from slaplugin.report.blocks import as_markdown, as_markup
from slaplugin.report.statement import restatement_block
from slaplugin.report.times import iso


def restated(report: Report) -> Iterator[str]:
    """The section of the page."""
    if not report.restated:
        yield '<p class="note">No closed period lies within this report.</p>'
    for found in report.restated:
        yield from as_markup(restatement_block(found), 3)


def restated_markdown(report: Report) -> Iterator[str]:
    """The section in Markdown; nothing where no closed period is covered."""
    if report.restated:
        yield "## Closed periods"
    for found in report.restated:
        yield from as_markdown(restatement_block(found), 3)


def restated_document(found: Restatement) -> dict[str, Any]:
    """One closed period: its seal, the lines that differ, the tickets that moved and why."""
    return {
        "period": found.seal.period,
        "closed_at": iso(found.seal.closed_at),
        "sha256": found.seal.hash,
        "same": found.same,
        "changed": [
            {
                "part": each.part,
                "name": [found.parties.get(name, name) for name in each.name],
                "closed": each.sealed,
                "now": each.now,
            }
            for each in found.changed
        ],
        "moved": [
            {
                "ticket": each.moved.ticket,
                "number": each.number,
                "title": each.title,
                "clock": each.moved.clock,
                "lines": list(each.moved.lines),
                "closed": each.moved.before,
                "now": each.moved.after,
                "why": list(each.why),
            }
            for each in found.movers
        ],
    }
