"""The daemon among 100,000 open tickets, of which 50 a minute change, with its web surface in use.

The helpdesk is the demo's, with all its tickets, in a process of its own; everything else is what
``slaplugin run`` is made of: the adapter over HTTP, the store on disk, the wallboard, metrics and
API, asked by a browser-like client at their usual rhythm. Time is the machine's with the sleeps
left out: what is worked takes as long as it takes, on the helpdesk's clock, too.

The first load is measured on the way; ``--keep FOLDER`` keeps what it made for the next run.

Run: python benchmarks/load_100k.py [--tickets N] [--hours H] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import multiprocessing as mp
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

from load.filling import fill
from load.helpdesk import START, Skipping, helpdesk

from slaplugin.app.daemon import Daemon, Ports, Rhythm
from slaplugin.app.desk import Desk
from slaplugin.demo import Tokens
from slaplugin.hosts.config import Timing
from slaplugin.hosts.zammad import ZammadHost
from slaplugin.plugins import load_plugins
from slaplugin.settings import load_settings
from slaplugin.web import (
    Health,
    Metrics,
    Surface,
    Throttled,
    Webhooks,
    WebServer,
    build_app,
    open_socket,
)
from slaplugin.web.board import routes
from slaplugin.wiring import Runtime
from slaplugin.wiring.moves import moves_of
from slaplugin.wiring.pages import DaemonBoard
from slaplugin.wiring.reading import StoreReading
from slaplugin.wiring.web import access_of

POLL = 30
COUNTED = 5000
"""Open tickets that a reload looks at before it writes (``wiring.service``)."""
ASKED = {"/": 5.0, "/metrics": 15.0, "/api/v1/status": 60.0, "/board.json": 60.0}
"""Address -> seconds between two requests, as the page, Prometheus and scripts ask."""
POLICIES = """
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}}
policies:
  - name: standard
    targets: {first_response: 8h, update: 464h, resolution: 620h}
    steps:
      - {at: 90%, do: [mark]}
      - {at: breach, do: [mark]}
"""


# --------------------------------------------------------------------------- our side


@dataclass(slots=True)
class Spent:
    """Processor seconds of our process by part."""

    by_part: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def on(self, part: str) -> Iterator[None]:
        """What the calling thread works in the block."""
        began = time.thread_time()
        try:
            yield
        finally:
            self.by_part[part] += time.thread_time() - began

    def timed(self, part: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The function with its time noted; of an iterator the time of each step."""

        def call(*values: Any, **named: Any) -> Any:
            with self.on(part):
                result = work(*values, **named)
            return self._steps(part, result) if hasattr(result, "__next__") else result

        return call

    def _steps(self, part: str, items: Iterator[Any]) -> Iterator[Any]:
        while True:
            with self.on(part):
                try:
                    item = next(items)
                except StopIteration:
                    return
            yield item


