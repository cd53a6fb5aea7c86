"""Between wall time and instants, by the policy language's two rules for clock changes.

A wall time that does not exist is the instant of the transition, one that exists twice is its
first occurrence: in both cases *the first instant at which the local clock shows it or later*.
Wall times here are seconds since 1970-01-01T00:00 of the local clock, instants UTC epoch seconds.
Nothing is ever added to a zoned datetime: that arithmetic is wall time in Python.
"""

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import cast
from zoneinfo import ZoneInfo

DAY = 86_400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_EPOCH_ORDINAL = _EPOCH.toordinal()


def zone_named(name: str) -> ZoneInfo:
    """The IANA zone; ValueError where there is none of that name."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError) as error:
        raise ValueError(f"unknown time zone {name!r}; use an IANA name, Europe/Berlin") from error


def midnight_wall(day: date) -> int:
    """The wall time at which `day` begins."""
    return (day.toordinal() - _EPOCH_ORDINAL) * DAY


def wall_date(wall: int) -> date:
    """The day a wall time lies in."""
    return date.fromordinal(wall // DAY + _EPOCH_ORDINAL)


def wall_at(zone: ZoneInfo, at: int) -> int:
    """What the local clock shows at the instant."""
    utc = _EPOCH + timedelta(seconds=at)
    offset = zone.fromutc(utc.replace(tzinfo=zone)).utcoffset()
    return at + _seconds(offset)


def instant_at(zone: ZoneInfo, wall: int) -> int:
    """The first instant at which the local clock shows `wall` or later."""
    local = _EPOCH + timedelta(seconds=wall)
    first = _seconds(zone.utcoffset(local))
    second = _seconds(zone.utcoffset(local.replace(fold=1)))
    if second <= first:
        return wall - first
    # Offsets that grow between the two folds mean a gap: the transition lies between the two
    # readings of the missing wall time, and the local clock only rises there.
    candidates = range(wall - second, wall - first + 1)
    return candidates[bisect_left(candidates, wall, key=lambda at: wall_at(zone, at))]


@lru_cache(maxsize=32_768)
def steady_offset(zone: ZoneInfo, midnight: int) -> int | None:
    """The offset of the two days from this local midnight; None where the clock changes.

    Equal offsets at both ends mean no change between: no zone has ever had two within 3 days.
    """
    ends = (_EPOCH + timedelta(seconds=midnight), _EPOCH + timedelta(seconds=midnight + 2 * DAY))
    before, after = (_seconds(zone.utcoffset(end)) for end in ends)
    return before if before == after else None


def _seconds(offset: timedelta | None) -> int:
    known = cast("timedelta", offset)  # None is for naive datetimes, never for a ZoneInfo
    return known.days * DAY + known.seconds
