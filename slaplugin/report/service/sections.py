"""The sections of a page, and the contents that lead to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from slaplugin.report.html import text
from slaplugin.report.service.behind import Lists

Section = tuple[str, str, Iterable[str]]
"""Anchor, heading, and the markup."""


def sectioned(sections: Iterable[Section]) -> Iterator[str]:
    """The sections that have anything in them, with links to them before.

    They are made in their order: the last but one lists the tickets of those before it.
    """
    made = ((name, title, list(parts)) for name, title, parts in sections)
    filled = [(name, title, parts) for name, title, parts in made if parts]
    links = (f'<li><a href="#{name}">{text(title)}</a></li>' for name, title, _ in filled)
    yield f'<nav aria-label="Contents"><ul>{"".join(links)}</ul></nav>'
    for name, title, parts in filled:
        yield f'<section class="card" id="{name}"><h2>{text(title)}</h2>'
        yield from parts
        yield "</section>"


def listed(lists: Lists) -> Iterator[str]:
    """What the figures of the page lead to."""
    found = list(lists.markup())
    if found:
        yield (
            '<p class="note onpaper">A number in brackets behind a figure is that of its list.</p>'
        )
    yield from found
