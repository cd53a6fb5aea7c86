"""What another policy set changed for clocks that were running when it was adopted (rule R11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from slaplugin.core.changes.values import Cause, Change, Identity, Terms
from slaplugin.core.evaluate import evaluate
from slaplugin.core.model import ClockInstance, Timeline
from slaplugin.core.rulebook import RuleBook


@dataclass(frozen=True, slots=True)
class Era:
    """From ``at`` (UTC epoch seconds) on these rules were in force."""

    at: int
    hash: str
    rules: RuleBook


def adopted(timeline: Timeline, eras: Sequence[Era], as_of: int) -> Mapping[Identity, list[Change]]:
    """The changes that each adoption within the ticket's life made to its open clocks.

    ``eras`` oldest first, the first of them as if it had always been in force.
    """
    found: dict[Identity, list[Change]] = {}
    born = min((event.at for event in timeline.events), default=as_of)
    for old, new in pairwise(eras):
        if not born < new.at <= as_of:
            continue
        was, now = _open(timeline, old.rules, new.at), _open(timeline, new.rules, new.at)
        for name, before in was.items():
            change = _change(before, now.get(name), new.at, (old.hash, new.hash))
            if before.is_open and change is not None:
                found.setdefault(name, []).append(change)
    return found


def _open(timeline: Timeline, rules: RuleBook, at: int) -> dict[Identity, ClockInstance]:
    verdict = evaluate(timeline, rules, at, detail=False)
    return {(each.clock, each.start_event): each for each in verdict.instances}


def _change(
    before: ClockInstance, after: ClockInstance | None, at: int, sets: tuple[str, str]
) -> Change | None:
    was, now = _terms(before), _terms(after or before)
    if after is None:
        now = replace(now, policy=None, target=None, allowed=None, due_at=None)
    if was == now or (was.target is None and now.target is None):
        return None
    broke = after is not None and after.breached_at is not None and before.breached_at is None
    return Change(at, "adopted", Cause(sets=sets), was, now, breached=broke)


def _terms(instance: ClockInstance) -> Terms:
    allowed = None
    if isinstance(instance.target, int) and instance.remaining is not None:
        allowed = instance.elapsed + instance.remaining
    return Terms(
        instance.policy,
        instance.calendar or "",
        instance.target,
        allowed,
        instance.started_at,
        instance.due_at,
    )
