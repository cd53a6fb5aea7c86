"""Exported files of the OTRS family: CSV results of the SQL box, YAML of the system configuration.

The SQL box heads its columns and separates them as the admin's language does (``;`` ``,`` or tab).
The configuration's export has sections ``Default`` and ``Modified`` of settings with their
``EffectiveValue``; in the database that value is a YAML text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from slaplugin.app.errors import ConfigurationError, Problem

Row = Mapping[str, str]

_SEPARATORS = ";,\t|"
_SECTIONS = ("Default", "Modified")
_HINT = "slaplugin policy import --host otrs --how says what to export"


@dataclass(slots=True)
class Export:
    """Everything that was exported."""

    queues: list[Row] = field(default_factory=list)
    slas: list[Row] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    """Setting -> value; None: switched off. Changed values stand in for those shipped."""


def read_exports(files: Mapping[str, str]) -> Export:
    """All files together; raises ConfigurationError for one that is none of the kinds."""
    export = Export()
    changes: dict[str, Any] = {}
    for file, text in files.items():
        content = text.removeprefix("\ufeff")
        if content.lstrip().startswith("---") or file.endswith((".yml", ".yaml")):
            _take_yaml(_yaml(content, file), export.settings, changes, file)
        else:
            _take_rows(_rows(content, file), export, changes, file)
    export.settings |= changes
    return export


# ---------------------------------------------------------------------- YAML


def _yaml(text: str, file: str) -> Any:
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        problem = Problem("is no YAML that can be read", file=file, line=line, hint=_HINT)
        raise ConfigurationError([problem]) from error


def _take_yaml(content: Any, shipped: dict[str, Any], changes: dict[str, Any], file: str) -> None:
    if not isinstance(content, Mapping):
        raise ConfigurationError([Problem("holds no settings", file=file, hint=_HINT)])
    sections = [name for name in _SECTIONS if isinstance(content.get(name), Mapping)]
    if not sections:
        changes.update({name: _effective(value) for name, value in content.items()})
    for name in sections:
        into = shipped if name == "Default" else changes
        into.update({key: _effective(value) for key, value in content[name].items()})


def _effective(setting: Any) -> Any:
    """The value itself, or that of a setting with all its attributes."""
    if not isinstance(setting, Mapping) or "EffectiveValue" not in setting:
        return setting
    return None if str(setting.get("IsValid", 1)) == "0" else setting["EffectiveValue"]


# ---------------------------------------------------------------------- CSV


def _rows(text: str, file: str) -> list[Row]:
    """Rows by the lower-case names of their columns (Oracle shouts them)."""
    head = text.lstrip().split("\n", 1)[0]
    separator = max(_SEPARATORS, key=head.count)
    reader = csv.DictReader(io.StringIO(text.lstrip(), newline=""), delimiter=separator)
    try:
        rows = list(reader)
    except csv.Error as error:
        problem = Problem(f"is no CSV: {error}", file=file, line=reader.line_num, hint=_HINT)
        raise ConfigurationError([problem]) from error
    return [{str(key).strip().lower(): _cell(value) for key, value in row.items()} for row in rows]


def _cell(value: Any) -> str:
    text = str(value or "").strip()
    return "" if text == "NULL" else text


def _take_rows(rows: Sequence[Row], export: Export, changes: dict[str, Any], file: str) -> None:
    columns = rows[0] if rows else {}
    if "sla" in columns:
        export.slas += [row for row in rows if row["sla"]]
    elif "queue" in columns:
        export.queues += [row for row in rows if row["queue"]]
    elif "default_setting" in columns:
        export.settings.update(_settings(rows, "default_setting", file))
    elif "modified_setting" in columns:
        changes.update(_settings(rows, "modified_setting", file))
    elif rows:
        shown = ", ".join(columns)
        message = f"holds none of the columns sla, queue and default_setting, but {shown}"
        raise ConfigurationError([Problem(message, file=file, line=1, hint=_HINT)])


def _settings(rows: Sequence[Row], column: str, file: str) -> dict[str, Any]:
    return {
        row[column]: None
        if row.get("is_valid") == "0"
        else _yaml(row.get("effective_value", ""), file)
        for row in rows
    }
