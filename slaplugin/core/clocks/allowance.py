"""How much time a clock has: the target in force with its floors, restarts and extensions."""

from __future__ import annotations

from dataclasses import dataclass, replace

from slaplugin.core.calendars import Calendar
from slaplugin.core.clocks.segments import Segment, instant_of, standstills
from slaplugin.core.policies import BusinessDays, ByTime, Duration, Goal, NoTarget

NONE = NoTarget()


@dataclass(frozen=True, slots=True)
class Allowance:
    """A target as it applies to one instance.

    For durations ``total`` is the counted time at which the clock is due, without extensions;
    ``base`` is what had been counted when the target began to count (after a restart). For
    ``bd`` and ``by`` ``origin`` is the instant from which they are worked out (details 24-26).
    """

    goal: Goal
    calendar: Calendar
    origin: int
    total: int = 0
    base: int = 0
    extension: int = 0

    @property
    def limited(self) -> bool:
        return not isinstance(self.goal, NoTarget)

    @property
    def is_duration(self) -> bool:
        return isinstance(self.goal, Duration)

    @property
    def ignores_pauses(self) -> bool:
        return isinstance(self.goal, ByTime)

    def extended(self, seconds: int) -> Allowance:
        return replace(self, extension=self.extension + seconds)

    def due(self, segments: list[Segment], onward: tuple[int, Calendar] | None) -> int | None:
        """The due instant, the clock taken to run on as ``onward`` says.

        Without ``onward`` a duration that is not used up has none.
        """
        if isinstance(self.goal, Duration):
            return instant_of(segments, self.total + self.extension, onward)
        if isinstance(self.goal, BusinessDays):
            return self._business_days(self.goal, segments)
        if isinstance(self.goal, ByTime):
            return self._extend(self.calendar.by_due(self.origin, self.goal.wall, self.goal.after))
        return None

    def _extend(self, due: int | None) -> int | None:
        if due is None or not self.extension:
            return due
        return self.calendar.due(due, self.extension)

    def _business_days(self, goal: BusinessDays, segments: list[Segment]) -> int | None:
        due = self._extend(self.calendar.business_days_due(self.origin, goal.days))
        for start, end in standstills(segments, self.origin):
            if due is None or start > due:
                break
            due = self.calendar.due(due, self.calendar.elapsed(start, end))
        return due


def fresh(goal: Goal, calendar: Calendar, start: int, extension: int = 0) -> Allowance:
    """The target measured from the start of the clock."""
    total = goal.seconds if isinstance(goal, Duration) else 0
    return Allowance(goal, calendar, start, total=total, extension=extension)


def text_of(goal: Goal) -> int | str | None:
    """``target`` as an instance shows it (details 13)."""
    if isinstance(goal, Duration):
        return goal.seconds
    if isinstance(goal, BusinessDays):
        return f"{goal.days}bd"
    if isinstance(goal, ByTime):
        wall = "close" if goal.wall is None else f"{goal.wall // 3600:02}:{goal.wall // 60 % 60:02}"
        return f"by {wall}"
    return None
