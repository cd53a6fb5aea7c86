"""What every test starts from, and in which order."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

_MEMORY = Path("/dev/shm")
_ROOM = 1 << 30
"""Bytes; all folders of a whole run are a third of that."""

_LONGEST_FIRST = ("week", "cli", "app", "web", "hosts", "wiring", "columnar")
"""Folders whose files take longest: where files are shared out among processors, a long one that
came last would keep all others waiting."""


def pytest_configure() -> None:
    """Files of tests are kept in memory where there is room: no test pulls the plug on the
    machine, and all of them together wait for a disk longer than for anything else.

    A folder that is asked for (``TMPDIR``, ``--basetemp``) is taken.
    """
    if "TMPDIR" not in os.environ and _has_room(_MEMORY):
        tempfile.tempdir = os.environ["TMPDIR"] = str(_MEMORY)


def _has_room(folder: Path) -> bool:
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        return False
    runs_programs = not os.statvfs(folder).f_flag & os.ST_NOEXEC
    return runs_programs and shutil.disk_usage(folder).free > _ROOM


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
