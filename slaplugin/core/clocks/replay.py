"""A timeline replayed into runs of clocks: what starts, stops, voids and pauses each.

Every event works in the order of details 7: what it ends, ends by the facts before it; the facts
change; what it starts, starts; then every clock still running gets its target anew.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable
from itertools import count

from slaplugin.core.calendars import Calendar
from slaplugin.core.clocks import amendments, merge, patterns
from slaplugin.core.clocks.allowance import NONE, fresh
from slaplugin.core.clocks.builtin import BUILTIN_ENDS, BUILTIN_STARTS
from slaplugin.core.clocks.definitions import ClockDef
from slaplugin.core.clocks.facts import CALENDAR_FACT, TicketState
from slaplugin.core.clocks.run import Run
from slaplugin.core.clocks.segments import Override
from slaplugin.core.clocks.track import Track
from slaplugin.core.model import AMENDMENT_KINDS, Event, Timeline
from slaplugin.core.policies import NoTarget
from slaplugin.core.rulebook import (
    Candidates,
    Choice,
    RuleBook,
    follows_state,
    pauses_while_waiting,
    reopen_window,
)

STATE_EVENTS = frozenset({"state_changed", "closed", "reopened"})
_ENDS = {"removed": "deleted", "merged": "merged"}


class Replay:
    """The state of one ticket's clocks while its events pass by. Use :func:`replay`."""

    def __init__(self, timeline: Timeline, rules: RuleBook, as_of: int) -> None:
        self.rules = rules
        self.profile = rules.profile
        self.as_of = as_of
        self.ticket = timeline.ticket
        self.state = TicketState(timeline.ticket, rules)
        self.tracks = {clock.name: Track(clock) for clock in self._clocks()}
        self._pausing = any(track.clock.pause for track in self.tracks.values())
        self.created_at: int | None = None
        self.unanswered: tuple[int, str] | None = None
        """The oldest customer message without an answer, a creation included (details 32)."""
        self.waited_closed: tuple[int, str] | None = None
        """The oldest message on a closed ticket that nobody has answered (details 16)."""
        self.messages: list[tuple[int, str]] = []
        self.overrides: list[tuple[str | None, Override]] = []
        self.was_waiting = False
        self.in_state = False
        self.waiting_began = False
        """The present event made the ticket wait on the customer."""
        self.group_before: object = None
        self.owner_before: object = None
        self._timers: list[tuple[int, int, Callable[[int], None]]] = []
        self._order = count()
        self._chosen_by: tuple[object, object] | None = None
        """What the present targets were chosen by; a change of it chooses anew."""
        self._fresh: list[Run] = []
        """Runs that have started or resumed and have no target looked up yet."""

    def _clocks(self) -> Iterable[ClockDef]:
        for clock in self.rules.clocks:
            # first_response decides what counts as next_response, with or without a target.
            wanted = not self.rules.only_targeted or clock.name in self.rules.targeted
            if wanted or clock.name == "first_response":
                yield clock

    # ------------------------------------------------------------------ the loop

    def feed(self, event: Event) -> None:
        """One event; those after ``deleted`` or ``merged`` do not exist (details 15)."""
        if self.state.terminal:
            return
        self.pass_time(event.at)
        if self.created_at is None:
            if event.kind == "created":
                self._create(event)
            return
        if event.data.get("opening"):
            self._opening(event)
            return
        if self._end(event):
            return
        was_closed = self.state.closed
        self.group_before, self.owner_before = self.state.group, self.state.owner
        self.state.apply(event)
        self._waiting_changed(event.at)
        self._start(event, was_closed)
        if event.kind in STATE_EVENTS:
            self._watch_until()
        if event.kind in AMENDMENT_KINDS:
            amendments.apply(self, event)
        elif event.kind == "absorbed":
            merge.absorb(self, event)
        elif event.kind == "split_from":
            merge.split(self, event)
        self._retarget(event.at)

    def finish(self) -> None:
        """Let time pass up to ``as_of``."""
        self.pass_time(self.as_of)
        for track in self.tracks.values():
            for run in track.runs:
                if run.stopped_at is None and not run.finished and not run.left:
                    run.close_segment(self.as_of)

    def pass_time(self, until: int) -> None:
        """Dates that are reached come before events of the same instant (details 7)."""
        while self._timers and self._timers[0][0] <= until:
            at, _, act = heapq.heappop(self._timers)
            if at <= self.as_of:
                act(at)

    def at(self, instant: int, act: Callable[[int], None]) -> None:
        """Do something when time reaches the instant."""
        heapq.heappush(self._timers, (instant, next(self._order), act))

    def next_timer(self) -> int | None:
        """The next date that changes anything by itself, after ``as_of``."""
        if self.state.terminal:
            return None
        instants = [
            at
            for at, _, act in self._timers
            if act != self._date_reached or at == self.state.wait_until
        ]
        return min(instants, default=None)

    # ------------------------------------------------------------------ stops of details 7

    def _create(self, event: Event) -> None:
        self.created_at = event.at
        self.state.created(event)
        if patterns.asks(event, self.state, self.profile):
            self.unanswered = (event.at, event.id)
            self.messages.append(self.unanswered)
        self.was_waiting = self.waiting_began = self.state.waiting
        self.in_state = self.state.in_waiting_state
        self._watch_until()
        for track in self.tracks.values():
            self._starts_of(track)(self, track, event, False)
        self._retarget(event.at)
        if event.data.get("live") and self.profile.reply.calls:
            self._answered_live(event)
        if self.state.closed:
            for track in self.tracks.values():
                if track.clock.base:
                    BUILTIN_ENDS[track.clock.base](self, track, event, True)

    def _answered_live(self, event: Event) -> None:
        """A call taken is answered as it is created (details 19)."""
        answered = False
        for track in self.of_base("first_response"):
            if track.current is not None:
                track.current.stop(event.at)
                answered = True
        self.unanswered = None
        for track in self.of_base("update") if answered and not self.state.closed else ():
            self.start(track, event.at, event.id)
        self._retarget(event.at)

    def _opening(self, event: Event) -> None:
        """The creation has said it all (details 19), unless an agent's own first message counts."""
        if self.profile.owed_to != "everybody" or not self.profile.reply.counts(event):
            return
        for track in self.of_base("first_response"):
            if track.current is not None:
                track.current.stop(event.at)
        self._note_message(event)
        self._retarget(event.at)

    def of_base(self, base: str) -> list[Track]:
        """The built-in clock of this name and every custom one that is like it."""
        return [track for track in self.tracks.values() if track.clock.base == base]

    @property
    def first_response_running(self) -> bool:
        return self.tracks["first_response"].running

    def reopened(self, event: Event, was_closed: bool) -> bool:
        """Whether the event has just opened the closed ticket again."""
        return was_closed and not self.state.closed and event.kind in STATE_EVENTS

    def _end(self, event: Event) -> bool:
        """Step 1 of details 7; True when the ticket itself has ended."""
        ending = self._terminal_reason(event)
        if ending:
            self._terminate(event.at, ending)
            return True
        for pattern in self.rules.policy_set.void:
            if patterns.matches(self, pattern, event):
                self.void_all(event.at, patterns.reason(pattern, event))
        closes = self.closes(event)
        for track in self.tracks.values():
            if track.current is None:
                continue
            if track.clock.base:
                BUILTIN_ENDS[track.clock.base](self, track, event, closes)
            else:
                patterns.end_custom(self, track, event)
        self._note_message(event)
        return False

    def closes(self, event: Event) -> bool:
        """Whether the event closes an open ticket."""
        if event.kind not in STATE_EVENTS or self.state.closed or event.kind == "reopened":
            return False
        return self.state.new_kind(event) == "closed"

    def reopens(self, event: Event) -> bool:
        """Whether the event opens a closed ticket again."""
        if event.kind not in STATE_EVENTS or not self.state.closed:
            return False
        return event.kind == "reopened" or self.state.new_kind(event) != "closed"

    def _terminal_reason(self, event: Event) -> str | None:
        if event.kind in ("deleted", "merged"):
            return event.kind
        if event.kind in STATE_EVENTS:
            return _ENDS.get(self.state.new_kind(event))
        return None

    def _terminate(self, at: int, reason: str) -> None:
        self.void_all(at, reason)
        self.state.terminal = reason
        self.state.facts["state_kind"] = "removed" if reason == "deleted" else "merged"

    def void_all(self, at: int, reason: str) -> None:
        """Every running clock ends without a verdict (details 34)."""
        for track in self.tracks.values():
            if track.current is not None:
                track.current.void(at, reason)

    def _note_message(self, event: Event) -> None:
        if self.profile.reply.counts(event):
            self.unanswered = None
            self.waited_closed = None
        elif event.kind == "customer_message":
            message = (event.at, event.id)
            self.messages.append(message)
            self.unanswered = self.unanswered or message
            if self.state.closed:
                self.waited_closed = self.waited_closed or message

    def _start(self, event: Event, was_closed: bool) -> None:
        for track in self.tracks.values():
            self._starts_of(track)(self, track, event, was_closed)
        if was_closed and not self.state.closed:
            self.waited_closed = None

    @staticmethod
    def _starts_of(track: Track) -> Callable[[Replay, Track, Event, bool], None]:
        if track.clock.base:
            return BUILTIN_STARTS[track.clock.base]
        return patterns.start_custom

    # ------------------------------------------------------------------ starting

    def start(self, track: Track, at: int, event_id: str) -> Run:
        """A new instance from ``at`` on."""
        run = Run(track.clock, len(track.runs) + 1, at, event_id)
        run.measure(self._default_calendar(at))
        self._tell_waiting(run)
        run.overrides = tuple(
            change for clock, change in self.overrides if clock in (None, track.clock.name)
        )
        run.obey_overrides(at)
        track.runs.append(run)
        self._fresh.append(run)
        return run

    def start_late(self, track: Track, start: tuple[int, str], now: int) -> Run:
        """An instance that turns out to have begun in the past (details 16, 32, 33)."""
        run = self.start(track, start[0], start[1])
        self._target(run, run.started_at)
        run.live_through(now)
        self._tell_waiting(run)
        run.obey_overrides(now)
        return run

    def resume_or_start(self, track: Track, event: Event) -> None:
        """R6: within the window the same instance goes on, later a new one starts.

        Where the first close is final there is no window.
        """
        last = track.last
        if last is not None and last.active:
            return
        if last is None or last.finished or last.stopped_at is None:
            self.start(track, event.at, event.id)
            return
        window = reopen_window(last.layer, last.clock)
        if window is None:
            return
        if event.at - last.stopped_at <= window:
            self.resume(last, event.at)
        else:
            self.start(track, event.at, event.id)

    def resume(self, run: Run, at: int) -> None:
        """The same instance runs again; its target is looked up anew (details 24)."""
        run.resume(at)
        self._tell_waiting(run)
        run.obey_overrides(at)
        self._fresh.append(run)

    def follow_condition(self, track: Track, event: Event, holds: bool) -> None:
        """An accumulating clock runs while its condition holds, always the same instance."""
        last = track.last
        if last is None:
            if holds:
                self.start(track, event.at, event.id)
        elif holds and last.stopped_at is not None and not last.finished:
            self.resume(last, event.at)
        elif not holds and last.active:
            last.stop(event.at)

    # ------------------------------------------------------------------ waiting, rule R7

    def _tell_waiting(self, run: Run) -> None:
        run.waiting = self.state.waiting
        run.in_state = self.in_state

    def _state_changed(self, at: int) -> None:
        in_state = self.state.in_waiting_state
        if in_state != self.in_state:
            self.in_state = in_state
            for track in self.tracks.values():
                if track.current is not None:
                    track.current.flag(at, "in_state", in_state)

    def _waiting_changed(self, at: int) -> None:
        if self.profile.by_state:
            self._state_changed(at)
        waiting = self.state.waiting
        self.waiting_began = waiting and not self.was_waiting
        if waiting == self.was_waiting:
            return
        self.was_waiting = waiting
        for track in self.tracks.values():
            if track.current is not None:
                track.current.flag(at, "waiting", waiting)
        for track in self.of_base("customer_wait"):
            if not waiting and track.current is not None:
                track.current.stop(at)

    def _watch_until(self) -> None:
        until = self.state.wait_until
        if until is not None:
            self.at(until, self._date_reached)

    def _date_reached(self, at: int) -> None:
        if self.state.wait_until == at and self.state.waiting_state and not self.state.terminal:
            self.state.waiting_state = False
            self.state.wait_until = None
            self._waiting_changed(at)
            self._retarget(at)

    # ------------------------------------------------------------------ targets, R8 to R10

    def _default_calendar(self, start: int) -> Calendar:
        return self.rules.default_calendar(self.state.view, self.state.fingerprint, start)

    def _retarget(self, at: int) -> None:
        """Step 4 of details 7: clocks get their targets anew where anything could change them."""
        chosen_by = (self.state.fingerprint, self.state.facts.get(CALENDAR_FACT))
        concerned: Iterable[Run] = self._fresh
        if chosen_by != self._chosen_by:
            self._chosen_by = chosen_by
            concerned = [track.current for track in self.tracks.values() if track.current]
        self._fresh = []
        for run in concerned:
            if run.active:
                self._target(run, at)
        for track in self.tracks.values() if self._pausing else ():
            if track.clock.pause is not None and track.current is not None:
                track.current.flag(at, "held", track.clock.pause(self.state.named))

    def _target(self, run: Run, at: int) -> None:
        state = self.state
        name = run.clock.name
        found = self.rules.select(name, state.view, state.fingerprint, run.started_at)
        if found is None:
            self._without_target(run, at)
            return
        returning = run.left
        if returning:
            run.come_back(at)
        choice = run.choice
        if found != run.candidates or choice is None:
            choice = self._pick(found, run.started_at)
            run.candidates = found
        calendar = self._calendar_for(choice, run.started_at)
        if returning or choice is not run.choice or calendar is not run.calendar or not run.epochs:
            run.take(at, choice, calendar)
        run.flag(at, "pausable", pauses_while_waiting(choice.layer, choice.goal, run.clock))
        run.flag(at, "by_state", follows_state(choice.layer, choice.goal, run.clock))

    def _calendar_for(self, choice: Choice, start: int) -> Calendar:
        if isinstance(choice.goal, NoTarget):
            return self._default_calendar(start)
        wished = self.state.facts.get(CALENDAR_FACT)
        return self.rules.calendars.get(wished, choice.calendar) if wished else choice.calendar

    def _without_target(self, run: Run, at: int) -> None:
        if run.left:
            return
        if run.allowance.limited:
            run.leave(at)
            return
        run.candidates = None
        calendar = self._default_calendar(run.started_at)
        if run.choice is not None or calendar is not run.calendar or not run.epochs:
            run.close_segment(at)
            run.choice = None
            run.calendar = calendar
            run.allowance = fresh(NONE, calendar, run.started_at, run.allowance.extension)
            run.begin_epoch(at, arrived=bool(run.epochs))
        run.flag(at, "pausable", run.clock.pauses)
        run.flag(at, "by_state", run.clock.by_state)

    @staticmethod
    def _pick(candidates: Candidates, start: int) -> Choice:
        """Equal ranks: the earlier due from the clock's start, no due last, then the name."""
        if len(candidates) == 1:
            return candidates[0]

        def rank(choice: Choice) -> tuple[float, str]:
            allowance = fresh(choice.goal, choice.calendar, start)
            due = allowance.due([], (start, choice.calendar))
            return (float("inf") if due is None else due, choice.layer.name)

        return min(candidates, key=rank)


def in_order(events: Iterable[Event], as_of: int) -> list[Event]:
    """Events up to ``as_of`` by (instant, sequence); of one id the first told counts."""
    known: set[str] = set()
    unique = []
    for event in events:
        if event.id not in known:
            known.add(event.id)
            if event.at <= as_of:
                unique.append(event)
    unique.sort(key=lambda event: event.order)
    return unique


def replay(timeline: Timeline, rules: RuleBook, as_of: int) -> Replay:
    """Run every clock of the rule book over the timeline, up to ``as_of`` (UTC epoch seconds)."""
    machine = Replay(timeline, rules, as_of)
    for event in in_order(timeline.events, as_of):
        machine.feed(event)
    machine.finish()
    return machine
