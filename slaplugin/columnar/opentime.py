"""A calendar's open time for whole columns of instants; the same answers as the calendar's own."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from slaplugin.columnar.columns import NONE
from slaplugin.core.calendars import Calendar

Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]


class OpenTime:
    """One calendar; its table is taken over again whenever it has grown."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._covered = (1, 0)
        self._edges = self._base = self._totals = np.zeros(0, np.int64)

    def elapsed(self, starts: Ints, ends: Ints) -> Ints:
        """Open seconds in each [start, end), none of which ends before it starts."""
        if not len(starts):
            return np.zeros(0, np.int64)
        self._cover(int(starts.min()), int(ends.max()))
        return self._worked(ends) - self._worked(starts)

    def due(self, starts: Ints, seconds: Ints) -> Ints:
        """The earliest instants by which so much open time has passed (R2); NONE: never."""
        if not len(starts):
            return np.zeros(0, np.int64)
        self._cover(int(starts.min()), int(starts.max()))
        wanted = self._worked(starts) + seconds
        place = np.searchsorted(self._totals, wanted, "left")
        within = place < len(self._totals)
        found = wanted - self._base[2 * np.where(within, place, 0) + 1] if within.any() else wanted
        found = np.where(seconds == 0, starts, found)
        for lost in np.flatnonzero(~within & (seconds > 0)):
            found[lost] = self._alone(int(starts[lost]), int(seconds[lost]))
        far = found - starts > _FAR
        for lost in np.flatnonzero(far & within & (seconds > 0)):
            found[lost] = self._alone(int(starts[lost]), int(seconds[lost]))
        return found

    def _alone(self, start: int, seconds: int) -> int:
        """What lies beyond the table, or so far away that the calendar may call it never."""
        due = self._calendar.due(start, seconds)
        return NONE if due is None else due

    def _worked(self, instants: Ints) -> Ints:
        """Open seconds from the table's beginning to each instant."""
        place = np.searchsorted(self._edges, instants, "right")
        return self._base[place] + (place & 1) * instants

    def _cover(self, start: int, end: int) -> None:
        if self._covered[0] <= start and end <= self._covered[1]:
            return
        first, last, edges, base, totals = self._calendar.table(start, end)
        self._covered = (first, last)
        self._edges = np.array(edges, np.int64)
        self._base = np.array(base, np.int64)
        self._totals = np.array(totals, np.int64)


_FAR = 30 * 365 * 86_400
"""Less than the calendar's own limit of 40 years (details 39)."""
