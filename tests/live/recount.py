"""The contract of the year, counted minute by minute without any code of the product.

Calendars, clock changes and holidays are written down by hand here, and a ticket's clocks are
walked through one minute after the other: slow, plain, and nobody's opinion but this file's.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from tests.live.year import BEGIN, CLIENTS, DAY, HOUR, MINUTES, Deed

POLICY = """\
calendars:
  office:
    timezone: Europe/Berlin
    hours: {mon-thu: "08:00-18:00", fri: "08:00-16:00"}
    holidays: [DE-BE]
    exceptions: {2025-12-24: "08:00-12:00", 2025-12-31: closed}
clocks:
  outage:
    while: {group: Escalations, state_kind: [new, open, waiting_customer, waiting_other]}
    cycle: each
  their_turn: {party: customer, while: {state_kind: waiting_customer}, cycle: each}
policies:
  - name: house
    calendar: office
    targets:
      first_response: {urgent: 1h, high: 2h, default: 4h}
      next_response: 8h
      their_turn: 16h
      resolution: {urgent: 8h, high: 16h, default: 40h}
    objectives:
      - {clock: first_response, share: 80%, per: month, timezone: Europe/Berlin}
      - {clock: resolution, share: 75%, per: month, timezone: Europe/Berlin}
      - {clock: their_turn, share: 60%, per: month, timezone: Europe/Berlin}
      - availability: outage
        share: 99.9%
        per: month
        timezone: Europe/Berlin
        calendar: office
        credits:
          table: [{below: 99.9%, credit: 2.5%}, {below: 95%, credit: 7%}]
          base: 1234.56
          currency: EUR
    sub:
      - name: escalated
        when: {group: Escalations}
        targets: {next_response: 2h}
      - name: acme
        rank: 20
        when: {organization.name: Acme}
        targets:
          first_response:
            - {when: {priority: urgent}, within: 30m, calendar: 24x7}
            - {within: 2h}
          resolution: 24h
        objectives:
          - clock: first_response
            share: 90%
            per: month
            timezone: Europe/Berlin
            credits:
              table: [{below: 90%, credit: 5%}, {below: 60%, credit: 15%}]
              base: 4000
              currency: EUR
              cap: 15%
"""
HOLIDAYS = {date(2025, 10, 3), date(2025, 12, 25), date(2025, 12, 26), date(2026, 1, 1),
            date(2026, 3, 8), date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1),
            date(2026, 5, 14), date(2026, 5, 25), date(2026, 10, 3),
            date(2025, 12, 31)}  # fmt: skip
"""Berlin's, and the day that the contract closes."""
SUMMER_ENDS, SUMMER_BEGINS, SUMMER_ENDS_AGAIN = (
    (date(2025, 10, 26) - BEGIN.date()).days * DAY + HOUR,
    (date(2026, 3, 29) - BEGIN.date()).days * DAY + HOUR,
    (date(2026, 10, 25) - BEGIN.date()).days * DAY + HOUR,
)
"""01:00 UTC, when the clocks are moved in Berlin."""
REOPEN_WITHIN = 14 * DAY
CLOSED = ("resolved", "rejected")
GONE = ("merged", "deleted")
OURS = ("first_response", "next_response", "resolution")
"""Clocks with a target that we are accountable for."""
NEVER = 2 * MINUTES
"""Promised for a clock that is only measured."""


def local(minute: int) -> tuple[date, int]:
    """The day and the minute of the day in Berlin."""
    summer = minute < SUMMER_ENDS or SUMMER_BEGINS <= minute < SUMMER_ENDS_AGAIN
    days, now = divmod(minute + (2 if summer else 1) * HOUR, DAY)
    return BEGIN.date() + timedelta(days=days), now


def month(minute: int) -> str:
    """The month in Berlin, as ``2026-03``."""
    return local(minute)[0].isoformat()[:7]


@cache
def _office() -> bytes:
    return bytes(map(in_office, range(MINUTES + 1)))


def in_office(minute: int) -> bool:
    day, now = local(minute)
    if day in HOLIDAYS or day.weekday() > 4:
        return False
    end = 16 if day.weekday() == 4 else 18
    return 8 * HOUR <= now < (12 if day == date(2025, 12, 24) else end) * HOUR


@dataclass
class Watch:
    """One instance of a clock: minutes of the year, and minutes of open time."""

    clock: str
    number: int
    started: int
    elapsed: int = 0
    stopped: int | None = None
    breached: int | None = None
    over: int = 0
    """Minutes counted since it was breached."""
    end: str = ""
    """``stopped``, ``unanswered`` or why it is void; empty: it runs."""
    counted: list[int] = field(default_factory=list)
    """Every minute that it counted, of an outage."""

    @property
    def outcome(self) -> str:
        if self.breached is not None:
            return "breached"
        if self.clock == "outage" and self.end in ("", "stopped"):
            return "not_applicable"
        ends = {"": "pending", "stopped": "met", "unanswered": "closed_unanswered"}
        return ends.get(self.end, "void")

    @property
    def decided(self) -> int:
        """When it was breached, else ended; what is open belongs to the end of the year."""
        ends = (self.breached, self.stopped, MINUTES)
        return next(minute for minute in ends if minute is not None)


