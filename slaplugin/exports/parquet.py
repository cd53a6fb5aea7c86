"""Parquet by DuckDB (the extra ``parquet``), which also is what most people will read it with.

The rows go through a temporary file of JSON Lines in the target's folder: DuckDB then reads and
writes in bounded memory, and needs none of its extensions from the network.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

from slaplugin.app.errors import ConfigurationError
from slaplugin.exports.fields import Field, FieldType, Row

_TYPES: dict[FieldType, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "json": "VARCHAR",
    "instant": "TIMESTAMPTZ",
}


def write_parquet(target: Path, fields: Sequence[Field], rows: Iterable[Row]) -> None:
    """Write a whole file; instants are timestamps with their zone, JSON stays text.

    ConfigurationError where the extra is not installed.
    """
    duckdb = _engine()
    with NamedTemporaryFile("w", dir=target.parent, prefix=".export-", encoding="utf-8") as lines:
        _write_lines(lines.file, fields, rows)
        lines.flush()
        with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as engine:
            engine.execute("SET TimeZone = 'UTC'")
            columns = {field.name: _TYPES[field.type] for field in fields}
            engine.read_json(lines.name, format="newline_delimited", columns=columns).to_parquet(
                str(target), compression="zstd"
            )


def _engine() -> Any:
    try:
        import duckdb
    except ImportError as error:
        raise ConfigurationError(
            "Parquet needs DuckDB, which is not installed: pip install 'slaplugin[parquet]', or"
            " choose --format jsonl or csv"
        ) from error
    return duckdb


def _write_lines(out: IO[str], fields: Sequence[Field], rows: Iterable[Row]) -> None:
    names = [field.name for field in fields]
    flags = [field.type == "boolean" for field in fields]
    for row in rows:
        values = (
            bool(value) if flag and value is not None else value
            for flag, value in zip(flags, row, strict=True)
        )
        out.write(json.dumps(dict(zip(names, values, strict=True))) + "\n")
