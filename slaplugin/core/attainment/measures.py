"""How single clock instances are judged: by their own targets, or by an objective (details 46)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, Protocol

from slaplugin.core.attainment.contracts import Commitment, Contracts
from slaplugin.core.attainment.values import Behind
from slaplugin.core.calendars import Calendar
from slaplugin.core.dimensions import facts_then
from slaplugin.core.model import ClockInstance
from slaplugin.core.objectives import Objective, Verdict, decided_at, looked_at, verdict_on
from slaplugin.core.past import Past

Side = Literal["ours", "customer"]


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on one instance, and where it belongs."""

    instance: ClockInstance
    verdict: Verdict
    decided_at: int
    """UTC epoch seconds: its period is the one that holds this instant, in ``zone``."""
    zone: str


class Measure(Protocol):
    """Which instances of a ticket are looked at, and how they count."""

    def judged(self, past: Past) -> Iterator[Judged]:
        """Those that count somewhere, in the ticket's order."""


class ByTarget:
    """Every clock by its own target, the way contracts without an objective are looked at.

    ``side`` says whose clocks: "ours" are all that the customer is not accountable for.
    """

    def __init__(self, contracts: Contracts, side: Side = "ours") -> None:
        self._contracts = contracts
        self._side = side
        self._objectives: dict[tuple[str, str | None], Objective] = {}

    def judged(self, past: Past) -> Iterator[Judged]:
        """Each instance that has a target, for the day of its own contract's zone."""
        contracts = self._contracts
        for instance in past.instances:
            if (instance.party == "customer") != (self._side == "customer"):
                continue
            objective = self._objective(instance)
            if concerns(objective, instance, contracts.calendars):
                zone = contracts.zone_of(instance.calendar, instance.policy)
                yield _judged(objective, instance, past, zone)

    def _objective(self, instance: ClockInstance) -> Objective:
        key = (instance.clock, instance.policy)
        if key not in self._objectives:
            counts = self._contracts.counts_unanswered(instance.policy)
            self._objectives[key] = Objective(
                Fraction(1), clock=instance.clock, count_unanswered=counts
            )
        return self._objectives[key]


class ByObjective:
    """What a commitment says of its clock's instances."""

    def __init__(self, contracts: Contracts, commitment: Commitment) -> None:
        self._contracts = contracts
        self._commitment = commitment

    def judged(self, past: Past) -> Iterator[Judged]:
        """Each instance under the commitment's policies, for its objective's zone."""
        objective = self._commitment.objective
        for instance in past.instances:
            if not concerns(objective, instance, self._contracts.calendars):
                continue
            judged = _judged(objective, instance, past, objective.zone)
            if covers(self._contracts, self._commitment, past, judged):
                yield judged


def concerns(
    objective: Objective, instance: ClockInstance, calendars: Mapping[str, Calendar]
) -> bool:
    """Whether an objective that counts instances is about this one, whatever its policy.

    Without a target a clock is only measured (details 2): that it became void or was closed
    unanswered is nobody's attainment. A breach stays one when the target is taken away (R8).
    """
    if objective.within is None and instance.target is None and instance.outcome != "breached":
        return False
    return looked_at(objective, instance, calendars)


def covers(contracts: Contracts, commitment: Commitment, past: Past, judged: Judged) -> bool:
    """Whether the instance falls under one of the commitment's policies."""
    instance = judged.instance
    if instance.policy is not None:
        return instance.policy in commitment.covers
    return contracts.policy_of(instance, facts_then(past, judged.decided_at)) in commitment.covers


def behind(past: Past, judged: Judged) -> Behind:
    """The judged instance as a figure leads to it."""
    ticket, instance = past.ticket, judged.instance
    return Behind(
        decided_at=judged.decided_at,
        ticket=ticket.id,
        clock=instance.clock,
        instance=instance.instance,
        start_event=instance.start_event,
        number=ticket.number,
        title=ticket.title,
        verdict=judged.verdict,
        elapsed=instance.elapsed,
        target=instance.target,
        policy=instance.policy,
    )


def _judged(objective: Objective, instance: ClockInstance, past: Past, zone: str) -> Judged:
    at = decided_at(objective, instance, past.as_of)
    return Judged(instance, verdict_on(objective, instance), at, zone)
