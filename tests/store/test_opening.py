"""Opening: a new file, an older, a newer, a foreign, a locked, a full and a damaged one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from slaplugin.app.errors import StoreError, TicketHeldError
from slaplugin.store import SqliteStore, migrations, schema
from slaplugin.store.codec import dump_instance
from slaplugin.store.connections import Opening
from tests.store.samples import HOST, instance, save, ticket_row


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "slaplugin.db"


@pytest.fixture
def used(path: Path) -> Path:
    """A store with a ticket in it, closed."""
    with SqliteStore(path, durable=False) as store:
        save(store, ticket_row())
    return path


def raw(path: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(path, isolation_level=None))


def test_a_new_store_is_private_and_set_up_for_one_writer_and_many_readers(path: Path) -> None:
    with SqliteStore(path) as store:
        assert path.stat().st_mode & 0o777 == 0o600
        asked = ("journal_mode", "foreign_keys", "synchronous", "user_version")
        found = [store.connection.execute(f"PRAGMA {name}").fetchone()[0] for name in asked]
        assert found == ["wal", 1, 2, schema.SCHEMA_VERSION]
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_all_tables_are_strict(used: Path) -> None:
    with raw(used) as connection:
        tables = connection.execute(
            "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
            " AND name NOT LIKE 'sqlite_%' AND name <> '_sqlite_migrations'"
        ).fetchall()
        assert len(tables) > 10
        assert [name for name, strict in tables if not strict] == []
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("UPDATE tickets SET holds = 'many'")


def test_opening_again_changes_nothing(used: Path) -> None:
    before = used.read_bytes()
    with SqliteStore(used) as store:
        assert store.row(HOST, "1") == ticket_row()
    assert used.read_bytes() == before


# --------------------------------------------------------------------------- migrations

NEXT = (*schema.STEPS, ("9998_next", ("CREATE TABLE later (a INTEGER) STRICT",)))
BROKEN = (*NEXT, ("9999_broken", ("CREATE TABLE more (a INTEGER) STRICT", "NO SQL AT ALL")))


def migrate(path: Path, steps: migrations.Steps) -> Path | None:
    opening = Opening(path)
    with closing(opening.connect()) as connection:
        return migrations.migrate(connection, opening, steps)


def tables(path: Path) -> set[str]:
    with raw(path) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}


def test_a_copy_is_kept_before_every_migration(used: Path) -> None:
    kept = migrate(used, NEXT)
    assert kept == used.with_name(f"slaplugin.db.before-schema-{len(NEXT)}")
    assert "later" in tables(used)
    assert "later" not in tables(kept)
    with SqliteStore(kept) as before:
        assert before.row(HOST, "1") == ticket_row()
    assert migrate(used, NEXT) is None


def test_a_failing_migration_leaves_the_store_as_it_was(used: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        migrate(used, BROKEN)
    assert not tables(used) & {"later", "more"}
    with SqliteStore(used) as store:
        assert store.row(HOST, "1") == ticket_row()
    assert migrate(used, NEXT) == used.with_name(f"slaplugin.db.before-schema-{len(NEXT)}")


def test_an_older_store_learns_when_its_instances_ended(path: Path) -> None:
    path.touch()
    migrate(path, schema.STEPS[:1])
    with raw(path) as connection:
        connection.execute(
            "INSERT INTO tickets (host, id, number, title, facts, current_only, first_seen_at,"
            " revision, updated_at_ms, seen, open, live, holds)"
            " VALUES (?, '1', '1', '', '{}', '[]', 0, '', 0, '{}', 1, 1, 0)",
            (HOST,),
        )
        connection.execute(
            "INSERT INTO instances (ticket_key, clock, start_event, policy_set, finished,"
            " revision, watched, due_order, body)"
            " VALUES (1, 'resolution', 'e1', 's', 1, 1, 0, 0, ?)",
            (dump_instance(instance(status="stopped", outcome="met", stopped_at=700)),),
        )
    with SqliteStore(path) as store:
        assert [row.instance.stopped_at for row in store.ended_instances(HOST, 700)] == [700]
        assert list(store.ended_instances(HOST, 701)) == []


def test_steps_that_have_shipped_are_never_edited() -> None:
    assert [name for name, _ in schema.STEPS] == [
        "0001_first_tables",
        "0002_instances_ended",
        "0003_views",
        "0004_standings",
        "0005_seals",
        "0006_erasures",
        "0007_marks",
    ]


# --------------------------------------------------------------------------- what cannot be used


def newer(path: Path) -> None:
    with raw(path) as connection:
        connection.execute(f"PRAGMA user_version = {schema.SCHEMA_VERSION + 1}")


def foreign(path: Path) -> None:
    path.unlink()
    with raw(path) as connection:
        connection.execute("CREATE TABLE notes (a)")


def no_database(path: Path) -> None:
    path.write_bytes(b"Dear diary, " * 500)


def damaged(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[100:8000] = b"\xff" * 7900
    path.write_bytes(content)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (newer, ["newer slaplugin", f"schema {len(NEXT)}", "store restore FILE"]),
        (foreign, ["no store of slaplugin", "setting `store`"]),
        (no_database, ["damaged", "store restore FILE"]),
        (damaged, ["damaged", "store restore FILE"]),
        (folder, ["cannot be used"]),
    ],
)
def test_a_file_that_cannot_be_used_says_why_and_how_to_mend_it(
    used: Path, spoil: object, words: list[str]
) -> None:
    spoil(used)  # type: ignore[operator]
    with pytest.raises(StoreError) as caught, SqliteStore(used) as store:
        store.ticket(HOST, "1")
    for word in (str(used), *words):
        assert word in str(caught.value)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="folder exists"):
        SqliteStore(tmp_path / "nowhere" / "slaplugin.db")


def test_a_store_that_another_process_keeps_locked(used: Path) -> None:
    with SqliteStore(used, timeout=0.05) as store, raw(used) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match=r"locked by another process.*run this again"):
            save(store, ticket_row("2"))
        assert store.row(HOST, "1") == ticket_row()
        other.execute("ROLLBACK")
        save(store, ticket_row("2"))


def test_a_full_disk_keeps_nothing_of_the_unfinished_step(used: Path) -> None:
    with SqliteStore(used) as store:
        (pages,) = store.connection.execute("PRAGMA page_count").fetchone()
        store.connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreError, match=r"no room.*free disk space"):
            save(store, ticket_row("2"), ticket_row("3", title="long" * 10_000))
        assert list(store.ids(HOST)) == ["1"]
        store.connection.execute("PRAGMA max_page_count = 1000000")
        save(store, ticket_row("2"))


def test_a_damaged_row_is_damage_not_a_crash(used: Path) -> None:
    with SqliteStore(used) as store:
        store.connection.execute("UPDATE tickets SET seen = '{\"tags\": 5}'")
        with pytest.raises(StoreError, match="damaged"):
            store.row(HOST, "1")
        store.connection.execute("UPDATE tickets SET facts = '{'")
        with pytest.raises(StoreError, match="damaged"):
            store.row(HOST, "1")


def test_a_number_too_large_holds_its_ticket_alone(path: Path) -> None:
    with SqliteStore(path) as store:
        with pytest.raises(TicketHeldError, match="64 bits"):
            save(store, ticket_row(updated_at_ms=2**70))
        save(store, ticket_row())


# --------------------------------------------------------------------------- reading alone


def test_a_readonly_store_reads_beside_a_writer_and_refuses_to_write(used: Path) -> None:
    with SqliteStore(used) as writer, SqliteStore.open_readonly(used) as reader:
        with writer.tx() as tx:
            tx.save_ticket(ticket_row("2"))
            assert list(reader.ids(HOST)) == ["1"]
        assert list(reader.ids(HOST)) == ["1", "2"]
        with pytest.raises(StoreError, match="cannot be written"):
            save(reader, ticket_row("3"))


def test_a_readonly_store_is_never_made(path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        SqliteStore.open_readonly(path)
    path.touch()
    with pytest.raises(StoreError, match="of an older slaplugin"):
        SqliteStore.open_readonly(path)


def test_one_view_for_a_whole_reading(used: Path) -> None:
    with SqliteStore(used) as writer, SqliteStore.open_readonly(used) as reader:
        with reader.reading():
            assert list(reader.ids(HOST)) == ["1"]
            save(writer, ticket_row("2"))
            assert list(reader.ids(HOST)) == ["1"]
        assert list(reader.ids(HOST)) == ["1", "2"]
