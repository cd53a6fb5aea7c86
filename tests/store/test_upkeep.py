"""Backup and restore: what comes back, what is kept, and that nothing is done twice after it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from slaplugin.app.desk import RESTORED_AT
from slaplugin.app.errors import LeaseHeldError, StoreError
from slaplugin.app.ports import AuditEntry
from slaplugin.cli.main import run
from slaplugin.store import SqliteStore, schema
from slaplugin.store.upkeep import Restored, backup, describe, restore
from tests.store.samples import HOST, action, event, finished, lease, save, stored, ticket_row

NOW = 1_773_144_000  # 2026-03-10T12:00:00Z


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "slaplugin.db"


@pytest.fixture
def kept(path: Path, tmp_path: Path) -> Iterator[Path]:
    """A backup with ticket 1; the store itself has gone on to ticket 2."""
    target = tmp_path / "kept.db"
    with SqliteStore(path, durable=False) as store:
        with store.tx() as tx:
            tx.save_ticket(ticket_row())
            tx.replace_events(HOST, "1", [event()])
            tx.save_instances(HOST, "1", [stored(), finished("first_response")])
            tx.save_action(action("tag", status="planned"))
            tx.save_action(action("mail", kind="notify", status="claimed"))
            tx.save_action(action("sent", kind="notify", status="done"))
            tx.audit(AuditEntry("breached", 5, {"clock": "resolution"}, HOST, "1"))
        backup(store, target)
        save(store, ticket_row("2"))
    yield target


def back(path: Path, source: Path) -> Restored:
    return restore(path, source, holder="restore", now=NOW)


def test_a_backup_is_one_checked_private_file_of_one_instant(path: Path, kept: Path) -> None:
    assert kept.stat().st_mode & 0o777 == 0o600
    with SqliteStore.open_readonly(kept) as copy:
        assert list(copy.ids(HOST)) == ["1"]
        assert copy.verify().verified
        assert describe(copy)["integrity"] == "ok"
    assert {file.name for file in path.parent.iterdir()} == {path.name, kept.name}


def test_a_backup_during_a_write_holds_the_last_commit(path: Path, tmp_path: Path) -> None:
    with SqliteStore(path) as store, SqliteStore.open_readonly(path) as reader:
        save(store, ticket_row())
        with store.tx() as tx:
            tx.save_ticket(ticket_row("2"))
            backup(reader, tmp_path / "copy.db")
    with SqliteStore.open_readonly(tmp_path / "copy.db") as copy:
        assert list(copy.ids(HOST)) == ["1"]


def test_a_backup_never_replaces_a_file(path: Path, kept: Path) -> None:
    before = kept.read_bytes()
    with SqliteStore(path) as store, pytest.raises(StoreError, match="exists already"):
        backup(store, kept)
    assert kept.read_bytes() == before


def test_a_damaged_store_gives_no_backup(path: Path, kept: Path, tmp_path: Path) -> None:
    spoil(path)
    with SqliteStore(path) as store, pytest.raises(StoreError, match="damaged"):
        backup(store, tmp_path / "copy.db")
    assert not list(tmp_path.glob("copy.db*"))


def spoil(path: Path) -> None:
    """Break pages behind the first, so that the file still opens."""
    content = bytearray(path.read_bytes())
    content[5 * 4096 : 20 * 4096] = b"\xff" * (15 * 4096)
    path.write_bytes(content)


def test_a_restore_brings_back_the_state_and_keeps_what_it_replaced(path: Path, kept: Path) -> None:
    with SqliteStore(path) as store:
        at_backup = store.head()
        store.release(lease(store, "daemon", NOW))  # notes the program's version
        head = store.head()
    done = back(path, kept)
    assert done.head_before == head != at_backup
    assert done.aside == path.with_name("slaplugin.db.before-restore-20260310T120000Z")
    with SqliteStore(path) as store:
        assert list(store.ids(HOST)) == ["1"]
        assert store.flag(RESTORED_AT) == str(NOW)
        *_, entry = store.audit_log()
        assert (entry["kind"], entry["at"]) == ("restored", NOW)
        assert entry["payload"] == {
            "backup": "kept.db",
            "head_before": head,
            "head_of_backup": at_backup,
        }
        assert store.verify(at_backup).verified
        assert not store.verify(head).verified
    with SqliteStore.open_readonly(done.aside) as aside:
        assert list(aside.ids(HOST)) == ["1", "2"]
    names = {file.name for file in path.parent.iterdir()}
    assert names == {path.name, kept.name, done.aside.name}


def test_after_a_restore_nothing_is_done_twice(path: Path, kept: Path) -> None:
    with SqliteStore(path) as store:
        held = lease(store, "daemon", NOW - 1000)  # its process hangs: the lease has run out
        back(path, kept)
        with store.tx() as tx:
            assert not tx.claim(action("tag"), held)
        statuses = {row.key: row.status for row in store.actions(HOST)}
        assert statuses == {"tag": "planned", "mail": "uncertain", "sent": "done"}
        new = lease(store, "daemon", NOW)
        assert new.epoch > held.epoch + 1
        with store.tx() as tx:
            assert tx.claim(action("tag"), new)
            assert not tx.claim(action("sent"), new)


def test_open_connections_see_the_restored_state_at_once(path: Path, kept: Path) -> None:
    with SqliteStore.open_readonly(path) as reader, SqliteStore(path) as writer:
        assert len(list(reader.ids(HOST))) == 2
        back(path, kept)
        assert list(reader.ids(HOST)) == ["1"]
        save(writer, ticket_row("3"))
        assert list(reader.ids(HOST)) == ["1", "3"]


def test_a_restore_waits_for_nobody_who_is_writing(path: Path, kept: Path) -> None:
    with SqliteStore(path) as store:
        held = lease(store, "daemon", NOW)
        with pytest.raises(LeaseHeldError, match=r"daemon until 2026-03-10T12:01:00Z.*nothing was"):
            back(path, kept)
        assert list(store.ids(HOST)) == ["1", "2"]
        assert store.lease() == held
    assert not list(path.parent.glob("*.restoring*"))


def test_a_missing_or_a_damaged_store_is_restored_too(path: Path, kept: Path) -> None:
    spoil(path)
    done = back(path, kept)
    assert done.aside is not None
    assert done.aside.exists()
    assert done.head_before is None
    path.unlink()
    assert back(path, kept).aside is None
    path.write_bytes(b"no database at all")
    back(path, kept)
    with SqliteStore(path) as store:
        assert list(store.ids(HOST)) == ["1"]
        assert store.verify().verified


def gone(backup_file: Path) -> None:
    backup_file.unlink()


def newer(backup_file: Path) -> None:
    with closing(sqlite3.connect(backup_file)) as connection:
        connection.execute(f"PRAGMA user_version = {schema.SCHEMA_VERSION + 1}")


def foreign(backup_file: Path) -> None:
    backup_file.unlink()
    with closing(sqlite3.connect(backup_file)) as connection:
        connection.execute("CREATE TABLE notes (a)")


@pytest.mark.parametrize(
    ("harm", "words"),
    [(gone, "no backup"), (newer, "newer slaplugin"), (foreign, "no store"), (spoil, "damaged")],
)
def test_a_bad_backup_changes_nothing(path: Path, kept: Path, harm: Any, words: str) -> None:
    harm(kept)
    before = {file: file.read_bytes() for file in path.parent.iterdir()}
    with pytest.raises(StoreError, match=words):
        back(path, kept)
    after = {file: file.read_bytes() for file in path.parent.iterdir()}
    assert {name for name in after if name in before} == before.keys()
    assert after[path] == before[path]
    with SqliteStore(path) as store:
        assert list(store.ids(HOST)) == ["1", "2"]


def test_info_counts_what_is_there(path: Path, kept: Path) -> None:
    with SqliteStore(path) as store:
        save(store, ticket_row("3", open=False), ticket_row("4", held="x"))
        lease(store, "daemon", NOW)
        found = describe(store)
        assert found["size"] == path.stat().st_size
        assert found["lease"] == {"holder": "daemon", "until": NOW + 60}
        assert found["audit_head"] == store.head()
    counts = ("tickets", "open_tickets", "held_tickets", "events", "instances", "audit_entries")
    assert [found[name] for name in counts] == [4, 3, 1, 1, 2, 2]
    assert found["actions"] == {"claimed": 1, "done": 1, "planned": 1}
    assert found["schema"] == schema.SCHEMA_VERSION
    assert (found["integrity"], found["restored_at"]) == ("ok", None)


# --------------------------------------------------------------------------- the commands


@pytest.fixture
def command(path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(path.parent)
    return kept


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert run(arguments) == 0
    return json.loads(capsys.readouterr().out)


def test_store_commands(command: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "store", "info", "--json")["tickets"] == 2
    assert printed(capsys, "store", "backup", "b.db", "--json")["tickets"] == 2
    done = printed(capsys, "--now", "2026-03-10T12:00:00Z", "store", "restore", "kept.db", "--json")
    assert done["restored_at"] == "2026-03-10T12:00:00Z"
    assert Path(done["aside"]).exists()
    assert run(["store", "info"]) == 0
    text = capsys.readouterr().out
    assert "1 (1 open, 0 held)" in text
    assert "restored:    2026-03-10T12:00:00Z" in text
    assert run(["store", "backup", "b.db"]) == 5
    assert "exists already" in capsys.readouterr().err
    assert run(["--set", "store=none.db", "store", "info"]) == 5
    assert not Path("none.db").exists()


def test_audit_commands(command: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = printed(capsys, "audit", "log", "--json")["entries"]
    assert [(entry["kind"], entry["at"]) for entry in log] == [("breached", "1970-01-01T00:00:05Z")]
    for by, count in [("311", 1), ("1", 1), ("none", 0)]:
        assert len(printed(capsys, "audit", "log", "--ticket", by, "--json")["entries"]) == count
    later = printed(capsys, "audit", "log", "--since", "2026-01-01T00:00:00Z", "--json")
    assert later == {"entries": []}
    assert run(["audit", "log", "--since", "yesterday"]) == 2
    assert "is not an instant" in capsys.readouterr().err
    assert run(["audit", "log"]) == 0
    assert 'breached         zammad#1         {"clock": "resolution"}' in capsys.readouterr().out


def test_audit_verify_ends_with_1_when_the_chain_does_not_hold(
    command: Path, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = printed(capsys, "audit", "verify", "--json")
    assert (found["verified"], found["entries"]) == (True, 1)
    assert run(["audit", "verify", "--head", found["head"]]) == 0
    assert f"head: {found['head']}" in capsys.readouterr().out
    assert run(["audit", "verify", "--head", "0" * 64]) == 1
    assert "cut off" in capsys.readouterr().out
    assert run(["audit", "verify", "--head", "5c0d"]) == 2
    capsys.readouterr()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE audit_payloads SET payload = '{}'")
        connection.commit()
    assert run(["audit", "verify"]) == 1
    assert "NOT verified: the payload of entry 1 was changed" in capsys.readouterr().out


def test_audit_export_writes_json_lines_and_csv(
    command: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (entry,) = [printed(capsys, "audit", "export")]
    assert entry["payload"] == {"clock": "resolution"}
    assert run(["audit", "export", "--format", "csv"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "entry,link,at,at_s,kind,host,ticket,payload,erased",
        '1,1,1970-01-01T00:00:05Z,5,breached,zammad,1,"{""clock"":""resolution""}",false',
    ]


def test_a_restored_action_is_otherwise_what_it_was(path: Path, kept: Path) -> None:
    back(path, kept)
    with SqliteStore(path) as store:
        mail = action("mail", kind="notify", status="uncertain", at=NOW)
        assert store.action("mail") == mail
        assert store.action("tag") == replace(action("tag"), status="planned")
