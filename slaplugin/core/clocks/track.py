"""All runs of one clock on one ticket."""

from __future__ import annotations

from slaplugin.core.clocks.definitions import ClockDef
from slaplugin.core.clocks.run import Run


class Track:
    """A clock and its instances so far; ``not_applicable`` marks a first response that is none."""

    __slots__ = ("clock", "condition", "not_applicable", "runs")

    def __init__(self, clock: ClockDef) -> None:
        self.clock = clock
        self.runs: list[Run] = []
        self.condition = False
        """Whether the ``while`` condition of a custom clock held after the last event."""
        self.not_applicable: tuple[int, str] | None = None

    @property
    def last(self) -> Run | None:
        return self.runs[-1] if self.runs else None

    @property
    def current(self) -> Run | None:
        """The instance that runs, is paused, or waits outside every policy."""
        last = self.runs[-1] if self.runs else None
        return last if last is not None and last.active else None

    @property
    def running(self) -> bool:
        """Running or paused; outside every policy counts too (details 17)."""
        return self.current is not None
