"""An independent yardstick for calendars: walk every minute and look at the local clock.

It shares no code with the calendars it judges. A minute is open when the latest time that the
local clock has shown so far lies in a shift: so a missing wall time is passed at the transition,
and a repeated one only counts the first time, as the policy language has it.
"""

from datetime import UTC, datetime
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

    def __init__(self, zone: str, week: Week, window: tuple[int, int]) -> None:
        self.start, self.end = window
        self._week = week
        self._open = [self._in_a_shift(*shown) for shown in shown_so_far(zone, window)]
        self._counted = [0, *accumulate(self._open)]

    def elapsed(self, start: int, end: int) -> int:
        """Open seconds between two instants inside the window."""
        return self._until(end) - self._until(start)

    def is_open(self, at: int) -> bool:
        return self._open[(at - self.start) // MINUTE]

    def _until(self, at: int) -> int:
        minutes, seconds = divmod(at - self.start, MINUTE)
        return self._counted[minutes] * MINUTE + (seconds and seconds * self._open[minutes])

    def _in_a_shift(self, weekday: int, seconds: int) -> bool:
        today, yesterday = self._week[weekday], self._week[weekday - 1]
        return any(start <= seconds < end for start, end in today) or any(
            start <= seconds + DAY < end for start, end in yesterday
        )


@cache
def shown_so_far(zone: str, window: tuple[int, int]) -> list[tuple[int, int]]:
    """(weekday, seconds of the day) of the latest local time shown, for each minute."""
    local_zone = ZoneInfo(zone)
    latest = datetime(1, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    shown = []
    # The walk begins earlier than the window, for a repeated hour that is under way.
    for at in range(window[0] - _HALF_A_DAY * MINUTE, window[1], MINUTE):
        local = datetime.fromtimestamp(at, local_zone).replace(tzinfo=None)
        latest = max(latest, local)
        shown.append((latest.weekday(), latest.hour * 3600 + latest.minute * MINUTE))
    return shown[_HALF_A_DAY:]
