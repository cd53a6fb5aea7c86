"""Steps of ``bd`` and ``by`` targets: shares of the open time between start and due (details 42).

A pause moves the due of a ``bd`` target and with it every share of it, but only those that have
not fallen due yet: what has fired stays where it fired.
"""

from __future__ import annotations

from fractions import Fraction

from slaplugin.core.calendars import Calendar
from slaplugin.core.clocks.allowance import Allowance
from slaplugin.core.clocks.segments import OFF, Segment, standstills
from slaplugin.core.policies import BusinessDays, StepTime


def share_of(seconds: int, share: Fraction) -> int:
    """A share of a target, rounded up to whole seconds (details 42)."""
    return -(-seconds * share.numerator // share.denominator)


def wanted_of(open_time: int, when: StepTime) -> int:
    """Open seconds after the start at which a step is due, of so many until the due time."""
    if when.kind == "share":
        return share_of(open_time, when.share)
    return open_time + (when.offset if when.kind == "after" else -when.offset)


def wall_instant(allowance: Allowance, segments: list[Segment], when: StepTime) -> int | None:
    """When the step is due as far as ``segments`` reach; at the start if it would lie before."""
    calendar, origin = allowance.calendar, allowance.origin
    due = allowance.due([], None)
    moves = isinstance(allowance.goal, BusinessDays)
    for start, end in standstills(segments, origin) if moves else ():
        if due is None or start > due:
            break
        at = _instant(calendar, origin, due, when)
        if at is None or at <= start:
            return at
        if when.kind == "share" and _is_pause(segments, start):
            caught = _caught_up(calendar, origin, (start, due), when)
            if caught is not None and caught <= end:
                return caught
        due = calendar.due(due, calendar.elapsed(start, end))
    return None if due is None else _instant(calendar, origin, due, when)


def _instant(calendar: Calendar, origin: int, due: int, when: StepTime) -> int | None:
    if when.kind == "after":
        return calendar.due(due, when.offset)
    wanted = wanted_of(calendar.elapsed(origin, due), when)
    return origin if wanted <= 0 else calendar.due(origin, wanted)


def _is_pause(segments: list[Segment], at: int) -> bool:
    return any(each.start <= at < each.end and each.mode != OFF for each in segments)


def _caught_up(
    calendar: Calendar, origin: int, pause: tuple[int, int], when: StepTime
) -> int | None:
    """The instant in a pause at which time has passed the share that the pause pushes on.

    ``pause`` is its start and the due at that time. While it lasts, due and share move on by
    its open time, the share more slowly than time itself: they meet once.
    """
    start, due = pause
    used, total = calendar.elapsed(origin, start), calendar.elapsed(origin, due)
    rest = when.share.denominator - when.share.numerator
    if rest <= 0:
        return None
    missing = total * when.share.numerator - used * when.share.denominator
    return calendar.due(start, max(0, -(-missing // rest)))
