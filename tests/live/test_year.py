"""A year of a helpdesk, backfilled: every clock and every figure is as it is counted by hand.

People act on a real Request Tracker over a virtual year with both clock changes and all holidays.
What they did is on record (``year.py``), and ``recount.py`` counts minutes without any code of the
product. Slaplugin reads the past for itself, is killed while it does, and goes on.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Program
from tests.live.promises import (
    answers,
    as_csv,
    available,
    office_minutes,
    owed,
    responded,
    satisfied,
    their_months,
)
from tests.live.recount import OURS, POLICY, Walk, by_month, by_objective, recount
from tests.live.rt import BOT, LiveRt
from tests.live.year import MINUTES, Desk, a_year, instant

SEED, TICKETS, WORST = 3, 26, 10
SINCE = ("--since", "2025-10-01")
SETTINGS = """\
host = "rt"
url = "{url}"
token_file = "token"
timezone = "Europe/Berlin"
"""
COUNTED = ("hits", "misses", "void", "unanswered", "waived", "low_confidence", "not_due")


@dataclass(frozen=True)
class Year:
    """The year as it was, as it was counted, and slaplugin after its backfill."""

    rt: LiveRt
    program: Program
    walks: dict[str, Walk]
    """By RT's number of the ticket."""

    def ask(self, *arguments: str) -> Any:
        """The JSON of a command that goes well."""
        done = self.program.quick(*arguments, "--json")
        assert done.code == 0, done.err or done.out
        return done.json


pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def year(installed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    with LiveRt(workers=2) as rt:
        desk, deeds = Desk(rt), a_year(SEED, TICKETS)
        desk.furnish()
        desk.act(deeds)
        program = Program(_folder(rt, tmp_path_factory.mktemp("year")))
        _backfill_twice(program)
        walks = recount(deeds, MINUTES)
        yield Year(rt, program, {desk.numbers[one]: walk for one, walk in walks.items()})


@pytest.fixture(scope="module")
def lengths() -> Mapping[str, int]:
    """Minutes of the office in each month."""
    return office_minutes()


def _folder(rt: LiveRt, folder: Path) -> Path:
    (folder / "token").touch(mode=0o600)
    (folder / "token").write_text(rt.token, encoding="utf-8")
    (folder / "slaplugin.toml").write_text(SETTINGS.format(url=rt.url), encoding="utf-8")
    (folder / "policies").mkdir()
    (folder / "policies" / "year.yaml").write_text(POLICY, encoding="utf-8")
    return folder


def _backfill_twice(program: Program) -> None:
    """Killed a while after its first request, at a rate that leaves it in the middle."""
    killed = program.interrupted(_kill_later(2.5), "backfill", *SINCE, "--rate", "4")
    assert killed.code == -signal.SIGKILL, killed.err or killed.out
    done = program("backfill", *SINCE, "--workers", "2")
    assert done.code == 0, done.err or done.out


def _kill_later(seconds: float) -> Callable[[int], None]:
    return lambda pid: threading.Timer(seconds, os.kill, (pid, signal.SIGKILL)).start()


def test_the_record_is_what_request_tracker_shows(year: Year) -> None:
    """Else the count below would be about another year than the one that was lived."""
    expected = {
        ticket: walk.shown() for ticket, walk in year.walks.items() if walk.status != "merged"
    }
    shown = {ticket: year.rt.shown(ticket) for ticket in expected}
    told = {ticket: {name: shown[ticket][name] for name in expected[ticket]} for ticket in shown}
    assert told == expected


def test_every_clock_is_as_counted_by_hand(year: Year) -> None:
    with closing(sqlite3.connect(year.program.folder / "slaplugin.db")) as store:
        told = store.execute(
            "SELECT ticket, clock, instance, outcome, elapsed / 60, confidence,"
            " started_at, stopped_at, breached_at FROM sla_clocks"
        ).fetchall()
    counted = [
        (ticket, watch.clock, watch.number, watch.outcome, watch.elapsed, "high",
         _iso(watch.started), _iso(watch.stopped), _iso(watch.breached))
        for ticket, walk in year.walks.items() for watch in walk.watches
    ]  # fmt: skip
    assert {one[:3]: one[3:] for one in told} == {one[:3]: one[3:] for one in counted}


def _iso(minute: int | None) -> str | None:
    return None if minute is None else f"{instant(minute):%Y-%m-%dT%H:%M:%SZ}"


def test_the_figures_of_the_months_are_as_counted_by_hand(year: Year) -> None:
    told = year.ask("report", *SINCE)
    months: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for cell in told["attainment"]:
        months[cell["period"], cell["clock"]].update({name: cell[name] for name in COUNTED})
    assert {key: +figures for key, figures in months.items()} == by_month(year.walks.values())
    kept = {
        (line["policy"], line["period"], line["clock"]): (line["hits"], line["misses"])
        for line in told["objectives"] if line["availability"] is None
    }  # fmt: skip
    assert kept == by_objective(year.walks.values())


def test_availability_and_the_customers_clocks_are_as_counted_by_hand(
    year: Year, lengths: Mapping[str, int]
) -> None:
    told = year.ask("report", *SINCE)
    shares = {line["period"]: line["share"] for line in told["objectives"] if line["availability"]}
    counted = available(year.walks.values(), lengths)
    assert shares == {name: _exact(share) for name, share in counted.items()}
    theirs = {
        cell["period"]: +Counter({name: cell[name] for name in COUNTED})
        for cell in told["customer_clocks"]
    }
    assert theirs == their_months(year.walks.values())


def _exact(share: Fraction | None) -> str | None:
    return None if share is None else f"{share.numerator}/{share.denominator}"


def test_what_is_owed_is_as_counted_by_hand_to_the_cent(
    year: Year, lengths: Mapping[str, int]
) -> None:
    told = {
        (each["organization"], each["period"]): Decimal(each["totals"]["EUR"])
        for each in year.ask("report", *SINCE)["statements"]
        if each["totals"]
    }
    assert told == owed(year.walks.values(), lengths)


def test_answers_of_customers_are_told_beside_what_became_of_the_targets(year: Year) -> None:
    given = answers(year.walks, SEED)
    (year.program.folder / "answers.csv").write_text(as_csv(given), encoding="utf-8")
    told = year.ask("report", *SINCE, "--csat", "answers.csv")["satisfaction"]
    found = {
        (cell["period"], name): (each["answers"], each["satisfied"], each["mean"])
        for cell in told["periods"]
        for name, each in cell["by_promise"].items()
        if each["answers"]
    }
    assert found == satisfied(year.walks, given)
    assert (told["response"]["count"], told["response"]["of"]) == responded(year.walks, given)


def test_the_ten_worst_are_those_and_are_explained_to_the_minute(year: Year) -> None:
    late = sorted(
        ((watch.over, ticket, watch.clock, watch.elapsed)
         for ticket, walk in year.walks.items() for watch in walk.watches
         if watch.breached is not None and watch.clock in OURS), reverse=True,
    )[:WORST]  # fmt: skip
    told = year.ask("report", *SINCE)["causes"]["misses"][:WORST]
    explained = [
        (miss["over"] // 60, miss["ticket"], miss["clock"], _counted(year, miss)) for miss in told
    ]
    assert sorted(explained, reverse=True) == late


def _counted(year: Year, miss: Mapping[str, Any]) -> int:
    """Minutes that ``explain`` lists as counted, stretch by stretch."""
    told = year.ask("explain", miss["ticket"])["instances"]
    [one] = [each for each in told if _name(each) == _name(miss)]
    spans = [span["seconds"] for span in one["spans"] if span["kind"] == "counted"]
    return sum(spans) // 60


def _name(instance: Mapping[str, Any]) -> tuple[str, int]:
    return instance["clock"], instance["instance"]


def test_nothing_was_written(year: Year) -> None:
    assert [row for row in year.rt.rows() if row.creator == BOT] == []
    assert year.program.quick("audit", "verify").code == 0
