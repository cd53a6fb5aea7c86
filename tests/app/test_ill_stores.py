"""A store that fails under a running daemon: told with the way on; nothing lost or doubled."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest

from slaplugin.app.daemon import Daemon, Ports, Rhythm
from slaplugin.app.errors import StoreError
from slaplugin.app.ports import Change
from slaplugin.store import SqliteStore
from slaplugin.store.upkeep import backup as backup_to
from slaplugin.store.upkeep import restore
from tests.app.desk_of import Installation, with_steps
from tests.app.test_daemon import HOUR, Changing, Log, Script

Install = Callable[..., Installation]
NOTED = with_steps("{at: breach, do: [{note: 'Too late'}, {priority: high}]}")
DUE = 4 * HOUR
Illness = Callable[[SqliteStore], AbstractContextManager[None]]


@contextmanager
def full(store: SqliteStore) -> Iterator[None]:
    """No page more than the file has, as on a full disk."""
    store.connection.execute("CREATE TABLE ballast (x)")
    (pages,) = store.connection.execute("PRAGMA page_count").fetchone()
    store.connection.execute(f"PRAGMA max_page_count = {pages}")
    try:
        # What was freed before would let small steps through.
        with pytest.raises(sqlite3.OperationalError):
            for _ in range(100):
                store.connection.execute("INSERT INTO ballast VALUES (zeroblob(4000))")
        yield
    finally:
        store.connection.execute("PRAGMA max_page_count = 1000000")
        store.connection.execute("DROP TABLE ballast")


@contextmanager
def locked(store: SqliteStore) -> Iterator[None]:
    """Another process writes and writes."""
    with sqlite3.connect(store.path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
    other.close()


@contextmanager
def unwritable(store: SqliteStore) -> Iterator[None]:
    """As a file system that was mounted read-only."""
    store.connection.execute("PRAGMA query_only = ON")
    yield
    store.connection.execute("PRAGMA query_only = OFF")


@contextmanager
def deleted(store: SqliteStore) -> Iterator[None]:
    """Somebody put the file elsewhere, and brings it back."""
    aside = store.path.with_name("aside.db")
    store.path.rename(aside)
    yield
    aside.rename(store.path)


ILL: dict[Illness, str] = {
    full: "no room is left for the store",
    locked: "is locked by another process",
    unwritable: "cannot be written",
    deleted: "was deleted while it was in use",
}


class Telling(Log):
    """Keeps the sentences."""

    def failed(self, error: Exception, wait: float) -> None:
        super().failed(error, wait)
        self.sentences = {*getattr(self, "sentences", ()), str(error)}


@pytest.mark.parametrize("begins", [HOUR, DUE - 30, DUE + 1])
@pytest.mark.parametrize("illness", ILL, ids=lambda illness: illness.__name__)
def test_the_daemon_goes_on_where_it_was_once_the_store_is_well(
    illness: Illness,
    begins: int,
    live: Install,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = live(NOTED)
    desk.store.connection.execute("PRAGMA busy_timeout = 5")
    tickets = [desk.host.create() for _ in range(3)]
    spell = illness(desk.store)
    spells = ExitStack()
    acts: dict[int, Callable[[], None]] = {
        begins: lambda: spells.enter_context(spell),
        DUE + HOUR: spells.close,
    }
    script = Script(desk.clock, DUE + 2 * HOUR, acts)
    log = Telling(desk.clock)
    Daemon(Ports(Changing(desk, script), script, log), Rhythm(poll_interval=60)).run()
    assert {name for name, _ in log.failures} == {"StoreError"}
    assert [text for text in log.sentences if ILL[illness] not in text] == []
    assert max(wait for _, wait in log.failures) <= 300
    found = [(desk.ticket(one).values["priority"], notes(desk, one)) for one in tickets]
    assert found == [("3 high", 1)] * 3
    assert log.cycles[-1].as_of >= script.begin + DUE + 2 * HOUR - 120


def notes(desk: Installation, ticket: str) -> int:
    return sum(event.kind == "note" for event in desk.ticket(ticket).events)


def test_a_store_that_fills_up_between_claim_and_mark_writes_nothing_twice(
    live: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = live(NOTED)
    ticket = desk.host.create()
    desk.sync(after=60)
    write = desk.host.write

    def written(asked: str, changes: Sequence[Change]) -> None:
        write(asked, changes)
        desk.store.connection.execute("PRAGMA query_only = ON")

    monkeypatch.setattr(desk.host, "write", written)
    with pytest.raises(StoreError):
        desk.sync(after=5 * HOUR)
    monkeypatch.undo()
    desk.store.connection.execute("PRAGMA query_only = OFF")
    desk.sync(after=30)
    assert (notes(desk, ticket), len(desk.host.written)) == (1, 1)
    rows = desk.store.actions_of("memory", ticket)
    assert {row.status for row in rows if row.kind != "add_tag"} == {"done"}


def test_another_file_in_its_place_is_not_mixed_with_the_old_ones_log(
    live: Install, tmp_path: Path
) -> None:
    desk = live(NOTED)
    with SqliteStore(tmp_path / "another.db"):
        pass
    (tmp_path / "another.db").rename(desk.store.path)
    with pytest.raises(StoreError, match="another file has taken the place of the store"):
        desk.sync(after=60)
    with pytest.raises(StoreError, match="store restore FILE"):
        desk.store.require_unmixed()


def test_a_store_brought_back_by_restore_is_followed(live: Install, tmp_path: Path) -> None:
    desk = live(NOTED)
    desk.host.create()
    backup = tmp_path / "backup.db"
    backup_to(desk.store, backup)
    desk.sync(after=60)
    with SqliteStore.open_readonly(desk.store.path) as reader:
        assert list(reader.ids("memory")) == ["1"]
        desk.store.path.rename(tmp_path / "aside.db")
        with pytest.raises(StoreError, match="was deleted while it was in use"):
            list(reader.ids("memory"))
        restore(desk.store.path, backup, holder="an admin", now=desk.clock.now())
        assert list(reader.ids("memory")) == []
    with pytest.raises(StoreError, match="a daemon opens it at its next try"):
        desk.sync(after=60)
    with SqliteStore(desk.store.path) as store:
        assert store.flag("restored_at") is not None
