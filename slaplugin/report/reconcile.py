"""``reconcile``: our numbers beside the helpdesk's, as text and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from slaplugin.app.reconcile.values import EARLIEST, Compared, Comparison, Figures, Reason
from slaplugin.report.look import Look
from slaplugin.report.times import duration, iso

_FIGURES: Mapping[str, str] = {
    "due_at": "due",
    "stopped_at": "stopped",
    "consumed": "used",
    "late": "late",
    "target": "target",
}


def tally(found: Sequence[Compared]) -> dict[str, int]:
    """How many clocks came out how."""
    verdicts = [clock.verdict for ticket in found for clock in ticket.clocks]
    return {
        "tickets": len(found),
        "compared": len(verdicts),
        "equal": verdicts.count("equal"),
        "explained": verdicts.count("explained"),
        "unexplained": verdicts.count("unexplained"),
    }


# ---------------------------------------------------------------------- JSON


def reconcile_json(found: Sequence[Compared], as_of: int, family: str) -> dict[str, Any]:
    """The document of ``reconcile --json``; instants ISO 8601 UTC, durations whole seconds."""
    return {
        "as_of": iso(as_of),
        "family": family,
        "tickets": [_ticket_json(ticket) for ticket in found],
        "summary": tally(found),
    }


def _ticket_json(ticket: Compared) -> dict[str, Any]:
    known = ticket.timeline.ticket
    return {
        "ticket": known.id,
        "number": known.number,
        "title": known.title,
        "agreement": ticket.agreement,
        "clocks": [_clock_json(clock) for clock in ticket.clocks],
    }


def _clock_json(clock: Comparison) -> dict[str, Any]:
    return {
        "clock": clock.clock,
        "field": clock.field,
        "verdict": clock.verdict,
        "ours": _figures_json(clock.ours),
        "host": _figures_json(clock.host),
        "differs": list(clock.differs),
        "unexplained": list(clock.open_questions),
        "reasons": [
            {"reason": reason.key, "text": reason.text, "kind": reason.kind}
            for reason in clock.reasons
        ],
    }


def _figures_json(figures: Figures) -> dict[str, Any]:
    return {
        "due_at": iso(figures.due_at),
        "stopped_at": iso(figures.stopped_at),
        "consumed": figures.consumed,
        "late": figures.late,
    }


# ---------------------------------------------------------------------- text


def reconcile_text(found: Sequence[Compared], look: Look, *, everything: bool = False) -> str:
    """A block for each ticket that has something to tell, then the sum of it."""
    lines: list[str] = []
    for ticket in found:
        clocks = [each for each in ticket.clocks if everything or _is_telling(each)]
        if clocks:
            lines += _head(ticket, look)
            lines += [line for clock in clocks for line in _clock_lines(clock, look)]
            lines.append("")
    lines.append(_sum(found, look))
    return "\n".join(lines) + "\n"


def _is_telling(clock: Comparison) -> bool:
    """Equal numbers tell nothing, and that closed tickets have none is said in the sum."""
    return clock.verdict != "equal" and not _is_ended(clock)


def _is_ended(clock: Comparison) -> bool:
    return [reason.key for reason in clock.reasons] == ["ended"]


def _head(ticket: Compared, look: Look) -> Iterator[str]:
    known = ticket.timeline.ticket
    agreement = f" ({ticket.agreement})" if ticket.agreement else ""
    yield look.told(f"{known.number or known.id} {known.title}{agreement}")


def _clock_lines(clock: Comparison, look: Look) -> Iterator[str]:
    name = "all clocks" if clock.clock == EARLIEST else clock.clock
    yield f"  {name}: {clock.verdict}"
    yield f"    ours  {_figures(clock.ours, look)}"
    yield f"    host  {_figures(clock.host, look)} ({clock.field})"
    for reason in clock.reasons:
        yield from _wrapped(_reason(reason), look)
    if clock.open_questions:
        names = ", ".join(_FIGURES[name] for name in clock.open_questions)
        yield from _wrapped(f"no reason found for: {names}", look)


def _reason(reason: Reason) -> str:
    return f"because {reason.text}" if reason.kind != "inferred" else reason.text


def _wrapped(text: str, look: Look) -> list[str]:
    told = look.told(text)
    return textwrap.wrap(told, look.width, initial_indent="    - ", subsequent_indent="      ")


def _figures(figures: Figures, look: Look) -> str:
    parts = []
    if figures.due_at is not None:
        parts.append(f"due {look.short(figures.due_at)}")
    if figures.stopped_at is not None:
        parts.append(f"stopped {look.short(figures.stopped_at)}")
    if figures.consumed is not None:
        parts.append(f"used {duration(figures.consumed)}")
    if figures.late is not None:
        parts.append("late" if figures.late else "in time")
    return ", ".join(parts) or "nothing"


def _sum(found: Sequence[Compared], look: Look) -> str:
    counts = tally(found)
    ended = sum(_is_ended(clock) for ticket in found for clock in ticket.clocks)
    of_closed = f" ({ended} of them on closed tickets, --all lists them)" if ended else ""
    return (
        f"{counts['tickets']} tickets, {counts['compared']} clocks compared: "
        f"{counts['equal']} equal, {counts['explained']} explained{of_closed}, "
        f"{counts['unexplained']} unexplained (times in {look.zone_name})"
    )
