"""What-if over many tickets: reading against judging, one process against two, the engines.

A realistic mix of tickets, ten events each, is put into a store with what was recorded of their
clocks; then a draft is compared with the policies in force by each engine. All ratios are of one
run. Targets (performance.md, section 5): reading and decoding below a fifth of the time, two
processes at least 1.7 times one, memory flat, a million tickets in 60 s plain and 20 s by columns
on two cores, equal answers.

Run: python benchmarks/whatif_million.py [TICKETS] [FOLDER]
FOLDER keeps the store for another run.
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from slaplugin.app.ports import Adoption, StoredInstance, TicketRow
from slaplugin.app.whatif import Job
from slaplugin.columnar import ColumnsFile, chunk_numbers
from slaplugin.core.evaluate import outcomes
from slaplugin.core.model import Event, Timeline
from slaplugin.core.policies import PolicySet
from slaplugin.core.rulebook import RuleBook
from slaplugin.core.whatif import Comparison, concluded
from slaplugin.policyfiles.loader import load_policy_texts
from slaplugin.store import SqliteStore
from slaplugin.store.tickets import SAVE_INSTANCE, instance_values
from slaplugin.store.timeline import row_of
from slaplugin.wiring.whatif import CompareTask, Execution, Source, compare

HOST = "zammad"
NOW = 1_800_000_000
FIRST = 1_767_600_000
IN_FORCE = """
calendars:
  berlin:
    timezone: Europe/Berlin
    hours: {mon-fri: "09:00-12:00, 13:00-17:00"}
    holidays: [DE-BE]
policies:
  - name: standard
    targets: {first_response: 4h, next_response: 8h, resolution: 24h, update: 16h}
    sub:
      - {name: vip, when: {organization.vip: true}, targets: {first_response: 1h}}
      - {name: payments, when: {fields.product: [payments, payouts]}, targets: {resolution: 16h}}
      - {name: billing, when: {group: Billing}, targets: {first_response: 2h}}
      - {name: outage, when: {type: outage}, targets: {resolution: 4h}}
