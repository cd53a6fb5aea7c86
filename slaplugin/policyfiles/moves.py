"""How many open clocks another policy set would treat otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from slaplugin.core.model import ClockInstance


@dataclass(slots=True)
class Moves:
    """How many open clocks another set would treat otherwise."""

    compared: int = 0
    earlier: int = 0
    later: int = 0
    newly_breached: int = 0
    lost: int = 0
    """Open now, and without a target or void under the other set."""
    gained: int = 0
    """Without a target now, with one under the other set."""

    @property
    def moved(self) -> int:
        return self.earlier + self.later + self.lost + self.gained

    def add(self, before: Iterable[ClockInstance], after: Iterable[ClockInstance]) -> None:
        """Count one ticket: its instances under the set in force and under the other."""
        others = {(item.clock, item.start_event): item for item in after}
        for item in before:
            if item.is_open:
                self._one(item, others.get((item.clock, item.start_event)))

    def _one(self, item: ClockInstance, other: ClockInstance | None) -> None:
        self.compared += 1
        has, would = item.target is not None, other is not None and other.target is not None
        if has and not would:
            self.lost += 1
        elif would and not has:
            self.gained += 1
        elif other is not None and item.due_at is not None and other.due_at is not None:
            self.earlier += other.due_at < item.due_at
            self.later += other.due_at > item.due_at
        if other is not None and other.outcome == "breached" and item.outcome != "breached":
            self.newly_breached += 1

    def __str__(self) -> str:
        return (
            f"{self.moved} of {self.compared} open clocks would move: {self.earlier} earlier, "
            f"{self.later} later, {self.lost} without a target, {self.gained} with a new one; "
            f"{self.newly_breached} would be newly breached"
        )
