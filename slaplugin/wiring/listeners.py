"""Who is told what happens in a daemon: the log, the metrics, the pages, the reports."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from slaplugin.app.daemon import Watch
from slaplugin.app.errors import LeaseHeldError
from slaplugin.app.outcome import CycleReport

log = logging.getLogger(__name__)


class ReloadWatch(Protocol):
    """Who is told what became of changed files."""

    def reloaded(self, problem: Exception | None) -> None:
        """They are in force now (None), or not used because of a problem."""


class Listener(Watch, ReloadWatch, Protocol):
    """Who is told everything that happens in a daemon."""


class Broadcast:
    """Several listeners as one; what breaks in one of them disturbs neither the others nor us."""

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self._listeners = tuple(listeners)

    def begin(self) -> None:
        self._each(lambda one: one.begin())

    def cycle(self, report: CycleReport, *, pulled: bool) -> None:
        self._each(lambda one: one.cycle(report, pulled=pulled))

    def failed(self, error: Exception, wait: float) -> None:
        self._each(lambda one: one.failed(error, wait))

    def standby(self, error: LeaseHeldError) -> None:
        self._each(lambda one: one.standby(error))

    def working(self) -> None:
        self._each(lambda one: one.working())

    def reloaded(self, problem: Exception | None) -> None:
        self._each(lambda one: one.reloaded(problem))

    def _each(self, tell: Callable[[Listener], None]) -> None:
        for one in self._listeners:
            try:
                tell(one)
            except Exception as error:
                log.error("what happens could not be told: %s", error, exc_info=error)
