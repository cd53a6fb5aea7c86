"""What the wallboard shows, as values: the clocks that need a look, and counts of the others.

All instants are UTC epoch seconds, durations whole seconds, shares exact fractions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Literal

from slaplugin.app.desk import PAUSED
from slaplugin.app.judge import Judge
from slaplugin.app.overview import Urgent, clocks_of
from slaplugin.app.ports import Store, TicketRow
from slaplugin.app.standings import Key, Pressing, Tally
from slaplugin.core.attainment import Contracts
from slaplugin.core.attainment.measures import concerns
from slaplugin.core.calendars import Calendar, Span
from slaplugin.core.calendars.walltime import DAY
from slaplugin.core.model import ClockInstance
from slaplugin.core.objectives import Objective, Verdict, decided_at, verdict_on
from slaplugin.core.periods import period_around

OPENINGS = 8 * DAY
"""How far ahead open time is told, so that a page can count it down by itself."""
NO_NAME = "–"
"""Stands for the group or policy of a clock that has none."""

Standing = Literal["running", "paused", "at_risk", "breached"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a clock is counted; ``standing``: a clock at risk may be paused, too."""

    group: str
    policy: str
    clock: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Line:
    """An open clock, with what a countdown needs."""

    urgent: Urgent
    left: int | None
    """Open seconds of its calendar until it is due, negative since; None: it has no due."""
    calendar: str
    """Whose open time counts; ``24x7`` where it is not known."""
    zone: str
    """IANA name of the contract's zone, in which its due is told."""

    @property
    def place(self) -> Place:
        """Where it is counted."""
        instance = self.urgent.instance
        group = self.urgent.row.seen.group or NO_NAME
        return Place(group, instance.policy or NO_NAME, instance.clock, standing(self.urgent))


@dataclass(frozen=True, slots=True)
class Today:
    """How the clocks of one policy did on the present day of its zone (details 46)."""

    hits: int = 0
    misses: int = 0
    not_due: int = 0
    """Open and not overdue: neither hit nor miss yet."""

    @property
    def share(self) -> Fraction | None:
        """The attainment; None where nothing is decided yet."""
        counted = self.hits + self.misses
        return Fraction(self.hits, counted) if counted else None

    def __add__(self, other: Today) -> Today:
        return Today(
            self.hits + other.hits, self.misses + other.misses, self.not_due + other.not_due
        )


@dataclass(frozen=True, slots=True)
class Board:
    """Everything that the wallboard shows."""

    as_of: int
    lines: tuple[Line, ...]
    """Clocks at risk and breached: the earliest due first, those without a due last."""
    counts: Mapping[Place, int]
    """All open clocks with a target that we are accountable for."""
    today: Mapping[tuple[str, str], Today]
    """By policy and clock."""
    zones: Mapping[str, str]
    """Policy -> the zone of its day."""
    upcoming: Line | None
    """The next due of those that are neither at risk nor breached."""
    held: tuple[TicketRow, ...]
    openings: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    """Open time from ``as_of`` on, for :data:`OPENINGS`, of each calendar of a line."""
    paused_since: int | None = None
    """Since when somebody holds all writes; None: nobody does."""


def standing(urgent: Urgent) -> Standing:
    """In one word how a clock does."""
    if urgent.mark != "none":
        return urgent.mark
    return "paused" if urgent.instance.status == "paused" else "running"


class Boards:
    """Boards one after the other: what did not change since the last one is not read again.

    Not for two threads at once.
    """

    def __init__(self) -> None:
        self._known: dict[Key, Pressing] = {}
        self._of: tuple[int, str] | None = None

    def make(self, store: Store, judge: Judge, host: str, now: int, zone: str = "UTC") -> Board:
        """The board at ``now``; ``zone`` is that of contracts whose calendars have none.

        Clocks that the customer is accountable for are left out. Raises StoreError.
        """
        with store.reading():
            gathered = _Gathered(Contracts(judge.rules, zone), now)
            for tally in store.tallies(host, now):
                gathered.count(tally)
            pressing = self._pressing(store, host, now)
            for urgent in clocks_of(pressing, store, judge, now):
                gathered.take(urgent)
            return _finished(gathered, store, judge, host)

    def _pressing(
        self, store: Store, host: str, now: int
    ) -> Iterator[tuple[TicketRow, ClockInstance]]:
        if self._of != (id(store), host):
            self._known, self._of = {}, (id(store), host)
        found = {each.key: each for each in store.pressing(host, now, self._known)}
        self._known = found
        return ((each.row, each.instance) for each in found.values())


def _finished(gathered: _Gathered, store: Store, judge: Judge, host: str) -> Board:
    """With what else a board tells."""
    now = gathered.now
    # No zone's day began more than a day and a few hours ago.
    for row in store.ended_instances(host, now - DAY - 3 * 3600):
        if row.instance.party != "customer":
            gathered.judge(row.instance)
    due = gathered.next_due()
    if due is not None:
        found = ((row, stored.instance) for row, stored in store.due_at(host, due))
        for urgent in clocks_of(found, store, judge, now):
            gathered.come(urgent)
    flag = store.flag(PAUSED)
    paused = None if flag is None else int(flag)
    return gathered.board(tuple(store.held(host)), paused)


