"""Clocks at risk and breached, most urgent first."""

from __future__ import annotations

from collections.abc import Sequence

from slaplugin.report import times
from slaplugin.report.look import Look
from slaplugin.report.values import StatusRow

_HEAD = ("LEFT", "MARK", "DUE", "TICKET", "CLOCK", "POLICY", "GROUP / OWNER", "TITLE")


def urgency(row: StatusRow) -> tuple[int, int, str]:
    """Sort key: the earliest due first; what stands still without a due comes last."""
    due = row.instance.due_at
    return (1, 0, row.ticket.id) if due is None else (0, due, row.ticket.id)


def status_text(
    rows: Sequence[StatusRow], now: int, look: Look, *, total: int | None = None
) -> str:
    """The table, the title cut where the page ends; ``total`` where only some are shown."""
    look = look.at(now)
    lines = [f"{look.paint(_headline(len(rows), total), 'bold')}  {times.full(now, look.zone)}"]
    if rows:
        lines += ["", *_table([_cells(row, now, look) for row in rows], rows, look)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _headline(shown: int, total: int | None) -> str:
    count = shown if total is None else total
    if not count:
        return "No clock is at risk or breached"
    head = "1 clock at risk or breached" if count == 1 else f"{count} clocks at risk or breached"
    return head if count == shown else f"{head}, {shown} of them:"


def _cells(row: StatusRow, now: int, look: Look) -> tuple[str, ...]:
    due = row.instance.due_at
    who = " / ".join(part for part in (row.group, row.owner) if part)
    mark = {"breached": "BREACH", "at_risk": "risk", "none": ""}[row.mark]
    held = f"HELD ({row.held}) " if row.held else ""
    return (
        _left(row, now),
        mark,
        "" if due is None else look.short(due),
        look.clean(row.ticket.number or row.ticket.id),
        row.instance.clock,
        look.cut(look.clean(row.instance.policy or ""), 16),
        look.cut(look.clean(who), 24),
        look.clean(held + row.ticket.title),
    )


def _left(row: StatusRow, now: int) -> str:
    due = row.instance.due_at
    if row.instance.status == "paused":
        return "paused"
    if due is None:
        return ""
    seconds = due - now
    minutes = times.duration(abs(seconds) // 60 * 60) if abs(seconds) >= 60 else "under 1m"
    return f"{minutes} over" if seconds < 0 else minutes


def _table(cells: Sequence[tuple[str, ...]], rows: Sequence[StatusRow], look: Look) -> list[str]:
    widths = [max(len(line[column]) for line in (_HEAD, *cells)) for column in range(len(_HEAD))]
    shown = _columns(widths, look.width)
    lines = [look.paint(_line(_HEAD, widths, shown, look), "dim")]
    for line, row in zip(cells, rows, strict=True):
        role = "bad" if row.mark == "breached" else "warn"
        lines.append(look.paint(_line(line, widths, shown, look), role))
    return lines


def _columns(widths: Sequence[int], room: int) -> list[int]:
    """Which columns fit with at least 12 characters of the title: policy and owner go first."""
    shown = list(range(len(widths)))
    for optional in (5, 6):
        if sum(widths[column] + 2 for column in shown[:-1]) + 12 > room:
            shown.remove(optional)
    return shown


def _line(cells: Sequence[str], widths: Sequence[int], shown: Sequence[int], look: Look) -> str:
    *columns, title = shown
    text = "  ".join(
        cells[column].rjust(widths[column]) if column == 0 else cells[column].ljust(widths[column])
        for column in columns
    )
    room = max(8, look.width - len(text) - 2)
    return f"{text}  {look.cut(cells[title], room)}"
