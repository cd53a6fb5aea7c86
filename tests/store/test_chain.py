"""The audit chain: what cannot be changed, dropped or slipped in without being noticed."""

from __future__ import annotations

import pytest

from slaplugin.app.errors import TicketHeldError
from slaplugin.app.ports import AuditEntry
from slaplugin.store import SqliteStore

TICKETS = ("1", "2", "1", "3", "2", "1")


@pytest.fixture
def chain(store: SqliteStore) -> SqliteStore:
    """Three links of two entries each."""
    for first in (0, 2, 4):
        with store.tx() as tx:
            for number in (first, first + 1):
                payload = {"clock": "resolution", "number": number, "customer": "Ms Ünal"}
                tx.audit(AuditEntry("breached", 100 + number, payload, "zammad", TICKETS[number]))
    return store


def test_entries_of_a_transaction_are_one_link(chain: SqliteStore) -> None:
    assert [entry["link"] for entry in chain.audit_log()] == [1, 1, 2, 2, 3, 3]
    found = chain.verify()
    assert (found.verified, found.links, found.entries, found.erased) == (True, 3, 6, 0)
    assert found.head == chain.head()
    with chain.tx() as tx:
        tx.set_flag("no entry", "no link")
    assert chain.verify() == found


def test_an_empty_chain_holds(store: SqliteStore) -> None:
    found = store.verify()
    assert (found.verified, found.links, found.head) == (True, 0, None)


COPY_6_TO_7 = """
INSERT INTO audit_entries SELECT 7, {link}, at, kind, host, ticket, digest
  FROM audit_entries WHERE entry_no = 6;
INSERT INTO audit_payloads SELECT 7, salt, payload FROM audit_payloads WHERE entry_no = 6
"""
DROP = """
DELETE FROM audit_payloads WHERE entry_no IN ({0});
DELETE FROM audit_entries WHERE entry_no IN ({0})
"""
MOVE = """
UPDATE audit_entries SET entry_no = {1} WHERE entry_no = {0};
UPDATE audit_payloads SET entry_no = {1} WHERE entry_no = {0};
"""

TAMPERING = {
    "link's instant changed": (
        "UPDATE audit_links SET at = at + 60 WHERE link_no = 2",
        ("the instant of link 2 was changed", 2, None),
    ),
    "payload changed": (
        "UPDATE audit_payloads SET payload = replace(payload, '2', '9') WHERE entry_no = 3",
        ("payload of entry 3 was changed", 2, 3),
    ),
    "salt changed": (
        "UPDATE audit_payloads SET salt = zeroblob(16) WHERE entry_no = 3",
        ("payload of entry 3 was changed", 2, 3),
    ),
    "payload removed without its salt": (
        "UPDATE audit_payloads SET payload = NULL WHERE entry_no = 3",
        ("payload of entry 3 was changed", 2, 3),
    ),
    "payload row removed": (
        "DELETE FROM audit_payloads WHERE entry_no = 3",
        ("payload of entry 3 was removed", 2, 3),
    ),
    "payload erased and digest changed": (
        """
        UPDATE audit_entries SET digest = zeroblob(32) WHERE entry_no = 3;
        UPDATE audit_payloads SET payload = NULL, salt = NULL WHERE entry_no = 3
        """,
        ("link 2 does not hold", 2, None),
    ),
    "instant changed": (
        "UPDATE audit_entries SET at = 99 WHERE entry_no = 3",
        ("link 2 does not hold", 2, None),
    ),
    "kind changed": (
        "UPDATE audit_entries SET kind = 'met' WHERE entry_no = 3",
        ("link 2 does not hold", 2, None),
    ),
    "ticket changed": (
        "UPDATE audit_entries SET ticket = '8' WHERE entry_no = 3",
        ("link 2 does not hold", 2, None),
    ),
    "entry removed": (DROP.format(3), ("entry 3 is missing", 2, 3)),
    "last entry of a link removed": (DROP.format(6), ("link 3 does not hold", 3, None)),
    "entries swapped": (
        MOVE.format(3, 99) + MOVE.format(4, 3) + MOVE.format(99, 4),
        ("link 2 does not hold", 2, None),
    ),
    "entry added to a link": (COPY_6_TO_7.format(link=3), ("link 3 does not hold", 3, None)),
    "entry added without a link": (COPY_6_TO_7.format(link=4), ("names link 4", 4, 7)),
    "entry moved to another link": (
        "UPDATE audit_entries SET link_no = 2 WHERE entry_no = 5",
        ("link 2 does not hold", 2, None),
    ),
    "link removed with its entries": (
        DROP.format("3, 4") + "; DELETE FROM audit_links WHERE link_no = 2",
        ("link 2 is missing", 2, None),
    ),
    "link rewritten": (
        "UPDATE audit_links SET hash = zeroblob(32) WHERE link_no = 2",
        ("link 2 does not hold", 2, None),
    ),
}


