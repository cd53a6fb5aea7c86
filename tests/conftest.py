"""What every test starts from, and in which order."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

_LONGEST_FIRST = ("week", "cli", "app", "web", "hosts")
"""Folders whose files take longest: where files are shared out among processors, a long one that
came last would keep all others waiting."""


@pytest.fixture(scope="session", autouse=True)
def _signals_as_at_a_keyboard() -> None:
    """A run in the background inherits a SIGINT that is ignored, and would hand it on to the
    processes that tests interrupt."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first, each in its own order."""
    items.sort(key=lambda item: _place(item.path))


def _place(path: Path) -> int:
    folder = path.relative_to(Path(__file__).parent).parts[0]
    return _LONGEST_FIRST.index(folder) if folder in _LONGEST_FIRST else len(_LONGEST_FIRST)
