"""What no test runs by itself (benchmarks, live tests) still imports names that are there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(
    file for place in ("benchmarks", "tests/live") for file in ROOT.glob(f"{place}/*.py")
)


def imported(file: Path) -> Iterator[tuple[str, str]]:
    """(module, name) of everything that a file takes from the product."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("slaplugin"):
            yield from ((node.module or "", alias.name) for alias in node.names)


def is_there(module: str, name: str) -> bool:
    found = import_module(module)
    is_module = hasattr(found, "__path__") and find_spec(f"{module}.{name}") is not None
    return hasattr(found, name) or is_module


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_imported_name_is_there(file: Path) -> None:
    assert [pair for pair in imported(file) if not is_there(*pair)] == []
