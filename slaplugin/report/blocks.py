"""Headings, tables and sentences that are in no form yet, and their three forms.

What is said once is said the same in plain text, in Markdown and as markup; whatever comes from a
helpdesk stays text in all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from slaplugin.report import html
from slaplugin.report.look import Look

_ODD = re.compile(r"([\\`*{}\[\]<>|#]|(?<!\w)_|_(?!\w))")
"""What Markdown could take for markup; an underscore within a word is none."""
_STEERING = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What steers a terminal, or turns the direction of all that follows in the line: figures, too."""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, a table, sentences below it, and further blocks one level down."""

    title: str
    head: tuple[str, ...] = ()
    rows: Sequence[tuple[str, ...]] = ()
    notes: tuple[str, ...] = ()
    parts: tuple[Block, ...] = ()


def plain(value: object) -> str:
    """Anything as one line of text that Markdown shows as it is, and a terminal obeys nowhere."""
    line = _STEERING.sub("�", " ".join(str(value).split()))
    return _ODD.sub(r"\\\1", line)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown; the first column is text, the others are figures."""
    lines = [
        "| " + " | ".join(head) + " |",
        "|" + "|".join(" --- " if place == 0 else " ---: " for place in range(len(head))) + "|",
    ]
    lines += ["| " + " | ".join(plain(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def as_markdown(block: Block, level: int = 1) -> Iterator[str]:
    """Its paragraphs; ``level`` is that of its heading."""
    yield f"{'#' * level} {plain(block.title)}"
    if block.rows:
        yield table(block.head, block.rows)
    yield from map(plain, block.notes)
    for part in block.parts:
        yield from as_markdown(part, level + 1)


def as_text(block: Block, look: Look) -> Iterator[str]:
    """Its lines, as a terminal may show them."""
    yield look.paint(look.clean(block.title), "bold")
    yield from _columns(block, look)
    yield from map(look.clean, block.notes)
    for part in block.parts:
        yield ""
        yield from as_text(part, look)


def as_markup(block: Block, level: int = 2) -> Iterator[str]:
    """Its elements for a page; ``level`` is that of its heading."""
    yield f"<h{level}>{html.text(block.title)}</h{level}>"
    if block.rows:
        rows = [[html.cell(said) for said in row] for row in block.rows]
        yield html.table(block.title, block.head, rows, stacks=True)
    yield from (f"<p>{html.text(note)}</p>" for note in block.notes)
    for part in block.parts:
        inner = as_markup(part, min(level + 1, 6))
        if level == 1:
            yield f'<section class="card">{"".join(inner)}</section>'
        else:
            yield from inner


def _columns(block: Block, look: Look) -> Iterator[str]:
    if not block.rows:
        return
    cells = [tuple(look.clean(cell) for cell in row) for row in (block.head, *block.rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for number, row in enumerate(cells):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield look.paint(line, "dim") if number == 0 else line
