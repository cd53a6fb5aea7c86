"""Size and taste (architecture.md): measured, so that it stays so."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(
    file
    for place in ("slaplugin", "hooks", "tests", "benchmarks")
    for file in (ROOT / place).rglob("*.py")
)


def functions() -> Iterator[tuple[str, int]]:
    """Place and length in lines of every function of the product, docstring left out."""
    for file in sorted((ROOT / "slaplugin").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{file.relative_to(ROOT)}:{node.lineno} {node.name}", length(node)


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node):
        text = node.body[0]
        lines -= (text.end_lineno or text.lineno) - text.lineno + 1
    return lines


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_files_stay_under_500_lines(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) < 500


def test_functions_are_short() -> None:
    lengths = sorted(size for _, size in functions())
    assert statistics.median(lengths) <= 10
    longest = [place for place, size in functions() if size > 40]
    assert lengths[int(len(lengths) * 0.95)] <= 40, longest
