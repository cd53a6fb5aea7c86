"""A cycle among 100,000 open tickets of which 10 changed: requests, processor time, memory.

The helpdesk is in memory and lists only what changed, so that what is measured is our side: the
store, the judging and the planning. Aim: half a second of processor time, 200 MB, one read of each
feed and at most 3 reads for a changed ticket (the adapter's HTTP requests are counted by its own
tests; here a read of a ticket counts once).

Run: python benchmarks/quiet_cycle.py [TICKETS]
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from slaplugin.app.cycle import sync
from slaplugin.app.desk import Desk, NoChannels, begin
from slaplugin.app.known import Reading, from_host
from slaplugin.app.options import Options
from slaplugin.app.ports import Page, TicketRef
from slaplugin.app.sync import record, sync_ticket
from slaplugin.hosts.memory import PRIORITIES, MemoryHost
from slaplugin.policyfiles.loader import load_policy_texts
from slaplugin.store import SqliteStore
from slaplugin.testing import FixedPolicies, FrozenClock, NoHooks

CHANGED = 10
POLICIES = """
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}}
policies:
  - name: standard
    targets: {first_response: 4h, next_response: 8h, update: 16h, resolution: 40h}
    sub:
      - {name: vip, when: {customer.vip: true}, targets: {first_response: 1h}}
"""


class QuietHost(MemoryHost):
    """Lists only what the benchmark changed; holds no more tickets than that."""

    def changes(self, bookmark: str | None) -> Iterator[Page]:
        """One page, one request."""
        self._request()
        refs = tuple(TicketRef(item.id, item.updated_at_ms) for item in self.tickets.values())
        yield Page(refs, str(self._stamp))


def fill(desk: Desk, host: QuietHost, count: int) -> None:
    """``count`` open tickets as earlier cycles would have left them."""
    first = host.create()
    run = begin(desk)
    snapshot = host.read(first)
    known = from_host(Reading(snapshot, None, ()), run.context, desk.options)
    outcome = sync_ticket(known, run, run.now)
    for start in range(0, count, 5000):
        with desk.store.tx() as tx:
            for number in range(start, min(start + 5000, count)):
                row = replace(outcome.known.row, id=str(number + 1), number=f"#{number + 1}")
                mine = replace(outcome, known=replace(outcome.known, row=row))
                record(tx, mine, run.now)
    del host.tickets[first]


def main(count: int) -> None:
    """Build the store, change 10 tickets, run and measure one cycle."""
    with tempfile.TemporaryDirectory() as folder:
        clock = FrozenClock("2026-03-09T09:00:00+01:00")
        host = QuietHost(clock)
        with SqliteStore(Path(folder) / "store.db", durable=False) as store:
            policies = FixedPolicies(
                load_policy_texts({"p.yaml": POLICIES}, priorities=PRIORITIES).required()
            )
            desk = Desk(host, store, NoHooks(), policies, Options(), NoChannels())
            sync(desk)
            fill(desk, host, count)
            built = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            clock.advance(600)
            for _ in range(CHANGED):
                host.agent_replies(host.create())
            measure(desk, count, built)


def measure(desk: Desk, count: int, built: float) -> None:
    """One cycle in numbers."""
    requests, began, wall = desk.host.requests_made(), time.process_time(), time.perf_counter()
    report = sync(desk)
    cpu, took = time.process_time() - began, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count:,} open tickets, {report.changed_tickets} changed, {report.evaluated} evaluated")
    print(f"requests of the ports: {desk.host.requests_made() - requests}")
    print(f"processor: {cpu:.3f} s (aim 0.5), wall {took:.3f} s")
    print(f"memory: {peak:.0f} MB at most, {built:.0f} MB before the cycle (aim 200)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
