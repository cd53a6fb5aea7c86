"""Local texts without an offset, around the nights when clocks are changed."""

from __future__ import annotations

import pytest

from slaplugin.app.errors import ConfigurationError
from slaplugin.hosts.otrs.wire import Zone, local, zone_of

BERLIN = zone_of("Europe/Berlin")
FIRST_0230 = 1_792_888_200
"""25 October 2026, 02:30 in summer time: 00:30 UTC. An hour later it is 02:30 again."""
SPRING = 1_774_746_000
"""29 March 2026, 01:00 UTC: clocks go from 02:00 to 03:00."""


@pytest.mark.parametrize(
    ("text", "epoch"),
    [
        ("2026-10-21 09:00:00", 1_792_566_000),
        ("2026-10-25 02:30:00", FIRST_0230 + 3600),
        ("2026-10-25 03:00:00", FIRST_0230 + 5400),
        ("2026-12-01 09:00", 1_796_112_000),
    ],
)
def test_a_text_is_read_as_the_host_reads_it(text: str, epoch: int) -> None:
    assert BERLIN.seconds(text) == epoch


@pytest.mark.parametrize("text", ["", "yesterday", "2026-10-21T09:00:00Z", "2026-10-21"])
def test_other_texts_are_no_times(text: str) -> None:
    with pytest.raises(ValueError, match="is no time of the helpdesk"):
        local(text)


@pytest.mark.parametrize("epoch", range(FIRST_0230 - 7200, FIRST_0230 + 7201, 1200))
def test_bounds_hold_everything_around_the_hour_that_comes_twice(epoch: int) -> None:
    """Whatever happens at or after an instant has a text at or after its lower bound, and so on."""
    for other in range(epoch, epoch + 10_800, 600):
        assert BERLIN.local(other) >= BERLIN.since(epoch)
        assert BERLIN.local(epoch) <= BERLIN.upto(other)


@pytest.mark.parametrize("epoch", range(FIRST_0230 - 7200, FIRST_0230 + 7201, 1200))
def test_a_lower_bound_is_never_in_the_hosts_future(epoch: int) -> None:
    text = BERLIN.lower(BERLIN.local(epoch), now=epoch)
    assert BERLIN.seconds(text) <= epoch
    assert local(text) <= BERLIN.local(epoch)


@pytest.mark.parametrize("away", [-1, 0, 1, 1800])
def test_a_bound_that_clocks_jump_over_is_moved_outwards(away: int) -> None:
    jumped = local("2026-03-29 02:30:00")
    assert not BERLIN.exists(jumped)
    assert BERLIN.lower(jumped, now=SPRING + 7200) == "2026-03-29 01:59:59"
    assert BERLIN.upper(jumped) == "2026-03-29 03:30:00"
    near = BERLIN.local(SPRING + away)
    assert BERLIN.exists(near)
    assert BERLIN.upper(near) == BERLIN.text(SPRING + away)


def test_an_unknown_zone_is_a_mistake_in_the_settings() -> None:
    with pytest.raises(ConfigurationError, match="host_timezone"):
        zone_of("Europe/Berlinn")


def test_in_utc_nothing_is_special() -> None:
    zone: Zone = zone_of("UTC")
    assert zone.since(FIRST_0230) == zone.upto(FIRST_0230) == zone.local(FIRST_0230)
