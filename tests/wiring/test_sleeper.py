"""How the daemon sleeps: by the time that goes by, the machine's own sleep included."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator

import pytest

from slaplugin.wiring.process import Sleeper


@pytest.fixture
def level() -> Iterator[logging.Logger]:
    logger = logging.getLogger("slaplugin")
    before = logger.level
    logger.setLevel(logging.INFO)
    yield logger
    logger.setLevel(before)


def test_a_machine_that_was_suspended_wakes_the_daemon() -> None:
    """The event's own clock would have slept for the rest of the hour."""
    ups = iter([0.0, 0.0, 1.0, 8 * 3600.0])
    assert Sleeper(lambda: next(ups), nap=0.001).wait(3600) is False
    assert list(ups) == []


def test_it_sleeps_as_long_as_it_is_told() -> None:
    naps = iter(float(second) for second in range(100))
    assert Sleeper(lambda: next(naps), nap=0.001).wait(5) is False
    assert next(naps) == 6.0


def test_it_is_woken_from_another_thread_and_a_wake_before_counts() -> None:
    sleeper = Sleeper()
    sleeper.wake()
    assert sleeper.wait(3600) is True
    waker = threading.Timer(0.01, sleeper.wake)
    waker.start()
    assert sleeper.wait(3600) is True
    waker.join()


def test_the_log_goes_back_to_its_level_and_a_reload_starts_anew(level: logging.Logger) -> None:
    sleeper = Sleeper()
    sleeper._switch_log(signal.SIGUSR1, None)
    assert level.level == logging.DEBUG
    sleeper._switch_log(signal.SIGUSR1, None)
    assert level.level == logging.INFO
    sleeper._switch_log(signal.SIGUSR1, None)
    level.setLevel(logging.WARNING)  # a reload sets the level of the settings
    sleeper._switch_log(signal.SIGUSR1, None)
    assert level.level == logging.DEBUG
    sleeper._switch_log(signal.SIGUSR1, None)
    assert level.level == logging.WARNING


def test_a_log_that_is_at_debug_by_its_settings_stays_there(level: logging.Logger) -> None:
    level.setLevel(logging.DEBUG)
    sleeper = Sleeper()
    sleeper._switch_log(signal.SIGUSR1, None)
    assert level.level == logging.INFO
    sleeper._switch_log(signal.SIGUSR1, None)
    assert level.level == logging.DEBUG
