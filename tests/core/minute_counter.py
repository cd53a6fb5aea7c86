"""An independent yardstick for calendars: walk every minute and look at the local clock.

It shares no code with the calendars it judges. A minute is open when the latest time that the
local clock has shown so far lies in a shift: so a missing wall time is passed at the transition,
and a repeated one only counts the first time, as the policy language has it.
"""

from bisect import bisect_left
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime
from functools import cache
from itertools import accumulate
from zoneinfo import ZoneInfo

from slaplugin.core.calendars import Interval

Week = tuple[tuple[Interval, ...], ...]
MINUTE = 60
DAY = 86_400
_HALF_A_DAY = 720


class MinuteCounter:
    """Counts the open minutes of one week of hours in a window of UTC epoch seconds."""

    def __init__(
        self,
        zone: str,
        week: Week,
        window: tuple[int, int],
        closed: AbstractSet[date] = frozenset(),
    ) -> None:
        self.start, self.end = window
        self._week = week
        self._closed = {day.toordinal() for day in closed}
        self._open = [self._in_a_shift(*shown) for shown in shown_so_far(zone, window)]
        self._counted = [0, *accumulate(self._open)]

    def elapsed(self, start: int, end: int) -> int:
        """Open seconds between two instants inside the window."""
        return self._until(end) - self._until(start)

    def due(self, start: int, seconds: int) -> int:
        """The earliest instant with that much open time since the start, all whole minutes."""
        wanted = (self._until(start) + seconds) // MINUTE
        return self.start + bisect_left(self._counted, wanted) * MINUTE

    def is_open(self, at: int) -> bool:
        return self._open[(at - self.start) // MINUTE]

    def _until(self, at: int) -> int:
        minutes, seconds = divmod(at - self.start, MINUTE)
        return self._counted[minutes] * MINUTE + (seconds and seconds * self._open[minutes])

    def _in_a_shift(self, day: int, seconds: int) -> bool:
        return self._covers(day, seconds) or self._covers(day - 1, seconds + DAY)

    def _covers(self, day: int, seconds: int) -> bool:
        if day in self._closed:
            return False
        return any(start <= seconds < end for start, end in self._week[(day - 1) % 7])


@cache
def shown_so_far(zone: str, window: tuple[int, int]) -> list[tuple[int, int]]:
    """(ordinal of the day, seconds of the day) of the latest local time shown, minute by minute."""
    local_zone = ZoneInfo(zone)
    latest = datetime(1, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    shown = []
    # The walk begins earlier than the window, for a repeated hour that is under way.
    for at in range(window[0] - _HALF_A_DAY * MINUTE, window[1], MINUTE):
        local = datetime.fromtimestamp(at, local_zone).replace(tzinfo=None)
        latest = max(latest, local)
        shown.append((latest.toordinal(), latest.hour * 3600 + latest.minute * MINUTE))
    return shown[_HALF_A_DAY:]
