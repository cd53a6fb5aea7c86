"""The store's saving against SQLite alone, and a cycle's questions among 100,000 open tickets.

Both sides of a ratio write the same rows into the same tables in one transaction, in one run: the
raw side hands finished tuples to ``executemany``, ours starts from the values of the core.
Target: at least 0.6 of the raw speed (performance.md, section 5).

Run: python benchmarks/store_append.py [TICKETS]
"""

from __future__ import annotations

import gc
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from slaplugin.app.ports import AuditEntry, TicketRow
from slaplugin.core.actions import Seen
from slaplugin.core.model import Actor, Event
from slaplugin.store import SqliteStore

HOST = "zammad"
EVENTS_EACH = 10
ENTRIES = 100_000
ROUNDS = 5
AUDIT_TABLES = ("audit_links", "audit_entries", "audit_payloads")
CUSTOMER, AGENT = Actor("7", "customer", "Chris Customer"), Actor("3", "agent", "Anna Agent")


def row(number: int) -> TicketRow:
    return TicketRow(
        host=HOST,
        id=str(number),
        number=str(31000 + number),
        title=f"Ticket {number}",
        facts={
            "group": "Support",
            "priority": "2 normal",
            "tags": ("a", "b"),
            "customer.vip": False,
        },
        current_only=frozenset({"customer.vip"}),
        first_seen_at=1_700_000_000,
        customer_key=str(number % 500),
        organization_key=str(number % 50),
        seen=Seen(tags=frozenset({"a", "b"}), owner=f"agent{number % 30}", group="Support"),
        next_check_at=1_700_000_000 + number,
        policy_set="current",
    )


def timeline(number: int) -> list[Event]:
    start = 1_700_000_000_000 + number
    events = [Event(start, 0, f"ticket:{number}", "created", {"by": "customer"}, CUSTOMER)]
    for step in range(1, EVENTS_EACH):
        kind, data, actor = (
            ("customer_message", {"message": step}, CUSTOMER),
            ("agent_reply", {"message": step}, AGENT),
            ("state_changed", {"to": "open", "kind": "open"}, AGENT),
        )[step % 3]
        events.append(
            Event(start + step * 60_000, step, f"history:{number}-{step}", kind, data, actor)
        )
    return events


def entry(number: int) -> AuditEntry:
    payload = {"clock": "resolution", "policy": "standard", "due_at": number, "step": "75%"}
    return AuditEntry("step_due", 1_700_000_000 + number, payload, HOST, str(number % 1000))


def seconds(work: Callable[[], None]) -> float:
    """Processor time: a machine that is busy with other work changes it least."""
    started = time.process_time()
    work()
    return time.process_time() - started


def copy_rows(store: SqliteStore, tables: Sequence[str]) -> list[tuple[str, list[Any]]]:
    """INSERT statement and finished tuples of what the tables hold."""
    found = []
    for table in tables:
        rows = store.connection.execute(f"SELECT * FROM {table}").fetchall()
        marks = ",".join("?" * len(rows[0]))
        found.append((f"INSERT INTO {table} VALUES ({marks})", rows))
    return found


def empty(store: SqliteStore, tables: Sequence[str]) -> None:
    for table in reversed(tables):
        store.connection.execute(f"DELETE FROM {table}")


def compare(name: str, store: SqliteStore, tables: Sequence[str], ours: Callable[[], None]) -> None:
    """Best of some rounds each, taken in turns so that a busy machine strikes both."""
    ours()
    prepared = copy_rows(store, tables)
    count = max(len(rows) for _, rows in prepared)
    gc.collect()
    gc.freeze()  # both sides' inputs stay out of the collector's way: they are the benchmark's

    def raw() -> None:
        store.connection.execute("BEGIN IMMEDIATE")
        for statement, rows in prepared:
            store.connection.executemany(statement, rows)
        store.connection.execute("COMMIT")

    best = {"raw": float("inf"), "ours": float("inf")}
    for _ in range(ROUNDS):
        for side, work in (("raw", raw), ("ours", ours)):
            empty(store, tables)
            best[side] = min(best[side], seconds(work))
    rates = {side: count / taken for side, taken in best.items()}
    print(
        f"{name:<34} raw executemany {rates['raw']:>9,.0f} rows/s   ours {rates['ours']:>9,.0f}"
        f" rows/s   ratio {rates['ours'] / rates['raw']:.2f}"
    )


def append(folder: Path) -> None:
    store = SqliteStore(folder / "append.db", durable=False)
    tickets = [(str(number), timeline(number)) for number in range(ENTRIES // EVENTS_EACH)]
    with store.tx() as tx:
        for number in range(len(tickets)):
            tx.save_ticket(row(number))

    def save_events() -> None:
        with store.tx() as tx:
            for ticket, events in tickets:
                tx.replace_events(HOST, ticket, events)

    entries = [entry(number) for number in range(ENTRIES)]

    def save_audit() -> None:
        with store.tx() as tx:
            for one in entries:
                tx.audit(one)

    compare("audit entries, salted and chained", store, AUDIT_TABLES, save_audit)
    compare("events of new tickets", store, ("events",), save_events)
    store.close()


def cycle(folder: Path, count: int) -> None:
    """What the store's part of a cycle costs: everything asked, ten tickets saved."""
    store = SqliteStore(folder / "cycle.db", durable=False)
    filled = seconds(lambda: fill(store, count))
    print(f"{count:,} open tickets saved in {filled:.1f} s, {store.path.stat().st_size >> 20} MB")
    now = 1_700_000_009
    questions: dict[str, Callable[[], object]] = {
        "due": lambda: store.due(HOST, now, 500),
        "retry": lambda: store.retry(HOST, now, 500),
        "stale, none": lambda: store.stale(HOST, "current", 500),
        "tickets of a customer": lambda: store.tickets_of(HOST, "customer", "7"),
        "owned counts (least_loaded)": lambda: store.owned_counts(HOST),
        "save ten changed tickets": lambda: save_ten(store),
    }
    for name, ask in questions.items():
        ask()
        print(f"  {name:<28} {1000 * min(seconds(lambda a=ask: a()) for _ in range(5)):>8.2f} ms")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MB")
    store.close()


def fill(store: SqliteStore, count: int) -> None:
    for first in range(0, count, 1000):
        with store.tx() as tx:
            for number in range(first, min(first + 1000, count)):
                tx.save_ticket(row(number))
                tx.replace_events(HOST, str(number), timeline(number))


def save_ten(store: SqliteStore) -> None:
    for number in range(10):
        with store.tx() as tx:
            tx.save_ticket(row(number))
            tx.replace_events(HOST, str(number), timeline(number))
            tx.audit(entry(number))


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as folder:
        append(Path(folder))
        cycle(Path(folder), count)


if __name__ == "__main__":
    main()