class TimedHost:
    """A helpdesk's adapter whose work is noted."""

    PARTS = ("changes", "parties", "read", "read_many", "look", "write", "missing", "history")

    def __init__(self, inner: ZammadHost, spent: Spent) -> None:
        self._inner = inner
        for name in self.PARTS:
            setattr(self, name, spent.timed("adapter", getattr(inner, name)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class VirtualRuntime(Runtime):
    """The command's own runtime, with a helpdesk that is told another time."""

    counter: Skipping
    spent: Spent

    @cached_property
    def host(self) -> Any:
        """The adapter under the shared counter."""
        inner = super().host
        config = replace(inner.config, timing=Timing(monotonic=self.counter))
        return TimedHost(ZammadHost(config), self.spent)


class OneDesk:
    """The port ``Desks`` without a reload."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def current(self) -> Desk:
        return self._desk

    def renew(self) -> bool:
        return False


def memory() -> float:
    """What the process holds of the machine's memory now, in MB."""
    status = Path("/proc/self/status").read_text("ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


class Loading:
    """Waiter, progress and watch of the first load: ends it when the first cycle is over."""

    stopping = False

    def __init__(self, counter: Skipping, every: int) -> None:
        self._counter = counter
        self._every = every
        self._judged = 0
        self.samples: list[tuple[int, float, float]] = []
        self.sample()

    def sample(self) -> None:
        self.samples.append((self._judged, time.process_time(), memory()))

    def wait(self, seconds: float) -> bool:
        self._counter.until(self._counter() + seconds)
        return False

    def jitter(self) -> float:
        return 0.0

    def begin(self, *_: Any) -> None: ...

    def advance(self, done: int = 1) -> None:
        self._judged += done
        if self._judged % self._every == 0:
            self.sample()
            print(f"  loaded {self._judged:,}: {self.samples[-1][2]:.0f} MB", flush=True)

    def end(self) -> None: ...

    def cycle(self, report: Any, *, pulled: bool) -> None:
        self.stopping = True
        self.sample()
        told = f"{report.changed_tickets} read, {len(report.problems)} held"
        print(f"  first cycle: {told}, {report.done} written", flush=True)

    def failed(self, error: Exception, wait: float) -> None:
        raise SystemExit(f"the first load failed: {error}") from error

    def standby(self, error: Exception) -> None: ...

    def working(self) -> None: ...


class Working:
    """Waiter and watch under load: between cycles the clients ask, and time is skipped."""

    def __init__(self, counter: Skipping, seconds: float, ask: Callable[[str], Any]) -> None:
        self._counter = counter
        self.begun = counter()
        self.ends = self.begun + seconds
        self._ask = ask
        self._due = {path: self.begun + every for path, every in ASKED.items()}
        self._next_sample = self.begun
        self._cycle_began = 0.0
        self._cycle_cpu = 0.0
        self._polled = self.begun
        self.samples: list[tuple[float, float, float]] = []
        self.cycles: list[tuple[bool, float, float]] = []
        """(a poll?, seconds, processor seconds)."""
        self.lag: list[float] = []
        """At the end of each poll: seconds since the beginning of the one before it."""
        self.done: Counter[str] = Counter()

    @property
    def stopping(self) -> bool:
        return self._counter() >= self.ends

    def jitter(self) -> float:
        return 0.0

    def wait(self, seconds: float) -> bool:
        goal = self._counter() + seconds
        while (path := min(self._due, key=lambda path: self._due[path])) and (
            self._due[path] <= goal
        ):
            self._counter.until(self._due[path])
            self._due[path] += ASKED[path]
            self._ask(path)
        self._counter.until(goal)
        if self._counter() >= self._next_sample:
            self._next_sample += 1800
            self.samples.append((self._counter() - self.begun, time.process_time(), memory()))
            hours = self.samples[-1][0] / 3600
            print(f"  {hours:.1f} h: {memory():.0f} MB, {dict(self.done)}", flush=True)
        return False

    def begin(self) -> None:
        self._cycle_began, self._cycle_cpu = self._counter(), time.thread_time()

    def cycle(self, report: Any, *, pulled: bool) -> None:
        ended = self._counter()
        spent = time.thread_time() - self._cycle_cpu
        self.cycles.append((pulled, ended - self._cycle_began, spent))
        self.done.update(
            read=report.changed_tickets, judged=report.evaluated, requests=report.requests
        )
        self.done.update(written=report.done, failed=report.failed, held=len(report.problems))
        if pulled:
            self.lag.append(ended - self._polled)
            self._polled = self._cycle_began

    def failed(self, error: Exception, wait: float) -> None:
        print(f"  failed: {error}", flush=True)
        self.done["failures"] += 1

    def standby(self, error: Exception) -> None: ...

    def working(self) -> None: ...

    def reloaded(self, problem: Exception | None) -> None: ...


class Both:
    """Several watches as one."""

    def __init__(self, *watches: Any) -> None:
        self._watches = watches

    def __getattr__(self, name: str) -> Callable[..., None]:
        def tell(*values: Any, **named: Any) -> None:
            for watch in self._watches:
                getattr(watch, name)(*values, **named)

        return tell


class TimedReading(StoreReading):
    """The store's reader; the passes over all clocks are noted."""

    spent: Spent

    def make_board(self) -> Any:
        with self.spent.on("overview"):
            return super().make_board()


class Front:
    """The web surface as ``wiring.web`` puts it together, under the shared counter."""

    def __init__(self, settings: Any, counter: Skipping, spent: Spent) -> None:
        opened = open_socket("127.0.0.1:0")
        self.port = opened.getsockname()[1]
        self.health = Health(POLL, counter)
        self.metrics = Metrics(self.health)
        self.reading = TimedReading(lambda: settings, self.health.now, counter)
        self.reading.spent = spent
        surface = Surface(
            health=self.health,
            metrics=self.metrics,
            reading=self.reading,
            kept=Throttled(self.reading.overview, counter),
            webhooks=Webhooks(lambda: None, lambda _: False, self.metrics.webhook),
            access=lambda: access_of(settings),
            pages=routes(DaemonBoard(self.reading, self.health, lambda: settings)),
        )
        self.server = WebServer(build_app(surface), opened)
        self.server.start()

    def close(self) -> None:
        self.server.stop()
        self.reading.close()


@dataclass(slots=True)
class Client:
    """The browser in the other process; what its questions cost us is noted by address."""

    pipe: Connection
    port: int
    spent: Spent
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    longest: float = 0.0

    def __call__(self, path: str) -> None:
        before, began = time.process_time(), time.perf_counter()
        self.pipe.send((self.port, path))
        status, _ = self.pipe.recv()
        self.longest = max(self.longest, time.perf_counter() - began)
        self.spent.by_part[f"web {path}"] += time.process_time() - before
        self.answers[path, status] += 1


def settings_of(folder: Path, url: str) -> Any:
    """As an admin would write them; limits wide enough for the first hour's adoption."""
    (folder / "policies").mkdir(exist_ok=True)
    (folder / "policies" / "p.yaml").write_text(POLICIES, "utf-8")
    options = {
        "url": url,
        "token": Tokens().bot,
        "store": folder / "store.db",
        "policies": folder / "policies",
        "hooks": folder / "hooks",
        "listen": "127.0.0.1:0",
        "poll_interval": f"{POLL}s",
    }
    return load_settings(options=options, environ={})


def first_load(desk: Desk, counter: Skipping, tickets: int) -> Loading:
    """The first cycle of a daemon that begins with an empty store."""
    loading = Loading(counter, max(1, tickets // 10))
    ports = Ports(OneDesk(replace(desk, progress=loading)), loading, loading)
    Daemon(ports, Rhythm(POLL)).run()
    return loading


def tell_load(loading: Loading, tickets: int, seconds: float) -> None:
    """The first load in numbers."""
    first, last = loading.samples[0], loading.samples[-1]
    half = loading.samples[len(loading.samples) // 2]
    cpu = last[1] - first[1]
    print(f"first load: {seconds:.0f} s, ours {cpu:.0f} s ({cpu / tickets * 1000:.2f} ms a ticket)")
    print(f"  memory {first[2]:.0f} MB before, {half[2]:.0f} at half, {last[2]:.0f} at the end")


def tell(working: Working, client: Client, spent: Spent, cpu: float) -> None:
    """The load in numbers."""
    minutes = (working.ends - working.begun) / 60
    print(f"processor: {cpu:.1f} s in {minutes:.0f} min = {cpu / minutes / 0.6:.2f} % of one core")
    for name, is_poll in (("polls", True), ("between", False)):
        _tell_cycles(name, [cycle for cycle in working.cycles if cycle[0] is is_poll], minutes)
    for part, seconds in sorted(spent.by_part.items()):
        print(f"  of it {part}: {seconds / minutes / 0.6:.2f} %")
    print(f"  answers {dict(client.answers)}, longest {client.longest:.2f} s")
    late = max(working.lag[1:]) - POLL
    print(f"lag: a poll's news are recorded at most {late:.1f} s after it was due ({POLL} s apart)")
    held = [sample[2] for sample in working.samples]
    ratio = held[-1] / held[min(1, len(held) - 1)]
    print(f"memory: {', '.join(f'{each:.0f}' for each in held)} MB; last to second {ratio:.3f}")


def _tell_cycles(name: str, cycles: list[tuple[bool, float, float]], minutes: float) -> None:
    took = sorted(cycle[1] for cycle in cycles)
    if took:
        worked = sum(cycle[2] for cycle in cycles) / minutes / 0.6
        late = took[int(len(took) * 0.99)]
        print(f"  {name}: {len(took)}, median {median(took):.3f} s, p99 {late:.3f} s,", end=" ")
        print(f"longest {took[-1]:.3f} s, processor {worked:.2f} %")


def under_load(runtime: VirtualRuntime, pipe: Connection, hours: float) -> None:
    """Hours of virtual time with changes and clients."""
    counter, spent = runtime.counter, runtime.spent
    front = Front(runtime.settings, counter, spent)
    client = Client(pipe, front.port, spent)
    spent.by_part.clear()
    began = time.process_time()
    working = Working(counter, hours * 3600, client)
    watch = Both(front.metrics, front.health, working)
    Daemon(Ports(OneDesk(runtime.desk()), working, watch), Rhythm(POLL)).run()
    tell(working, client, spent, time.process_time() - began)
    front.close()


def reload(runtime: VirtualRuntime, policies: Path) -> None:
    """Other policies, and what the daemon counts before it takes them up."""
    policies.write_text(POLICIES.replace("620h", "600h"), "utf-8")
    began, cpu = time.perf_counter(), time.process_time()
    fresh = runtime.policies_in(policies.parent)
    told = moves_of(runtime, fresh.current(), COUNTED)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    print(f"another set: counted in {took:.1f} s, processor {cpu:.1f} s, {memory():.0f} MB: {told}")


def main(given: argparse.Namespace, folder: Path) -> None:
    """Load once, then work."""
    tickets, hours, through = given.tickets, given.hours, given.through
    context = mp.get_context("spawn")
    skipped = context.Value("d", 0.0)
    ours, theirs = context.Pipe()
    values = (theirs, skipped, folder / "helpdesk.db", tickets)
    process = context.Process(target=helpdesk, args=values, daemon=True)
    loaded = (folder / "store.db").exists()
    process.start()
    url, copies = ours.recv()
    settings = settings_of(folder, url)
    registry = load_plugins(settings.hooks, directory=folder, tables={})

    def made() -> VirtualRuntime:
        runtime = VirtualRuntime(settings, lambda: registry)
        runtime.counter, runtime.spent = Skipping(skipped), Spent()
        return runtime

    with made() as runtime:
        if not loaded and through:
            began = time.perf_counter()
            loading = first_load(runtime.desk(), runtime.counter, tickets)
            tell_load(loading, tickets, time.perf_counter() - began)
        elif not loaded:
            fill(runtime.desk(), copies, tickets)
        ours.send(START)
        ours.recv()
        runtime.renew_host()
        under_load(runtime, ours, hours)
        reload(runtime, settings.policies / "p.yaml")
    with made() as runtime:
        under_load(runtime, ours, min(0.5, hours))
    ours.send(None)
    used, done = ours.recv()
    print(f"the helpdesk's own process: {used:.0f} s, its people did {dict(done)}")
    process.join(10)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--hours", type=float, default=0.5)
    parser.add_argument("--through", action="store_true", help="load through the helpdesk")
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        kept = given.keep or Path(temporary)
        kept.mkdir(parents=True, exist_ok=True)
        main(given, kept)
