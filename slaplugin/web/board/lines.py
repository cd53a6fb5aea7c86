"""One clock as an entry of a list."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from slaplugin.app.board import Line
from slaplugin.app.ports import TicketRow
from slaplugin.report.html import text
from slaplugin.web.board.frame import hidden, icon
from slaplugin.web.board.query import FIRST_SHOWN, Query
from slaplugin.web.board.words import countdown, moment, shown_title

_SAID = {"breached": "Breached", "at_risk": "At risk"}


def entry(line: Line, query: Query, now: int) -> str:
    """The clock with its countdown; static/board.js goes on counting by the ``data-`` values."""
    mark = line.urgent.mark
    return (
        f'<li class="line {mark}" data-key="{text(key(line))}">'
        f"{_count(line)}"
        f'<div class="what">{_title(line, query)}{_meta(line)}'
        f"{_when(line, now)}</div></li>"
    )


def key(line: Line) -> str:
    """The clock's identity on the page."""
    instance = line.urgent.instance
    return f"{line.urgent.row.id} {instance.clock} {instance.instance}"


def ticket_address(line: Line, query: Query) -> str:
    """The ticket's page, with the filters to come back to."""
    back = query.but(view="", show=FIRST_SHOWN).address()
    return f"tickets/{quote(line.urgent.row.id, safe='')}{back}"


def number(row: TicketRow) -> str:
    """As people call the ticket; some helpdesks' numbers have the sign already."""
    return f"#{(row.number or row.id).removeprefix('#')}"


def _count(line: Line) -> str:
    urgent, left = line.urgent, line.left
    paused = urgent.instance.status == "paused"
    told = "–" if left is None else countdown(left)
    word = "over" if left is not None and left < 0 else "left"
    counted = "" if left is None else f' data-left="{left}"'
    stands = ' data-stands="paused"' if paused else f' data-calendar="{text(line.calendar)}"'
    return (
        f'<p class="count">{icon(urgent.mark)}{hidden(f"{_SAID[urgent.mark]}: ")}'
        f'<b class="time"{counted}{stands}>{told}</b> '
        f'<small class="word">{word}</small></p>'
    )


def _title(line: Line, query: Query) -> str:
    row = line.urgent.row
    return (
        f'<a class="ticket" href="{text(ticket_address(line, query))}">'
        f'<span class="number">{text(number(row))}</span> '
        f'<bdi class="title">{text(shown_title(row.title))}</bdi></a>'
    )


def _meta(line: Line) -> str:
    urgent = line.urgent
    seen, instance = urgent.row.seen, urgent.instance
    words = [
        ("clock", instance.clock.replace("_", " ")),
        ("policy", instance.policy),
        ("group", seen.group),
        ("owner", seen.owner or "nobody"),
    ]
    items = "".join(
        f'<span class="{name}">{hidden(f"{name} ")}<bdi>{text(shown_title(word))}</bdi></span>'
        for name, word in words
        if word
    )
    held = (
        f'<span class="flag">held{hidden(": nothing is written")}</span>' if urgent.row.held else ""
    )
    return f'<p class="meta">{items}{held}</p>'


def _when(line: Line, now: int) -> str:
    instance = line.urgent.instance
    due = (
        "no due time"
        if instance.due_at is None
        else f"due {moment(instance.due_at, line.zone, now)}"
    )
    if instance.status == "paused":
        due = (
            "the clock stands still while the customer is waited for"
            if instance.due_at is None
            else due
        )
        return f'<p class="when">{icon("paused")} paused · {due}</p>'
    return (
        f'<p class="when"><span class="due">{due}</span>'
        f'<span class="stands" data-calendar="{text(line.calendar)}" '
        f'data-zone="{text(line.zone)}"></span></p>'
    )


def listing(lines: Sequence[Line], query: Query, now: int) -> str:
    """As many entries as are wanted, and the way to more of them."""
    shown = lines[: query.show]
    items = "".join(entry(line, query, now) for line in shown)
    more = ""
    if len(lines) > len(shown):
        rest = len(lines) - len(shown)
        step = min(rest, 100)
        further = query.but(show=len(shown) + step).address()
        more = (
            f'<p class="more"><a href="{text(further or "./")}" data-more>Show {step} more</a> '
            f'<span class="rest">{rest} not shown</span></p>'
        )
    return f'<ol class="lines">{items}</ol>{more}'
