"""What every test starts from."""

from __future__ import annotations

import signal

import pytest


@pytest.fixture(scope="session", autouse=True)
def _signals_as_at_a_keyboard() -> None:
    """A run in the background inherits a SIGINT that is ignored, and would hand it on to the
    processes that tests interrupt."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
