"""Steps of ``bd`` and ``by`` targets: shares of the open time between start and due (details 42).

A pause moves the due of a ``bd`` target and with it every share of it, but only those that have
not fallen due yet: what has fired stays where it fired.
"""

from __future__ import annotations

from slaplugin.core.calendars import Calendar
from slaplugin.core.clocks.allowance import Allowance
from slaplugin.core.clocks.segments import OFF, RUN, Segment, since
from slaplugin.core.policies import BusinessDays, StepTime


def wanted_of(open_time: int, when: StepTime) -> int:
    """Open seconds after the start at which a step is due, of so many until the due time."""
    if when.kind == "share":
        return -(-open_time * when.share.numerator // when.share.denominator)
    return open_time - when.offset


def wall_instant(allowance: Allowance, segments: list[Segment], when: StepTime) -> int | None:
    """When the step is due as far as ``segments`` reach; at the start if it would lie before.

    One that would fall due while the clock is stopped or outside every policy waits until it
    runs again.
    """
    due, earliest = allowance.due([], None), allowance.origin
    for segment in since(segments, allowance.origin):
        at = _instant(allowance, due, when, earliest)
        if due is None or at is None or at < segment.start:
            return at
        if segment.mode == OFF:
            earliest = segment.end
        elif at == segment.start:
            return at
        if segment.mode != RUN and isinstance(allowance.goal, BusinessDays):
            caught = _caught_up(allowance, segment, due, when)
            if caught is not None:
                return caught
            due = _moved(allowance.calendar, due, segment)
    return _instant(allowance, due, when, earliest)


def _instant(allowance: Allowance, due: int | None, when: StepTime, earliest: int) -> int | None:
    if due is None:
        return None
    calendar, origin = allowance.calendar, allowance.origin
    if when.kind == "after":
        at = calendar.due(due, when.offset)
    else:
        wanted = wanted_of(calendar.elapsed(origin, due), when)
        at = origin if wanted <= 0 else calendar.due(origin, wanted)
    return None if at is None else max(at, earliest)


def _moved(calendar: Calendar, due: int, segment: Segment) -> int | None:
    """A standstill that begins not later than the due moves it by its open time (details 25)."""
    if segment.start > due:
        return due
    return calendar.due(due, calendar.elapsed(segment.start, segment.end))


def _caught_up(allowance: Allowance, segment: Segment, due: int, when: StepTime) -> int | None:
    """The instant in a pause at which time has passed the share that the pause pushes on.

    While it lasts, due and share move on by its open time, the share more slowly than time
    itself: they meet once. None where that is not within the segment.
    """
    rest = when.share.denominator - when.share.numerator
    if segment.mode == OFF or when.kind != "share" or rest <= 0 or segment.start > due:
        return None
    calendar, origin = allowance.calendar, allowance.origin
    used, total = calendar.elapsed(origin, segment.start), calendar.elapsed(origin, due)
    missing = total * when.share.numerator - used * when.share.denominator
    caught = calendar.due(segment.start, max(0, -(-missing // rest)))
    return caught if caught is not None and caught <= segment.end else None
