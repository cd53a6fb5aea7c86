"""Our own processor time in a backfill, as a share of its wall time, by how many sessions read.

The demo helpdesk runs in a process of its own and takes 20 ms for each answer beyond what it needs
itself; a month of tickets is loaded from it into a fresh store. Aim: under 20 % with the number of
sessions that is used unless told otherwise: the helpdesk is kept busy, not us.

Run: python benchmarks/backfill.py [--profile]
"""

from __future__ import annotations

import cProfile
import multiprocessing
import pstats
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from slaplugin.app.backfill import Range, backfill
from slaplugin.app.desk import Desk, NoChannels
from slaplugin.app.options import Options
from slaplugin.app.readers import Crew, gain_of
from slaplugin.demo import DEFAULT_START, Fault, FaultKind, start_demo
from slaplugin.hosts.config import HostConfig, Secret
from slaplugin.hosts.zammad import ZammadHost, make_host
from slaplugin.policyfiles.loader import load_policy_texts
from slaplugin.store import SqliteStore
from slaplugin.testing import FixedPolicies, NoHooks, SilentProgress

POLICIES = """
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}}
policies:
  - name: standard
    mode: observe
    targets: {first_response: 4h, next_response: 8h, update: 16h, resolution: 40h}
    sub:
      - {name: vip, when: {customer.vip: true}, targets: {first_response: 1h}}
"""
ANSWER_MS = 20
DAYS = 30
AIM = 20.0
CREWS = (1, 2, 4)


@dataclass(frozen=True)
class Run:
    """One backfill. Seconds."""

    tickets: int
    requests: int
    wall: float
    own: float

    @property
    def share(self) -> float:
        """Our processor time in percent of wall time."""
        return 100 * self.own / self.wall


def serve(pipe: Connection) -> None:
    """The helpdesk: plays its month, then answers slowly until told to end."""
    with start_demo() as demo:
        demo.play_until(DEFAULT_START + timedelta(days=DAYS))
        demo.server.faults.add(Fault(FaultKind.SLOW, times=0, delay=ANSWER_MS))
        pipe.send((demo.url, demo.tokens.bot))
        pipe.recv()


@contextmanager
def helpdesk() -> Iterator[HostConfig]:
    """How to reach the helpdesk."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,))
    process.start()
    url, token = ours.recv()
    try:
        yield HostConfig(url=url, token=Secret(token))
    finally:
        ours.send("end")
        process.join()


@contextmanager
def installed(config: HostConfig) -> Iterator[Desk]:
    """A fresh installation; commits reach the disk, as in real life."""
    policies = FixedPolicies(load_policy_texts({"policies.yaml": POLICIES}).required())
    host = make_host(config)
    with tempfile.TemporaryDirectory() as folder, SqliteStore(Path(folder) / "s.db") as store:
        yield Desk(host, store, NoHooks(), policies, Options(), NoChannels())


def measure(config: HostConfig, size: int) -> Run:
    """A whole backfill with so many sessions."""
    with installed(config) as desk:
        crew = Crew(size, lambda: make_host(config))
        wall, own = time.perf_counter(), time.process_time()
        report = backfill(desk, Range(int(DEFAULT_START.timestamp())), SilentProgress(), crew)
        return Run(
            tickets=report.read,
            requests=report.requests,
            wall=time.perf_counter() - wall,
            own=time.process_time() - own,
        )


def profiled(work: Callable[[], object]) -> None:
    """Where our processor time goes."""
    profile = cProfile.Profile(time.process_time)
    profile.runcall(work)
    pstats.Stats(profile).sort_stats("cumulative").print_stats(45)


def main() -> None:
    """One line for each number of sessions."""
    usual = gain_of(ZammadHost(HostConfig(url="http://localhost", token=Secret("none"))))
    with helpdesk() as config:
        if "--profile" in sys.argv:
            profiled(lambda: measure(config, 1))
            return
        print(f"answers take {ANSWER_MS} ms; usual are {usual} sessions (aim there: {AIM:.0f} %)")
        print("sessions  tickets  requests  requests/s   wall s    own s  own/wall  ms/ticket")
        for size in CREWS:
            run = measure(config, size)
            print(
                f"{size:8}  {run.tickets:7}  {run.requests:8}  {run.requests / run.wall:10.0f}"
                f"  {run.wall:7.2f}  {run.own:7.2f}  {run.share:7.1f} %"
                f"  {1000 * run.own / run.tickets:9.2f}"
            )


if __name__ == "__main__":
    main()
