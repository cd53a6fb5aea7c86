"""A week of virtual time: the real daemon, store and adapter at a demo helpdesk on loopback.

Only time is not real: sleeping moves the demo's clock, and what people do on the way is done at its
instant. A request takes no time.
"""

from __future__ import annotations

import random
import re
import socket
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from math import ceil
from pathlib import Path
from typing import Any

from slaplugin.app.daemon import Daemon, Interruptible, Ports, Rhythm
from slaplugin.app.desk import Desk
from slaplugin.app.errors import LeaseHeldError
from slaplugin.app.hints import Hints
from slaplugin.app.options import Options
from slaplugin.app.outcome import CycleReport
from slaplugin.core.plan import Showing
from slaplugin.core.policies import PolicySet
from slaplugin.demo import DemoClock, DemoServer, furnish
from slaplugin.demo.seed.script import Script
from slaplugin.hosts.config import HostConfig, Secret, Timing
from slaplugin.hosts.zammad.names import DEFAULT_PRIORITIES
from slaplugin.notify import channels_of
from slaplugin.policyfiles.loader import load_policy_texts
from slaplugin.store import SqliteStore, upkeep
from slaplugin.testing import FixedPolicies, NoHooks
from slaplugin.wiring import free_from_the_dead
from tests.notify.servers import mail_server, web_server
from tests.week.fates import Fate, KilledError, Life, MortalHost, MortalNotifier, MortalStore
from tests.week.story import BEGIN, END, POLICIES, story

RHYTHM = Rhythm(poll_interval=4 * 3600, longest_backoff=120)
"""People's acts are hinted at, as web hooks do, so that few polls are needed."""
LEASE = 300
"""Seconds; the longer, the fewer renewals has a week."""
FIELDS = Showing(due="sla_due_at", policy="sla_policy", state="sla_state", summary="sla_summary")
NOTHING = Fate()
NEVER_A_PROCESS = 1 << 23
"""More than the largest process id that Linux gives."""


class Town:
    """The helpdesk, its people, and time."""

    def __init__(self, server: DemoServer, clock: DemoClock, seed: int) -> None:
        self.server = server
        self.clock = clock
        self.bot = furnish(server.desk).bot
        self.script = Script(server.desk, story(seed), BEGIN, END)

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def seconds(self) -> float:
        return self.now.timestamp()

    def sleep(self, seconds: float) -> None:
        """Whole seconds pass, and people act on the way."""
        self.script.play_until(self.now + timedelta(seconds=max(1, ceil(seconds))))

    def sleep_until_act(self, goal: datetime) -> str | None:
        """The same, but no longer than until somebody has done something to a ticket: its id."""
        at = self.script.next_at()
        if at is None or at > goal:
            self.script.play_until(goal)
            return None
        action = self.script.entries[self.script.played].action
        self.script.play_until(max(at, self.now))
        return str(self.script.ids[action.key])


@dataclass
class Sleep:
    """The port ``Waiter``: what people do is hinted at and wakes the daemon."""

    town: Town
    hints: Hints
    until: datetime
    surprises: list[tuple[datetime, Callable[[], object]]]

    @property
    def stopping(self) -> bool:
        return self.town.now >= self.until

    def jitter(self) -> float:
        return 0.0

    def wait(self, seconds: float) -> bool:
        if self.surprises and self.surprises[0][0] <= self.town.now:
            self.surprises.pop(0)[1]()
        goal = min(self.town.now + timedelta(seconds=max(1, ceil(seconds))), self.until)
        ticket = self.town.sleep_until_act(max(goal, self.town.now))
        if ticket is not None:
            self.hints.add(ticket)
        return ticket is not None or self.stopping


@dataclass
class Notes:
    """The port ``Watch``: what the daemons of a week told."""

    failures: list[Exception] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    standbys: int = 0
    cycles: int = 0

    def begin(self) -> None: ...

    def working(self) -> None: ...

    def cycle(self, report: CycleReport, *, pulled: bool) -> None:
        self.cycles += 1
        self.problems += [str(problem) for problem in report.problems]

    def failed(self, error: Exception, wait: float) -> None:
        self.failures.append(error)

    def standby(self, error: LeaseHeldError) -> None:
        self.standbys += 1


class OneDesk:
    """The port ``Desks`` of a process whose files never change."""

    def __init__(self, desk: Desk, store: MortalStore) -> None:
        self._desk = desk
        self._store = store

    def current(self) -> Desk:
        free_from_the_dead(self._store)
        return self._desk

    def renew(self) -> bool:
        return False


@dataclass
class Channels:
    """Where messages arrive, and what answers them."""

    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    hooked: list[Any] = field(default_factory=list)
    mailed: list[bytes] = field(default_factory=list)
    broken: dict[str, int | None] = field(default_factory=dict)
    """Channel -> status with which it answers the next message; None: it hangs up."""
    refused: set[tuple[str, int]] = field(default_factory=set)
    """(channel, position) of messages that came and were not taken."""

    def disturb(self, dice: random.Random) -> None:
        """The next message of each channel is refused, or nobody knows what became of it."""
        for channel in self.tables:
            self.broken[channel] = dice.choice([503, None])

    def told(self) -> Counter[tuple[str, str, str]]:
        """(channel, number of the ticket, reason) and how often it arrived and was taken."""
        lines = [("chat", line) for line in self._taken("chat", self.hooked, _chat_lines)]
        lines += [("duty", line) for line in self._taken("duty", self.mailed, _lines)]
        parts = [(channel, *line.split("|", 1)) for channel, line in lines]
        return Counter(
            (channel, number, reason)
            for channel, number, reasons in parts
            for reason in reasons.split("; ")
        )

    def _taken(
        self, channel: str, came: Sequence[Any], read: Callable[[Any], list[str]]
    ) -> Iterator[str]:
        for position, message in enumerate(came):
            if (channel, position) not in self.refused:
                yield from read(message)

    def answer(self, channel: str, came: Sequence[Any]) -> bool | None:
        """Whether the newest message is taken; None: it is, and nobody hears of it."""
        status = self.broken.pop(channel, 200)
        if status == 503:
            self.refused.add((channel, len(came) - 1))
        return None if status is None else status == 200


