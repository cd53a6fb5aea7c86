"""``evaluate`` for ordinary tickets; None sends the others to the full replay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from slaplugin.core.model import ClockInstance, Evaluation, Event, LayerTrace, Timeline
from slaplugin.core.rulebook import RuleBook
from slaplugin.core.spans import never_run
from slaplugin.core.straight import Stretch, Walk
from slaplugin.core.straight_plans import Plan, Straight
from slaplugin.core.straight_verdict import Judgement, Verdict, marks_of_verdicts


def evaluate_straight(
    timeline: Timeline, rules: RuleBook, as_of: int, detail: bool
) -> Evaluation | None:
    """The same answer as the full replay's, or None where the ticket is not ordinary."""
    walk = _walked(timeline, rules, as_of)
    if walk is None:
        return None
    judgement = Judgement(timeline, as_of, _traces(walk, rules) if detail else None)
    instances: list[ClockInstance] = []
    verdicts: list[Verdict] = []
    for found in _runs(walk, rules):
        if isinstance(found, ClockInstance):
            spans = never_run(found.started_at, as_of) if detail else ()
            instances.append(replace(found, spans=spans))
            continue
        verdict = judgement.judge(found)
        verdicts.append(verdict)
        instances.append(verdict.instance)
    return Evaluation(
        as_of,
        tuple(instances),
        marks_of_verdicts(verdicts),
        _earliest([walk.until, *[verdict.next_at for verdict in verdicts]]),
        walk.state.facts,
    )


def outcomes_straight(
    timeline: Timeline, rules: RuleBook, as_of: int
) -> tuple[ClockInstance, ...] | None:
    """The instances of :func:`evaluate_straight` without spans, trace and steps."""
    walk = _walked(timeline, rules, as_of, moving=True)
    if walk is None:
        return None
    judgement = Judgement(timeline, as_of, None)
    return tuple(
        found if isinstance(found, ClockInstance) else judgement.outcome(found)
        for found in _runs(walk, rules)
    )


def _walked(
    timeline: Timeline, rules: RuleBook, as_of: int, *, moving: bool = False
) -> Walk | None:
    straight = rules.straight
    if straight is None:
        straight = rules.straight = Straight(rules)
    if not straight.possible:
        return None
    events = _in_order(timeline.events, as_of)
    if events is None:
        return None
    walk = Walk(straight, timeline, as_of, moving=moving)
    return walk if walk.run(events) else None


def _runs(walk: Walk, rules: RuleBook) -> Iterator[Stretch | ClockInstance]:
    """Every run to be judged, and the first response that is nobody's (R3), in order."""
    for plan, runs in zip(walk.plans, walk.runs, strict=True):
        if rules.only_targeted and plan.clock.name not in rules.targeted:
            continue
        if not runs and walk.not_applicable and plan.clock.base == "first_response":
            yield _not_applicable(plan.clock.name, plan.clock.party, walk)
        yield from runs


def _in_order(events: Sequence[Event], as_of: int) -> Sequence[Event] | None:
    """The events up to ``as_of``, if they are told in order and once; None if not."""
    limit = as_of * 1000 + 999
    last_ms, last_seq = -1 << 62, 0
    for event in events:
        if event.at_ms <= last_ms and (event.at_ms < last_ms or event.seq < last_seq):
            return None
        last_ms, last_seq = event.at_ms, event.seq
    if len({event.id for event in events}) < len(events):
        return None
    if last_ms <= limit:
        return events
    return [event for event in events if event.at_ms <= limit]


def _earliest(instants: Iterable[int | None]) -> int | None:
    return min((at for at in instants if at is not None), default=None)


def _not_applicable(clock: str, party: str, walk: Walk) -> ClockInstance:
    at, event = walk.not_applicable or (0, "")
    return ClockInstance(clock, 1, "not_applicable", "not_applicable", at, event, party=party)


def _traces(walk: Walk, rules: RuleBook) -> dict[Plan, tuple[LayerTrace, ...]]:
    state = walk.state
    plans = {run.plan for runs in walk.runs for run in runs}
    return {
        plan: rules.trace_of(plan.clock.name, state.view, state.fingerprint, plan.layer)
        for plan in plans
    }
