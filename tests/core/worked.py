"""Files of worked cases, one test each; a file is judged when the first of its cases runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from slaplugin.app.policytest import CaseResult, run_file
from slaplugin.policyfiles.testfiles import load_policy_tests

_KEYS = ("cases", "errors", "objective_cases")
"""In the order in which :func:`run_file` gives their results."""
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Reads texts alone: some cases are wrong on purpose."""


def worked(files: Sequence[Path]) -> list[Any]:
    """A parameter for each case of each file: its file and its place there."""
    return [
        pytest.param(file, place, id=f"{file.stem}:{name}")
        for file in files
        for place, name in enumerate(_names(file))
    ]


def _names(file: Path) -> Iterator[str]:
    written = yaml.load(file.read_text(encoding="utf-8"), Loader=_LOADER)
    return (case["name"] for key in _KEYS for case in written.get(key, ()))


@cache
def results(file: Path) -> list[CaseResult]:
    """What the engine makes of each case of the file."""
    return run_file(load_policy_tests(file))
