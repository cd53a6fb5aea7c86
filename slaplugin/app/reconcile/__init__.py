"""Our numbers against the helpdesk's own: both side by side, with the reason for each difference.

Nothing is written, neither on the helpdesk nor in the store. A reason is proved by counting the
ticket again as the helpdesk does: if ours then are its numbers, that is why they were not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from slaplugin.app.reconcile.bench import Bench, World
from slaplugin.app.reconcile.case import Case
from slaplugin.app.reconcile.explain import compare
from slaplugin.app.reconcile.values import (
    EARLIEST,
    NOTHING,
    Compared,
    Comparison,
    Figures,
    NativeClock,
    Natives,
    NativeTicket,
    Reason,
    Verdict,
)
from slaplugin.core.model import Evaluation, Timeline

__all__ = [
    "EARLIEST",
    "NOTHING",
    "Compared",
    "Comparison",
    "Figures",
    "NativeClock",
    "NativeTicket",
    "Natives",
    "Ours",
    "Reason",
    "Verdict",
    "reconcile",
]

_AT_ONCE = 100
"""Tickets whose numbers are asked for together."""


@dataclass(frozen=True, slots=True)
class Ours:
    """One ticket as we judge it."""

    timeline: Timeline
    judged: Evaluation


def reconcile(
    tickets: Iterable[Ours], natives: Natives, bench: Bench, clock: str | None = None
) -> Iterator[Compared]:
    """Every ticket that both sides know; ``clock`` limits it to one clock of ours.

    Raises HostError where the helpdesk cannot be asked.
    """
    for batch in _batches(tickets):
        by_id = {each.timeline.ticket.id: each for each in batch}
        for native in natives.of(list(by_id)):
            ours = by_id.get(native.id)
            if ours is not None:
                yield _compared(ours, native, bench, clock)


def _batches(tickets: Iterable[Ours]) -> Iterator[list[Ours]]:
    batch: list[Ours] = []
    for each in tickets:
        batch.append(each)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _compared(ours: Ours, native: NativeTicket, bench: Bench, clock: str | None) -> Compared:
    world = World(ours.timeline, ours.judged.as_of)
    cases = (Case(bench, native, number, world, ours.judged) for number in native.clocks)
    found = (compare(case) for case in cases)
    return Compared(
        ours.timeline,
        native.agreement,
        tuple(each for each in found if clock in (None, each.clock) and _told(each)),
    )


def _told(comparison: Comparison) -> bool:
    """Where neither side has a number there is nothing to compare."""
    return comparison.ours != NOTHING or comparison.host != NOTHING
