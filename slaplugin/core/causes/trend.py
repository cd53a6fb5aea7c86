"""How the causes of missed clocks change from one period to the next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from slaplugin.core.causes.values import CauseKind, Miss
from slaplugin.core.periods import CalendarPeriod


@dataclass(frozen=True, slots=True)
class LostInPeriod:
    """The clocks missed in one period, and where their time went."""

    period: CalendarPeriod
    misses: int
    seconds: Mapping[CauseKind, int]
    """Whole seconds by kind; those of the counted kinds add up to what these clocks counted."""


def lost_by_period(
    misses: Iterable[Miss], first: CalendarPeriod, last: CalendarPeriod, zone: str
) -> tuple[LostInPeriod, ...]:
    """Every period from the first to the last, those without a miss included.

    All time of a clock belongs to the period (in ``zone``, an IANA name) in which it was missed, so
    that each period's sums are exact parts of the whole.
    """
    found: dict[CalendarPeriod, list[Miss]] = {}
    for miss in misses:
        found.setdefault(CalendarPeriod.around(first.per, zone, miss.at), []).append(miss)
    return tuple(_lost(period, found.get(period, [])) for period in first.until(last))


def _lost(period: CalendarPeriod, misses: list[Miss]) -> LostInPeriod:
    seconds: Counter[CauseKind] = Counter()
    for miss in misses:
        for cause, length in miss.seconds.items():
            seconds[cause.kind] += length
    return LostInPeriod(period, len(misses), dict(seconds))
