"""What the counts of a comparison come to: lines to print, exact fractions in them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from slaplugin.core.objectives import Verdict
from slaplugin.core.suggest import Spent, Suggestion
from slaplugin.core.whatif.comparison import Comparison
from slaplugin.core.whatif.pairs import Change, Reason, Standing


@dataclass(frozen=True, slots=True)
class Counted:
    """How the instances of one policy and clock count (details 46)."""

    verdicts: Mapping[Verdict, int]

    def __getitem__(self, verdict: Verdict) -> int:
        return self.verdicts.get(verdict, 0)

    @property
    def counted(self) -> int:
        """Hits and misses."""
        return self["hits"] + self["misses"]

    @property
    def share(self) -> Fraction | None:
        """Exact; None where nothing is counted."""
        return Fraction(self["hits"], self.counted) if self.counted else None


@dataclass(frozen=True, slots=True)
class Line:
    """One policy and clock; a side is None where it has no such instance."""

    policy: str
    clock: str
    before: Counted | None
    after: Counted | None
    suggestion: Suggestion | None = None
    """The tightest target that the wished-for share would have met; None: not asked for, or
    nothing counts."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Due times of one clock that are not what they were."""

    clock: str
    later: bool
    number: int
    seconds: int
    """By how much in all, real time."""


@dataclass(frozen=True, slots=True)
class Shift:
    """So many instances of a clock that count otherwise, for the same reasons."""

    clock: str
    was: Standing
    now: Standing
    reasons: tuple[Reason, ...]
    number: int


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The answer to a what-if."""

    tickets: int
    changed_tickets: int
    """Tickets of which an instance counts otherwise."""
    clocks: tuple[Line, ...]
    """Clocks whatever the policy; their policy is empty."""
    lines: tuple[Line, ...]
    """By policy and clock."""
    moved: tuple[Moved, ...]
    shifts: tuple[Shift, ...]
    """Most frequent first."""
    top: tuple[Change, ...]
    """The changed instances that say most: new misses first."""


def concluded(comparison: Comparison, share: Fraction | None = None) -> Conclusion:
    """What the counts come to; ``share`` asks for the targets it would have met.

    The same counts give the same answer, in whatever order their parts were merged.
    """
    spent = _spent(comparison)
    sides = tuple(_by_line(counts) for counts in comparison.counts)
    keys = sorted({*sides[0], *sides[1]}, key=lambda key: (key[1], key[0]))
    lines = []
    for policy, clock in keys:
        before, after = (side.get((policy, clock)) for side in sides)
        taken = spent.get((policy, clock)) if after else None
        suggestion = taken.suggest(share) if taken and share is not None else None
        lines.append(Line(policy, clock, before, after, suggestion))
    return Conclusion(
        tickets=comparison.tickets,
        changed_tickets=comparison.changed_tickets,
        clocks=tuple(line for line in lines if not line.policy),
        lines=tuple(line for line in lines if line.policy),
        moved=tuple(
            Moved(clock, later, number, comparison.moved_seconds[clock, later])
            for (clock, later), number in sorted(comparison.moved.items())
        ),
        shifts=_shifts(comparison),
        top=comparison.top,
    )


def _by_line(
    counts: Mapping[tuple[str | None, str, Verdict], int],
) -> dict[tuple[str, str], Counted]:
    """By policy and clock, and by clock alone (under an empty policy)."""
    found: defaultdict[tuple[str, str], Counter[Verdict]] = defaultdict(Counter)
    for (policy, clock, verdict), number in counts.items():
        found["", clock][verdict] += number
        found[policy or "(none)", clock][verdict] += number
    return {key: Counted(dict(verdicts)) for key, verdicts in found.items()}


def _spent(comparison: Comparison) -> Mapping[tuple[str, str], Spent]:
    found: defaultdict[tuple[str, str], Spent] = defaultdict(Spent)
    for (policy, clock), spent in comparison.spent.items():
        for name in ("", policy):
            found[name, clock].merge(spent)
    return found


def _shifts(comparison: Comparison) -> tuple[Shift, ...]:
    found = [Shift(*key, number) for key, number in comparison.changed.items()]
    found.sort(key=lambda each: (-each.number, each.clock, each.was, each.now, each.reasons))
    return tuple(found)
