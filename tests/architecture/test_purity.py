"""What may not occur in a layer, read from the syntax trees (architecture.md, rule 1)."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "slaplugin"

CLOCK_READS = {
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns",
             "process_time", "localtime", "gmtime", "sleep", "ctime", "strftime"},
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
}  # fmt: skip


def modules(*layers: str) -> list[Path]:
    return [file for layer in layers for file in sorted((PACKAGE / layer).rglob("*.py"))]


def shown(file: Path) -> str:
    return str(file.relative_to(ROOT))


def clock_reads(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and text of every name that reads a clock, however it was imported."""
    meant = {"datetime": "datetime", "date": "date"}
    for line, module, name, alias in imported(tree):
        if module == "time" and name in CLOCK_READS["time"]:
            yield line, f"from time import {name}"
        meant[alias] = name
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value
            said = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
            if node.attr in CLOCK_READS.get(meant.get(said, said), set()):
                yield node.lineno, f"{said}.{node.attr}"


def imported(tree: ast.AST) -> Iterator[tuple[int, str, str, str]]:
    """Line, module, name and local name of what comes from ``time`` and ``datetime``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                if name.name in ("time", "datetime"):
                    yield node.lineno, "", name.name, name.asname or name.name
        elif isinstance(node, ast.ImportFrom) and node.module in ("time", "datetime"):
            for name in node.names:
                yield node.lineno, node.module, name.name, name.asname or name.name


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")


@pytest.mark.parametrize("file", modules("core", "app"), ids=shown)
def test_core_and_app_read_no_clock(file: Path) -> None:
    assert list(clock_reads(ast.parse(file.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    "text",
    [
        "import time\ntime.time()",
        "import time as t\nt.monotonic()",
        "from time import time",
        "from datetime import datetime\ndatetime.now()",
        "from datetime import datetime as dt\ndt.utcnow()",
        "import datetime\ndatetime.datetime.now()",
        "import datetime as d\nd.date.today()",
        "from datetime import date\nread = date.today",
    ],
)
def test_a_clock_read_is_noticed(text: str) -> None:
    assert list(clock_reads(ast.parse(text)))


@pytest.mark.parametrize("file", modules("core"), ids=shown)
def test_core_imports_the_standard_library_and_itself(file: Path) -> None:
    foreign = [
        (line, name)
        for line, name in imports(ast.parse(file.read_text(encoding="utf-8")))
        if not name.startswith(("slaplugin.core", "."))
        and name.split(".")[0] not in sys.stdlib_module_names
    ]
    assert foreign == []


@pytest.mark.parametrize("file", modules("core"), ids=shown)
def test_core_does_no_input_or_output(file: Path) -> None:
    names = {name.split(".")[0] for _, name in imports(ast.parse(file.read_text("utf-8")))}
    outside = {
        "os",
        "io",
        "pathlib",
        "socket",
        "sqlite3",
        "logging",
        "subprocess",
        "urllib",
        "http",
    }
    assert names & outside == set()
