"""A ticket's explanation as a page: the drawing of ``explain --html`` in the board's frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from zoneinfo import ZoneInfo

from slaplugin.report import Explanation, Look
from slaplugin.report.explain_html import explanation_body
from slaplugin.report.html import text
from slaplugin.web.board.frame import Frame, document, views
from slaplugin.web.board.query import Query
from slaplugin.web.board.words import shown_title

_STYLES = ("report.css", "board.css")


def ticket_page(explained: Explanation, query: Query, zone: str) -> str:
    """The whole page; all times in ``zone``."""
    look = Look(zone=ZoneInfo(zone), zone_name=zone)
    title = shown_title(explained.ticket.title)
    shown = replace(explained, ticket=replace(explained.ticket, title=title))
    name = f"{explained.ticket.number or explained.ticket.id} {title}"
    frame = Frame(name, "../", query, _STYLES, "ticket-page")
    return document(frame, _header(query), explanation_body(shown, look))


def message_page(head: str, told: str, query: Query, root: str) -> str:
    """A page for when there is nothing to show; ``root``: the way to the wallboard."""
    body = [f'<section class="well"><h1>{text(head)}</h1><p>{text(told)}</p></section>']
    frame = Frame(head, root, query, _STYLES, "message")
    return document(frame, _header(query, root), body)


def _header(query: Query, root: str = "../") -> Iterator[str]:
    back = text((root or "./") + query.address())
    yield (
        f'<header id="top"><div class="bar"><a class="back" href="{back}">← All clocks</a>'
        f"{views(query)}</div></header>"
    )
