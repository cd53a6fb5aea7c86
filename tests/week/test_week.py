"""A week in which everything goes wrong ends like one in which nothing does.

The daemon, its store and the adapter are the real ones, at a demo helpdesk over HTTP; time alone is
virtual. Deaths are simulated here (:mod:`tests.week.fates` says how); real processes are killed in
``tests/cli/test_killed_daemon.py``. ``make test-week SEEDS=50`` plays more weeks of chance.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from slaplugin.app.errors import HostError, LeaseHeldError
from slaplugin.core.actions import HOST_WRITES
from slaplugin.store import SqliteStore
from tests.week.ends import amiss, differences, shown
from tests.week.fates import DONE, MOMENTS, Dice, Life, Matrix, MortalHost, MortalStore
from tests.week.story import BEGIN
from tests.week.weeks import LEASE, Week, week

KINDS = (*HOST_WRITES, "notify")
SEEDS = range(1, 1 + int(os.environ.get("SEEDS", "1")))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Week]:
    """The week in which nothing goes wrong."""
    with week(tmp_path_factory.mktemp("undisturbed")) as one:
        one.run()
        yield one


def late(one: Week) -> list[str]:
    """Steps that were done more than the two seconds of ``settle`` after their instant."""
    with SqliteStore.open_readonly(one.file) as store:
        rows = store.rows(
            "SELECT ticket_key, kind, at - due_at FROM actions WHERE status = 'done'"
            " AND kind <> 'remove_tag' AND key NOT LIKE '%:restore' AND at - due_at > 2"
        )
    return [f"ticket {ticket}: {kind} {seconds} s late" for ticket, kind, seconds in rows]


def unknown_failures(one: Week) -> list[str]:
    """What a daemon stumbled over that was no fault of the helpdesk."""
    return [repr(error) for error in one.notes.failures if not isinstance(error, HostError)]


def test_an_undisturbed_week_has_every_kind_of_write_at_its_instant(undisturbed: Week) -> None:
    with SqliteStore.open_readonly(undisturbed.file) as store:
        done = Counter(dict(store.rows(
            "SELECT kind, count(DISTINCT ticket_key) FROM actions WHERE status = 'done'"
            " GROUP BY kind"
        )))  # fmt: skip
    assert {kind: done[kind] for kind in KINDS if done[kind] < len(MOMENTS)} == {}
    assert undisturbed.town.script.refused == 0
    assert (undisturbed.notes.failures, undisturbed.notes.problems) == ([], [])
    assert late(undisturbed) == []
    assert amiss(undisturbed, undisturbed) == []


def test_every_kind_of_write_killed_at_every_moment(undisturbed: Week, tmp_path: Path) -> None:
    """Simulated: 9 kinds of write, 5 moments, each with another ticket."""
    with week(tmp_path) as killed:
        every = {(moment, kind) for moment in MOMENTS for kind in KINDS}
        matrix = Matrix(every, lambda: killed.town.now)
        killed.run(fate=matrix)
        assert matrix.left == set()
        assert len(killed.deaths) == len(KINDS) * len(MOMENTS)
        assert differences(shown(undisturbed), shown(killed)) == []
        assert amiss(undisturbed, killed) == []
        assert (killed.notes.failures, killed.notes.problems) == ([], [])


@pytest.mark.long
@pytest.mark.parametrize("seed", SEEDS)
def test_each_twentieth_request_goes_wrong(undisturbed: Week, tmp_path: Path, seed: int) -> None:
    """By chance: faults of the helpdesk and the channels, and simulated kills."""
    with week(tmp_path) as disturbed:
        dice = Dice(random.Random(seed), disturbed.town.server.faults, disturbed.channels.disturb)
        disturbed.run(fate=dice)
        assert differences(shown(undisturbed), shown(disturbed)) == []
        assert amiss(undisturbed, disturbed) == []
        assert unknown_failures(disturbed) == []
        assert len(disturbed.deaths) > 10
        assert len(disturbed.notes.failures) > 10


TUESDAY_NOON, THURSDAY_NOON = (BEGIN + timedelta(days=days, hours=5.35) for days in (1, 3))
"""Both in the middle of work, and after what fell due in the hour."""
MONDAY_EVENING = BEGIN + timedelta(hours=10)


@pytest.mark.long
def test_an_old_backup_restored_while_the_daemon_is_stopped(
    undisturbed: Week, tmp_path: Path
) -> None:
    with week(tmp_path) as restored:
        restored.run(until=TUESDAY_NOON)
        restored.backup("tuesday.db")
        restored.run(until=THURSDAY_NOON)
        restored.restore("tuesday.db")
        restored.run()
        assert differences(shown(undisturbed), shown(restored)) == []
        assert amiss(undisturbed, restored) == []


def test_an_old_backup_restored_under_a_daemon_that_runs(undisturbed: Week, tmp_path: Path) -> None:
    """While it works the restore is refused; while its machine is suspended for longer than the
    lease lasts it is not, and the daemon that wakes up goes on with the restored store."""
    with week(tmp_path) as restored:

        def suspended() -> None:
            with pytest.raises(LeaseHeldError):
                restored.restore("tuesday.db")
            restored.town.sleep(LEASE + 1)
            restored.restore("tuesday.db")

        restored.surprises = [
            (TUESDAY_NOON, lambda: restored.backup("tuesday.db")),
            (THURSDAY_NOON, suspended),
        ]
        restored.run()
        assert restored.surprises == []
        assert restored.notes.standbys == 1
        assert differences(shown(undisturbed), shown(restored)) == []
        assert amiss(undisturbed, restored) == []


def without_looking_for_notes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(MortalHost, "has_note", lambda self, ticket, key: False)


def without_looking_at_the_ticket(patch: pytest.MonkeyPatch) -> None:
    """Neither at what it shows nor at its history."""
    patch.setattr("slaplugin.core.plan.steps._is_there", lambda past, row, seen: False)
    patch.setattr("slaplugin.core.plan.steps.carried_out", lambda past, view: False)


def with_messages_under_way_taken_for_lost(patch: pytest.MonkeyPatch) -> None:
    opened = MortalStore.__init__

    def forgetful(self: MortalStore, path: Path, life: Life) -> None:
        opened(self, path, life)
        self.connection.execute("UPDATE actions SET status = 'failed' WHERE status = 'claimed'")

    patch.setattr(MortalStore, "__init__", forgetful)


@pytest.mark.parametrize(
    ("kind", "breach", "found"),
    [
        ("add_note", without_looking_for_notes, " notes: missing {}, too many {'first_response"),
        pytest.param(
            "set_owner",
            without_looking_at_the_ticket,
            " changes: missing {}, too many {('updated'",
            marks=pytest.mark.long,
        ),
        pytest.param(
            "notify",
            with_messages_under_way_taken_for_lost,
            "told 2 times: ",
            marks=pytest.mark.long,
        ),
    ],
)
def test_a_broken_guarantee_is_found(
    kind: str,
    breach: Callable[[pytest.MonkeyPatch], None],
    found: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The comparison can fail: one kill, and a daemon that does without one of its cares."""
    with week(tmp_path) as whole:
        whole.run(MONDAY_EVENING)
        expected = shown(whole)
        breach(monkeypatch)
        (tmp_path / "broken").mkdir()
        with week(tmp_path / "broken") as broken:
            broken.run(MONDAY_EVENING, Matrix({(DONE, kind)}, lambda: broken.town.now))
            told = [*differences(expected, shown(broken)), *amiss(whole, broken)]
    assert [line for line in told if found in line] != []
