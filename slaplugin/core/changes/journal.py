"""A ticket's life replayed once more, with somebody who notes what each event changes.

The engine (``core/clocks``) does what it always does; this looks at its runs before and after each
event. So nothing here can say anything but what the verdict rests on, and a verdict that nobody
asks to be explained costs nothing more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

from slaplugin.core.changes.reckoning import reckoning_of
from slaplugin.core.changes.values import (
    Cause,
    Change,
    ChangeKind,
    FactChange,
    Identity,
    Rule,
    Story,
    Terms,
    Wait,
)
from slaplugin.core.clocks.allowance import fresh, text_of
from slaplugin.core.clocks.replay import Replay, in_order
from slaplugin.core.clocks.run import Run
from slaplugin.core.clocks.segments import RUN
from slaplugin.core.model import AMENDMENT_KINDS, Event, Timeline
from slaplugin.core.policies import Duration
from slaplugin.core.rulebook import RuleBook

_BY_EVENT: Mapping[str, ChangeKind] = {
    "extended": "extended",
    "excluded": "excluded",
    "pause_corrected": "pause_corrected",
    "absorbed": "merged",
    "split_from": "split",
}
_QUIET_FACTS = frozenset({"created_in", "state_kind"})
"""Facts that go with others and would be told twice."""


def story_of(timeline: Timeline, rules: RuleBook, as_of: int) -> Story:
    """How the due times of every clock came about up to ``as_of`` (UTC epoch seconds)."""
    machine = Replay(timeline, rules, as_of)
    journal = _Journal(machine)
    events = in_order(timeline.events, as_of)
    for event in events:
        journal.feed(event)
    journal.pass_time(as_of)
    machine.finish()
    by_id = {each.id: each for event in events for each in (*_absorbed(event), event)}
    runs = {_identity(run): run for run in journal.runs()}
    return Story(
        {name: tuple(found) for name, found in journal.changes.items() if name in runs},
        {
            name: reckoning_of(run, by_id.get(run.start_event), rules, as_of)
            for name, run in runs.items()
            if run.allowance.limited
        },
        {name: journal.ends[id(run)] for name, run in runs.items() if id(run) in journal.ends},
        {name: tuple(journal.pauses.get(id(run), ())) for name, run in runs.items()},
        tuple(journal.waits),
    )


def _absorbed(event: Event) -> Sequence[Event]:
    return event.data.get("events") or () if event.kind == "absorbed" else ()


def _identity(run: Run) -> Identity:
    return (run.clock.name, run.start_event)


@dataclass(frozen=True, slots=True)
class _Before:
    """A run as it was right before an event; ``ghost`` has lived up to it."""

    run: Run
    ghost: Run
    epochs: int
    left: bool

    @classmethod
    def of(cls, run: Run) -> _Before:
        ghost = copy(run)
        ghost.segments = list(run.segments)
        return cls(run, ghost, len(run.epochs), run.left)

    @property
    def changed(self) -> bool:
        return len(self.run.epochs) > self.epochs or self.run.left != self.left


class _Journal:
    """Notes what each event changes while a replay goes on."""

    def __init__(self, machine: Replay) -> None:
        self.machine = machine
        self.changes: dict[Identity, list[Change]] = {}
        self.waits: list[Wait] = []
        self.ends: dict[int, Cause] = {}
        """What ended a run, by the run's identity as an object: its start may yet move."""
        self.pauses: dict[int, list[Wait]] = {}
        self._known: dict[int, Run] = {}
        """Every run seen, also one that a split did away with: no other may get its number."""
        self._facts: dict[str, Any] = dict(machine.state.facts)
        self._waited = False
        self._last: tuple[int, Cause] | None = None
        """The last event that could choose other targets, and when it came."""

    def runs(self) -> Iterator[Run]:
        for track in self.machine.tracks.values():
            yield from track.runs

    def _latest(self) -> Iterator[Run]:
        """The latest run of each clock: whatever an event begins becomes one."""
        lasts = (track.last for track in self.machine.tracks.values())
        return (run for run in lasts if run is not None)

    def feed(self, event: Event) -> None:
        """Let time pass up to the event, then the event happen; note both."""
        self.pass_time(event.at)
        before = self._picture(every=event.kind in AMENDMENT_KINDS)
        fingerprint = self.machine.state.fingerprint
        self.machine.feed(event)
        cause = Cause(event, self._fact_changes(event))
        if self.machine.state.fingerprint != fingerprint and not _opens(event):
            self._last = (event.at, cause)
        self._note(before, event.at, cause)

    def pass_time(self, until: int) -> None:
        """Dates that are reached change things, too."""
        if self.machine.state.terminal:
            return
        before = self._picture(every=False)
        self.machine.pass_time(until)
        self._note(before, until, Cause())

    def _picture(self, *, every: bool) -> list[_Before]:
        """Amendments reach back to any run, everything else to the latest of each clock."""
        runs = self.runs() if every else self._latest()
        return [_Before.of(run) for run in runs if not run.finished]

    # ------------------------------------------------------------------ what an event did

    def _note(self, before: list[_Before], at: int, cause: Cause) -> None:
        self._note_waiting(at, cause)
        for one in before:
            if one.changed:
                self._note_run(one, at, cause)
            self._note_end(one, cause)
        for run in self._latest():
            self._note_pause(run, at, cause)
            if id(run) not in self._known:
                self._known[id(run)] = run
                self._note_start(run, at, cause)

    def _note_waiting(self, at: int, cause: Cause) -> None:
        state, by_state = self.machine.state, self.machine.profile.by_state
        waits = state.waiting or bool(by_state and state.in_waiting_state)
        if waits != self._waited:
            self._waited = waits
            self.waits.append(Wait(at, waits, cause))

    def _note_pause(self, run: Run, at: int, cause: Cause) -> None:
        told = self.pauses.get(id(run))
        if run.held != bool(told and told[-1].waits):
            self.pauses.setdefault(id(run), []).append(Wait(at, run.held, cause))

    def _note_end(self, one: _Before, cause: Cause) -> None:
        ended = one.run.stopped_at is not None or one.run.left
        if ended and one.ghost.stopped_at is None and not one.left:
            self.ends[id(one.run)] = cause
        elif not ended:
            self.ends.pop(id(one.run), None)

    def _note_start(self, run: Run, at: int, cause: Cause) -> None:
        """A start in the past (R12, details 16) is a change: nobody had seen that due coming."""
        if run.started_at >= at:
            return
        kind = _BY_EVENT.get(cause.event.kind if cause.event else "", "late_start")
        terms = _terms(run, at)
        none = replace(terms, target=None, allowed=None, due_at=None, policy=None)
        self._add(run, Change(at, kind, cause, none, terms, breached=_broke(None, run, at)))

    def _note_run(self, one: _Before, at: int, cause: Cause) -> None:
        run, ghost = one.run, one.ghost
        when = run.epochs[-1].at if len(run.epochs) > one.epochs else at
        if ghost.stopped_at is None:
            ghost.close_segment(when)
        earlier = (ghost.clock.name, ghost.start_event)
        if earlier != _identity(run):
            self.changes[_identity(run)] = self.changes.pop(earlier, [])
        before, after = _terms(ghost, when), _terms(run, when)
        rule = _rule(ghost, run, when)
        kind = _kind(one, before, after, cause)
        if rule == "keep" and kind in (None, "policy"):
            kind = "target"
        if kind is None:
            return
        change = Change(
            when,
            kind,
            cause,
            before,
            after,
            rule if kind in ("target", "policy_returned") else None,
            _broke(ghost, run, when),
            text_of(run.choice.goal) if rule == "keep" and run.choice else None,
            self._while_stopped(ghost, cause) if kind == "target" else None,
        )
        self._add(run, change)

    def _while_stopped(self, ghost: Run, cause: Cause) -> Cause | None:
        """What changed the target of a clock that was stopped (details 24)."""
        if self._last is None or ghost.stopped_at is None:
            return None
        at, last = self._last
        return last if at >= ghost.stopped_at and last.event is not cause.event else None

    def _add(self, run: Run, change: Change) -> None:
        self.changes.setdefault(_identity(run), []).append(change)

    def _fact_changes(self, event: Event) -> tuple[FactChange, ...]:
        before, now = self._facts, self.machine.state.facts
        self._facts = dict(now)
        if _opens(event):
            return ()
        found = [
            FactChange(name, before.get(name), now.get(name))
            for name in sorted({*before, *now} - _QUIET_FACTS)
            if before.get(name) != now.get(name)
        ]
        tested = self.machine.rules.tested | {"group", "priority"}
        return tuple([each for each in found if each.field in tested] or found)