@dataclass
class Walk:
    """One ticket from its creation on."""

    born: Deed
    watches: list[Watch] = field(default_factory=list)
    status: str = "new"
    waiting: bool = False
    priority: int = 0
    owner: str = "Nobody"
    owing: int | None = None
    """Since when a customer's message lies on a closed ticket."""
    closed: int = 0

    def __post_init__(self) -> None:
        self.queue, _, called = self.born.value.partition(" ")
        self.organization = CLIENTS[called or self.born.by]
        self._start("first_response", self.born.minute)
        self._start("resolution", self.born.minute)
        self._while_it_holds(self.born.minute)

    # ------------------------------------------------------------------ the contract

    def terms(self, clock: str) -> tuple[int, bool]:
        """Minutes promised now, and whether they count day and night."""
        if clock in ("outage", "their_turn"):
            return (NEVER if clock == "outage" else 16 * HOUR), False
        urgent, high = self.priority >= 80, 50 <= self.priority < 80
        acme = self.organization == "Acme"
        if clock == "next_response":
            return (2 if self.queue == "Escalations" else 8) * HOUR, False
        if clock == "first_response" and acme:
            return (30, True) if urgent else (2 * HOUR, False)
        if clock == "first_response":
            return (1 if urgent else 2 if high else 4) * HOUR, False
        return (24 if acme else 8 if urgent else 16 if high else 40) * HOUR, False

    # ------------------------------------------------------------------ time

    def late(self, minute: int) -> None:
        """Whatever has used up its time by now, and goes on, is breached."""
        for watch in self._running():
            promised, _ = self.terms(watch.clock)
            spent = watch.elapsed == promised and not self._pauses(watch)
            if watch.breached is None and (watch.elapsed > promised or spent):
                watch.breached = minute

    def pass_a_minute(self, minute: int) -> None:
        for watch in self._running():
            always = self.terms(watch.clock)[1]
            if (always or _office()[minute]) and not self._pauses(watch):
                watch.elapsed += 1
                if watch.clock == "outage":
                    watch.counted.append(minute)
                watch.over += watch.breached is not None

    def _pauses(self, watch: Watch) -> bool:
        return watch.clock == "resolution" and self.waiting

    def _running(self) -> list[Watch]:
        return [watch for watch in self.watches if watch.stopped is None]

    def is_running(self) -> bool:
        return bool(self._running())

    # ------------------------------------------------------------------ what happens

    def shown(self) -> dict[str, str | int]:
        """What Request Tracker ought to show of it, unless it is part of another."""
        return {"Status": self.status, "Queue": self.queue, "Owner": self.owner,
                "Priority": self.priority}  # fmt: skip

    def happens(self, deed: Deed, others: Mapping[int, Walk]) -> None:
        if deed.kind == "agent":
            self._stop("first_response", deed.minute)
            self._stop("next_response", deed.minute)
            self.owing = None
            self._message(deed.minute)
            self._becomes(deed.status or self.status, deed.minute)
        elif deed.kind == "customer":
            self._asked(deed.minute)
            self._message(deed.minute)
        elif deed.kind == "stranger":
            self._message(deed.minute)
        elif deed.kind == "status":
            self._becomes(deed.value, deed.minute)
        elif deed.kind == "delete":
            self._leaves("deleted", deed.minute)
        elif deed.kind == "merge":
            self._takes_over(others[int(deed.value)], deed.minute)
        elif deed.kind == "priority":
            self.priority = int(deed.value)
        elif deed.kind == "owner":
            self.owner = deed.value
        elif deed.kind == "queue":
            self.queue = deed.value
            self._while_it_holds(deed.minute)

    def _asked(self, minute: int) -> None:
        self.waiting = False
        if self.status in CLOSED:
            self.owing = minute if self.owing is None else self.owing
        elif not self._one("first_response") and not self._one("next_response"):
            self._start("next_response", minute)

    def _message(self, minute: int) -> None:
        """Any message opens a ticket that is new or done."""
        if self.status in ("new", *CLOSED):
            self._becomes("open", minute)

    def _becomes(self, status: str, minute: int) -> None:
        before, self.status = self.status, status
        if status != before:
            self.waiting = status == "stalled"
        if status in CLOSED and before not in CLOSED:
            self.closed = minute
            self._stop("first_response", minute, "unanswered")
            self._stop("next_response", minute, "closed")
            self._stop("resolution", minute)
        elif before in CLOSED and status not in CLOSED:
            self._reopens(minute)
        self._while_it_holds(minute)

    def _while_it_holds(self, minute: int) -> None:
        """Clocks that run as long as a condition holds, whatever else happens."""
        holds = {"outage": self.queue == "Escalations" and self.status not in CLOSED,
                 "their_turn": self.status == "stalled"}  # fmt: skip
        for clock, wanted in holds.items():
            if wanted and not self._one(clock):
                self._start(clock, minute)
            elif not wanted:
                self._stop(clock, minute)

    def _reopens(self, minute: int) -> None:
        latest = [watch for watch in self.watches if watch.clock == "resolution"][-1]
        if minute - self.closed <= REOPEN_WITHIN:
            latest.stopped, latest.end = None, ""
        else:
            self._start("resolution", minute)
        if self.owing is not None:
            self._start("next_response", self.owing)
            self.owing = None

    def _leaves(self, how: str, minute: int) -> None:
        self.status = how
        for watch in self._running():
            watch.stopped, watch.end = minute, how

    def _takes_over(self, gone: Walk, minute: int) -> None:
        """An unanswered ticket becomes part of this one (which is not closed)."""
        since = gone.born.minute
        gone._leaves("merged", minute)
        first = self._one("first_response")
        if since < self.born.minute:
            for watch in self._running():
                if watch.clock in ("first_response", "resolution"):
                    watch.elapsed += self._open(watch.clock, since, watch.started)
                    watch.started = since
        if not first:
            following = self._one("next_response") or self._start("next_response", since)
            following.started = min(since, following.started)
            following.elapsed = self._open("next_response", following.started, minute)

    def _open(self, clock: str, start: int, end: int) -> int:
        return end - start if self.terms(clock)[1] else sum(_office()[start:end])

    # ------------------------------------------------------------------ clocks

    def _one(self, clock: str) -> Watch | None:
        return next((watch for watch in self._running() if watch.clock == clock), None)

    def _start(self, clock: str, minute: int) -> Watch:
        number = 1 + sum(watch.clock == clock for watch in self.watches)
        self.watches.append(Watch(clock, number, minute))
        return self.watches[-1]

    def _stop(self, clock: str, minute: int, end: str = "stopped") -> None:
        watch = self._one(clock)
        if watch is not None:
            watch.stopped, watch.end = minute, end