"""
DRAFT = IN_FORCE.replace("first_response: 4h", "first_response: 3h").replace("24h", "20h")
EVENT_SQL = (
    "INSERT INTO events (ticket_key, at_ms, seq, identity, kind, actor_key, actor_role, ours,"
    " retarget, payload, actor_name, vanished) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)"
)
AT_ONCE = 2000


class Bar:
    """No progress is shown: it would be measured too."""

    def begin(self, what: str, total: int | None) -> None:
        """Nothing."""

    def advance(self, done: int = 1) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""


def policy_set(text: str) -> PolicySet:
    """The set, or the end of the run."""
    loaded = load_policy_texts({"bench.yaml": text})
    if loaded.policy_set is None:
        raise SystemExit("\n".join(map(str, loaded.problems)))
    return loaded.policy_set


# ---------------------------------------------------------------------- tickets


def ticket(number: int, dice: random.Random) -> tuple[TicketRow, list[Event]]:
    """One ticket: most are answered, wait once or twice and are closed."""
    facts = {
        "group": dice.choice(("Support", "Support", "Support", "Billing")),
        "priority": dice.choice(("1 low", "2 normal", "2 normal", "2 normal", "3 high")),
        "customer.email": f"c{number % 5000}@example.org",
        "organization.name": f"org{number % 400}",
        "organization.vip": number % 20 == 0,
        "fields.product": dice.choice(("payments", "shop", "shop", "app")),
        "type": "outage" if dice.random() < 0.01 else "question",
        "channel": dice.choice(("email", "web", "phone")),
        "tags": (),
    }
    row = TicketRow(
        host=HOST,
        id=str(number),
        number=str(310000 + number),
        title=f"Ticket {number}",
        facts=facts,
        current_only=frozenset(),
        first_seen_at=FIRST,
        customer_key=str(number % 5000),
        organization_key=str(number % 400),
        revision="0" * 64,
        open=False,
        policy_set="current",
    )
    return row, list(story(number, dice))


def story(number: int, dice: random.Random) -> Iterator[Event]:
    """About ten events; 3 % are still open, 6 % are reopened, 4 % change hands."""
    at = FIRST + dice.randrange(0, 300 * 86400)
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("created", {"by": "customer" if dice.random() < 0.93 else "agent"}),
        ("owner_changed", {"to": f"agent{number % 40}"}),
    ]
    if dice.random() < 0.04:
        kinds.append(("group_changed", {"to": "Billing"}))
    kinds += [
        ("agent_reply", {"message": number}),
        ("state_changed", {"to": "pending reminder", "kind": "waiting_customer"}),
        ("customer_message", {"message": number + 1}),
        ("state_changed", {"to": "open", "kind": "open"}),
        ("note", {"message": number + 2}),
        ("agent_reply", {"message": number + 3}),
        ("customer_message", {"message": number + 4}),
        ("agent_reply", {"message": number + 5}),
    ]
    if dice.random() < 0.02:
        kinds.append(("tag_added", {"tag": dice.choice(("spam", "bug"))}))
    kinds.append(("state_changed", {"to": "closed", "kind": "closed"}))
    if dice.random() < 0.06:
        kinds += [
            ("state_changed", {"to": "open", "kind": "open"}),
            ("state_changed", {"to": "closed", "kind": "closed"}),
        ]
    if dice.random() < 0.03:
        kinds = kinds[: dice.randrange(2, 7)]
    for place, (kind, data) in enumerate(kinds):
        at += dice.randrange(300, 60_000) if place else 0
        yield Event(at * 1000 + 137, place, f"history:{number}-{place}", kind, data)


def fill(store: SqliteStore, tickets: int, in_force: PolicySet) -> None:
    """Tickets, events and what was recorded of their clocks."""
    dice, rules = random.Random(20260302), RuleBook.compile(in_force, only_targeted=True)
    for first in range(0, tickets, AT_ONCE):
        with store.tx() as tx:
            made = [ticket(number, dice) for number in range(first, min(first + AT_ONCE, tickets))]
            for row, _ in made:
                tx.save_ticket(row)
            keys = {
                name: key
                for key, name in store.connection.execute(
                    "SELECT ticket_key, id FROM tickets ORDER BY ticket_key DESC LIMIT ?",
                    (len(made),),
                )
            }
            write(store, made, keys, rules)


def write(
    store: SqliteStore,
    made: list[tuple[TicketRow, list[Event]]],
    keys: dict[str, int],
    rules: RuleBook,
) -> None:
    """Finished tuples: the writing is not what is measured."""
    events, instances = [], []
    for row, told in made:
        key = keys[row.id]
        events += [row_of(key, event) for event in told]
        for each in outcomes(Timeline(row.ticket, tuple(told)), rules, NOW):
            kept = StoredInstance(each, rules.policy_set.hash, not each.is_open)
            instances.append(instance_values(key, kept, 1))
    store.connection.executemany(EVENT_SQL, events)
    store.connection.executemany(SAVE_INSTANCE, instances)


# ---------------------------------------------------------------------- measuring


def processor() -> float:
    """Seconds that this process and its ended children have worked."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(
        used.ru_utime + used.ru_stime for used in (resource.getrusage(kind) for kind in kinds)
    )


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds of the clock on the wall, seconds of work, and the answer."""
    began, worked = time.perf_counter(), processor()
    answer = work()
    return time.perf_counter() - began, processor() - worked, answer


def told(what: str, tickets: int, spent: tuple[float, float, Any]) -> None:
    """One line: a machine that is busy with other work changes the work least."""
    wall, work, _ = spent
    print(
        f"{what:34} {wall:8.1f} s {work:8.1f} s of work, {work / tickets * 1e6:6.1f} µs a ticket,"
        f" {memory():5.0f} MB",
        flush=True,
    )


def reading(task: CompareTask) -> None:
    """All that the plain engine reads, checked and decoded; nothing judged."""
    from slaplugin.columnar.onebyone import Pages

    chunks = task.source.opened()
    for number in numbers(task.source):
        Pages(task.read(chunks, number))


def numbers(source: Source) -> range:
    """The chunks of the store."""
    with SqliteStore.open_readonly(source.store) as store:
        return chunk_numbers(store, source.host)


def digests(source: Source) -> None:
    """Every row hashed, which says that what is derived from it is fresh."""
    from slaplugin.columnar import keys_of

    with SqliteStore.open_readonly(source.store) as store:
        for number in chunk_numbers(store, source.host):
            store.past_digest(keys_of(number))


def memory() -> float:
    """The most that this process, or one of its children, ever held: MB."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(kind).ru_maxrss for kind in kinds) / 1024


