"""One transaction at a time, the lease, claims, and the small things kept beside tickets."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

import slaplugin
from slaplugin.app.errors import StoreError, TicketHeldError
from slaplugin.app.ports import Adoption, AuditEntry, Lease
from slaplugin.core.calendars import CalendarSpec, CalendarVersion
from slaplugin.core.policies import PolicySet
from slaplugin.store import SqliteStore, sqlite
from tests.store.samples import HOST, action, lease, save, ticket_row

# --------------------------------------------------------------------------- transactions


def test_a_failed_block_leaves_nothing(store: SqliteStore) -> None:
    with pytest.raises(ZeroDivisionError), store.tx() as tx:
        tx.save_ticket(ticket_row())
        tx.audit(AuditEntry("started", 1, {}))
        raise ZeroDivisionError
    assert store.row(HOST, "1") is None
    assert store.head() is None
    save(store, ticket_row())


def test_reads_inside_a_transaction_see_its_writes(store: SqliteStore) -> None:
    with store.tx() as tx:
        tx.save_ticket(ticket_row())
        assert store.row(HOST, "1") == ticket_row()
        found = store.ticket(HOST, "1")
        assert found is not None
        assert found.events == ()


def test_a_transaction_is_neither_nested_nor_used_after_its_end(store: SqliteStore) -> None:
    with store.tx() as tx:
        with pytest.raises(StoreError, match="open already"), store.tx():
            pass
        tx.set_flag("a", "1")
    assert store.flag("a") == "1"
    with pytest.raises(StoreError, match="ended"):
        tx.set_flag("a", "2")


def test_a_part_that_cannot_be_stored_leaves_the_rest(store: SqliteStore) -> None:
    poison: list[Any] = [
        ticket_row("2", facts={"x": object()}),
        ticket_row("2", title="half a pair \ud800"),
        ticket_row("2", updated_at_ms=2**70),
    ]
    with store.tx() as tx:
        for row in (ticket_row("1"), *poison, ticket_row("3")):
            with suppress(TicketHeldError), tx.part():
                tx.audit(AuditEntry("judged", 1, {"id": row.id}))
                tx.save_ticket(row)
        with suppress(TicketHeldError), tx.part():
            tx.save_ticket(ticket_row("4"))
            tx.audit(AuditEntry("judged", 1, {"x": object()}))
        with pytest.raises(StoreError, match="knows no ticket 4"):
            tx.replace_events(HOST, "4", [])
    assert list(store.ids(HOST)) == ["1", "3"]
    assert [entry["payload"]["id"] for entry in store.audit_log()] == ["1", "3"]
    assert store.verify().verified


def test_every_thread_has_its_own_connection(store: SqliteStore) -> None:
    failures: list[Exception] = []

    def work(name: str) -> None:
        try:
            for number in range(20):
                save(store, ticket_row(f"{name}{number}"))
        except Exception as error:  # noqa: BLE001 - a thread's failure is the test's
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(list(store.ids(HOST))) == 60
    store.close()
    assert len(list(store.ids(HOST))) == 60


# --------------------------------------------------------------------------- lease and claims


def test_one_holder_at_a_time_and_every_taking_raises_the_epoch(store: SqliteStore) -> None:
    assert store.acquire("a", 1000, 60) == Lease("a", 1, 1060)
    assert store.acquire("b", 1059, 60) is None
    assert store.acquire("a", 1059, 60) == Lease("a", 1, 1119)
    assert store.acquire("b", 1119, 60) == Lease("b", 2, 1179)
    store.release(Lease("a", 1, 1119))
    assert store.lease() == Lease("b", 2, 1179)
    store.release(Lease("b", 2, 1179))
    assert store.lease() is None
    assert store.acquire("a", 1120, 60) == Lease("a", 3, 1180)
    assert store.acquire("a", 1200, 60) == Lease("a", 4, 1260)


def test_a_claim_holds_only_under_the_lease_in_force(store: SqliteStore) -> None:
    save(store, ticket_row())
    old = lease(store, "old", 1000)
    new = lease(store, "new", 2000)
    for stale in (old, replace(old, epoch=new.epoch), replace(new, epoch=old.epoch)):
        with store.tx() as tx:
            assert not tx.claim(action(), stale)
        assert store.action("k1") is None
    with store.tx() as tx:
        assert tx.claim(action(), new)
    claimed = replace(action(), status="claimed", epoch=new.epoch, attempts=1)
    assert store.action("k1") == claimed


@pytest.mark.parametrize("status", ["done", "adopted"])
def test_what_is_done_is_never_claimed_again(store: SqliteStore, status: str) -> None:
    save(store, ticket_row())
    done = action(status=status, result="ok", attempts=1)
    with store.tx() as tx:
        tx.save_action(done)
    with store.tx() as tx:
        assert not tx.claim(action(), lease_inside(store))
    assert store.action("k1") == done


def lease_inside(store: SqliteStore) -> Lease:
    store.connection.execute("INSERT OR REPLACE INTO lease VALUES (1, 'daemon', 7, 99999)")
    return Lease("daemon", 7, 99999)


def test_a_second_claim_counts_the_attempts(store: SqliteStore) -> None:
    save(store, ticket_row())
    held = lease(store)
    for attempt in (1, 2):
        with store.tx() as tx:
            assert tx.claim(action(), held)
        found = store.action("k1")
        assert found is not None
        assert found.attempts == attempt
    with store.tx() as tx:
        assert tx.claim(action(attempts=9), held)
    found = store.action("k1")
    assert found is not None
    assert found.attempts == 9


def test_an_assignment_remembers_the_group_it_was_made_in(store: SqliteStore) -> None:
    save(store, ticket_row())
    with store.tx() as tx:
        tx.save_action(action(kind="set_owner", value="anna", status="done"))
    save(store, ticket_row(seen=replace(ticket_row().seen, group="Elsewhere")))
    assert store.last_assigned(HOST, "Support") == {"anna": 4001}
    assert store.last_assigned(HOST, "Elsewhere") == {}


# --------------------------------------------------------------------------- small things


def test_bookmarks_and_flags_are_remembered_and_replaced(store: SqliteStore) -> None:
    assert (store.bookmark(HOST, "tickets"), store.flag("paused")) == (None, None)
    for text in ("first", "second"):
        with store.tx() as tx:
            tx.save_bookmark(HOST, "tickets", text)
            tx.set_flag("paused", text)
        assert (store.bookmark(HOST, "tickets"), store.flag("paused")) == (text, text)
    assert store.bookmark(HOST, "parties") is None
    with store.tx() as tx:
        tx.set_flag("paused", None)
    assert store.flag("paused") is None


CALENDAR = CalendarSpec(
    "office",
    (
        CalendarVersion(
            "Europe/Berlin",
            ((),) * 7,
            closed=frozenset({date(2026, 12, 25), date(2026, 1, 1)}),
            exceptions={date(2026, 12, 24): ((32400, 43200),)},
            closures=((1000, 2000),),
            start=date(2026, 1, 1),
        ),
    ),
)


def policy_set(hash: str) -> PolicySet:
    return PolicySet(
        calendars={"office": CALENDAR},
        priorities={"3 high": "high"},
        hash=hash,
        text={"policies/a.yaml": "policies: []\n"},
    )


def test_policy_sets_are_kept_whole_and_adoptions_in_order(store: SqliteStore) -> None:
    for at, name in [(10, "one"), (20, "one"), (30, "two"), (40, "one")]:
        with store.tx() as tx:
            tx.save_policy_set(policy_set(name), at)
    assert store.adoptions() == [Adoption(10, "one"), Adoption(30, "two"), Adoption(40, "one")]
    assert store.policy_set_text("three") is None
    assert store.policy_set_text("two") == {
        "text": {"policies/a.yaml": "policies: []\n"},
        "engine": slaplugin.__version__,
        "priorities": {"3 high": "high"},
        "closed": {
            "office": (
                {
                    "start": "2026-01-01",
                    "closed": ("2026-01-01", "2026-12-25"),
                    "closures": ((1000, 2000),),
                },
            )
        },
    }


def test_a_new_program_version_leaves_an_entry(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease(store, now=1000)
    lease(store, now=1001)
    monkeypatch.setattr(sqlite, "__version__", "9.9.9")
    lease(store, now=1002)
    entries = [(entry["at"], entry["payload"]) for entry in store.audit_log()]
    assert entries == [
        (1000, {"version": slaplugin.__version__, "before": None}),
        (1002, {"version": "9.9.9", "before": slaplugin.__version__}),
    ]
