"""The sum behind a due time: what is allowed, from when on, and on which days it is counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from slaplugin.core.calendars import SpecialDay
from slaplugin.core.changes.values import Reckoning
from slaplugin.core.clocks.allowance import Allowance
from slaplugin.core.clocks.run import Run
from slaplugin.core.clocks.segments import RUN, standstills
from slaplugin.core.model import Event
from slaplugin.core.policies import BusinessDays, ByTime, Duration
from slaplugin.core.rulebook import RuleBook
from slaplugin.core.steps import enforced_since


def reckoning_of(run: Run, started_by: Event | None, rules: RuleBook, as_of: int) -> Reckoning:
    """How the due of a run with a target comes about; ``run`` has lived up to ``as_of``."""
    allowance = run.allowance
    goal = allowance.goal
    seconds = goal.seconds if isinstance(goal, Duration) else 0
    end = as_of if run.stopped_at is None else run.stopped_at
    due = None if run.left or run.void_reason else run.due_onward(end)
    return Reckoning(
        counts_from=allowance.origin,
        restarted=allowance.origin != run.started_at,
        started_by=started_by,
        calendar=(run if allowance.is_duration else allowance).calendar.name,
        allowed=allowance.total + allowance.extension if allowance.is_duration else None,
        live_since=enforced_since(run.layer, run.calendar, rules) if run.layer else None,
        extended=allowance.extension,
        raised=allowance.total - seconds if allowance.is_duration else 0,
        ahead=tuple(_ahead(run, as_of, due)),
        opens=_opening(allowance),
        after=goal.after if isinstance(goal, ByTime) else None,
        days=tuple(_days(allowance, due)),
        moved=_moved(run),
        special=tuple(_special(run, end, due)),
    )


def _ahead(run: Run, now: int, due: int | None) -> Iterator[tuple[int, int]]:
    """Open time from now on, if the clock runs."""
    if due is None or not run.active or run.mode != RUN or not run.allowance.is_duration:
        return
    decreed = run.foreseen(now) if run.overrides else []
    onward = decreed[-1].end if decreed else now
    for segment in decreed:
        if segment.mode == RUN:
            yield from segment.calendar.intervals(segment.start, min(segment.end, due))
    yield from run.calendar.intervals(onward, due)


def _opening(allowance: Allowance) -> int | None:
    if not isinstance(allowance.goal, BusinessDays):
        return None
    opening = allowance.calendar.next_open(allowance.origin)
    return None if opening == allowance.origin else opening


def _days(allowance: Allowance, due: int | None) -> Iterator[date]:
    """The days that a ``bd`` or ``by`` target names, before pauses and extensions move it."""
    calendar, goal = allowance.calendar, allowance.goal
    if due is None:
        return
    if isinstance(goal, ByTime):
        at = calendar.by_due(allowance.origin, goal.wall, goal.after)
        if at is not None:
            yield calendar.local_date(at)
    elif isinstance(goal, BusinessDays):
        opening = calendar.next_open(allowance.origin)
        day = None if opening is None else calendar.shift_day(opening)
        left = goal.days
        while day is not None and left:
            day += timedelta(days=1)
            if calendar.shifts(day):
                left -= 1
                yield day


def _moved(run: Run) -> int:
    allowance = run.allowance
    if not isinstance(allowance.goal, BusinessDays):
        return 0
    calendar = allowance.calendar
    return sum(calendar.elapsed(*still) for still in standstills(run.segments, allowance.origin))


def _special(run: Run, end: int, due: int | None) -> Iterator[SpecialDay]:
    """On each stretch's own calendar, and on the present one up to the due."""
    told: set[tuple[str, date]] = set()
    stretches = [(each.calendar, each.start, each.end) for each in run.segments]
    if due is not None and due > end:
        stretches.append((run.calendar, end, due))
    for calendar, start, until in stretches:
        for day in calendar.special_days(start, until):
            if (day.calendar, day.day) not in told:
                told.add((day.calendar, day.day))
                yield day
