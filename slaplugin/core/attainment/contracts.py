"""What a policy set says about attainment: zones, what counts, what each objective is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from slaplugin.core.calendars import ALWAYS, Calendar
from slaplugin.core.model import ClockInstance
from slaplugin.core.objectives import Objective
from slaplugin.core.policies import Policy
from slaplugin.core.rulebook import Layer, RuleBook


@dataclass(frozen=True, slots=True)
class Commitment:
    """An objective of a policy, which is that of its subs too unless they have their own."""

    policy: str
    """The policy in which it is written."""
    number: int
    """Its place in the policy's list, from 1."""
    objective: Objective
    covers: frozenset[str]
    """The policies whose clock instances it is about."""
    party: str = "us"
    """Who is accountable for its clock."""

    @property
    def clock(self) -> str:
        """The clock it is about, of an availability the one that takes it away."""
        return self.objective.clock or self.objective.availability or ""

    @property
    def is_ours(self) -> bool:
        """We are accountable for its clock, or somebody we answer for."""
        return self.party != "customer"

    @property
    def priced(self) -> Objective:
        """The objective with what it owes: nothing where the customer is accountable."""
        return self.objective if self.is_ours else replace(self.objective, credits=None)

    @property
    def key(self) -> str:
        """``standard/1``: its name in a policy set."""
        return f"{self.policy}/{self.number}"


class Contracts:
    """A compiled policy set as attainment asks it; ``zone`` is that of contracts without one."""

    def __init__(self, rules: RuleBook, zone: str = "UTC") -> None:
        self.rules = rules
        self.zone = zone
        self.calendars: Mapping[str, Calendar] = rules.calendars
        self._layers = {layer.name: layer for layer in rules.layers}
        self._written = {policy.name: policy for policy in rules.policy_set.policies}
        self.commitments = tuple(self._commitments())

    def calendar(self, name: str | None) -> Calendar:
        """The calendar of this name, else the one that is always open."""
        return self.calendars.get(name or ALWAYS) or self.calendars[ALWAYS]

    def zone_of(self, calendar: str | None, policy: str | None) -> str:
        """The clock's own calendar's zone, else its policy's, else the installation's."""
        return self.rules.zone_of(calendar, policy, self.zone)

    @property
    def zones(self) -> frozenset[str]:
        """Every zone in which anything is told: of calendars, of objectives, and of no calendar."""
        named = {each.zone for each in self.calendars.values() if each.name != ALWAYS}
        named |= {each.objective.zone for each in self.commitments}
        return frozenset(
            named | ({self.zone} if self.rules.only_calendar.name == ALWAYS else set())
        )

    def counts_unanswered(self, policy: str | None) -> bool:
        """Whether the policy judges what was closed unanswered like any other outcome (R5)."""
        layer = self._layers.get(policy or "")
        return layer is not None and layer.count_unanswered

    def policy_of(self, instance: ClockInstance, facts: Mapping[str, Any]) -> str | None:
        """The policy under whose objectives an instance falls, by the facts in force then.

        That of its target; without a target the highest that matches the ticket, is in force at
        the start and has an objective about the clock, its parent's included.
        """
        if instance.policy is not None:
            return instance.policy
        day = self.calendar(instance.calendar).local_date(instance.started_at)
        named = self._named(facts)
        for layer in self.rules.matching(named, self.rules.fingerprint(named)):
            if layer.in_force(day) and self._is_about(layer, instance.clock):
                return layer.name
        return None

    def _is_about(self, layer: Layer, clock: str) -> bool:
        objectives = self._written[self._owner(layer.name)].objectives or ()
        return any(clock in (each.clock, each.availability) for each in objectives)

    def _named(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Facts as conditions see them: the priority under both its names (details 30)."""
        own = facts.get("priority")
        common = self.rules.policy_set.priorities.get(own) if own is not None else None
        both = own if common is None or common == own else (own, common)
        return {**facts, "priority": both}

    def _owner(self, policy: str) -> str:
        """The policy whose objectives hold for it: itself, or the nearest parent with some."""
        written = self._written[policy]
        if written.objectives is not None or written.parent is None:
            return policy
        return self._owner(written.parent)

    def _commitments(self) -> Iterator[Commitment]:
        clocks = {clock.name: clock.party for clock in self.rules.clocks}
        for policy in self.rules.policy_set.policies:
            covers = frozenset(name for name in self._written if self._owner(name) == policy.name)
            for number, objective in _numbered(policy):
                clock = objective.clock or objective.availability or ""
                party = clocks.get(clock, "us")
                yield Commitment(policy.name, number, objective, covers, party)


def needs_spans(commitments: tuple[Commitment, ...]) -> bool:
    """Whether any figure rests on how a clock's time was spent: its spans."""
    return any(
        each.objective.within is not None or each.objective.availability is not None
        for each in commitments
    )


def _numbered(policy: Policy) -> Iterator[tuple[int, Objective]]:
    return iter(enumerate(policy.objectives or (), start=1))
