"""One clock instance: what happened to it, and its figures counted from that each time anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from slaplugin.core.policies import BusinessDays, ByTime, Duration, Goal, NoTarget

from .cascade import Cascade, Given
from .opening import END

Phase = Literal["run", "stop", "out", "void"]
Kind = Literal["counted", "paused", "off"]


@dataclass(frozen=True)
class InForce:
    """The target a clock has from an instant on, after R8 was applied."""

    since: int
    given: Given
    """Policy and calendar in force; the goal that counts is below."""
    goal: Goal | None
    allowed: int = 0
    """Elapsed time the clock may use, without extensions (durations)."""
    base: int = 0
    """Elapsed time at the restart that this target counts from, else 0."""
    anchor: int = 0
    """Start, or restart, from which days and wall times are worked out."""
    day_calendar: str = ""
    """The calendar that came with a bd or by target."""


@dataclass
class Exclusion:
    start: int
    end: int


@dataclass
class Correction:
    start: int
    end: int
    waiting: bool


@dataclass
class Record:
    at: int
    step: str
    do: tuple[object, ...]
    status: str
    severity: tuple[int, int, int]
    kind: str
    marks: bool


@dataclass
class Life:
    cascade: Cascade
    clock: str
    number: int
    started_at: int
    party: str
    pauses_by_default: bool
    waits: list[tuple[int, int]]
    """Spans of R7, shared by all lives; an open one ends at END."""
    state_waits: list[tuple[int, int]] = field(default_factory=list)
    """Spans of waiting states, for clocks that stand still by the state alone."""
    by_state: bool = False
    phases: list[tuple[int, Phase]] = field(default_factory=list)
    targets: list[InForce] = field(default_factory=list)
    conditions: list[tuple[int, bool]] = field(default_factory=list)
    """A custom clock's pause condition, from an instant on."""
    exclusions: list[Exclusion] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    off_before: list[tuple[int, int]] = field(default_factory=list)
    paused_before: list[tuple[int, int]] = field(default_factory=list)
    no_wait_before: int = 0
    """The past of a late start is read as running (details 16)."""
    extended: int = 0
    amended_after_breach: bool = False
    breached_at: int | None = None
    breach_reason: str | None = None
    void_reason: str | None = None
    unanswered: bool = False
    not_applicable: bool = False
    finally_out: bool = False
    met_at: int | None = None
    chosen: tuple[frozenset[Given], str | None] | None = None
    fired: dict[str, Record] = field(default_factory=dict)

    # ------------------------------------------------------------------ what is, at a second

    @property
    def phase(self) -> Phase:
        return self.phases[-1][1]

    @property
    def target(self) -> InForce:
        return self.targets[-1]

    @property
    def has_goal(self) -> bool:
        return isinstance(self.target.goal, Duration | BusinessDays | ByTime)

    @property
    def ended_at(self) -> int:
        return self.phases[-1][0]

    def phase_at(self, at: int) -> Phase:
        return next((phase for since, phase in reversed(self.phases) if since <= at), "run")

    def target_at(self, at: int) -> InForce:
        found = [each for each in self.targets if each.since <= at]
        return found[-1] if found else self.targets[0]

    def _pausing(self, at: int) -> bool:
        listed = self._listed(at)
        return self.pauses_by_default if listed is None else self.clock in listed

    def _listed(self, at: int) -> frozenset[str] | None:
        target = self.target_at(at)
        if target.goal is None or isinstance(target.goal, NoTarget):
            return None
        listed: frozenset[str] | None = self.cascade.inherited(target.given.policy, "pause")
        return listed

    def _waiting(self, at: int, until: int) -> bool:
        for correction in reversed(self.corrections):
            if correction.start <= at < correction.end:
                return correction.waiting
        if at < self.no_wait_before:
            return False
        spans = self.state_waits if self.by_state and self._listed(at) is None else self.waits
        return any(start <= at < min(end, until) for start, end in spans)

    def kind_at(self, at: int, now: int = END) -> Kind:
        """What a second is; from ``now`` on no wait is known that has begun."""
        if at >= now and self.phase != "run":
            return "counted"  # due of a finished clock: as if it had run on from its stop
        if at < now and self.phase_at(at) != "run":
            return "off"
        if any(start <= at < end for start, end in self.off_before):
            return "off"
        if any(start <= at < end for start, end in self.paused_before):
            return "paused"
        if any(each.start <= at < each.end for each in self.exclusions):
            return "paused"
        if self._pausing(at) and self._waiting(at, now):
            return "paused"
        if at < now:
            held = [value for since, value in self.conditions if since <= at]
            if held and held[-1]:
                return "paused"
        return "counted"

    def is_active(self, at: int) -> bool:
        return self.kind_at(at) == "counted"

    # ------------------------------------------------------------------ pieces of a life

    def pieces(self, now: int) -> Iterator[tuple[int, int, Kind, str]]:
        """The life cut where anything may change, from the start to far in the future.

        After ``now`` the clock is taken to run, but for exclusions already known.
        """
        cuts = {self.started_at, self.no_wait_before, now, END}
        cuts |= {at for at, _ in self.phases} | {each.since for each in self.targets}
        cuts |= {at for span in (*self.waits, *self.state_waits) for at in span}
        cuts |= {at for at, _ in self.conditions}
        for each in (*self.exclusions, *self.corrections):
            cuts |= {each.start, each.end}
        cuts |= {at for span in (*self.off_before, *self.paused_before) for at in span}
        ordered = sorted(at for at in cuts if self.started_at <= at <= END)
        for start, end in pairwise(ordered):
            yield start, end, self.kind_at(start, now), self.target_at(start).given.calendar

    def total(self, kind: Kind, now: int) -> int:
        return sum(
            self.cascade.openings[calendar].seconds(start, min(end, now))
            for start, end, what, calendar in self.pieces(now)
            if what == kind and start < now
        )

    def elapsed(self, now: int) -> int:
        return self.total("counted", now)

    def reach(self, amount: int, now: int) -> int | None:
        """The earliest running instant at which elapsed is that much (R2, details 10)."""
        missing = amount
        for start, end, kind, calendar in self.pieces(now):
            if kind != "counted":
                continue
            opening = self.cascade.openings[calendar]
            at = opening.after(start, missing)
            if at is not None and at < end:
                return at
            missing = max(0, missing - opening.seconds(start, end))
        return None

    # ------------------------------------------------------------------ due

    def allowed(self) -> int:
        return self.target.allowed + self.extended

    def due(self, now: int) -> int | None:
        return self.due_of(self.target, now)

    def due_of(self, target: InForce, now: int) -> int | None:
        """Due if the clock ran from ``now`` on."""
        match target.goal:
            case Duration():
                return self.reach(target.allowed + self.extended, now)
            case BusinessDays(days=days):
                return self._days_due(target, days, now)
            case ByTime(wall=wall, after=after):
                opening = self.cascade.openings[target.day_calendar]
                due = opening.by(target.anchor, wall, after)
                return None if due is None else opening.after(due, self.extended)
            case _:
                return None

    def _days_due(self, target: InForce, days: int, now: int) -> int | None:
        opening = self.cascade.openings[target.day_calendar]
        due = opening.business_days(target.anchor, days)
        if due is not None:
            due = opening.after(due, self.extended)
        for start, end in self._interruptions(target.anchor, now):
            if due is not None and start <= due:
                due = opening.after(due, opening.seconds(start, end))
                # A pause that begins exactly at due: due is the instant the clock runs again.
                if due is not None and start <= due < end:
                    due = end
        return due

    def _interruptions(self, since: int, now: int) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        for begin, end, kind, _ in self.pieces(now):
            start = max(begin, since)
            if kind == "counted" or end <= start:
                continue
            if found and found[-1][1] == start:
                found[-1] = (found[-1][0], end)
            else:
                found.append((start, end))
        return found

    def remaining(self, now: int) -> int | None:
        if not self.has_goal:
            return None
        if isinstance(self.target.goal, Duration):
            return self.allowed() - self.elapsed(now)
        due = self.due(now)
        if due is None:
            return None
        # What lies between is judged by the calendar in force, second by second (R9).
        opening = self.cascade.openings[self.target.day_calendar]
        return opening.seconds(now, due) if due >= now else -opening.seconds(due, now)
