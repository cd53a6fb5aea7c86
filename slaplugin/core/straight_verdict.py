"""From the stretches of an ordinary ticket's clocks to instances, steps and marks."""

from __future__ import annotations

from dataclasses import dataclass

from slaplugin.core.model import (
    BreachReason,
    ClockInstance,
    LayerTrace,
    MarkName,
    Marks,
    Outcome,
    Span,
    StateName,
    Status,
    StepRecord,
    Timeline,
)
from slaplugin.core.quick import quick
from slaplugin.core.spans import joined_spans, open_and_closed
from slaplugin.core.straight import OFF, PAUSE, RUN, Stretch
from slaplugin.core.straight_plans import Plan, PlannedStep


@dataclass(slots=True)
class Verdict:
    """What one run comes to, with what the ticket's marks need of it."""

    instance: ClockInstance
    plan: Plan
    is_open: bool
    at_risk: bool
    broken: bool
    """Breached, and a breach or after-due step marks it."""
    overdue: bool
    quiet: bool
    next_at: int | None


AT_RISK = 1
BREACHES = (2, 3)
_instance = quick(ClockInstance)
_record = quick(StepRecord)


class Judgement:
    """Judges the stretches of one ticket at ``as_of``."""

    __slots__ = ("as_of", "current_only", "detail", "traces")

    def __init__(
        self, timeline: Timeline, as_of: int, traces: dict[Plan, tuple[LayerTrace, ...]] | None
    ) -> None:
        self.as_of = as_of
        self.current_only = timeline.ticket.current_only
        self.detail = traces is not None
        self.traces = traces or {}

    def judge(self, run: Stretch) -> Verdict:
        return Reckoning(self, run).verdict()

    def outcome(self, run: Stretch) -> ClockInstance:
        """The instance alone, without its steps."""
        return Reckoning(self, run).instance(())


class _Seen:
    """What the steps of a run that have fallen due come to."""

    __slots__ = ("at_risk", "broken", "next_at", "quiet", "records")

    def __init__(self) -> None:
        self.records: list[StepRecord] = []
        self.next_at: int | None = None
        self.at_risk = self.broken = False
        self.quiet = True

    def live(self, planned: PlannedStep, is_open: bool) -> None:
        """A step that is not adopted: it may mark the ticket (details 44)."""
        rank = planned.severity[0]
        if rank == AT_RISK:
            self.quiet = False
            self.at_risk = self.at_risk or (is_open and planned.marks)
        elif rank in BREACHES:
            self.quiet = False
            self.broken = self.broken or planned.marks


