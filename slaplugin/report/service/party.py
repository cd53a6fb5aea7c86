"""What a report about one customer or organization has of its own, in each form.

Whose turn it was, the open tickets with what is due next, every ticket with its outcomes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from slaplugin.app.reporting.report import Report
from slaplugin.core.ticketlines import ClockLine, TicketLine
from slaplugin.report import blocks
from slaplugin.report.charts import BarLine, bars, figure
from slaplugin.report.html import badge, cell, table, text
from slaplugin.report.look import Look
from slaplugin.report.service.behind import VERDICTS, Lists
from slaplugin.report.service.figures import time
from slaplugin.report.service.wording import policy_clock
from slaplugin.report.times import iso

_SHOWN = 300
"""Tickets that the page lists; the rest it counts."""
_ROLES = {"misses": "bad", "hits": "good"}


def turns(report: Report) -> Iterator[str]:
    """Whose turn it was: the customer waiting on us, and we on the customer."""
    ours = sum(line.ours for line in report.lines)
    theirs = sum(line.theirs for line in report.lines)
    whole = ours + theirs
    if not whole:
        yield '<p class="note">No ticket was open in this time.</p>'
        return
    lines = [
        BarLine(name, seconds, f"{time(seconds)}, {100 * seconds / whole:.1f} %")
        for name, seconds in (("our turn", ours), ("the customer's turn", theirs))
    ]
    caption = "Whose turn it was: all time of all tickets, nights and weekends included"
    yield figure(bars(caption, lines), caption)
    yield (
        '<p class="note">Time that the customer took is left out of our clocks, as far as their'
        " policies pause them.</p>"
    )


def open_now(report: Report, lists: Lists, look: Look) -> Iterator[str]:
    """Open tickets with what is due next."""
    found = [line for line in report.lines if line.open]
    if not found:
        yield '<p class="note">No ticket is open.</p>'
        return
    head = ("ticket", "state", "where", "open since", "due next")
    rows = (_open(line, report, lists, look) for line in found[:_SHOWN])
    yield table("Open tickets", head, rows, stacks=True)
    yield from _more(found)


def _open(line: TicketLine, report: Report, lists: Lists, look: Look) -> tuple[str, ...]:
    return (
        _name(line, lists),
        cell(line.state or "–"),
        cell(", ".join(filter(None, (line.group, line.priority))) or "–"),
        text(look.short(line.created_at)),
        _due(line, report.provenance.as_of, look),
    )


def _due(line: TicketLine, now: int, look: Look) -> str:
    if line.due is None:
        return "–"
    late = f" {badge('overdue', 'bad')}" if line.due < now else ""
    return text(look.short(line.due)) + late


def outcomes(report: Report, lists: Lists, look: Look) -> Iterator[str]:
    """Every ticket with what became of its clocks."""
    if not report.lines:
        yield '<p class="note">There was no ticket.</p>'
        return
    head = ("ticket", "created", "closed", "our turn", "their turn", "clocks")
    rows = (_outcome(line, lists, look) for line in report.lines[:_SHOWN])
    yield table("Tickets and outcomes", head, rows, stacks=True, figures=head[3:5])
    yield from _more(report.lines)


def _outcome(line: TicketLine, lists: Lists, look: Look) -> tuple[str, ...]:
    closed = "open" if line.closed_at is None else look.short(line.closed_at)
    if line.state in ("merged", "removed"):
        closed += f" ({line.state})"
    badges = [_clock(each) for each in line.clocks]
    badges += [_clock(each, "the customer's ") for each in line.their_clocks]
    return (
        _name(line, lists),
        text(look.short(line.created_at)),
        text(closed),
        text(time(line.ours)),
        text(time(line.theirs)),
        f'<span class="long">{" ".join(badges) or "–"}</span>',
    )


def _clock(clock: ClockLine, whose: str = "") -> str:
    said = f"{whose}{policy_clock(clock.clock, clock.instance)}: {VERDICTS[clock.verdict]}"
    return badge(said, _ROLES.get(clock.verdict, "calm"))


def _name(line: TicketLine, lists: Lists) -> str:
    lists.know(line.ticket.id, line.ticket.number, line.ticket.url)
    number = lists.ticket(line.ticket.id, line.ticket.number or line.ticket.id)
    return f'<span class="long">{number} <bdi>{text(line.ticket.title)}</bdi></span>'


def _more(found: Sequence[TicketLine]) -> Iterator[str]:
    if len(found) > _SHOWN:
        said = f"… and {len(found) - _SHOWN} more: `slaplugin report --json` lists them all"
        yield f'<p class="note">{text(said)}</p>'


# ---------------------------------------------------------------------- Markdown and JSON


def party_markdown(report: Report, look: Look) -> Iterator[str]:
    """Open tickets and turns; the page and the document have every outcome."""
    if report.ask.is_whole:
        return
    ours, theirs = (sum(getattr(line, turn) for line in report.lines) for turn in _TURNS)
    yield "## Open tickets now"
    yield (
        f"Of {len(report.lines)} tickets in this time {sum(line.open for line in report.lines)} are"
        f" open. All together it was our turn for {time(ours)} and the customer's for"
        f" {time(theirs)}, nights and weekends included."
    )
    found = [line for line in report.lines if line.open]
    if found:
        head = ("ticket", "state", "open since", "due next")
        yield blocks.table(head, (_open_row(line, look) for line in found[:_SHOWN]))


_TURNS = ("ours", "theirs")


def _open_row(line: TicketLine, look: Look) -> tuple[str, ...]:
    name = f"{line.ticket.number or line.ticket.id} {line.ticket.title}"
    due = "–" if line.due is None else look.short(line.due)
    return name, line.state or "–", look.short(line.created_at), due


def party_document(report: Report) -> list[dict[str, Any]] | None:
    """Every ticket; None where the report is about everybody's."""
    return None if report.ask.is_whole else [_line_document(line) for line in report.lines]


def _line_document(line: TicketLine) -> dict[str, Any]:
    return {
        "ticket": line.ticket.id,
        "number": line.ticket.number,
        "title": line.ticket.title,
        "url": line.ticket.url,
        "created_at": iso(line.created_at),
        "closed_at": iso(line.closed_at),
        "state": line.state,
        "priority": line.priority,
        "group": line.group,
        "our_turn": line.ours,
        "their_turn": line.theirs,
        "due": iso(line.due),
        "clocks": list(map(_clock_document, line.clocks)),
        "customer_clocks": list(map(_clock_document, line.their_clocks)),
    }


def _clock_document(clock: ClockLine) -> dict[str, Any]:
    return {
        "clock": clock.clock,
        "instance": clock.instance,
        "verdict": clock.verdict,
        "decided_at": iso(clock.decided_at),
        "elapsed": clock.elapsed,
        "target": clock.target,
        "due": iso(clock.due),
    }
