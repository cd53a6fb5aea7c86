"""``evaluate``: a timeline under a rule book at an instant, one pure function.

Live sync, backfill, what-if, policy tests, explain and audit are this call with other inputs
(policy-language §1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from slaplugin.core.clocks.allowance import text_of
from slaplugin.core.clocks.replay import Replay, replay
from slaplugin.core.clocks.run import Run
from slaplugin.core.clocks.segments import OFF, RUN, Segment
from slaplugin.core.clocks.track import Track
from slaplugin.core.marks import Judged, marks_of
from slaplugin.core.model import (
    BreachReason,
    ClockInstance,
    Evaluation,
    LayerTrace,
    Marks,
    Outcome,
    Span,
    Status,
    StepRecord,
    Timeline,
)
from slaplugin.core.policies import Duration
from slaplugin.core.quick import quick
from slaplugin.core.rulebook import RuleBook
from slaplugin.core.shortcut import evaluate_straight, outcomes_straight
from slaplugin.core.spans import Look, joined_spans, never_run, open_and_closed
from slaplugin.core.steps import StepLog, steps_of


@dataclass(frozen=True, slots=True)
class Carried:
    """What an open instance brings from the policy set before (rule R11)."""

    since: int
    breach: tuple[int, BreachReason | None] | None
    records: tuple[StepRecord, ...]


CarriedOver = Mapping[tuple[str, str], Carried]
"""By (clock, identity of the start event)."""
NOTHING_CARRIED: CarriedOver = MappingProxyType({})


def evaluate(
    timeline: Timeline,
    rules: RuleBook,
    as_of: int | None = None,
    *,
    detail: bool = True,
    carried: CarriedOver = NOTHING_CARRIED,
) -> Evaluation:
    """The verdict on every clock of a ticket.

    ``as_of`` in UTC epoch seconds; events later than it do not exist yet; None is the instant
    of the last event (details 8). ``detail`` adds spans and trace. Raises nothing for any
    sequence of events; a timeline without ``created`` has no instances.
    """
    now = last_instant(timeline) if as_of is None else as_of
    if not carried:
        short = evaluate_straight(timeline, rules, now, detail)
        if short is not None:
            return short
    return evaluate_fully(timeline, rules, now, detail=detail, carried=carried)


def outcomes(timeline: Timeline, rules: RuleBook, as_of: int) -> tuple[ClockInstance, ...]:
    """The instances of :func:`evaluate` without spans, trace and steps, for reading in bulk.

    ``as_of`` in UTC epoch seconds.
    """
    short = outcomes_straight(timeline, rules, as_of)
    if short is not None:
        return short
    machine = replay(timeline, rules, as_of)
    return _in_order(_Judge(machine, False, NOTHING_CARRIED).outcomes(), machine)


def evaluate_fully(
    timeline: Timeline,
    rules: RuleBook,
    now: int,
    *,
    detail: bool = True,
    carried: CarriedOver = NOTHING_CARRIED,
) -> Evaluation:
    """``evaluate`` by the full replay, whatever the ticket is like."""
    machine = replay(timeline, rules, now)
    judge = _Judge(machine, detail, carried)
    judged = [item for track in machine.tracks.values() for item in judge.track(track)]
    shown = [item for item in judged if _listed(item, rules)]
    terminal = machine.state.terminal is not None
    marks = Marks(quiet=False) if terminal else marks_of(shown, rules, now)
    instances = _in_order([item.instance for item in shown] + judge.not_applicable(), machine)
    return Evaluation(now, instances, marks, judge.next_check(shown), machine.state.facts)


def last_instant(timeline: Timeline) -> int:
    """The instant of the last event, 0 without any."""
    return max((event.at for event in timeline.events), default=0)


def _in_order(instances: list[ClockInstance], machine: Replay) -> tuple[ClockInstance, ...]:
    order = {name: place for place, name in enumerate(machine.tracks)}
    return tuple(sorted(instances, key=lambda item: (order[item.clock], item.instance)))


def _listed(item: Judged, rules: RuleBook) -> bool:
    return _is_listed(item.run.clock.name, rules)


def _is_listed(clock: str, rules: RuleBook) -> bool:
    return not rules.only_targeted or clock in rules.targeted


_instance = quick(ClockInstance)


class _Judge:
    """Turns runs into clock instances."""

    def __init__(self, machine: Replay, detail: bool, carried: CarriedOver) -> None:
        self.machine = machine
        self.carried = carried
        self.rules = machine.rules
        self.as_of = machine.as_of
        self.detail = detail

    def track(self, track: Track) -> Iterator[Judged]:
        for run in track.runs:
            log = steps_of(run, self.rules, self.as_of)
            instance = self._instance(run, tuple(log.records))
            brought = self.carried.get((run.clock.name, run.start_event))
            if brought is not None:
                instance, log = _with(brought, instance, log)
                instance = replace(instance, steps=tuple(log.records))
            yield Judged(run, instance, log, self._overdue(run))

    def outcomes(self) -> list[ClockInstance]:
        """Every listed instance without its steps."""
        found = [
            self._instance(run, ())
            for track in self.machine.tracks.values()
            if _is_listed(track.clock.name, self.rules)
            for run in track.runs
        ]
        return found + self.not_applicable()

    def not_applicable(self) -> list[ClockInstance]:
        """R3: listed as one instance (details 19)."""
        return [
            self._not_applicable(track, *track.not_applicable)
            for track in self.machine.tracks.values()
            if track.not_applicable and _is_listed(track.clock.name, self.rules)
        ]

    def _not_applicable(self, track: Track, at: int, event: str) -> ClockInstance:
        return ClockInstance(
            clock=track.clock.name,
            instance=1,
            status="not_applicable",
            outcome="not_applicable",
            started_at=at,
            start_event=event,
            party=track.clock.party,
            spans=never_run(at, self.as_of) if self.detail else (),
        )

    def next_check(self, judged: list[Judged]) -> int | None:
        """The earliest instant after ``as_of`` at which time alone changes anything."""
        if self.machine.state.terminal is not None:
            return None
        instants = [item.log.next_at for item in judged]
        instants += [self._breach_ahead(item) for item in judged]
        instants.append(self.machine.next_timer())
        return min((at for at in instants if at is not None), default=None)

    def _breach_ahead(self, item: Judged) -> int | None:
        due = item.instance.due_at
        if due is None or not item.instance.is_open:
            return None
        if item.instance.outcome == "breached" and due < self.as_of:
            return None
        # A wall-clock due that passed while the clock was stopped breaks in the next second.
        return max(due, self.as_of) + 1

    # ------------------------------------------------------------------ keys of an instance

    def _end(self, run: Run) -> int:
        if run.left and run.left_at is not None:
            return run.left_at
        return self.as_of if run.stopped_at is None else run.stopped_at

    def _status(self, run: Run) -> Status:
        if run.left or run.void_reason is not None:
            return "void"
        if run.stopped_at is not None:
            return "stopped"
        return "running" if run.mode == RUN else "paused"

    def _outcome(self, run: Run, status: Status) -> Outcome:
        if run.breached_at is not None:
            return "breached"
        if status == "void":
            return "void"
        if run.unanswered:
            return "closed_unanswered"
        if not run.allowance.limited:
            return "not_applicable"
        return "met" if status == "stopped" else "pending"

    def _instance(self, run: Run, steps: tuple[StepRecord, ...]) -> ClockInstance:
        status = self._status(run)
        end = self._end(run)
        limited = run.allowance.limited
        due = run.due_onward(end) if limited else None
        shown = limited and status != "void"
        hidden = status == "paused" and not run.allowance.ignores_pauses
        low = sorted(self.rules.tested_fields(run.clock.name) & self.machine.ticket.current_only)
        return _instance(
            run.clock.name,
            run.instance,
            status,
            self._outcome(run, status),
            run.started_at,
            run.start_event,
            run.choice.layer.name if run.choice else None,
            run.calendar.name,
            run.clock.party,
            self._void_reason(run),
            end if status in ("stopped", "void") else None,
            due if shown and not hidden else None,
            text_of(run.allowance.goal),
            run.used(),
            run.paused_seconds(),
            self._remaining(run, due, end) if shown else None,
            run.breached_at,
            run.breach_reason,
            self._waived(run, due, end),
            "low" if low else "high",
            f"only today's value is known of {', '.join(low)}" if low else None,
            self._spans(run, end) if self.detail else (),
            self._trace(run) if self.detail else (),
            steps,
        )

    @staticmethod
    def _void_reason(run: Run) -> str | None:
        return "policy_left" if run.left else run.void_reason

    def _remaining(self, run: Run, due: int | None, end: int) -> int | None:
        if isinstance(run.allowance.goal, Duration):
            return run.allowance.total + run.allowance.extension - run.used()
        if due is None:
            return None
        calendar = run.allowance.calendar
        return calendar.elapsed(end, due) - calendar.elapsed(due, end)

    @staticmethod
    def _waived(run: Run, due: int | None, end: int) -> bool:
        """The breach came before an amendment that moved the due past the end (details 37)."""
        if not run.amended or run.breached_at is None:
            return False
        return due is None or end <= due

    def _overdue(self, run: Run) -> bool:
        if not run.active or run.left or not run.allowance.limited:
            return False
        due = run.due_onward(self.as_of)
        return due is not None and due < self.as_of

    # ------------------------------------------------------------------ spans and trace

    @staticmethod
    def _spans(run: Run, end: int) -> tuple[Span, ...]:
        return joined_spans(
            [span for segment in run.segments if segment.start < end for span in _spans(segment)]
        )

    def _trace(self, run: Run) -> tuple[LayerTrace, ...]:
        facts = self.machine.state.view
        return self.rules.trace(run.clock.name, facts, run.started_at, run.layer)


def _with(brought: Carried, instance: ClockInstance, log: StepLog) -> tuple[ClockInstance, StepLog]:
    """A recorded breach and the steps that have fired come along to the new set (R11)."""
    records = list(brought.records)
    known = {(record.step, repr(record.do)) for record in records}
    records += [
        record
        for record in log.records
        if record.at >= brought.since and (record.step, repr(record.do)) not in known
    ]
    by_key = {**log.by_key, **{_key(record): record for record in records}}
    if brought.breach is not None:
        at, reason = brought.breach
        instance = replace(instance, outcome="breached", breached_at=at, breach_reason=reason)
    records.sort(key=lambda record: (record.at, record.severity))
    return instance, StepLog(records, by_key, log.next_at)


def _key(record: StepRecord) -> str:
    return f"{record.step}|{list(record.do)!r}"


def _spans(segment: Segment) -> Iterator[Span]:
    if segment.mode == OFF:
        yield Span(segment.start, segment.end, "closed", segment.cause, segment.calendar.name)
        return
    look: Look = ("counted", "open") if segment.mode == RUN else ("paused", segment.cause)
    yield from open_and_closed(segment.calendar, segment.start, segment.end, look)
