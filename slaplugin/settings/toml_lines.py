"""Find the line of a setting in a TOML text: the standard library reads values, not places."""

from __future__ import annotations

import re

_TABLE = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_PART = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([\w-]+))\s*\.?""")


def line_of(text: str, path: tuple[str, ...]) -> int | None:
    """Line (from 1) of the deepest part of ``path`` that the text spells out; None if none.

    Good enough for settings: keys inside inline tables are found at the line of the table.
    """
    best: int | None = None
    depth = 0
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _TABLE.match(line):
            table = _parts(header.group(1))
            place = table
        elif key := _KEY.match(line):
            place = table + _parts(key.group(1))
        else:
            continue
        if len(place) > depth and path[: len(place)] == place:
            best, depth = number, len(place)
    return best


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(a or b or c for a, b, c in _PART.findall(dotted))
