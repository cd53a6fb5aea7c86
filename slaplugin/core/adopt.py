"""Policy sets that follow one another while clocks run (rule R11).

An edited set applies to open instances as if it had always been so. Only two things remember
that it was not: a breach that the edit creates is stamped with the instant of the reload, and a
breach that was on record before stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from slaplugin.core.evaluate import Carried, CarriedOver, evaluate
from slaplugin.core.model import ClockInstance, Evaluation, StepRecord, Timeline
from slaplugin.core.rulebook import RuleBook


def evaluate_adopted(
    timeline: Timeline,
    adoptions: Sequence[tuple[int, RuleBook]],
    as_of: int,
    *,
    detail: bool = True,
) -> Evaluation:
    """Like ``evaluate`` under the last set, knowing which sets were in force before.

    ``adoptions`` are (UTC epoch seconds, rule book) in order of time, at least one; the first
    counts from ever. Those after ``as_of`` or before the ticket's creation change nothing.
    """
    concerned = _concerned(timeline, adoptions, as_of)
    carried: CarriedOver = {}
    for (_, rules), (reload_at, new_rules) in pairwise(concerned):
        old = evaluate(timeline, rules, reload_at, detail=False, carried=carried)
        new = evaluate(timeline, new_rules, reload_at, detail=False)
        carried = _carry(old, new, reload_at)
    return evaluate(timeline, concerned[-1][1], as_of, detail=detail, carried=carried)


def _concerned(
    timeline: Timeline, adoptions: Sequence[tuple[int, RuleBook]], as_of: int
) -> Sequence[tuple[int, RuleBook]]:
    created = min((event.at for event in timeline.events), default=as_of)
    before = [item for item in adoptions if item[0] <= created]
    during = [item for item in adoptions if created < item[0] <= as_of]
    return [*before[-1:], *during] or list(adoptions[:1])


def _carry(old: Evaluation, new: Evaluation, reload_at: int) -> CarriedOver:
    fresh = {(item.clock, item.start_event): item for item in new.instances}
    return {
        (item.clock, item.start_event): _carry_one(
            item, fresh.get((item.clock, item.start_event)), reload_at
        )
        for item in old.instances
        if item.is_open
    }


def _carry_one(old: ClockInstance, new: ClockInstance | None, reload_at: int) -> Carried:
    breach = None
    if old.breached_at is not None:
        breach = (old.breached_at, old.breach_reason)
    elif new is not None and new.breached_at is not None:
        breach = (reload_at, "retarget")
    arrived = _arrive(old.steps, new.steps if new else (), reload_at)
    return Carried(reload_at, breach, (*old.steps, *arrived))


def _arrive(
    fired: Sequence[StepRecord], past: Sequence[StepRecord], reload_at: int
) -> Sequence[StepRecord]:
    """Of the steps that a new set puts into the past only the most severe fires (details 42)."""
    known = {(record.step, repr(record.do)) for record in fired}
    most = max((record.severity for record in past), default=None)
    arrived = []
    for record in past:
        if (record.step, repr(record.do)) in known:
            continue
        status = record.status
        if status == "fired" and record.severity != most:
            status = "skipped"
        arrived.append(replace(record, at=reload_at, status=status))
    return arrived
