"""Our figures in the shape of the helpdesk's, and where the two differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from slaplugin.app.reconcile.values import EARLIEST, NOTHING, Figures, NativeClock
from slaplugin.core.clocks.definitions import BUILTIN
from slaplugin.core.model import ClockInstance, Evaluation
from slaplugin.core.policies import PolicySet

MINUTE = 60
"""Helpdesks count whole minutes, and cut or add one at will (live facts 9)."""
SAME_INSTANT = 1
_OF_ONE_DATE = ("first_response", "next_response", "update", "resolution")


def counterpart(policy_set: PolicySet, native: NativeClock) -> tuple[str, ...]:
    """Our clocks that a number of the helpdesk is compared with, those with targets first."""
    wanted: tuple[str, ...] = _OF_ONE_DATE if native.clock == EARLIEST else (native.clock,)
    if native.clock == "resolution":
        wanted = ("resolution", "first_resolution")
    if native.instead is not None:
        wanted = (native.clock, native.instead)
    names = [name for base in wanted for name in (base, *_alike(policy_set, base))]
    targeted = {name for policy in policy_set.policies for name in policy.targets}
    return tuple(name for name in names if name in targeted)


def _alike(policy_set: PolicySet, base: str) -> Iterable[str]:
    return (name for name, clock in policy_set.clocks.items() if clock.like == base)


def instance_of(
    evaluation: Evaluation, native: NativeClock, names: Sequence[str]
) -> ClockInstance | None:
    """The instance that a number is about: the first life of clocks that run once, else the last.

    Of one date for all clocks it is the one that is due first, open ones before finished ones.
    """
    found = [item for item in evaluation.instances if item.clock in names]
    if native.clock == EARLIEST:
        return _due_first(found)
    found = [item for item in found if item.clock == names[0]] if names else []
    if not found:
        return None
    once = native.clock in ("first_response", "resolution") and not native.last_stop
    return found[0] if once else found[-1]


def _due_first(found: Sequence[ClockInstance]) -> ClockInstance | None:
    candidates = [item for item in found if item.is_open] or _ended_last(found)
    dated = [item for item in candidates if item.due_at is not None]
    if not dated:
        return candidates[-1] if candidates else None
    return min(dated, key=lambda item: (item.due_at or 0, list(BUILTIN).index(_base(item))))


def _ended_last(found: Sequence[ClockInstance]) -> list[ClockInstance]:
    """What the end of the ticket ended: a clock that was answered has no say any more."""
    last = max((item.stopped_at or 0 for item in found), default=0)
    ended = [item for item in found if item.stopped_at == last]
    return [item for item in ended if _base(item) == "resolution"] or ended


def _base(item: ClockInstance) -> str:
    return item.clock if item.clock in BUILTIN else "resolution"


def figures_of(item: ClockInstance | None, native: NativeClock) -> Figures:
    """What we say; nothing where the clock does not run for the ticket."""
    if item is None or item.status == "not_applicable":
        return NOTHING
    if native.clock == EARLIEST:
        return Figures(due_at=item.due_at)
    stopped = item.stopped_at if item.status == "stopped" and _is_answer(item) else None
    late = item.outcome == "breached" if item.target is not None else None
    return Figures(item.due_at, stopped, item.elapsed, late)


def _is_answer(item: ClockInstance) -> bool:
    """A close without a reply is the end of a clock, but no stop of the helpdesk's."""
    return item.outcome != "closed_unanswered"


def differences(ours: Figures, host: Figures) -> tuple[str, ...]:
    """Names of the figures that the helpdesk tells and that are not ours."""
    found = []
    if host.due_at is not None and not _near(ours.due_at, host.due_at, MINUTE):
        found.append("due_at")
    if host.stopped_at is not None and not _near(ours.stopped_at, host.stopped_at, SAME_INSTANT):
        found.append("stopped_at")
    if host.stopped_at is None and host.due_at is not None and ours.stopped_at is not None:
        found.append("stopped_at")
    if host.consumed is not None and not _near(ours.consumed, host.consumed, MINUTE):
        found.append("consumed")
    if host.late is not None and host.late != ours.late:
        found.append("late")
    return tuple(found)


def _near(ours: int | None, host: int, tolerance: int) -> bool:
    return ours is not None and abs(ours - host) <= tolerance
