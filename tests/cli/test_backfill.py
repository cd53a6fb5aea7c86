"""``backfill`` as a whole process: killed, interrupted, slowed down, and what it asks for."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from slaplugin.cli.progress import Reckoning, told
from slaplugin.demo import Fault, FaultKind
from slaplugin.store import SqliteStore
from tests.app.contents_of import differences
from tests.cli.conftest import POLICY, Helpdesk, Program, settings_of

TICKETS = 70
SINCE = ("backfill", "--since", "2026-03-01")


@pytest.fixture
def past(helpdesk: Helpdesk) -> Helpdesk:
    """A helpdesk with tickets of some days, most of them closed."""
    for number in range(TICKETS):
        ticket = helpdesk.open(f"Ticket {number}")
        if number % 3:
            helpdesk.clock.advance(600)
            helpdesk.api("PUT", f"tickets/{ticket}", {"state": "closed"})
    helpdesk.at("13T09:00")
    return helpdesk


@pytest.fixture
def elsewhere(tmp_path: Path, helpdesk: Helpdesk) -> Callable[[str], Program]:
    """``elsewhere(name)``: the program in another folder, with a store of its own."""

    def make(name: str) -> Program:
        folder = tmp_path / name
        (folder / "policies").mkdir(parents=True)
        (folder / "policies" / "standard.yaml").write_text(POLICY, encoding="utf-8")
        (folder / "slaplugin.toml").touch(mode=0o600)
        (folder / "slaplugin.toml").write_text(settings_of(helpdesk), encoding="utf-8")
        return Program(folder)

    return make


def between(one: Program, other: Program) -> list[str]:
    """How the stores of two programs differ."""
    with (
        SqliteStore.open_readonly(one.folder / "slaplugin.db") as left,
        SqliteStore.open_readonly(other.folder / "slaplugin.db") as right,
    ):
        return differences(left, right)


@pytest.mark.parametrize(
    ("seed", "number", "workers"),
    [(1, signal.SIGKILL, "1"), (2, signal.SIGKILL, "3"), (3, signal.SIGINT, "3")],
)
def test_cut_off_and_started_again_it_ends_with_the_same_store(
    past: Helpdesk,
    elsewhere: Callable[[str], Program],
    seed: int,
    number: signal.Signals,
    workers: str,
) -> None:
    whole, cut = elsewhere("whole"), elsewhere("cut")
    assert whole.quick(*SINCE).code == 0
    chance = random.Random(seed)
    for _ in range(2):
        end = past.interrupt_at(chance.randrange(5, TICKETS * 2), number)
        code = cut.interrupted(end, *SINCE, "--workers", workers).code
        assert code == (-number if number is signal.SIGKILL else 130)
    past.server.before_request(lambda: None)
    assert cut.quick(*SINCE, "--workers", workers).code == 0
    assert between(whole, cut) == []
    assert cut.quick("audit", "verify").code == 0


def test_it_asks_and_never_writes(
    past: Helpdesk, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str]] = []
    take = past.server.faults.take
    monkeypatch.setattr(
        past.server.faults, "take", lambda *seen: (asked.append(seen), take(*seen))[1]
    )
    result = program.quick(*SINCE, "--workers", "3", "--json")
    assert (result.code, result.json["read"]) == (0, TICKETS)
    searching = ("POST", "/api/v1/tickets/search")
    assert [one for one in asked if one[0] != "GET" and one != searching] == []


def test_busy_answers_are_waited_for(past: Helpdesk, program: Program) -> None:
    busy = Fault(FaultKind.TOO_MANY_REQUESTS, "/ticket_history/", after=5, times=2, retry_after=0)
    past.server.faults.add(busy)
    assert program.quick(*SINCE).code == 0


def test_what_cannot_be_read_is_told_and_listed_by_status(past: Helpdesk, program: Program) -> None:
    past.server.faults.add(Fault(FaultKind.SERVER_ERROR, "/ticket_history/7$", times=0))
    result = program.quick(*SINCE, "--json")
    assert result.code == 1
    assert [item["ticket"] for item in result.json["problems"]] == ["7"]
    assert "500" in result.json["problems"][0]["error"]
    assert [row["ticket"] for row in program.quick("status", "--json").json["held"]] == ["7"]

    past.server.faults.clear()
    assert program.quick(*SINCE).code == 0
    assert program.quick("status", "--json").json["held"] == []


@pytest.mark.parametrize(
    ("arguments", "said"), [(("--rate", "0"), "'--rate'"), (("--workers", "17"), "'--workers'")]
)
def test_wrong_options_are_told(
    past: Helpdesk, program: Program, arguments: tuple[str, ...], said: str
) -> None:
    result = program.quick(*SINCE, *arguments)
    assert (result.code, said in result.err) == (2, True)


def test_progress_by_a_count_tells_rate_and_time_left() -> None:
    reckoning = Reckoning(100.0)
    reckoning.advance(200)
    assert told(reckoning, 110.0) == "200  20/s"
    reckoning.expect(600)
    assert told(reckoning, 110.0) == "200/800  20/s  0:00:30 left"


def test_progress_by_dates_begins_where_a_resumed_run_does() -> None:
    reckoning = Reckoning(100.0)
    reckoning.advance(8)
    reckoning.reached(0.5, 101.0)
    assert told(reckoning, 101.0) == "8  50% of the range  8.0/s"
    reckoning.advance(8)
    reckoning.reached(0.6, 111.0)
    assert told(reckoning, 111.0) == "16  60% of the range  1.5/s  0:00:40 left"
