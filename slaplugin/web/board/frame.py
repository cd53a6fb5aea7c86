"""The frame of both pages: head, skip link, header, footer, and small pieces of markup."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from slaplugin.report.html import text
from slaplugin.web.board.assets import address_of
from slaplugin.web.board.query import Query

_PATHS = {
    "breached": '<path d="M8 1.2 15.4 14.6H.6Z"/><path class="cut" d="M8 6v4M8 12v.6"/>',
    "at_risk": '<circle cx="8" cy="8" r="7"/><path class="cut" d="M8 4v4.4l2.8 1.8"/>',
    "running": '<path d="M4 2.2 13.4 8 4 13.8Z"/>',
    "paused": '<path d="M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z"/>',
    "good": '<path class="line" d="M2.5 8.6 6.3 12.4 13.6 4"/>',
}
"""One shape a meaning, so that colour never has to tell it alone."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What the frame of a page says. ``root``: the way from the page to ``/``."""

    title: str
    root: str
    query: Query
    styles: tuple[str, ...]
    main: str
    """Class of the main part."""


def icon(name: str) -> str:
    """A small picture that says nothing by itself: a word stands beside it."""
    return (
        f'<svg class="icon i-{name}" viewBox="0 0 16 16" aria-hidden="true" focusable="false">'
        f"{_PATHS[name]}</svg>"
    )


def hidden(words: str) -> str:
    """Said to those who hear the page, where others see an icon."""
    return f'<span class="unseen">{text(words)}</span>'


def views(query: Query, *, wall: bool = False) -> str:
    """Ways to the same page with another look; of the two themes the style shows the other one."""
    links = [
        (query.but(theme="dark"), "Dark", "to-dark"),
        (query.but(theme="light"), "Light", "to-light"),
    ]
    if wall:
        big = query.view == "wall"
        other = query.but(view="" if big else "wall")
        links.insert(0, (other, "Lists" if big else "Big type", "to-view"))
    items = "".join(
        f'<a class="button {name}" href="{text(choice.address() or "./")}">{label}</a>'
        for choice, label, name in links
    )
    return f'<nav class="views" aria-label="How the page looks">{items}</nav>'


def document(frame: Frame, header: Iterable[str], body: Iterable[str]) -> str:
    """A whole page; ``header`` and ``body`` are markup already."""
    theme, view = frame.query.theme, frame.query.view
    attributes = f' data-theme="{theme}"' if theme else ""
    attributes += f' data-view="{view}"' if view else ""
    return "\n".join(
        (
            "<!doctype html>",
            f'<html lang="en"{attributes}>',
            *_head(frame),
            "<body>",
            '<a class="skip" href="#content">Skip to the clocks</a>',
            *header,
            f'<main id="content" tabindex="-1" class="{frame.main}">',
            *body,
            "</main>",
            "</body>",
            "</html>",
            "",
        )
    )


def _head(frame: Frame) -> Iterator[str]:
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f'<meta name="color-scheme" content="{frame.query.theme or "light dark"}">'
    yield '<meta name="robots" content="noindex">'
    yield f"<title>{text(frame.title)}</title>"
    yield f'<link rel="icon" type="image/svg+xml" href="{frame.root}{address_of("icon.svg")}">'
    for name in frame.styles:
        yield f'<link rel="stylesheet" href="{frame.root}{address_of(name)}">'
    yield f'<script src="{frame.root}{address_of("board.js")}" defer></script>'
    yield "</head>"