def _chat_lines(message: Any) -> list[str]:
    _, body = message
    return [f"{one['number']}|{'; '.join(one['reasons'])}" for one in body["tickets"]]


def _lines(mail: bytes) -> list[str]:
    return re.findall(r"^\d+\|.*$", mail.decode().replace("\r\n", "\n"), re.MULTILINE)


@contextmanager
def listening() -> Iterator[Channels]:
    """A chat and a mail server on loopback."""
    channels = Channels()

    def chat() -> int | None:
        taken = channels.answer("chat", channels.hooked)
        return None if taken is None else 200 if taken else 503

    def mail(verb: str) -> str | None:
        if verb == "TEXT":
            taken = channels.answer("duty", channels.mailed)
            return None if taken is None else "250 ok" if taken else "451 try again"
        return {"DATA": "354 go on", "QUIT": "221 bye"}.get(verb, "250 ok")

    with web_server(chat) as (url, hooked), mail_server(mail) as (port, mailed):
        channels.hooked, channels.mailed = hooked, mailed
        shared = {"window": 0, "line": "{number}|{reasons}"}
        channels.tables = {
            "chat": {"kind": "json", "url": url, **shared},
            "duty": {
                "kind": "mail", "to": ["duty@desk.example"], "from": "sla@desk.example",
                "server": "127.0.0.1", "port": port, "tls": "none", **shared,
            },
        }  # fmt: skip
        yield channels


class Week:
    """One helpdesk and one store file; processes come and go."""

    def __init__(self, town: Town, channels: Channels, file: Path) -> None:
        self.town = town
        self.channels = channels
        self.file = file
        self.notes = Notes()
        self.lives = 0
        self.deaths: list[str] = []
        self.surprises: list[tuple[datetime, Callable[[], object]]] = []
        """What happens behind the daemon's back while it sleeps, from an instant on."""

    def run(self, until: datetime = END, fate: Fate = NOTHING) -> None:
        """Daemons work until then; whenever one dies, the next comes a little later."""
        while self.town.now < until:
            try:
                self._live(until, Life(fate))
            except KilledError as death:
                self.deaths.append(str(death))
                self.town.sleep(5 + 7 * self.lives % 50)

    def backup(self, name: str) -> None:
        """Copy the store as it is now, as ``slaplugin store backup`` does."""
        with closing(SqliteStore.open_readonly(self.file)) as store:
            upkeep.backup(store, self.file.with_name(name))

    def restore(self, name: str) -> None:
        """Put a backup in its place, as ``slaplugin store restore`` does."""
        source, now = self.file.with_name(name), int(self.town.seconds())
        upkeep.restore(self.file, source, holder="restore", now=now)

    def _live(self, until: datetime, life: Life) -> None:
        """One process from its start to its end."""
        self.lives += 1
        hints = Hints()
        sleep = Sleep(self.town, hints, until, self.surprises)
        with closing(MortalStore(self.file, life)) as store, closing(self._host(life)) as host:
            desks = OneDesk(self._desk(host, store, sleep), store)
            Daemon(Ports(desks, sleep, self.notes, hints), RHYTHM).run()

    def _host(self, life: Life) -> MortalHost:
        town = self.town
        timing = Timing(monotonic=town.seconds, sleep=town.sleep, wall=town.seconds)
        config = HostConfig(url=town.server.url, token=Secret(town.bot), timing=timing)
        return MortalHost(config, life)

    def _desk(self, host: MortalHost, store: MortalStore, sleep: Sleep) -> Desk:
        return Desk(
            host=host,
            store=store,
            hooks=NoHooks(),
            policies=FixedPolicies(_policy_set()),
            options=Options(showing=FIELDS, holder=self._holder(), lease_seconds=LEASE),
            notifier=MortalNotifier(
                channels_of(self.channels.tables, self.file.parent), store.life
            ),
            progress=Interruptible(sleep),
        )

    def _holder(self) -> str:
        """By turns a process of this machine, which is followed at once when it has died, and one
        of another machine, whose lease has to run out first."""
        machine = socket.gethostname() if self.lives % 3 else "elsewhere"
        return f"slaplugin on {machine} (process {NEVER_A_PROCESS + self.lives})"


@cache
def _policy_set() -> PolicySet:
    return load_policy_texts({"week.yaml": POLICIES}, priorities=DEFAULT_PRIORITIES).required()


@contextmanager
def week(folder: Path, seed: int = 1) -> Iterator[Week]:
    """A helpdesk at the beginning of its week, a store that went live a moment before."""
    clock = DemoClock(BEGIN)
    with DemoServer(None, clock) as server, listening() as channels:
        yield Week(Town(server, clock, seed), channels, folder / "slaplugin.db")
