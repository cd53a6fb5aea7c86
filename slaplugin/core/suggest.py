"""The tightest target that a past would have met: what can be promised, and first targets.

Worked out from the seconds that a clock's instances took, on the clock's own calendar and less its
pauses (``ClockInstance.elapsed``). A target of so many seconds is kept by an instance that stopped
with no more than that. One that never came to its stop (still open, closed unanswered, void) is a
miss as soon as it has used up more, and is not counted before (policy-language §8, details 46).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from slaplugin.core.model import ClockInstance

MINUTE, HOUR = 60, 3600
_UNITS = ((HOUR, 5 * MINUTE), (4 * HOUR, 15 * MINUTE), (16 * HOUR, HOUR // 2), (80 * HOUR, HOUR))
"""(up to so many seconds, a target is a multiple of this): nobody promises 3 h 52 min."""
_COARSEST = 4 * HOUR


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A target for one clock, and what it would have come to."""

    target: int
    """Seconds of the clock's calendar."""
    hits: int
    misses: int

    @property
    def counted(self) -> int:
        """Instances that count for the share."""
        return self.hits + self.misses

    @property
    def share(self) -> Fraction:
        """Exact; at least the share that was asked for."""
        return Fraction(self.hits, self.counted)


def tightest_target(
    ended: Mapping[int, int], unended: Mapping[int, int], share: Fraction
) -> Suggestion | None:
    """The tightest target that at least this share would have met, in the unit of the keys.

    ``ended``: length -> instances that stopped; ``unended``: length so far -> those that did not.
    None where no instance would count, so that nothing can be promised. ValueError for a share
    that is not above 0 and at most 1.
    """
    if not 0 < share <= 1:
        raise ValueError(f"a share is above 0 and at most 1, not {share}")
    hits, late = 0, sum(unended.values())
    total = sum(ended.values())
    for target in sorted({*ended, *unended}):
        hits += ended.get(target, 0)
        late -= unended.get(target, 0)
        # The share rises with the target, so the first that reaches it is the tightest.
        if hits and Fraction(hits, total + late) >= share:
            return Suggestion(target, hits, total - hits + late)
    return None


def sensible(seconds: int) -> int:
    """The target rounded up to what people promise: 5 minutes below an hour, 4 hours at most."""
    unit = next((unit for limit, unit in _UNITS if seconds <= limit), _COARSEST)
    return max(-(-seconds // unit), 1) * unit


@dataclass(slots=True)
class Spent:
    """What the instances of one clock took, gathered in memory that does not grow with them.

    Seconds are rounded up to whole minutes, which is exact for every target of whole minutes.
    """

    ended: Counter[int] = field(default_factory=Counter)
    """Minutes -> instances that stopped."""
    unended: Counter[int] = field(default_factory=Counter)
    """Minutes -> instances that did not come to their stop."""

    def add(self, instance: ClockInstance) -> None:
        """Take in one instance; waived, uncertain and not applicable ones tell nothing."""
        if instance.status == "not_applicable" or instance.waived or instance.confidence == "low":
            return
        self.add_seconds(instance.elapsed, ended=has_ended(instance))

    def add_seconds(self, seconds: int, *, ended: bool, number: int = 1) -> None:
        """Take in ``number`` instances of this length."""
        minutes = -(-seconds // MINUTE)
        (self.ended if ended else self.unended)[minutes] += number

    def merge(self, other: Spent) -> None:
        """Take in what another has gathered."""
        self.ended.update(other.ended)
        self.unended.update(other.unended)

    @property
    def median(self) -> int | None:
        """Seconds, in whole minutes, of those that stopped: the lower one of two in the middle."""
        left = (sum(self.ended.values()) + 1) // 2
        for minutes in sorted(self.ended):
            left -= self.ended[minutes]
            if left <= 0:
                return minutes * MINUTE
        return None

    def suggest(self, share: Fraction) -> Suggestion | None:
        """The tightest sensible target that this share would have met; None: nothing counts."""
        found = tightest_target(self.ended, self.unended, share)
        if found is None:
            return None
        target = sensible(found.target * MINUTE)
        hits, misses = _counts(self.ended, self.unended, target // MINUTE)
        return Suggestion(target, hits, misses)


def has_ended(instance: ClockInstance) -> bool:
    """Whether the work came to the clock's own stop, so that its length is known."""
    return instance.status == "stopped" and instance.outcome != "closed_unanswered"


def _counts(ended: Mapping[int, int], unended: Mapping[int, int], target: int) -> tuple[int, int]:
    """Hits and misses of a target."""
    hits = sum(number for taken, number in ended.items() if taken <= target)
    misses = sum(number for taken, number in ended.items() if taken > target)
    return hits, misses + sum(number for taken, number in unended.items() if taken > target)