def recount(deeds: Iterable[Deed], until: int) -> dict[int, Walk]:
    """Every ticket with its clocks as they stand at the minute ``until``."""
    at: dict[int, list[Deed]] = defaultdict(list)
    for deed in deeds:
        at[deed.minute].append(deed)
    walks: dict[int, Walk] = {}
    alive: set[int] = set()
    for minute in range(until + 1):
        for deed in at.get(minute, ()):
            if deed.kind in ("create", "call"):
                walks[deed.ticket] = Walk(deed)
            else:
                walks[deed.ticket].happens(deed, walks)
            alive.add(deed.ticket)
        for ticket in tuple(alive):
            walks[ticket].late(minute)
            if minute < until:
                walks[ticket].pass_a_minute(minute)
            if not walks[ticket].is_running():
                alive.discard(ticket)
    return walks


# ---------------------------------------------------------------------- figures

VERDICTS = {"breached": "misses", "met": "hits", "closed_unanswered": "unanswered",
            "pending": "not_due"}  # fmt: skip


def by_month(walks: Iterable[Walk]) -> dict[tuple[str, str], Counter[str]]:
    """(month of the decision in Berlin, clock) -> how many were hits, misses, void …"""
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for walk in walks:
        for watch in filter(lambda watch: watch.clock in OURS, walk.watches):
            key = (month(watch.decided), watch.clock)
            found[key][VERDICTS.get(watch.outcome, "void")] += 1
    return dict(found)


def by_objective(walks: Iterable[Walk]) -> dict[tuple[str, str, str], tuple[int, int]]:
    """(policy, month, clock) -> hits and misses of what has an objective: Acme's tickets are
    the house's no more but for their own turn, and Acme has one for the first response only."""
    found: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for walk in walks:
        policy = "acme" if walk.organization == "Acme" else "house"
        clocks = ("first_response",) if policy == "acme" else ("first_response", "resolution")
        for watch in walk.watches:
            if watch.clock in (*clocks, "their_turn"):
                verdict = VERDICTS.get(watch.outcome, "void")
                whose = "house" if watch.clock == "their_turn" else policy
                found[whose, month(watch.decided), watch.clock][verdict] += 1
    return {key: (counts["hits"], counts["misses"]) for key, counts in found.items()}
