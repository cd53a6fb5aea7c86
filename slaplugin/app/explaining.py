"""The verdict on one ticket with every span and the trace of layers: what ``explain`` shows.

The same stops as a live cycle (architecture: the path of a ticket), with nothing planned and
nothing recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from slaplugin.app.desk import LIVE_SINCE
from slaplugin.app.judge import Identity, Judge, adoptions_of, identity
from slaplugin.app.known import Known
from slaplugin.app.ports import Adoption, PolicySource, Store
from slaplugin.core.changes import Era, Story, changes_over, story_of
from slaplugin.core.evaluate import evaluate
from slaplugin.core.model import ClockInstance, Evaluation
from slaplugin.core.rulebook import RuleBook


@dataclass(frozen=True, slots=True)
class Question:
    """Which moment to explain, UTC epoch seconds; ``past``: an earlier one than the present."""

    as_of: int
    past: bool = False


def explain(known: Known, judge: Judge, question: Question) -> Evaluation:
    """What the policies in force say; finished instances under the set they were finished with.

    Of an earlier moment the recorded outcomes are left aside: they were not yet known then.
    """
    if question.past:
        known = replace(known, instances=())
    verdict = judge.verdict(known, question.as_of)
    details = _Details(known, judge, question.as_of)
    sets = {identity(row.instance): row.policy_set for row in verdict.instances}
    instances = tuple(
        details.of(instance, sets.get(identity(instance), judge.current.hash))
        for instance in verdict.evaluation.instances
    )
    return replace(verdict.evaluation, instances=instances)


def with_spans(
    known: Known, judge: Judge, as_of: int, instances: Iterable[ClockInstance]
) -> tuple[ClockInstance, ...]:
    """Instances that were judged already, with how their time was spent under their sets."""
    details = _Details(known, judge, as_of)
    sets = {identity(row.instance): row.policy_set for row in known.instances if row.finished}
    return tuple(
        details.of(instance, sets.get(identity(instance), judge.current.hash))
        for instance in instances
    )


def what_if(known: Known, rules: RuleBook, as_of: int) -> Evaluation:
    """The verdict under other policies, as if they had always been in force."""
    return evaluate(known.timeline, rules, as_of)


def story(known: Known, judge: Judge, asked: Question, adoptions: Sequence[Adoption]) -> Story:
    """How the due times of :func:`explain` came about; ``adoptions`` as of :func:`adoptions_of`.

    Each instance's under its own set, with what the sets that followed one another while it ran
    have changed (R11).
    """
    kept = () if asked.past else known.instances
    finished = {identity(row.instance): row.policy_set for row in kept if row.finished}
    present = story_of(known.timeline, judge.rules, asked.as_of)
    told = present
    for name in {*finished.values()} - {judge.current.hash}:
        own = story_of(known.timeline, judge.book(name) or judge.rules, asked.as_of)
        told = told.with_those_of(own, {key for key, used in finished.items() if used == name})
    eras = [Era(each.at, each.hash, book) for each in adoptions if (book := judge.book(each.hash))]
    if len(eras) < 2:
        return told
    return replace(told, changes=changes_over(known.timeline, eras, asked.as_of))


def present_judge(policies: PolicySource, store: Store | None, now: int) -> Judge:
    """The judge of this moment, for reading alone; ``store`` None: nothing was ever recorded.

    ``now`` is in UTC epoch seconds. Raises ConfigurationError with every problem of the policies.
    """
    current = policies.current()
    adoptions = adoptions_of(current.hash, store, now)
    flag = store.flag(LIVE_SINCE) if store else None
    return Judge(current, adoptions, policies, now if flag is None else int(flag))


class _Details:
    """Spans and traces, worked out once for each policy set that is needed."""

    def __init__(self, known: Known, judge: Judge, as_of: int) -> None:
        self._known = known
        self._judge = judge
        self._as_of = as_of
        self._sets: dict[str, dict[Identity, ClockInstance]] = {}

    def of(self, instance: ClockInstance, policy_set: str) -> ClockInstance:
        """The instance as judged, with how its time was spent under its set."""
        if policy_set not in self._sets:
            self._sets[policy_set] = self._derived(policy_set)
        found = self._sets[policy_set].get(identity(instance))
        return replace(instance, spans=found.spans, trace=found.trace) if found else instance

    def _derived(self, policy_set: str) -> dict[Identity, ClockInstance]:
        book = self._judge.book(policy_set) or self._judge.rules
        evaluation = evaluate(self._known.timeline, book, self._as_of)
        return {identity(instance): instance for instance in evaluation.instances}
