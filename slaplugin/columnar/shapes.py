"""The stretches of ordinary tickets, worked out once for whatever policies may ask later.

When a clock of an ordinary ticket starts, waits and stops follows from its events and from the
helpdesk's family alone (core/straight); only which of the waits pause it, how long a reopen goes
on, the target and the calendar are the policies' own. So the walk is done when the columns are
made, under a rule book without opinions, and every draft is arithmetic over its stretches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from slaplugin.app.whatif import PastTicket
from slaplugin.core.clocks.facts import TicketState
from slaplugin.core.model import Event
from slaplugin.core.policies import Duration, Policy, PolicySet, TargetEntry
from slaplugin.core.profiles import REOPEN_WITHIN
from slaplugin.core.rulebook import RuleBook
from slaplugin.core.straight import OFF, Stretch, Walk
from slaplugin.core.straight_plans import BASES, MESSAGES, Plan, Straight

BASE_NAMES = tuple(sorted(BASES))
"""The built-in clocks that have columns; their places are the codes in them."""
NEVER = 2**62
"""No reopen began a clock anew, however long the window."""

Touch = tuple[str, str]
"""(kind of event, the field or tag it is about; empty for other kinds)"""


@dataclass(frozen=True, slots=True)
class Shape:
    """One ordinary ticket whose clocks have all come to their end."""

    runs: tuple[tuple[int, Stretch], ...]
    """(code of the built-in clock, its stretches)"""
    touched: frozenset[Touch]
    """What happened beside messages and states: a policy that looks at it needs the replay."""
    resumed: int
    """The longest close that a clock went on after, seconds of real time; -1: none."""
    begun_anew: int
    """The shortest one after which it began anew; :data:`NEVER`: none."""
    last: int
    """UTC epoch seconds of the last event."""
    created_by: Any


class _NoOpinion(Straight):
    """Plans that pause for every wait: which of them count is asked later."""

    def plans(self, state: TicketState) -> tuple[Plan, ...] | None:
        found = super().plans(state)
        if found is None:
            return None
        return tuple(
            replace(
                plan,
                pausable=True,
                reopen_within=REOPEN_WITHIN,
                by_state=self.profile.by_state,
            )
            for plan in found
        )


class Shapes:
    """Walks tickets as one family of helpdesks does (``profile``; None: our own rules)."""

    def __init__(self, profile: str | None) -> None:
        targets = {name: (TargetEntry(Duration(1)),) for name in BASE_NAMES}
        bare = PolicySet(policies=(Policy("any", targets=targets),), void=(), profile=profile)
        self._rules = RuleBook.compile(bare, only_targeted=True)
        self._straight = _NoOpinion(self._rules)

    def of(self, past: PastTicket) -> Shape | None:
        """None: the ticket is not ordinary, or something about it is still open."""
        if not past.events:
            return None
        last = max(event.at for event in past.events)
        walk = Walk(self._straight, past.timeline, last)
        if not walk.run(past.events):
            return None
        runs = [
            (BASE_NAMES.index(plan.clock.base), run)
            for plan, found in zip(walk.plans, walk.runs, strict=True)
            for run in found
        ]
        if any(run.stopped_at is None for _, run in runs):
            return None
        return Shape(
            tuple(runs),
            frozenset(_touches(past.events)),
            max((end - start for _, run in runs for start, end in _gaps(run)), default=-1),
            min(_pauses_of_work(walk), default=NEVER),
            last,
            walk.state.view.get("created_by"),
        )


def _touches(events: Sequence[Event]) -> set[Touch]:
    found = set()
    for event in events[1:]:
        if event.kind == "field_changed":
            found.add((event.kind, str(event.data.get("field"))))
        elif event.kind in ("tag_added", "tag_removed"):
            found.add((event.kind, str(event.data.get("tag"))))
        elif event.kind not in MESSAGES:
            found.add((event.kind, ""))
    return found


def _gaps(run: Stretch) -> list[tuple[int, int]]:
    return [(start, end) for start, end, mode in run.pieces if mode == OFF]


def _pauses_of_work(walk: Walk) -> list[int]:
    """From each close to the reopen at which a clock that resumes began anew instead."""
    found = []
    for plan, runs in zip(walk.plans, walk.runs, strict=True):
        if plan.clock.base not in ("resolution", "requester_wait"):
            continue
        for earlier, later in pairwise(runs):
            if earlier.stopped_at is not None:
                found.append(later.start - earlier.stopped_at)
    return found
