"""One virtual day of the daemon beside a real Request Tracker, undisturbed and in every trouble."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.live.day import SECOND_LINE, STATE, People, dress
from tests.live.proxy import Relay
from tests.live.rt import TAGS, LiveRt
from tests.live.site import Site
from tests.live.stage import Stage, Trouble
from tests.live.troubles import POINTS, Faults, Kills

SEEDS = range(int(os.environ.get("LIVE_SEEDS", "1")))
"""LIVE_SEEDS=20 make test-live: that many days of faults instead of one."""


@dataclass
class Day:
    """What a day came to."""

    end: dict[str, dict[str, Any]]
    done: dict[str, list[tuple[str, ...]]]
    told: dict[tuple[str, str], int]
    uncertain: int
    """Messages of which nobody can know whether they arrived."""
    kills: int
    log: str


Live = Callable[[Trouble, str], Day]
EVENING = "mon 19:00"
"""Two hours after the office has closed: nothing falls due at night, which the calm day shows."""


@pytest.fixture(scope="module")
def live(
    theatre: LiveRt,
    days: Callable[[Path, str | None], Site],
    tmp_path_factory: pytest.TempPathFactory,
) -> Live:
    """Lives the day once more, some weeks later, with trouble."""

    def day(trouble: Trouble, until: str) -> Day:
        relay = Relay(theatre.url)
        with relay:
            site = days(tmp_path_factory.mktemp("day"), relay.url)
            people = People(site)
            with Stage(site, relay, trouble, site.instant("mon 08:50")) as stage:
                dress(site, relay.url, stage.inbox.url)
                stage.play(people.acts(), site.instant(until))
                told = people.plain(stage.inbox.told)
            log = site.program.quick("audit", "log", "--json", "--limit", "10000").json["entries"]
            uncertain = sum(entry["kind"] == "action_uncertain" for entry in log)
            found = Day(people.end(), people.done(), told, uncertain, stage.kills, stage.log())
            site.leave()
        return found

    return day


@pytest.fixture(scope="module")
def calm(live: Live) -> Day:
    """The day without any trouble."""
    return live(Trouble(), "tue 08:50")


def test_the_day_needs_every_kind_of_write(calm: Day) -> None:
    """Else the days below would prove less than they say."""
    shown = calm.end["forgotten"]
    assert (shown["Queue"], shown["Owner"], shown["Status"]) == (SECOND_LINE, "dmitri", "open")
    assert (shown["Priority"], shown[TAGS]) == (50, ["sla-breach", "sla-late"])
    assert shown[STATE] == "overdue"
    assert shown["Notes"] == [
        "first_response is late",
        "Not so easy.",
        "soon",
        "resolution is late",
    ]
    assert calm.end["stalled"]["Queue"] == "Desk"
    assert set(calm.told.values()) == {1}
    assert calm.kills == 0
    assert [line for line in calm.log.splitlines() if "ERROR" in line or "WARNING" in line] == []


@pytest.mark.long
def test_a_kill_at_every_point_of_every_kind_of_write_changes_nothing(
    live: Live, calm: Day
) -> None:
    kills = Kills()
    killed = live(kills, EVENING)
    assert {point: kinds for point, kinds in kills.left.items() if kinds} == {}
    assert killed.kills >= len(POINTS) * 4
    assert differences(killed.end, calm.end) == []
    assert differences(killed.done, calm.done) == []
    assert untrue_messages(killed, calm) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_goes_wrong_at_every_twentieth_request_changes_nothing(
    live: Live, calm: Day, seed: int
) -> None:
    faults = Faults(seed)
    troubled = live(faults, EVENING)
    assert len(faults.happened) >= 15
    assert differences(troubled.end, calm.end) == [], faults.happened
    assert repeated(troubled) == repeated(calm), faults.happened
    assert untrue_messages(troubled, calm) == []


def differences(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Ticket by ticket, what is otherwise."""
    return [
        f"{name}: {found.get(name)} instead of {wanted.get(name)}"
        for name in sorted({*found, *wanted})
        if found.get(name) != wanted.get(name)
    ]


def repeated(day: Day) -> dict[str, Counter[tuple[str, ...]]]:
    """What our account did to a ticket more than once."""
    counted = {name: Counter(rows) for name, rows in day.done.items()}
    return {
        name: Counter({row: n for row, n in rows.items() if n > 1})
        for name, rows in counted.items()
    }


def untrue_messages(day: Day, calm: Day) -> list[str]:
    """What came twice, what was not due, and what is missing though nothing says that it may be."""
    missing = sorted(set(calm.told) - set(day.told))
    return [
        *(f"{name}: {why} came {n} times" for (name, why), n in day.told.items() if n > 1),
        *(f"{name}: {why} was not due" for name, why in sorted(set(day.told) - set(calm.told))),
        *(f"{name}: {why} is missing" for name, why in missing[day.uncertain :]),
    ]
