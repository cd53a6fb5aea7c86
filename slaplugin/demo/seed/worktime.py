"""When the people of the demo work and write: office hours in Berlin, quiet weekends."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from random import Random

ZONE = ZoneInfo("Europe/Berlin")
_OPEN = time(8, 0)
_CLOSE = time(17, 30)
_FRIDAY_CLOSE = time(16, 0)
_SATURDAY = 5
_FRIDAY = 4
# Share of a weekday's messages by local hour: a morning peak, a lunch dip, some in the evening.
_WEEKDAY_HOURS = {
    0: 1,
    6: 2,
    7: 6,
    8: 14,
    9: 20,
    10: 19,
    11: 15,
    12: 7,
    13: 12,
    14: 15,
    15: 13,
    16: 10,
    17: 6,
    18: 4,
    19: 3,
    20: 3,
    21: 2,
    22: 1,
}
_WEEKEND_HOURS = {8: 1, 9: 2, 10: 4, 11: 4, 12: 3, 14: 3, 15: 3, 17: 2, 19: 2, 21: 1}


def is_weekend(day: datetime) -> bool:
    """Saturday or Sunday in the demo's zone."""
    return day.astimezone(ZONE).weekday() >= _SATURDAY


def message_time(random: Random, day: datetime) -> datetime:
    """A believable instant on a local day at which a customer writes, UTC."""
    hours = _WEEKEND_HOURS if is_weekend(day) else _WEEKDAY_HOURS
    hour = random.choices(list(hours), list(hours.values()))[0]
    local = day.astimezone(ZONE).replace(hour=hour, minute=0, second=0, microsecond=0)
    offset = random.randrange(3_600_000)
    return (local + timedelta(milliseconds=offset)).astimezone(UTC)


def after_work(at: datetime, minutes: float) -> datetime:
    """The instant `minutes` of office time after `at`, UTC."""
    left = timedelta(minutes=minutes)
    now = at.astimezone(ZONE)
    while True:
        opens, closes = _hours(now)
        begin = max(now, opens)
        if begin < closes and begin + left < closes:
            return (begin + left).astimezone(UTC)
        left -= max(closes - begin, timedelta())
        now = (opens + timedelta(days=1)).replace(hour=0, minute=0)


def _hours(day: datetime) -> tuple[datetime, datetime]:
    """Opening and closing of a local day; the same instant when closed all day."""
    opens = datetime.combine(day.date(), _OPEN, ZONE)
    if day.weekday() >= _SATURDAY:
        return opens, opens
    closes = _FRIDAY_CLOSE if day.weekday() == _FRIDAY else _CLOSE
    return opens, datetime.combine(day.date(), closes, ZONE)
