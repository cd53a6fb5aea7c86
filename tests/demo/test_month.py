"""The scripted month: believable, the same for a seed, playable step by step."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import requests

from slaplugin.demo import Demo, DemoClock, DemoServer, furnish, seed_month, start_demo
from slaplugin.demo.seed.script import Script
from slaplugin.demo.seed.worktime import after_work

if TYPE_CHECKING:
    from pathlib import Path

START = datetime(2026, 9, 21, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
TABLES = ("tickets", "articles", "history", "tags", "links")


def played(seed: int = 1, *stops: datetime) -> Script:
    """A month played to its end, halting at `stops`; no port is opened."""
    server = DemoServer(None, DemoClock(START))
    furnish(server.desk)
    script = seed_month(server.desk, seed=seed, start=START)
    for instant in (*stops, script.end):
        script.play_until(instant)
    return script


def everything(script: Script) -> dict[str, list[dict[str, object]]]:
    db = script.desk.db
    return {table: db.all(f"SELECT * FROM {table} ORDER BY id") for table in TABLES}


@pytest.fixture(name="month", scope="module")
def _month() -> Script:
    return played()


def test_the_same_seed_gives_the_same_month_however_it_is_played(month: Script) -> None:
    halts = [START + timedelta(hours=hours) for hours in range(7, 700, 7)]
    assert everything(played(1, *halts)) == everything(month)


def test_another_seed_gives_another_month(month: Script) -> None:
    def titles(script: Script) -> list[str]:
        return script.desk.db.column("SELECT title FROM tickets ORDER BY id")

    assert titles(played(2)) != titles(month)


def test_size_and_variety(month: Script) -> None:
    db = month.desk.db
    assert 360 <= db.value("SELECT count(*) FROM tickets") <= 460
    assert month.refused == 0
    for table, least in (("groups", 3), ("organizations", 12), ("users", 45)):
        assert db.value(f"SELECT count(*) FROM {table}") >= least
    for sql, least in (
        ("SELECT count(DISTINCT title) FROM tickets", 150),
        ("SELECT count(DISTINCT product) FROM tickets", 5),
        ("SELECT count(DISTINCT group_id) FROM tickets", 4),
        ("SELECT count(DISTINCT customer_id) FROM tickets", 38),
        ("SELECT count(DISTINCT create_article_type_id) FROM tickets", 3),
        ("SELECT count(*) FROM history WHERE type = 'merged_into'", 5),
        ("SELECT count(*) FROM history WHERE value_from = 'closed' AND value_to = 'open'", 10),
        ("SELECT count(*) FROM history WHERE value_to = 'pending reminder'", 10),
        ("SELECT count(*) FROM history WHERE value_from = 'pending close'", 5),
        ("SELECT count(*) FROM articles WHERE internal = 1", 20),
    ):
        assert db.value(sql) >= least, sql


def test_weekends_are_quiet_and_days_have_a_shape(month: Script) -> None:
    days: Counter[bool] = Counter()
    hours: Counter[int] = Counter()
    for ms in month.desk.db.column("SELECT created_at FROM tickets"):
        local = datetime.fromtimestamp(ms / 1000, BERLIN)
        days[local.weekday() >= 5] += 1
        hours[local.hour] += 1
    assert days[True] * 8 < days[False]
    assert hours[9] > hours[12] > hours[20]


def test_most_answers_are_quick_some_late_some_missing(month: Script) -> None:
    rows = month.desk.db.all(
        "SELECT first_response_at - created_at AS ms, state_id FROM tickets WHERE state_id <> 5"
    )
    answered = [row["ms"] / 3_600_000 for row in rows if row["ms"] is not None]
    quick = sum(hours < 4 for hours in answered)
    assert quick > len(rows) * 0.4
    assert sum(hours > 20 for hours in answered) > 20
    assert sum(row["ms"] is None for row in rows) > 8


def test_the_end_of_the_month_is_open(month: Script) -> None:
    waiting = month.desk.db.value(
        "SELECT count(*) FROM tickets WHERE state_id IN (1, 2) AND created_at > ?",
        ((month.end - timedelta(days=2)).timestamp() * 1000,),
    )
    assert waiting >= 10
    assert month.next_at() is not None
    assert month.next_at() > month.end  # type: ignore[operator]


def test_customers_become_vips_without_a_trace_on_their_tickets(month: Script) -> None:
    agnes = month.desk.db.one("SELECT * FROM users WHERE firstname = 'Agnes'")
    assert agnes is not None
    assert agnes["vip"] == 1
    assert agnes["updated_at"] > agnes["created_at"]
    touched = month.desk.db.value(
        "SELECT count(*) FROM tickets WHERE updated_at = ?", (agnes["updated_at"],)
    )
    assert touched == 0


def test_a_used_file_is_not_played_into_again(tmp_path: Path) -> None:
    used = tmp_path / "helpdesk.db"
    start_demo(used).stop()
    with pytest.raises(FileExistsError, match="name a new file"):
        start_demo(used)


def test_actions_are_stamped_with_their_own_instant(month: Script) -> None:
    latest = month.desk.db.value("SELECT max(created_at) FROM history")
    assert latest <= month.end.timestamp() * 1000
    first = month.desk.db.value("SELECT min(created_at) FROM tickets")
    assert first == int(month.entries[0].at.timestamp() * 1000)


@pytest.mark.parametrize(
    ("at", "minutes", "expected"),
    [
        ("2026-09-21T09:00", 30, "2026-09-21T09:30"),
        ("2026-09-21T05:00", 30, "2026-09-21T08:30"),
        ("2026-09-21T17:00", 60, "2026-09-22T08:30"),
        ("2026-09-25T15:50", 30, "2026-09-28T08:20"),
        ("2026-09-26T12:00", 0, "2026-09-28T08:00"),
    ],
)
def test_office_time(at: str, minutes: float, expected: str) -> None:
    start, due = (datetime.fromisoformat(text).replace(tzinfo=BERLIN) for text in (at, expected))
    assert after_work(start, minutes) == due


def test_a_running_demo_plays_on_with_its_clock() -> None:
    seconds = 0.0
    with start_demo() as demo:
        demo.play_until(demo.script.start + timedelta(days=1))
        demo.run_live(lambda: seconds)
        before = _tickets(demo)
        seconds = 86_400.0
        assert _tickets(demo) > before
        assert demo.clock.now() == demo.script.start + timedelta(days=2)


def _tickets(demo: Demo) -> int:
    headers = {"Authorization": f"Token token={demo.tokens.bot}"}
    answer = requests.get(f"{demo.url}/api/v1/tickets", headers=headers, timeout=60)
    return len(answer.json())
