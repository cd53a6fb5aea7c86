"""How open clocks stand, without a look at each: what is counted, and what needs to be looked at.

Most open clocks are neither late nor near their due, and stay so until an instant that is known
when they are judged. The store keeps that instant, so that a pass over all clocks reads those
alone whose instant has come, and counts the others. All instants are UTC epoch seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slaplugin.core.calendars import Calendar
from slaplugin.core.model import ClockInstance

if TYPE_CHECKING:
    from slaplugin.app.ports import TicketRow

AT_RISK_SHARE = 4
"""Without steps a clock is at risk in the last quarter of its time, as by the default steps."""

Key = tuple[int, str, str]
"""A clock instance by the store's own number of its ticket, its clock and its start event."""


@dataclass(frozen=True, slots=True)
class Tally:
    """So many open clocks that are alike and that time has not brought near anything yet."""

    group: str | None
    policy: str | None
    clock: str
    party: str
    paused: bool
    counted: bool
    """Whether an attainment may count them: neither waived nor of low confidence."""
    count: int
    next_due: int | None
    """The earliest due among them."""


@dataclass(frozen=True, slots=True)
class Pressing:
    """An open clock that needs a look: near its due, over it, or of a ticket to be judged anew."""

    key: Key
    stamp: tuple[int, int]
    """Equal stamps of one key mean an equal row and instance."""
    row: TicketRow
    """Without its facts."""
    instance: ClockInstance


def shows_risk(instance: ClockInstance) -> bool:
    """Whether an at-risk step of it has fallen due."""
    return any(record.severity[0] == 1 and record.status != "adopted" for record in instance.steps)


def in_last_quarter(instance: ClockInstance, calendar: Calendar | None, now: int) -> bool:
    """Whether at most a quarter of its time is left at ``now``."""
    if calendar is None or instance.due_at is None:
        return False
    left = calendar.elapsed(now, instance.due_at)
    return left * AT_RISK_SHARE <= _whole(instance, calendar, instance.due_at)


def urgent_from(instance: ClockInstance, calendar: Calendar | None) -> int | None:
    """From when on an open clock is at risk or breached, if nothing but time happens to it.

    None: never by time alone. The same rule as :func:`shows_risk` and :func:`in_last_quarter` tell
    for an instant; ``calendar`` is the clock's.
    """
    if not instance.is_open or instance.target is None:
        return None
    if (instance.outcome == "breached" and not instance.waived) or shows_risk(instance):
        return instance.started_at
    due = instance.due_at
    if due is None:
        return None
    if instance.steps or calendar is None or instance.started_at >= due:
        return due + 1
    return min(due + 1, _last_quarter(instance, calendar, due))


def _last_quarter(instance: ClockInstance, calendar: Calendar, due: int) -> int:
    allowed = _whole(instance, calendar, due) // AT_RISK_SHARE
    before = calendar.elapsed(instance.started_at, due) - allowed
    found = calendar.due(instance.started_at, max(0, before))
    return due if found is None else found


def _whole(instance: ClockInstance, calendar: Calendar, due: int) -> int:
    if isinstance(instance.target, int):
        return instance.target
    return calendar.elapsed(instance.started_at, due)