@pytest.mark.parametrize("how", TAMPERING)
def test_tampering_is_found_and_located(chain: SqliteStore, how: str) -> None:
    statements, (reason, link, entry) = TAMPERING[how]
    before = chain.head()
    chain.connection.execute("PRAGMA foreign_keys = OFF")
    for statement in filter(None, map(str.strip, statements.split(";"))):
        chain.connection.execute(statement)
    found = chain.verify(before)
    assert not found.verified
    assert reason in (found.reason or "")
    assert (found.broken_link, found.broken_entry) == (link, entry)
    assert found.links == (link or 0) - 1


def test_a_chain_cut_off_is_found_by_a_head_noted_elsewhere(chain: SqliteStore) -> None:
    noted = chain.head()
    for table in ("audit_payloads", "audit_entries"):
        chain.connection.execute(f"DELETE FROM {table} WHERE entry_no > 4")
    chain.connection.execute("DELETE FROM audit_links WHERE link_no = 3")
    assert chain.verify().verified
    found = chain.verify(noted)
    assert not found.verified
    assert "cut off" in (found.reason or "")


def test_an_older_head_is_still_held(chain: SqliteStore) -> None:
    noted = chain.head()
    with chain.tx() as tx:
        tx.audit(AuditEntry("met", 1, {}))
    assert chain.head() != noted
    assert chain.verify(noted).verified


def test_an_erased_payload_is_gone_and_the_chain_holds(chain: SqliteStore) -> None:
    chain.erase([1, 3], AuditEntry("forgotten", 200, {"entries": 2}))
    found = chain.verify()
    assert (found.verified, found.erased, found.entries) == (True, 2, 7)
    shown = {entry["entry"]: entry for entry in chain.audit_log()}
    assert (shown[3]["payload"], shown[3]["erased"], shown[3]["kind"]) == (None, True, "breached")
    assert shown[4]["payload"]["customer"] == "Ms Ünal"


def test_equal_payloads_have_different_digests(chain: SqliteStore) -> None:
    with chain.tx() as tx:
        tx.audit(AuditEntry("met", 1, {"customer": "x"}))
        tx.audit(AuditEntry("met", 1, {"customer": "x"}))
    digests = chain.rows("SELECT digest FROM audit_entries")
    assert len(set(digests)) == len(digests)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, [1, 2, 3, 4, 5, 6]),
        ({"limit": 2}, [5, 6]),
        ({"limit": 0}, []),
        ({"limit": 99}, [1, 2, 3, 4, 5, 6]),
        ({"ticket": "1"}, [1, 3, 6]),
        ({"ticket": "1", "limit": 2}, [3, 6]),
        ({"ticket": "none"}, []),
        ({"since": 103}, [4, 5, 6]),
        ({"ticket": "2", "since": 103, "limit": 1}, [5]),
    ],
)
def test_the_log_is_narrowed(
    chain: SqliteStore, asked: dict[str, object], expected: list[int]
) -> None:
    assert [entry["entry"] for entry in chain.audit_log(**asked)] == expected  # type: ignore[arg-type]


def test_a_long_log_comes_in_pages(store: SqliteStore) -> None:
    with store.tx() as tx:
        for number in range(1201):
            tx.audit(AuditEntry("met", number, {"n": number}))
    assert [entry["payload"]["n"] for entry in store.audit_log()] == list(range(1201))
    assert store.verify().entries == 1201


def test_a_payload_that_cannot_be_stored_undoes_its_transaction(store: SqliteStore) -> None:
    with pytest.raises(TicketHeldError, match="object"), store.tx() as tx:
        tx.set_flag("a", "1")
        tx.audit(AuditEntry("met", 1, {"x": object()}))
    assert store.flag("a") is None
    assert store.verify().links == 0