def differing(found: list[Comparison]) -> int:
    """How many answers are not the first one."""
    told = [concluded(each, Fraction(19, 20)) for each in found]
    return sum(each != told[0] for each in told)


def measure(folder: Path, tickets: int) -> None:
    """All figures of one run."""
    in_force, draft = policy_set(IN_FORCE), policy_set(DRAFT)
    source = Source(folder / f"bench-{tickets}.db", HOST)
    if not source.store.exists():
        with SqliteStore(source.store, durable=False) as store:
            told("tickets made and stored", tickets, timed(lambda: fill(store, tickets, in_force)))
    job = Job(in_force, draft, NOW, adoptions=(Adoption(FIRST - 86400, in_force.hash),))

    def run(engine: Any, workers: int) -> tuple[float, float, Comparison]:
        spent = timed(lambda: compare(job, source, Execution(engine, workers), Bar()))
        told(f"{engine}, {workers} process(es)", tickets, spent)
        return spent

    print("the first run makes the columns:")
    run("columnar", 2)
    sizes = source.store.stat(), ColumnsFile.beside(source.store).path.stat()
    print("store {:,.0f} MB, columns {:,.0f} MB".format(*(each.st_size / 1e6 for each in sizes)))
    told("rows hashed, as where marks moved", tickets, timed(lambda: digests(source)))
    read = timed(lambda: reading(CompareTask(job, source)))
    told("chunks checked, read and decoded", tickets, read)
    one, two = run("plain", 1), run("plain", 2)
    column_one, column_two = run("columnar", 1), run("columnar", 2)
    judged = by_columns(CompareTask(job, source, columnar=True), source)
    print(f"judged by columns                    {judged:7.1%}")
    print(f"reading, of the plain engine's work  {read[1] / one[1]:6.2f}   aim: below 0.2")
    print(f"two processes against one, plain     {one[0] / two[0]:6.2f}   aim: 1.7")
    print(f"two processes against one, columns   {column_one[0] / column_two[0]:6.2f}")
    print(f"columns against plain, work of one   {one[1] / column_one[1]:6.1f}")
    ratio = by_events(CompareTask(job, source), source) / (column_one[1] / tickets)
    print(f"columns against events ticket by ticket {ratio:5.1f}   aim: 7")
    found = [each[2] for each in (one, two, column_one, column_two)]
    print(f"answers that differ from the first: {differing(found)}")


def by_events(task: CompareTask, source: Source) -> float:
    """Seconds of work a ticket where each is decoded and judged from its events, as live."""
    from slaplugin.app.whatif import WhatIf

    whatif, chunks = WhatIf(task.job), source.opened()
    found = whatif.empty()
    _, work, _ = timed(
        lambda: [
            whatif.add(found, chunks.timelines(number).tickets()) for number in numbers(source)[:10]
        ]
    )
    return work / found.tickets


def by_columns(task: CompareTask, source: Source) -> float:
    """The share of the first chunks' tickets that needs no plain engine."""
    from slaplugin.app.whatif import WhatIf
    from slaplugin.columnar.engine import Columnar

    engine, chunks = Columnar(WhatIf(task.job)), source.opened()
    found = engine.whatif.empty()
    for number in numbers(source)[:5]:
        engine.add(found, task.read(chunks, number))
    return engine.judged / found.tickets


def main() -> None:
    tickets = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    if len(sys.argv) > 2:
        measure(Path(sys.argv[2]), tickets)
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), tickets)


if __name__ == "__main__":
    main()
