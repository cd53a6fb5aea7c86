"""When the steps of an instance fall due, and which of them fire (policy-language §8, details 42).

The engine's ``fired`` means "due by the rules"; whether the host was told is the action table's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from slaplugin.core.calendars import Calendar
from slaplugin.core.clocks.run import Epoch, Run
from slaplugin.core.clocks.segments import OFF, RUN, instant_of, since
from slaplugin.core.model import StepRecord
from slaplugin.core.policies import Step
from slaplugin.core.quick import quick
from slaplugin.core.rulebook import Layer, RuleBook
from slaplugin.core.wallsteps import wall_instant

_step_record = quick(StepRecord)
RANK = {"start": 0, "share": 1, "before": 1, "breach": 2, "after": 3, "met": 4}


@dataclass(frozen=True, slots=True)
class Due:
    """A step and the instant at which it is due under one target; None: not in sight."""

    step: Step
    position: int
    at: int | None
    severity: tuple[int, int, int]


@dataclass(slots=True)
class StepLog:
    """What has become of the steps of one instance up to ``as_of``."""

    records: list[StepRecord]
    by_key: dict[str, StepRecord]
    next_at: int | None
    """The next instant at which a step falls due if nothing happens."""


def steps_of(run: Run, rules: RuleBook, as_of: int) -> StepLog:
    """Work out the steps of a run; its segments must reach up to ``as_of`` or its end."""
    log = StepLog([], {}, None)
    for epoch in run.epochs:
        if epoch.choice is None or not epoch.allowance.limited:
            continue
        _Epoch(run, epoch, epoch.choice.layer, _Ends(rules, as_of)).play(log)
    log.records.sort(key=lambda record: (record.at, record.severity))
    return log


@dataclass(frozen=True, slots=True)
class _Ends:
    """What is the same for every run of an evaluation."""

    rules: RuleBook
    as_of: int


class _Epoch:
    """The steps of one target while it was in force."""

    def __init__(self, run: Run, epoch: Epoch, layer: Layer, ends: _Ends) -> None:
        self.run = run
        self.epoch = epoch
        self.rules = ends.rules
        self.as_of = ends.as_of
        self.layer = layer
        self.last = epoch.until is None

    def play(self, log: StepLog) -> None:
        dues = self.dues()
        if self.epoch.arrived:
            self._arrive(dues, log)
        for due in dues:
            if due.at is None or (due.at < self.epoch.at and due.step.when.kind != "met"):
                continue
            if due.step.key not in log.by_key and self._within(due):
                if self._listed(due):
                    self._record(due, "fired", log)
            elif self.last and self.run.stopped_at is None and due.at > self.as_of:
                # One that fired under a former target marks the ticket anew (details 44).
                log.next_at = due.at if log.next_at is None else min(log.next_at, due.at)

    def _within(self, due: Due) -> bool:
        if due.at is None or due.at > self.as_of:
            return False
        came_with_it = self.epoch.arrived and due.at == self.run.breached_at == self.epoch.at
        if due.step.when.kind == "met" or came_with_it:
            return True
        return self.epoch.until is None or due.at < self.epoch.until

    def dues(self) -> list[Due]:
        found = [
            self._due(step, position)
            for position, step in enumerate(self.layer.steps)
            if step.clocks is None or self.run.clock.name in step.clocks
        ]
        return sorted(found, key=lambda due: (due.at is None, due.at or 0, due.severity))

    def _due(self, step: Step, position: int) -> Due:
        when = step.when
        at = self._instant(step)
        within = when.offset if when.kind == "after" else 0
        if when.kind in ("share", "before"):
            within = self._threshold(step) if self.epoch.allowance.is_duration else at or 0
        return Due(step, position, at, (RANK[when.kind], within, position))

    def _arrive(self, dues: list[Due], log: StepLog) -> None:
        """Of the steps that lie in the past only the most severe fires, at that moment."""
        past = [due for due in dues if self._is_past(due) and self._listed(due)]
        if not past:
            return
        most = max(past, key=lambda due: due.severity)
        for due in past:
            if due.step.key not in log.by_key:
                self._record(due, "fired" if due is most else "skipped", log)

    def _is_past(self, due: Due) -> bool:
        if due.at is None or due.step.when.kind == "met":
            return False
        if due.step.when.kind == "breach" and due.at == self.epoch.at:
            return self.run.breach_reason == "retarget"
        return due.at < self.epoch.at

    # ------------------------------------------------------------------ instants

    def _instant(self, step: Step) -> int | None:
        when, run = step.when, self.run
        if when.kind == "start":
            if not self.epoch.allowance.is_duration:
                return self._first_not_off()
            return instant_of(self.epoch.segments, 0, self._onward())
        if when.kind == "met":
            return run.first_met if run.met_under is self.epoch else None
        if when.kind == "breach":
            return run.breached_at if run.breached_at is not None else self._future_breach()
        if self.epoch.allowance.is_duration:
            return self._counted(self._threshold(step))
        return wall_instant(self.epoch.allowance, self.epoch.segments, when)

    def _future_breach(self) -> int | None:
        """A clock that runs on is breached right after its due."""
        if not self.last or self.run.stopped_at is not None or self.run.off is not None:
            return None
        allowance = self.epoch.allowance
        if self.run.mode != RUN and not allowance.ignores_pauses:
            return None
        due = self.run.due_onward(self.as_of)
        return None if due is None or due < self.as_of else due + 1

    def _threshold(self, step: Step) -> int:
        """Counted seconds at which a step of a duration is due."""
        allowance, when = self.epoch.allowance, step.when
        target = allowance.total + allowance.extension - allowance.base
        if when.kind == "share":
            return allowance.base + share_of(target, when.share)
        if when.kind == "before":
            return allowance.base + max(0, target - when.offset)
        return allowance.base + target + when.offset

    def _counted(self, threshold: int) -> int | None:
        """In a pause nothing is due: it is when the clock runs again (details 42)."""
        allowance, segments = self.epoch.allowance, self.epoch.segments
        if threshold <= allowance.base:
            return instant_of(since(segments, allowance.origin), 0, self._onward())
        return instant_of(segments, threshold, self._onward())

    def _first_not_off(self) -> int | None:
        for segment in self.epoch.segments:
            if segment.mode != OFF:
                return segment.start
        return None if self.run.off is not None else self.run.segment_start

    def _onward(self) -> tuple[int, Calendar] | None:
        run = self.run
        if not self.last or run.stopped_at is not None or run.mode != RUN:
            return None
        return (run.segment_start, run.calendar)

    # ------------------------------------------------------------------ recording

    def _record(self, due: Due, status: Literal["fired", "skipped"], log: StepLog) -> None:
        at = max(due.at or 0, self.epoch.at)
        only_mark = self.layer.mode == "mark"
        record = _step_record(
            at,
            due.step.at,
            ("mark",) if only_mark else tuple(action.written for action in due.step.do),
            "adopted" if self._adopted(at) else status,
            due.position,
            self.layer.name,
            due.severity,
        )
        log.by_key[due.step.key] = record
        log.records.append(record)

    def _listed(self, due: Due) -> bool:
        """What a mode leaves out has not fired: a later policy may still do it (details 43)."""
        if self.layer.mode == "mark":
            return any(action.kind == "mark" for action in due.step.do)
        return self.layer.mode != "observe"

    def _adopted(self, at: int) -> bool:
        since = enforced_since(self.layer, self.run.calendar, self.rules)
        return since is not None and at < since


def enforced_since(layer: Layer, calendar: Calendar, rules: RuleBook) -> int | None:
    """Steps due before this instant are adopted (details 43); None: every step is live."""
    if layer.enforce_from is None:
        return rules.live_since
    return calendar.midnight(layer.enforce_from)


def share_of(seconds: int, share: Fraction) -> int:
    """A share of a target, rounded up to whole seconds (details 42)."""
    return -(-seconds * share.numerator // share.denominator)


def past_marks(
    run: Run, log: StepLog, rules: RuleBook, as_of: int
) -> Iterable[tuple[Step, int, StepRecord | None]]:
    """Percentage and before-due steps with a mark that lie behind, by the target now in force."""
    last = run.epochs[-1] if run.epochs else None
    if last is None or last.choice is None or not run.allowance.limited:
        return
    for due in _Epoch(run, last, last.choice.layer, _Ends(rules, as_of)).dues():
        kind = due.step.when.kind
        marks = any(action.kind == "mark" for action in due.step.do)
        if kind in ("share", "before") and marks and due.at is not None and due.at <= as_of:
            yield due.step, due.at, log.by_key.get(due.step.key)
