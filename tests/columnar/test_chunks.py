"""The file beside the store: derived, checked against the rows, made anew where they changed."""

from __future__ import annotations

import random
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from slaplugin.app.errors import StoreError
from slaplugin.app.ports import StoredInstance, TicketRow
from slaplugin.app.whatif import PastTicket
from slaplugin.columnar import Chunks, ColumnsFile, chunk_numbers, chunks, keys_of
from slaplugin.columnar.pack import packed, unpacked
from slaplugin.core.model import Event
from slaplugin.store import SqliteStore
from tests.columnar.pasts import loaded, pasts

HOST = "desk"
POLICY = loaded("policies: [{name: standard, targets: {first_response: 4h, resolution: 16h}}]")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqliteStore]:
    """Some tickets, four to a chunk."""
    monkeypatch.setattr(chunks, "CHUNK", 4)
    with SqliteStore(tmp_path / "sla.db", durable=False) as opened:
        for past in pasts(random.Random("store"), POLICY, 10):
            save(opened, past)
        yield opened


def save(store: SqliteStore, past: PastTicket) -> None:
    ticket = past.ticket
    row = TicketRow(
        HOST, ticket.id, ticket.number, ticket.title, ticket.facts, ticket.current_only, 0
    )
    with store.tx() as tx:
        tx.save_ticket(replace(row, open=past.open))
        tx.replace_events(HOST, ticket.id, past.events)
        tx.save_instances(HOST, ticket.id, past.instances)


def digests(store: SqliteStore) -> list[bytes]:
    return [store.past_digest(keys_of(number)) for number in chunk_numbers(store, HOST)]


def read(store: SqliteStore, file: ColumnsFile) -> list[PastTicket]:
    found = Chunks(store, file, HOST)
    numbers = chunk_numbers(store, HOST)
    return [past for number in numbers for past in found.timelines(number).tickets()]


def test_the_chunks_are_the_tickets(store: SqliteStore) -> None:
    expected = pasts(random.Random("store"), POLICY, 10)
    file = ColumnsFile.beside(store.path)
    assert file.path.name == "sla.db.columns"
    assert read(store, file) == expected
    assert read(store, file) == expected
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_a_changed_ticket_makes_its_own_chunk_anew(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = ColumnsFile.beside(store.path)
    read(store, file)
    before = digests(store)
    with store.tx() as tx:
        tx.add_observed(HOST, "5", [Event(9_000, 0, "seen", "field_changed", {"field": "x"})])
    after = digests(store)
    changed = [number for number, pair in enumerate(zip(before, after, strict=True)) if
               pair[0] != pair[1]]  # fmt: skip
    assert len(changed) == 1
    kept: list[int] = []
    monkeypatch.setattr(file, "keep_timelines", lambda host, chunk, made: kept.append(chunk))
    found = {past.ticket.id: past for past in read(store, file)}
    assert kept == changed
    assert found["5"].events[0].id == "seen"


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE events SET payload = '{\"by\":1}' WHERE seq = 0 AND ticket_key = 6",
        "UPDATE events SET at_ms = at_ms + 1 WHERE seq = 0 AND ticket_key = 6",
        "DELETE FROM events WHERE seq > 0 AND ticket_key = 6",
        "UPDATE tickets SET facts = '{}' WHERE ticket_key = 6",
        "UPDATE tickets SET open = 1 - open WHERE ticket_key = 6",
        "UPDATE instances SET revision = revision + 1 WHERE ticket_key = 6",
        "UPDATE instances SET finished = 1 - finished WHERE ticket_key = 6",
        "DELETE FROM instances WHERE ticket_key = 6",
    ],
)
def test_any_change_of_a_row_is_seen(store: SqliteStore, sql: str) -> None:
    before, mark = digests(store), store.past_mark(keys_of(0))
    store.connection.execute(sql)
    after = digests(store)
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, True]
    assert store.past_mark(keys_of(0)) != mark


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE tickets SET next_check_at = 5, holds = 7",
        "UPDATE tickets SET title = title, facts = facts",
        "UPDATE events SET actor_name = 'Kim'",
        "UPDATE instances SET due_order = 3",
        "UPDATE instances SET body = '{}' WHERE finished = 0",
        "INSERT OR IGNORE INTO tickets SELECT * FROM tickets",
    ],
)
def test_what_no_verdict_rests_on_leaves_the_mark(store: SqliteStore, sql: str) -> None:
    mark = store.past_mark(keys_of(0))
    store.connection.execute("UPDATE instances SET finished = 0 WHERE ticket_key = 6")
    assert store.past_mark(keys_of(0)) != mark
    mark = store.past_mark(keys_of(0))
    store.connection.execute(sql)
    assert store.past_mark(keys_of(0)) == mark


