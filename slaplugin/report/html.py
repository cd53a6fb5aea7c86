"""Self-contained pages: own style, no script, no network, light and dark, wide and narrow.

Whatever comes from a helpdesk goes through :func:`text` first. The page's own policy forbids
everything but its inline style, so that even a hole there could load nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from html import escape

from slaplugin.report.html_style import STYLE

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_SHORT = 20
"""Characters that stand in one line."""


def text(value: object) -> str:
    """Anything as text that a page may show: escaped, without control characters."""
    shown = "".join("�" if unicodedata.category(c) in ("Cc", "Cs") else c for c in str(value))
    return escape(shown, quote=True)


def page(title: str, body: Iterable[str], style: str = "") -> str:
    """A whole document; ``title`` is escaped here, ``body`` is markup already.

    ``style`` comes after the style of every page.
    """
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="color-scheme" content="light dark">',
            '<meta name="robots" content="noindex">',
            f"<title>{text(title)}</title>",
            f"<style>{STYLE}{style}</style>",
            "</head>",
            "<body><main>",
            *body,
            "</main></body>",
            "</html>",
            "",
        )
    )


def table(
    caption: str,
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    stacks: bool = False,
    figures: Collection[str] = (),
) -> str:
    """A table; cells are markup already, ``figures`` names the columns of numbers.

    On a narrow page it scrolls by itself, or (``stacks``) turns each row into a list with the
    column titles before the values. Roles are spelled out, since browsers forget them then.
    """
    kinds = ["n" if name in figures else "" for name in head]
    columns = "".join(
        f'<th scope="col"{_class(kind)}>{text(name)}</th>'
        for name, kind in zip(head, kinds, strict=True)
    )
    lines = [f'<tr role="row">{_cells(head, kinds, row)}</tr>' for row in rows]
    frame = "stacks" if stacks else "scroll"
    return "\n".join(
        (
            f'<div class="{frame}" role="region" tabindex="0" aria-label="{text(caption)}">',
            f'<table role="table"><caption>{text(caption)}</caption>',
            f"<thead><tr>{columns}</tr></thead><tbody>",
            *lines,
            "</tbody></table></div>",
        )
    )


def _cells(head: Sequence[str], kinds: Sequence[str], row: Sequence[str]) -> str:
    return "".join(
        f'<td role="cell" data-name="{text(name)}"{_class(kind)}>{cell}</td>'
        for name, kind, cell in zip(head, kinds, row, strict=True)
        if cell or name
    )


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


def facts(pairs: Iterable[tuple[str, object]]) -> str:
    """Name and value pairs; a pair without a value is left out."""
    items = [
        f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>"
        for name, value in pairs
        if value not in (None, "")
    ]
    return f'<dl class="facts">{"".join(items)}</dl>'


def badge(said: str, role: str) -> str:
    """A word in a coloured frame; the word carries the meaning, the colour only helps."""
    return f'<span class="badge {text(role)}">{text(said)}</span>'


def long(value: object) -> str:
    """A text that may break into lines inside a table."""
    return f'<span class="long">{text(value)}</span>'


def cell(value: object) -> str:
    """A value inside a table: a name of any length may break into lines, a short one does not."""
    return long(value) if len(str(value)) > _SHORT else text(value)
