"""What another policy set changed for clocks that were running when it was adopted (rule R11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from slaplugin.core.changes.journal import story_of
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


def changes_over(
    timeline: Timeline, eras: Sequence[Era], as_of: int
) -> Mapping[Identity, tuple[Change, ...]]:
    """What changed under each set while it was in force, and what each adoption changed.

    ``eras`` oldest first, the last of them the present one; those before the ticket do not count.
    """
    found: dict[Identity, list[Change]] = {}
    known = _known(timeline, eras, as_of)
    for era, following in zip(known, [*known[1:], None], strict=True):
        own = story_of(timeline, era.rules, following.at if following else as_of)
        for name, changes in own.changes.items():
            since = found.setdefault(name, [])
            since.extend(each for each in changes if era is known[0] or each.at > era.at)
        if following is not None:
            for name, change in _adopted(timeline, era, following):
                found.setdefault(name, []).append(change)
    return {name: tuple(changes) for name, changes in found.items()}


def _known(timeline: Timeline, eras: Sequence[Era], as_of: int) -> Sequence[Era]:
    """The sets in force in the ticket's life; the first of them as if it had always been."""
    born = min((event.at for event in timeline.events), default=as_of)
    before = [each for each in eras if each.at <= born]
    later = [each for each in eras if born < each.at <= as_of]
    return [*before[-1:], *later] or eras[:1]


def _adopted(timeline: Timeline, old: Era, new: Era) -> Iterator[tuple[Identity, Change]]:
    """What the adoption changed for the clocks that were open then."""
    was, now = _judged(timeline, old.rules, new.at), _judged(timeline, new.rules, new.at)
    for name, before in was.items():
        change = _change(before, now.get(name), new.at, (old.hash, new.hash))
        if before.is_open and change is not None:
            yield name, change


def _judged(timeline: Timeline, rules: RuleBook, at: int) -> dict[Identity, ClockInstance]:
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