def _opens(event: Event) -> bool:
    return event.kind == "created"


def _kind(one: _Before, before: Terms, after: Terms, cause: Cause) -> ChangeKind | None:
    """None where the clock has to keep just what it had to."""
    if one.run.left != one.left:
        return "policy_left" if one.run.left else "policy_returned"
    told = _BY_EVENT.get(cause.event.kind) if cause.event else None
    if told is not None:
        return told if before != after else None
    if (before.target, before.allowed) != (after.target, after.allowed):
        return "target"
    if not after.target:
        return None
    if before.calendar != after.calendar:
        return "calendar"
    return "policy" if before.policy != after.policy else None


def _terms(run: Run, at: int) -> Terms:
    """What the run has to keep at the instant up to which its stretches are known."""
    allowance = run.allowance
    limited = allowance.limited and not run.left
    runs = run.stopped_at is not None or run.mode == RUN or allowance.ignores_pauses
    end = at if run.stopped_at is None else run.stopped_at
    return Terms(
        run.choice.layer.name if run.choice and not run.left else None,
        run.calendar.name,
        text_of(allowance.goal) if limited else None,
        allowance.total + allowance.extension if limited and allowance.is_duration else None,
        run.started_at,
        run.due_onward(end) if limited and runs and run.void_reason is None else None,
    )


def _rule(ghost: Run, run: Run, at: int) -> Rule | None:
    """Which rule of R8 made the target in force of the new one (details 23, 24)."""
    choice = run.choice
    if choice is None or not ghost.epochs or not run.allowance.limited:
        return None
    if ghost.choice is not None and ghost.choice.goal == choice.goal:
        return None
    if run.allowance == ghost.allowance:
        return "keep"
    new = fresh(choice.goal, run.calendar, run.started_at, ghost.allowance.extension)
    if not ghost.is_tighter(new, at, run.calendar):
        return "extend"
    how = choice.layer.change.tighten.how
    if how == "floor" and not isinstance(choice.goal, Duration):
        return "retroactive"
    rules: Mapping[str, Rule] = {"floor": "floor", "restart": "restart"}
    return rules.get(how, "retroactive")


def _broke(ghost: Run | None, run: Run, at: int) -> bool:
    known = ghost is not None and ghost.breached_at is not None
    return not known and run.breached_at == at and run.breach_reason == "retarget"
