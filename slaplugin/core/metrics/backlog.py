"""What was not done yet: the backlog at each day's end and its age.

A ticket is in the backlog of an instant when it was created before it and is not closed before it:
so that created and reopened less closed, in [one day's end, the next), is the change between them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise, zip_longest
from zoneinfo import ZoneInfo

from slaplugin.core.calendars.walltime import DAY, instant_at, midnight_wall, wall_at, wall_date
from slaplugin.core.metrics.values import TicketMetrics

AGES: tuple[tuple[str, int], ...] = (
    ("<1d", 0),
    ("1-3d", DAY),
    ("3-7d", 3 * DAY),
    ("7-14d", 7 * DAY),
    ("14-30d", 14 * DAY),
    (">30d", 30 * DAY),
)
"""Buckets of real time since the creation: name, and the seconds from which on it counts."""
_STEPS = tuple(since for _, since in AGES)


@dataclass(frozen=True, slots=True)
class BacklogDay:
    """The backlog at the end of one local day."""

    day: date
    at: int
    """The midnight that ends it, UTC epoch seconds."""
    by_age: tuple[int, ...]
    """One number for each of :data:`AGES`."""

    @property
    def total(self) -> int:
        """Open tickets of every age."""
        return sum(self.by_age)


def open_stretches(found: TicketMetrics) -> Iterator[tuple[int, int | None]]:
    """When the ticket was not closed, UTC epoch seconds; the last end None: it still is not."""
    course = found.course
    starts = (found.created_at, *course.reopened_at)
    yield from zip_longest(starts, course.closed_at)


def age_at(found: TicketMetrics, at: int) -> int | None:
    """The place in :data:`AGES` of a ticket in the backlog of an instant; None: it is not."""
    for start, end in open_stretches(found):
        if start < at and (end is None or at <= end):
            return bucket(at - found.created_at)
    return None


def bucket(age: int) -> int:
    """The place in :data:`AGES` of an age in seconds."""
    return sum(age >= since for since in _STEPS) - 1


class Backlog:
    """Changes of the backlog by day and age: memory grows with the days alone."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._midnights: dict[int, int] = {}
        self.changes: Counter[tuple[int, int]] = Counter()
        """By (ordinal of the date whose midnight is the first concerned, place in AGES)."""

    def add(self, found: TicketMetrics) -> None:
        for start, end in open_stretches(found):
            for place, (since, until) in enumerate(_by_age(found.created_at, start, end)):
                if until is not None and until <= since:
                    continue
                self.changes[self._midnight_from(since), place] += 1
                if until is not None:
                    self.changes[self._midnight_from(until), place] -= 1

    def extend(self, other: Backlog) -> None:
        """Take over what another part of the tickets has."""
        for key, change in other.changes.items():
            self.changes[key] += change

    def days(self, first: int | None, last: int) -> tuple[BacklogDay, ...]:
        """The day ends in (first, last], UTC epoch seconds; first None: from the first ticket."""
        if not self.changes:
            return ()
        earliest = min(ordinal for ordinal, _ in self.changes)
        begin = earliest if first is None else self._midnight_from(first + 1)
        stop = self._midnight_from(last + 1)
        levels = [0] * len(AGES)
        for (ordinal, place), change in self.changes.items():
            if ordinal < begin:
                levels[place] += change
        return tuple(self._days(levels, range(begin, stop)))

    def _days(self, levels: list[int], ordinals: range) -> Iterator[BacklogDay]:
        for ordinal in ordinals:
            for place in range(len(AGES)):
                levels[place] += self.changes[ordinal, place]
            day = date.fromordinal(ordinal - 1)
            yield BacklogDay(day, self._midnight(ordinal), tuple(levels))

    def _midnight_from(self, at: int) -> int:
        """The ordinal of the first local date that begins at the instant or later."""
        ordinal = wall_date(wall_at(self._zone, at)).toordinal()
        while self._midnight(ordinal) < at:
            ordinal += 1
        return ordinal

    def _midnight(self, ordinal: int) -> int:
        found = self._midnights.get(ordinal)
        if found is None:
            found = instant_at(self._zone, midnight_wall(date.fromordinal(ordinal)))
            self._midnights[ordinal] = found
        return found


def _by_age(created: int, start: int, end: int | None) -> Iterator[tuple[int, int | None]]:
    """For each bucket the instants [since, until) at which the stretch counts in it."""
    after = None if end is None else end + 1
    bounds = [created + since for since in _STEPS]
    for low, high in pairwise([*bounds, None]):
        since = max(start + 1, low if low is not None else 0)
        until = min((each for each in (high, after) if each is not None), default=None)
        yield since, until