@pytest.mark.parametrize("how", ["IGNORE", "REPLACE", "ABORT", "FAIL"])
def test_a_mark_moves_however_a_row_comes(store: SqliteStore, how: str) -> None:
    marks = {store.past_mark(keys_of(0))}
    for number in range(3):
        store.connection.execute(
            f"INSERT OR {how} INTO observed_events SELECT ticket_key, at_ms, seq, ?, kind,"
            " actor_key, actor_role, ours, retarget, payload, actor_name FROM events LIMIT 1",
            (f"new {number}",),
        )
        marks.add(store.past_mark(keys_of(0)))
    assert len(marks) == 4


def test_a_replaced_ticket_leaves_its_run(store: SqliteStore) -> None:
    store.connection.execute("PRAGMA foreign_keys = OFF")
    names = [row[1] for row in store.rows("PRAGMA table_info(tickets)")]
    columns = ", ".join(name for name in names if name != "ticket_key")
    mark = store.past_mark(keys_of(0))
    store.connection.execute(
        f"INSERT OR REPLACE INTO tickets (ticket_key, {columns})"
        f" SELECT 9000, {columns} FROM tickets WHERE ticket_key = 2"
    )
    assert store.past_mark(keys_of(0)) != mark


def test_a_run_without_tickets_is_never_fresh(store: SqliteStore) -> None:
    assert store.past_mark(keys_of(5_000)) == b""


def test_rows_with_the_same_mark_are_not_hashed_again(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = ColumnsFile.beside(store.path)
    expected = read(store, file)
    hashed: list[object] = []
    digest = store.past_digest
    monkeypatch.setattr(store, "past_digest", lambda keys: hashed.append(keys) or digest(keys))
    assert read(store, file) == expected
    assert hashed == []
    # The tests' chunks are smaller than the runs that marks are kept for.
    store.connection.execute("UPDATE tickets SET open = 1 - open WHERE ticket_key = 6")
    store.connection.execute("UPDATE tickets SET open = 1 - open WHERE ticket_key = 6")
    assert read(store, file) == expected
    assert len(hashed) == 3
    assert read(store, file) == expected
    assert len(hashed) == 3


def test_a_file_that_is_none_says_what_to_do(store: SqliteStore) -> None:
    file = ColumnsFile.beside(store.path)
    file.path.write_bytes(b"no database at all, but long enough to be looked at" * 40)
    with pytest.raises(StoreError, match="delete it, it is derived"):
        read(store, file)


def test_where_nothing_can_be_kept_all_is_made_anew(store: SqliteStore, tmp_path: Path) -> None:
    nowhere = ColumnsFile(tmp_path / "missing" / "sla.db.columns")
    assert len(read(store, nowhere)) == 10
    assert not nowhere.path.exists()


def test_a_ticket_comes_out_as_it_went_in() -> None:
    (past,) = pasts(random.Random("one"), POLICY, 1)
    inner = Event(5_000, 0, "in", "customer_message", {"message": 7})
    facts = {
        **past.ticket.facts,
        "fields.day": date(2026, 3, 9),
        "fields.some": frozenset({"a", "b"}),
        "fields.deep": {"x": ("y", date(2026, 3, 1), ("z",))},
        "fields.nothing": None,
    }
    absorbed = Event(6_000, 1, "out", "absorbed", {"events": (inner,), "ticket": "9"}, ours=True)
    rows = tuple(StoredInstance(row.instance, "set", True, 3) for row in past.instances)
    whole = replace(
        past,
        ticket=replace(past.ticket, facts=facts),
        events=(*past.events, absorbed, replace(inner, retarget=True)),
        instances=rows,
    )
    assert unpacked(packed(whole), "desk") == whole


def test_bytes_that_are_no_ticket_say_what_to_do() -> None:
    with pytest.raises(StoreError, match="delete them"):
        unpacked(b"\x93\x01\x02\x03", "desk")


def test_what_is_erased_for_good_takes_the_chunks_with_it(store: SqliteStore) -> None:
    file = ColumnsFile.beside(store.path)
    read(store, file)
    file.close()
    store.vacuum()
    assert list(store.path.parent.glob("sla.db.columns*")) == []
    assert len(read(store, file)) == 10
