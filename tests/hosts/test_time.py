"""Whose time counts: the helpdesk's, whatever the clocks of this machine do."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest

from slaplugin.hosts.access import in_header
from slaplugin.hosts.config import HostConfig, Secret, Timing, uptime
from slaplugin.hosts.http import Call, HostClock, Transport

NINE = "Mon, 09 Mar 2026 09:00:00 GMT"
NINE_O_CLOCK = int(datetime(2026, 3, 9, 9, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("head", "waits"),
    [
        ("Retry-After: Mon, 09 Mar 2026 09:00:07 GMT", [7, 7]),
        ("Retry-After: Mon, 09 Mar 2026 08:00:00 GMT", []),
        ("Retry-After: soon", [1]),
        ("Retry-After: -3", [1]),
    ],
)
def test_a_date_to_wait_for_is_held_against_the_answers_own(
    head: str, waits: list[float], scripted: Any, answering: Any
) -> None:
    """Whatever our wall clock says, which is years off here."""
    slept: list[float] = []
    busy = answering(429, b"", head, f"Date: {NINE}")
    server = scripted(busy, busy, answering(200, b"{}", f"Date: {NINE}"))
    timing = Timing(lambda: sum(slept), slept.append, lambda: 5.0)
    config = HostConfig(url=server.url, token=Secret("s3cret"), timing=timing)
    assert Transport(config, in_header(config, "Bearer ")).send(Call("GET", "me")).data == {}
    assert slept == waits


@pytest.mark.parametrize(
    ("date", "hour"),
    [
        ("Mon, 09 Mar 2026 10:00:00 GMT", 10),
        ("Mon, 09 Mar 2026 10:00:00 -0000", 10),
        ("Mon, 09 Mar 2026 10:00:00", 10),
        ("Mon, 09 Mar 2026 11:00:00 +0100", 10),
        ("yesterday", 9),
    ],
)
def test_the_hosts_clock_is_believed_and_a_jump_is_told(
    date: str, hour: int, caplog: pytest.LogCaptureFixture
) -> None:
    up = [0.0]
    clock = HostClock(Timing(monotonic=lambda: up[0], wall=lambda: 5.0))
    clock.hear(NINE)
    up[0] = 30.0
    clock.hear(date)
    assert clock.now() == NINE_O_CLOCK + (hour - 9) * 3600 + (30 if hour == 9 else 0)
    assert ("3570 s ahead of what was expected" in caplog.text) == (hour == 10)


def test_a_suspended_machine_and_its_wall_clock_do_not_matter(
    caplog: pytest.LogCaptureFixture,
) -> None:
    up, wall = [100.0], [5.0]
    clock = HostClock(Timing(monotonic=lambda: up[0], wall=lambda: wall[0]))
    clock.hear(NINE)
    up[0] += 8 * 3600  # a night asleep
    wall[0] -= 10**7
    assert clock.now() == NINE_O_CLOCK + 8 * 3600
    clock.hear("Mon, 09 Mar 2026 17:00:01 GMT")
    assert caplog.text == ""


def test_the_time_of_suspension_counts() -> None:
    assert Timing().monotonic is uptime
    before = time.monotonic()
    assert uptime() >= before