class Reckoning:
    """The arithmetic of one run."""

    __slots__ = (
        "as_of",
        "breach_reason",
        "breached_at",
        "due",
        "end",
        "judgement",
        "paused",
        "plan",
        "run",
        "status",
        "used",
    )

    def __init__(self, judgement: Judgement, run: Stretch) -> None:
        plan, elapsed = run.plan, run.plan.calendar.elapsed
        used = paused = 0
        for start, end, mode in run.pieces:
            if mode == RUN:
                used += elapsed(start, end)
            elif mode == PAUSE:
                paused += elapsed(start, end)
        self.judgement, self.run, self.plan = judgement, run, plan
        self.as_of, self.used, self.paused = judgement.as_of, used, paused
        stopped = run.stopped_at
        self.status: Status
        if run.void is not None:
            self.status = "void"
        elif stopped is not None:
            self.status = "stopped"
        else:
            self.status = "running" if run.mode == RUN else "paused"
        self.end = judgement.as_of if stopped is None else stopped
        self.due: int | None = None
        self.breached_at: int | None = None
        self.breach_reason: BreachReason | None = None
        if plan.choice is not None:
            self._find_due(plan.total)

    def _find_due(self, total: int) -> None:
        inside = self._inside(total) if self.used >= total else None
        if inside is not None:
            self.due = inside
        else:
            self.due = self.plan.calendar.due(self.end, max(total - self.used, 0))
        if self.run.moves:
            self._find_breach(inside)
        elif inside is not None:
            self.breached_at, self.breach_reason = inside, "overdue"

    def _find_breach(self, last: int | None) -> None:
        """The first of the targets that was broken while it was in force counts (R8).

        ``last``: where the present target was used up. A due that a change put into the past
        breaks at the change.
        """
        since = self.run.start
        until: int | None
        for until, total in (*self.run.moves, (None, -1)):
            used_up = last if until is None else self._inside(total)
            if used_up is not None and used_up < since:
                self.breached_at, self.breach_reason = since, "retarget"
                return
            if used_up is not None and (until is None or used_up < until):
                self.breached_at, self.breach_reason = used_up, "overdue"
                return
            since = until or since

    def _inside(self, amount: int) -> int | None:
        """Where in a running piece ``amount`` seconds had been counted (R2, details 10)."""
        calendar, left = self.plan.calendar, amount
        for start, end, mode in self.run.pieces:
            if mode != RUN:
                continue
            spent = calendar.elapsed(start, end)
            if spent >= left:
                at = calendar.due(start, left)
                if at is not None and at < end:
                    return at
            left -= spent
        return None

    def _instant(self, amount: int) -> int | None:
        """Instant of ``amount`` counted seconds, looking ahead while the clock runs."""
        if self.used >= amount:
            at = self._inside(max(amount, 0))
            if at is not None:
                return at
        if self.status != "running":
            return None
        return self.plan.calendar.due(self.as_of, max(amount - self.used, 0))

    # ------------------------------------------------------------------ verdict

    def verdict(self) -> Verdict:
        is_open = self.run.stopped_at is None
        seen = _Seen()
        self._see_steps(seen, is_open)
        records = seen.records
        if len(records) > 1:
            records.sort(key=_by_instant)
        due, next_at = self.due, seen.next_at
        overdue = False
        if is_open and due is not None:
            overdue = due < self.as_of
            if not overdue and self.status == "running":
                next_at = due + 1 if next_at is None else min(next_at, due + 1)
        return Verdict(
            self.instance(tuple(records)),
            self.plan,
            is_open,
            seen.at_risk,
            seen.broken and self.breached_at is not None,
            overdue,
            seen.quiet,
            next_at,
        )

    def _see_steps(self, seen: _Seen, is_open: bool) -> None:
        running, as_of, since = self.status == "running", self.as_of, self.plan.enforced_since
        for planned in self.plan.steps:
            if planned.counted:
                if planned.threshold > self.used and not running:
                    continue
                at = self._instant(planned.threshold)
            else:
                at = self._uncounted(planned.step.when.kind)
            if at is None:
                continue
            if at > as_of:
                seen.next_at = at if seen.next_at is None else min(seen.next_at, at)
                continue
            if not planned.do:
                continue  # what its mode leaves out has not fired (details 43)
            adopted = since is not None and at < since
            seen.records.append(self._record(planned, at, adopted))
            if not adopted:
                seen.live(planned, is_open)

    def _first_met(self) -> int | None:
        run = self.run
        if run.first_stop is None or run.unanswered:
            return None
        if self.plan.choice is None:
            return None
        broken = self.breached_at is not None and self.breached_at < run.first_stop
        return None if broken else run.first_stop

    def _uncounted(self, kind: str) -> int | None:
        if kind == "start":
            return self._instant(0)
        if kind == "met":
            return self._first_met()
        if self.breached_at is not None:
            return self.breached_at
        if self.status != "running" or self.due is None:
            return None
        return self.due + 1

    def _record(self, planned: PlannedStep, at: int, adopted: bool) -> StepRecord:
        return _record(
            at,
            planned.step.at,
            planned.do,
            "adopted" if adopted else "fired",
            planned.position,
            self.plan.policy,
            planned.severity,
        )

    def outcome(self) -> Outcome:
        if self.breached_at is not None:
            return "breached"
        if self.status == "void":
            return "void"
        if self.run.unanswered:
            return "closed_unanswered"
        if self.plan.choice is None:
            return "not_applicable"
        return "met" if self.status == "stopped" else "pending"

    def instance(self, records: tuple[StepRecord, ...]) -> ClockInstance:
        run, plan = self.run, self.plan
        choice = plan.choice
        limited = choice is not None
        shown = limited and self.status != "void"
        low = sorted(plan.tested & self.judgement.current_only) if plan.tested else []
        return _instance(
            plan.clock.name,
            run.number,
            self.status,
            self.outcome(),
            run.start,
            run.event,
            plan.policy if limited else None,
            plan.calendar.name,
            plan.clock.party,
            run.void,
            run.stopped_at,
            self.due if shown and self.status != "paused" else None,
            plan.total if limited else None,
            self.used,
            self.paused,
            plan.total - self.used if shown else None,
            self.breached_at,
            self.breach_reason,
            False,
            "low" if low else "high",
            f"only today's value is known of {', '.join(low)}" if low else None,
            self._spans() if self.judgement.detail else (),
            self.judgement.traces.get(plan, ()),
            records,
        )

    def _spans(self) -> tuple[Span, ...]:
        spans: list[Span] = []
        calendar = self.plan.calendar
        for start, end, mode in self.run.pieces:
            if start >= self.end:
                break
            if mode == OFF:
                spans.append(Span(start, end, "closed", "stopped", calendar.name))
            elif mode == RUN:
                spans += open_and_closed(calendar, start, end, ("counted", "open"))
            else:
                cause = "waiting on the customer"
                spans += open_and_closed(calendar, start, end, ("paused", cause))
        # Within one piece no two neighbours are alike.
        return joined_spans(spans) if len(self.run.pieces) > 1 else tuple(spans)


def _by_instant(record: StepRecord) -> tuple[int, tuple[int, int, int]]:
    return (record.at, record.severity)


def marks_of_verdicts(verdicts: list[Verdict]) -> Marks:
    """The mark and the fields, as :func:`slaplugin.core.marks.marks_of` has them."""
    counted = [
        item
        for item in verdicts
        if item.plan.choice is not None
        and item.plan.choice.layer.mode != "observe"
        and item.instance.party != "customer"
    ]
    open_ones = [item for item in counted if item.is_open]
    at_risk = any(item.at_risk for item in open_ones)
    shown = None
    for item in open_ones:
        due = item.instance.due_at
        if due is not None and (shown is None or due < (shown.due_at or 0)):
            shown = item.instance
    return Marks(
        _mark(counted, at_risk),
        shown.due_at if shown else None,
        _state(open_ones, at_risk),
        shown.policy if shown else None,
        shown.clock if shown else None,
        all(item.quiet for item in counted),
    )


def _mark(counted: list[Verdict], at_risk: bool) -> MarkName:
    for item in counted:
        layer = item.plan.layer
        keeps = layer is not None and layer.marks == "keep"
        if item.broken and (keeps or item.is_open):
            return "breached"
    return "at_risk" if at_risk else "none"


def _state(open_ones: list[Verdict], at_risk: bool) -> StateName:
    if any(item.overdue for item in open_ones):
        return "overdue"
    if at_risk:
        return "at_risk"
    if not open_ones:
        return "none"
    return "ok" if any(item.instance.status == "running" for item in open_ones) else "paused"
