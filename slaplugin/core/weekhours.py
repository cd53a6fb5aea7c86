"""The hours of a local week: 168 places, Monday 00:00 the first."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from slaplugin.core.calendars.walltime import DAY, wall_at, wall_date

HOURS = 168


def week_hour(zone: ZoneInfo, at: int) -> int:
    """Which hour of its local week an instant (UTC epoch seconds) falls in.

    The hour that a clock change repeats is one hour of the week, the one it leaves out has none.
    """
    wall = wall_at(zone, at)
    day: date = wall_date(wall)
    return day.weekday() * 24 + wall % DAY // 3600
