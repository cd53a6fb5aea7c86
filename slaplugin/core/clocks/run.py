"""One instance of a clock while it is replayed: its segments, its target, its breach."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from slaplugin.core.calendars import Calendar
from slaplugin.core.clocks.allowance import NONE, Allowance, fresh
from slaplugin.core.clocks.definitions import ClockDef
from slaplugin.core.clocks.segments import (
    OFF,
    PAUSE,
    RUN,
    Override,
    Segment,
    elapsed,
    overlay_all,
    paused,
    standstills,
)
from slaplugin.core.model import BreachReason
from slaplugin.core.policies import BusinessDays, Duration, Goal
from slaplugin.core.rulebook import Choice, Layer

OUTSIDE = "outside every policy"
STOPPED = "stopped"


@dataclass(slots=True)
class Epoch:
    """From ``at`` on this target was in force; ``segments`` is the past as then known."""

    at: int
    choice: Choice | None
    allowance: Allowance
    segments: list[Segment]
    arrived: bool
    """The target came to a running clock: of past steps only the most severe fires."""
    until: int | None = None
    """Nothing fires under it from here on; None: to the end."""


class Run:
    """A clock instance in the making; all instants UTC epoch seconds."""

    __slots__ = (
        "_left_at",
        "allowance",
        "amended",
        "breach_reason",
        "breached_at",
        "by_state",
        "calendar",
        "candidates",
        "choice",
        "clock",
        "epochs",
        "excluded",
        "finished",
        "first_met",
        "forced",
        "held",
        "in_state",
        "instance",
        "met_under",
        "off",
        "overrides",
        "pausable",
        "segment_start",
        "segments",
        "start_event",
        "started_at",
        "stopped_at",
        "unanswered",
        "void_reason",
        "waiting",
    )

    def __init__(self, clock: ClockDef, instance: int, start: int, event: str) -> None:
        self.clock = clock
        self.instance = instance
        self.started_at = start
        self.start_event = event
        self.segments: list[Segment] = []
        self.segment_start = start
        self.off: str | None = None
        self.pausable = False
        self.waiting = False
        self.in_state = False
        self.by_state = False
        """Stands still by the state alone, not by R7 (core/profiles)."""
        self.held = False
        self.excluded = False
        self.forced: bool | None = None
        """Waiting or not by an amendment, whatever the states say."""
        self.overrides: tuple[Override, ...] = ()
        self.candidates: tuple[Choice, ...] | None = None
        self.choice: Choice | None = None
        self.calendar: Calendar
        self.allowance: Allowance
        self.stopped_at: int | None = None
        self.void_reason: str | None = None
        self.finished = False
        self.unanswered = False
        self.breached_at: int | None = None
        self.breach_reason: BreachReason | None = None
        self.amended = False
        """An amendment came after the breach: it may be waived (details 37)."""
        self.first_met: int | None = None
        self.met_under: Epoch | None = None
        """The target in force at the first stop in time: its policy's ``met`` steps count."""
        self._left_at: int | None = None
        self.epochs: list[Epoch] = []

    # ------------------------------------------------------------------ states

    @property
    def active(self) -> bool:
        """Running or paused: events of its clock concern it."""
        return self.stopped_at is None and not self.finished

    @property
    def counts(self) -> bool:
        """Running or paused under a policy: an amendment may bring steps and a breach."""
        return self.active and not self.left

    @property
    def left(self) -> bool:
        """Void because no policy gives a target any more, and able to come back (details 2)."""
        return self._left_at is not None and not self.finished

    @property
    def mode(self) -> int:
        if self.off is not None:
            return OFF
        if self.excluded or self.held or (self.pausable and self.waits):
            return PAUSE
        return RUN

    @property
    def waits(self) -> bool:
        if self.forced is not None:
            return self.forced
        return self.in_state if self.by_state else self.waiting

    @property
    def layer(self) -> Layer | None:
        return self.choice.layer if self.choice else None

    # ------------------------------------------------------------------ segments

    def close_segment(self, at: int) -> None:
        """End the current stretch at ``at`` and see whether the clock broke in it."""
        start = self.segment_start
        self.segment_start = at
        if at <= start:
            return
        segment = Segment(
            start,
            at,
            self.calendar,
            self.off,
            self.pausable,
            self.waits,
            self.held,
            self.excluded,
        )
        self.segments.append(segment)
        self.settle(at)

    def settle(self, now: int) -> None:
        """Record a breach that time alone has brought about before ``now`` (R2, details 8)."""
        if self.breached_at is not None or self.off is not None or not self.allowance.limited:
            return
        due = self.allowance.due(self.segments, None)
        if due is None or due >= now or not self._may_break():
            return
        self.breached_at = max(due, self._running_since(due))
        self.breach_reason = "overdue"

    def _may_break(self) -> bool:
        # A duration that is used up breaks only in a running stretch, which `due` has found;
        # bd waits for the end of a pause, `by` ignores pauses (details 3, 25).
        if self.allowance.is_duration or self.allowance.ignores_pauses:
            return True
        return self.segments[-1].mode == RUN

    def _running_since(self, due: int) -> int:
        """A wall-clock due that passed while the clock was stopped breaks when it runs again."""
        counting = (RUN, PAUSE) if self.allowance.ignores_pauses else (RUN,)
        for segment in self.segments:
            if segment.end > due and segment.mode in counting:
                return max(segment.start, due)
        return due

    def flag(self, at: int, name: str, value: bool | None) -> None:
        """Change what makes the clock pause: ``waiting in_state by_state held pausable excluded
        forced``."""
        if getattr(self, name) != value:
            self.close_segment(at)
            setattr(self, name, value)

    def switch(self, at: int, off: str | None) -> None:
        """Stop counting altogether (closed, outside policy) or count again."""
        if self.off != off:
            self.close_segment(at)
            self.off = off

    def override(self, at: int, change: Override) -> None:
        """An amendment takes effect: the past is read anew from now on (details 37)."""
        if self.stopped_at is None:
            self.close_segment(at)
        self.amended = self.amended or self.breached_at is not None
        self.overrides = (*self.overrides, change)
        self.segments = overlay_all(self.segments, change)
        if self.counts:
            self._break_at_change(at)
            self.begin_epoch(at, arrived=True)

    # ------------------------------------------------------------------ the target

    def used(self) -> int:
        return elapsed(self.segments)

    def paused_seconds(self) -> int:
        return paused(self.segments)

    def due_onward(self, now: int) -> int | None:
        """Due if the clock ran on from ``now`` (of a pause: as if it ended there, details 11)."""
        ahead = self.foreseen(now) if self.overrides and self.stopped_at is None else []
        end = ahead[-1].end if ahead else now
        return self.allowance.due([*self.segments, *ahead], (end, self.calendar))

    def foreseen(self, now: int) -> list[Segment]:
        """The time ahead of which amendments already tell what it will be (details 37)."""
        cuts = {at for change in self.overrides for at in (change.start, change.end) if at > now}
        bounds = [now, *sorted(cuts)]
        return [self._decreed_stretch(start, end) for start, end in pairwise(bounds)]

    def _decreed_stretch(self, start: int, end: int) -> Segment:
        excluded, forced = self._decreed(start)
        return Segment(
            start,
            end,
            self.calendar,
            None,
            self.pausable,
            bool(forced),
            excluded=excluded,
        )

    def begin_epoch(self, at: int, *, arrived: bool) -> None:
        if self.epochs and self.epochs[-1].until is None:
            self.epochs[-1].until = at
        self.epochs.append(Epoch(at, self.choice, self.allowance, self.segments, arrived))

    def measure(self, calendar: Calendar) -> None:
        """From the start without a target (details 2)."""
        self.calendar = calendar
        self.allowance = fresh(NONE, calendar, self.started_at)

    def take(self, at: int, choice: Choice, calendar: Calendar) -> None:
        """Put another choice in force at ``at``; R8 where the target itself changes."""
        before = self.choice
        self.close_segment(at)
        goal_before: Goal = before.goal if before else NONE
        self.choice = choice
        if goal_before != choice.goal:
            self.allowance = self._changed(at, choice, calendar)
        self.calendar = calendar
        self._break_at_change(at)
        self.begin_epoch(at, arrived=bool(self.epochs) or at > self.started_at)

    def _changed(self, at: int, choice: Choice, calendar: Calendar) -> Allowance:
        """R8: what a running clock does when its target changes (details 23, 24)."""
        new = fresh(choice.goal, calendar, self.started_at, self.allowance.extension)
        if not self.epochs:
            return new
        rule = choice.layer.change
        if not self.is_tighter(new, at, calendar):
            return self.allowance if rule.loosen == "keep" else new
        if rule.tighten.how == "restart":
            return self._restarted(choice.goal, calendar, at)
        if rule.tighten.how == "floor" and isinstance(choice.goal, Duration):
            return self._floored(new, rule.tighten.floor)
        return new

    def is_tighter(self, new: Allowance, at: int, calendar: Calendar) -> bool:
        """Whether a target leaves less than the one in force (details 23)."""
        old = self.allowance
        if new.is_duration and old.is_duration:
            return new.total < old.total
        onward = (at, calendar)
        new_due = new.due(self.segments, onward)
        if new_due is None:
            return False
        old_due = old.due(self.segments, (at, self.calendar))
        return old_due is None or new_due < old_due

    def _restarted(self, goal: Goal, calendar: Calendar, at: int) -> Allowance:
        used = self.used()
        total = used + goal.seconds if isinstance(goal, Duration) else 0
        return Allowance(goal, calendar, at, total, used, self.allowance.extension)

    def _floored(self, new: Allowance, floor: int) -> Allowance:
        used = self.used()
        left = floor
        if self.allowance.is_duration:
            left = min(left, self.allowance.total + self.allowance.extension - used)
        total = max(new.total, used + left - new.extension)
        return Allowance(new.goal, new.calendar, new.origin, total, 0, new.extension)

    def _break_at_change(self, at: int) -> None:
        """A due that a change puts into the past breaks at the change (R8)."""
        if self.breached_at is not None or not self.allowance.limited:
            return
        due = self.allowance.due(self.segments, None)
        if due is not None and due < at and not self._pause_moves(due, at):
            self.breached_at = at
            self.breach_reason = "retarget"

    def _pause_moves(self, due: int, at: int) -> bool:
        """A pause still going on that began not later than a ``bd`` due moves it (details 25)."""
        if not isinstance(self.allowance.goal, BusinessDays):
            return False
        still = standstills(self.segments, self.allowance.origin)
        return bool(still) and still[-1][1] == at and due >= still[-1][0]

    def obey_overrides(self, at: int) -> None:
        """Set what amendments say about ``at`` (spans may begin or end in the future)."""
        excluded, forced = self._decreed(at)
        self.flag(at, "excluded", excluded)
        self.flag(at, "forced", forced)

    def _decreed(self, at: int) -> tuple[bool, bool | None]:
        excluded, forced = False, None
        for change in self.overrides:
            if change.start <= at < change.end:
                excluded = excluded or change.waiting is None
                forced = forced if change.waiting is None else change.waiting
        return excluded, forced

    def extend(self, at: int, seconds: int) -> None:
        """More open time (details 37); nothing for a clock without target."""
        if not self.allowance.limited:
            return
        if self.stopped_at is None:
            self.close_segment(at)
        self.amended = self.amended or self.breached_at is not None
        self.allowance = self.allowance.extended(seconds)
        if self.counts:
            self.begin_epoch(at, arrived=True)

    # ------------------------------------------------------------------ the end

    def stop(self, at: int) -> None:
        """Its own stop came; a due at this very instant is met (R2)."""
        if self._end_outside():
            return
        self.close_segment(at)
        self.stopped_at = at
        self.off = STOPPED
        if self.breached_at is None and self.allowance.limited and self.first_met is None:
            self.first_met = at
            self.met_under = self.epochs[-1] if self.epochs else None
        self._end_epoch(at)

    def resume(self, at: int) -> None:
        """Run again; the time since the stop is not counted (R6)."""
        self.close_segment(at)
        self.stopped_at = None
        self.off = None
        self.begin_epoch(at, arrived=False)

    def void(self, at: int, reason: str) -> None:
        """End without a verdict; a recorded breach stays."""
        if self._end_outside():
            return
        self.close_segment(at)
        self.stopped_at = at
        self.void_reason = reason
        self.finished = True
        self._end_epoch(at)

    def _end_outside(self) -> bool:
        """A clock outside every policy stays void from the instant it left (details 2)."""
        if self._left_at is None or self.finished:
            return False
        self.finished = True
        self.stopped_at = self._left_at
        self.void_reason = "policy_left"
        return True

    def leave(self, at: int) -> None:
        """No policy gives a target any more (R10)."""
        self.switch(at, OUTSIDE)
        self._left_at = at
        self._end_epoch(at)

    def come_back(self, at: int) -> None:
        self.switch(at, None)
        self._left_at = None

    @property
    def left_at(self) -> int | None:
        return self._left_at

    def _end_epoch(self, at: int) -> None:
        if self.epochs and self.epochs[-1].until is None:
            self.epochs[-1].until = at

    # ------------------------------------------------------------------ a start in the past

    def live_through(self, now: int) -> None:
        """The time from a start in the past up to ``now`` is read as running (details 16)."""
        if now <= self.started_at:
            return
        self.segments.append(Segment(self.started_at, now, self.calendar))
        for change in self.overrides:
            self.segments = overlay_all(self.segments, change)
        self.segment_start = now
        self._break_at_change(now)
        self.epochs.clear()  # nothing could fire before it was known to have started
        self.begin_epoch(now, arrived=True)

    def move_start(self, at: int, start: int, event: str, before: list[Segment]) -> None:
        """A merge or split found an earlier start: ``before`` tiles the time up to the old one."""
        self.close_segment(at)
        self.segments = [*before, *self.segments]
        self.started_at = start
        self.start_event = event
        for change in self.overrides:
            self.segments = overlay_all(self.segments, change)
        now = self.allowance
        if now.base == 0:
            self.allowance = replace(now, origin=start)

    def judge_move(self, at: int) -> None:
        """After :meth:`move_start`: what the earlier start puts into the past breaks now."""
        self._break_at_change(at)
        self.begin_epoch(at, arrived=True)

    def end_earlier(self, at: int, end: int) -> None:
        """At ``at`` it turns out that the clock had ended at ``end`` (R12)."""
        self._cut(end)
        if self.breached_at is None and self.allowance.limited:
            due = self.allowance.due(self.segments, None)
            if due is not None and due < end:
                self.breached_at, self.breach_reason = at, "retarget"
        self.begin_epoch(at, arrived=self.breached_at is not None)
        self.stop(end)

    def _cut(self, at: int) -> None:
        self.segments = [
            replace(segment, end=min(segment.end, at))
            for segment in self.segments
            if segment.start < at
        ]
        self.segment_start = at
