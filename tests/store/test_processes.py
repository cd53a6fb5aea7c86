"""Real processes: writers side by side, openers of a new file, and kills at any moment."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from slaplugin.store import SqliteStore
from tests.store.samples import HOST, save, ticket_row

ROOT = Path(__file__).resolve().parents[2]

WRITER = """
import sys
from slaplugin.app.ports import AuditEntry
from slaplugin.store import SqliteStore
from tests.store.samples import HOST, event, ticket_row

path, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
store = SqliteStore(path, durable=False)
sys.stdin.readline()
for number in range(count):
    with store.tx() as tx:
        seen = int(store.flag("counter") or 0)  # read, then write: lost unless the lock is held
        tx.set_flag("counter", str(seen + 1))
        tx.save_ticket(ticket_row(f"{name}-{number}"))
        tx.replace_events("zammad", f"{name}-{number}", [event()])
        tx.audit(AuditEntry("met", number, {"writer": name}, HOST, f"{name}-{number}"))
"""

# Says after which commit it is, then stays in the middle of the next transaction.
STUCK = """
import sys
from slaplugin.app.ports import AuditEntry
from slaplugin.store import SqliteStore
from tests.store.samples import event, ticket_row

store = SqliteStore(sys.argv[1])
for number in range(3):
    with store.tx() as tx:
        tx.save_ticket(ticket_row(str(number)))
        tx.audit(AuditEntry("met", number, {}))
with store.tx() as tx:
    tx.save_ticket(ticket_row("unfinished"))
    tx.replace_events("zammad", "unfinished", [event(str(n)) for n in range(5000)])
    tx.audit(AuditEntry("met", 9, {"unfinished": True}))
    tx.seal()
    print("in the middle", flush=True)
    sys.stdin.readline()
"""


# What `slaplugin status` or the shell of SQLite is: whoever closes last deletes the log.
VISITOR = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
print(connection.execute("SELECT value FROM flags WHERE name = 'said'").fetchall())
connection.close()
"""


def start(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def visited(path: Path) -> str:
    said, errors = start(VISITOR, str(path)).communicate(timeout=300)
    assert errors == ""
    return said.strip()


def test_a_store_that_is_opened_twice_keeps_its_locks(tmp_path: Path) -> None:
    """A reload opens it beside the old one. A descriptor that this process opens by itself and
    closes takes away all its locks; a visitor then deletes the log that we go on writing to."""
    path = tmp_path / "slaplugin.db"
    with SqliteStore(path) as old:
        with SqliteStore(path) as new, new.tx() as tx:
            tx.set_flag("said", "before")
        assert visited(path) == "[('before',)]"
        with old.tx() as tx:
            tx.set_flag("said", "after")
        assert visited(path) == "[('after',)]"


def test_four_writers_lose_nothing_and_never_meet_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "slaplugin.db"  # made by whichever of the four comes first
    writers = [start(WRITER, str(path), name, "40") for name in "abcd"]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        _, errors = writer.communicate(timeout=300)
        assert (writer.returncode, errors) == (0, "")
    with SqliteStore(path) as store:
        assert len(list(store.ids(HOST))) == 160
        assert store.flag("counter") == "160"
        found = store.verify()
        assert (found.verified, found.links, found.entries) == (True, 160, 160)


def test_a_kill_in_the_middle_of_a_transaction_leaves_the_last_commit(tmp_path: Path) -> None:
    path = tmp_path / "slaplugin.db"
    process = start(STUCK, str(path))
    assert process.stdout is not None
    assert process.stdout.readline() == "in the middle\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    with SqliteStore(path) as store:
        assert list(store.ids(HOST)) == ["0", "1", "2"]
        found = store.verify()
        assert (found.verified, found.links, found.entries) == (True, 3, 3)
        assert store.connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        save(store, ticket_row("and on"))


@pytest.mark.parametrize("writes", [1, 7, 23])
def test_a_kill_at_any_moment_keeps_whole_transactions_alone(tmp_path: Path, writes: int) -> None:
    path = tmp_path / "slaplugin.db"
    SqliteStore(path).close()
    process = start(WRITER, str(path), "a", "100000")
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    with SqliteStore.open_readonly(path) as reader:
        while int(reader.flag("counter") or 0) < writes:
            assert process.poll() is None
    process.kill()
    process.communicate()
    with SqliteStore(path) as store:
        done = int(store.flag("counter") or 0)
        found = store.verify()
        assert (found.verified, found.entries) == (True, done)
        assert len(list(store.ids(HOST))) == done
        assert store.rows("SELECT count(*) FROM events") == [(done,)]


def test_a_deferred_transaction_would_have_lost_writes(tmp_path: Path) -> None:
    """Why tx() begins IMMEDIATE: a read that turns into a write fails at once, timeout or not."""
    path = tmp_path / "slaplugin.db"
    SqliteStore(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as late, SqliteStore(path) as store:
        late.execute("BEGIN")
        late.execute("SELECT * FROM flags").fetchall()
        with store.tx() as tx:
            tx.set_flag("a", "1")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            late.execute("INSERT INTO flags VALUES ('b', '2')")
