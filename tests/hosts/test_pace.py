"""One rate for all sessions."""

from __future__ import annotations

import threading

from slaplugin.hosts.config import Timing
from slaplugin.hosts.pace import Pace


class Watch:
    """A clock that goes on by being waited on, as seen by every thread."""

    def __init__(self) -> None:
        self.at = 0.0
        self.waits: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.waits.append(round(seconds, 3))

    @property
    def timing(self) -> Timing:
        return Timing(monotonic=lambda: self.at, sleep=self.sleep)


def test_requests_of_several_threads_wait_for_their_turns() -> None:
    watch = Watch()
    pace = Pace(10, watch.timing)
    threads = [threading.Thread(target=lambda: [pace() for _ in range(5)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(watch.waits) == [round(number / 10, 3) for number in range(1, 21)]


def test_a_rest_gives_one_second_of_requests_at_once_and_no_more() -> None:
    watch = Watch()
    pace = Pace(4, watch.timing)
    watch.at = 60.0
    for _ in range(6):
        pace()
    assert watch.waits == [0.25, 0.5]
