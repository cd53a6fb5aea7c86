"""Random sequences of writes against a plain dictionary that does the same."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from slaplugin.app.ports import AuditEntry, Lease, TicketRow
from slaplugin.core.actions import ActionRow
from slaplugin.core.model import Event
from slaplugin.store import SqliteStore
from tests.store.samples import HOST, action, event, ticket_row

IDS = st.sampled_from(["1", "2", "3"])
INSTANTS = st.integers(0, 50)
EVENTS = st.lists(
    st.builds(
        event,
        st.sampled_from("abcde"),
        st.integers(0, 3),
        seq=st.integers(0, 2),
        data=st.sampled_from([{}, {"to": "x"}, {"to": None, "live": True}]),
        ours=st.booleans(),
    ),
    max_size=6,
)


class StoreMachine(RuleBasedStateMachine):
    """Every rule writes to both; the invariant reads everything back."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "slaplugin.db"
        self.store = SqliteStore(self.path, durable=False)
        self.rows: dict[str, TicketRow] = {}
        self.events: dict[str, dict[str, Event]] = {}
        self.vanished: dict[str, set[str]] = {}
        self.actions: dict[str, ActionRow] = {}
        self.lease: Lease | None = None
        self.entries = 0

    def save_row(self, tx: Any, ticket: str, **changes: Any) -> None:
        row = replace(self.rows.get(ticket, ticket_row(ticket)), **changes)
        tx.save_ticket(row)
        self.rows[ticket] = row
        self.events.setdefault(ticket, {})
        self.vanished.setdefault(ticket, set())

    @rule(
        ticket=IDS,
        next_check_at=st.none() | INSTANTS,
        held=st.none() | st.just("why"),
        held_until=st.none() | INSTANTS,
        open=st.booleans(),
        policy_set=st.sampled_from([None, "a", "b", "c"]),
    )
    def save(self, ticket: str, **changes: Any) -> None:
        with self.store.tx() as tx:
            self.save_row(tx, ticket, **changes)

    @rule(ticket=IDS, events=EVENTS)
    def replace_events(self, ticket: str, events: list[Event]) -> None:
        with self.store.tx() as tx:
            self.save_row(tx, ticket)
            answer = tx.replace_events(HOST, ticket, events)
        given: dict[str, Event] = {}
        for one in events:
            given.setdefault(one.id, one)
        known = self.events[ticket]
        assert list(answer) == [one for name, one in given.items() if known.get(name) != one]
        known.update(given)
        self.vanished[ticket] = known.keys() - given.keys()

    @rule(ticket=IDS, key=st.sampled_from("kl"), status=st.sampled_from(["planned", "done"]))
    def save_action(self, ticket: str, key: str, status: Any) -> None:
        row = action(key, ticket, status=status)
        with self.store.tx() as tx:
            self.save_row(tx, ticket)
            tx.save_action(row)
        self.actions[key] = row

    @rule(holder=st.sampled_from(["x", "y"]), now=INSTANTS, seconds=st.integers(1, 20))
    def acquire(self, holder: str, now: int, seconds: int) -> None:
        before = self.lease
        taken = self.store.acquire(holder, now, seconds)
        if before is not None and before.expires_at > now and before.holder != holder:
            assert taken is None
            return
        assert taken is not None
        self.entries += before is None  # the first taking notes the program's version
        kept = before is not None and before.expires_at > now
        assert taken.epoch == (before.epoch if before else 0) + (not kept)
        self.lease = taken

    @rule(ticket=IDS, key=st.sampled_from("kl"), behind=st.integers(0, 1))
    def claim(self, ticket: str, key: str, behind: int) -> None:
        held = self.lease or Lease("nobody", 0, 0)
        lease = replace(held, epoch=held.epoch - behind)
        before = self.actions.get(key)
        row = action(key, ticket, attempts=0)
        with self.store.tx() as tx:
            self.save_row(tx, ticket)
            claimed = tx.claim(row, lease)
        done = before is not None and before.status == "done"
        assert claimed is (self.lease is not None and not behind and not done)
        if claimed:
            attempts = before.attempts + 1 if before else 1
            self.actions[key] = replace(row, status="claimed", epoch=lease.epoch, attempts=attempts)

    @rule(kinds=st.lists(st.sampled_from(["met", "breached"]), max_size=3), fails=st.booleans())
    def audit(self, kinds: list[str], fails: bool) -> None:
        try:
            with self.store.tx() as tx:
                for kind in kinds:
                    tx.audit(AuditEntry(kind, 1, {"kind": kind}))
                tx.set_flag("failed", str(fails))
                assert not fails
        except AssertionError:
            return
        self.entries += len(kinds)

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = SqliteStore(self.path, durable=False)

    @rule(now=INSTANTS, wanted=st.sampled_from("abc"))
    def ask(self, now: int, wanted: str) -> None:
        free = [row for row in self.rows.values() if row.held is None]
        due = [row for row in free if row.next_check_at is not None and row.next_check_at <= now]
        due.sort(key=lambda row: (row.next_check_at, row.id))
        assert self.store.due(HOST, now, 9) == [row.id for row in due]
        stale = {row.id for row in free if row.open and row.policy_set != wanted}
        assert set(self.store.stale(HOST, wanted, 9)) == stale
        retry = {
            row.id
            for row in self.rows.values()
            if row.held is not None and row.held_until is not None and row.held_until <= now
        }
        assert set(self.store.retry(HOST, now, 9)) == retry

    @invariant()
    def same(self) -> None:
        if not hasattr(self, "rows"):
            return
        for ticket, row in self.rows.items():
            found = self.store.ticket(HOST, ticket)
            assert found is not None
            assert found.row == row
            assert {one.id: one for one in found.events} == self.events[ticket]
            assert [one.order for one in found.events] == sorted(e.order for e in found.events)
            assert found.vanished == self.vanished[ticket]
        assert {row.key: row for row in self.store.actions(HOST)} == self.actions
        chain = self.store.verify()
        assert (chain.verified, chain.entries) == (True, self.entries)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