class _Gathered:
    """What has been seen so far."""

    def __init__(self, contracts: Contracts, now: int) -> None:
        self._contracts = contracts
        # Asked for each of many clocks, with few different answers.
        self._zone_of = cache(contracts.zone_of)
        self._objective_of = cache(self._objective)
        self.now = now
        self._due: int | None = None
        """The earliest due of the clocks that are only counted."""
        self._lines: list[Line] = []
        self._counts: Counter[Place] = Counter()
        self._verdicts: Counter[tuple[str, str, Verdict]] = Counter()
        self._zones: dict[str, str] = {}
        self._days: dict[str, Span] = {}
        self._upcoming: Line | None = None

    def count(self, tally: Tally) -> None:
        """Count clocks that are neither at risk nor breached."""
        if tally.party == "customer":
            return
        policy = tally.policy or NO_NAME
        place = Place(
            tally.group or NO_NAME, policy, tally.clock, "paused" if tally.paused else "running"
        )
        self._counts[place] += tally.count
        self._zones.setdefault(policy, self._zone_of(None, tally.policy))
        if tally.counted:
            self._verdicts[policy, tally.clock, "not_due"] += tally.count
        if tally.next_due is not None and (self._due is None or tally.next_due < self._due):
            self._due = tally.next_due

    def take(self, urgent: Urgent) -> None:
        """Count an open clock and keep it where somebody has to see it."""
        if urgent.instance.party == "customer":
            return
        line = self._line(urgent)
        self._counts[line.place] += 1
        self.judge(urgent.instance)
        if urgent.mark != "none":
            self._lines.append(line)
        else:
            self.come(urgent)

    def next_due(self) -> int | None:
        """When a clock that is only counted is due before all that were looked at."""
        return self._due if _is_before(self._due, self._upcoming) else None

    def come(self, urgent: Urgent) -> None:
        """Keep a clock that is neither at risk nor breached, if it is the next to be due."""
        if urgent.instance.party == "customer" or urgent.mark != "none":
            return
        if _is_before(urgent.instance.due_at, self._upcoming):
            self._upcoming = self._line(urgent)

    def judge(self, instance: ClockInstance) -> None:
        """Count a clock for its policy's day, if its verdict falls on it."""
        policy = instance.policy or NO_NAME
        zone = self._zone_of(instance.calendar, instance.policy)
        self._zones.setdefault(policy, self._zone_of(None, instance.policy))
        objective = self._objective_of(instance.clock, instance.policy)
        if not concerns(objective, instance, self._contracts.calendars):
            return
        start, end = self._day(zone)
        if start <= decided_at(objective, instance, self.now) < end:
            self._verdicts[policy, instance.clock, verdict_on(objective, instance)] += 1

    def _objective(self, clock: str, policy: str | None) -> Objective:
        unanswered = self._contracts.counts_unanswered(policy)
        return Objective(Fraction(1), clock=clock, count_unanswered=unanswered)

    def board(self, held: tuple[TicketRow, ...], paused_since: int | None) -> Board:
        """All of it."""
        lines = tuple(sorted(self._lines, key=_urgency))
        named = {line.calendar for line in (*lines, *filter(None, [self._upcoming]))}
        until = self.now + OPENINGS
        return Board(
            as_of=self.now,
            lines=lines,
            counts=dict(self._counts),
            today=dict(self._todays()),
            zones=self._zones,
            upcoming=self._upcoming,
            held=held,
            openings={
                name: tuple(self._contracts.calendar(name).intervals(self.now, until))
                for name in sorted(named)
            },
            paused_since=paused_since,
        )

    def _line(self, urgent: Urgent) -> Line:
        instance = urgent.instance
        calendar = self._contracts.calendar(instance.calendar)
        zone = self._zone_of(calendar.name, instance.policy)
        return Line(urgent, _left(instance, calendar, self.now), calendar.name, zone)

    def _day(self, zone: str) -> Span:
        if zone not in self._days:
            self._days[zone] = period_around("day", zone, self.now)
        return self._days[zone]

    def _todays(self) -> Iterator[tuple[tuple[str, str], Today]]:
        for key in sorted({(policy, clock) for policy, clock, _ in self._verdicts}):
            verdicts = self._verdicts
            yield (
                key,
                Today(verdicts[*key, "hits"], verdicts[*key, "misses"], verdicts[*key, "not_due"]),
            )


def _left(instance: ClockInstance, calendar: Calendar, now: int) -> int | None:
    if instance.status == "paused" or instance.due_at is None:
        return instance.remaining
    if now <= instance.due_at:
        return calendar.elapsed(now, instance.due_at)
    return -calendar.elapsed(instance.due_at, now)


def _is_before(due: int | None, line: Line | None) -> bool:
    other = None if line is None else line.urgent.instance.due_at
    return due is not None and (other is None or due < other)


def _urgency(line: Line) -> tuple[int, int, int, str, str]:
    """As ``status`` has it: the earliest due first, what has none last."""
    due = line.urgent.instance.due_at
    row = line.urgent.row
    return (due is None, due or 0, len(row.id), row.id, line.urgent.instance.clock)


def total(todays: Iterable[Today]) -> Today:
    """Several clocks' day as one."""
    return sum(todays, Today())
