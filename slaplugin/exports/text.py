"""JSON Lines and CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from slaplugin.exports.fields import Field, FieldType, Row

_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


class Sink(Protocol):
    """What rows are written to: an open file, or anything that takes text."""

    def write(self, text: str, /) -> object: ...


def write_jsonl(out: Sink, fields: Sequence[Field], rows: Iterable[Row]) -> None:
    """One JSON object a line; JSON of the store is nested, yes and no are true and false."""
    for row in rows:
        document = {
            field.name: None if value is None else _JSON[field.type](value)
            for field, value in zip(fields, row, strict=True)
        }
        out.write(json.dumps(document, ensure_ascii=False) + "\n")


def write_csv(out: Sink, fields: Sequence[Field], rows: Iterable[Row]) -> None:
    """A head line, then the rows; nothing is an empty cell.

    A text that a spreadsheet would run as a formula gets an apostrophe in front: titles come from
    anybody who can write a mail.
    """
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([field.name for field in fields])
    for row in rows:
        writer.writerow([_cell(field, value) for field, value in zip(fields, row, strict=True)])


def _cell(field: Field, value: Any) -> Any:
    if value is None:
        return ""
    if field.type == "boolean":
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(_FORMULAS):
        return f"'{value}"
    return value


def _same(value: Any) -> Any:
    return value


_JSON: dict[FieldType, Callable[[Any], Any]] = {
    "text": _same,
    "integer": _same,
    "instant": _same,
    "boolean": bool,
    "json": json.loads,
}
