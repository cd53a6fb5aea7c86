"""What every part of the oracle works on."""

from __future__ import annotations

from slaplugin.core.model import Timeline
from slaplugin.core.policies import PolicySet

from .cascade import Cascade
from .clock import BUILT_IN, Clock
from .family import Family
from .life import Correction, Life
from .world import World, unique_in_order


class Base:
    """What the oracle keeps about one ticket while its events pass by."""

    def __init__(self, timeline: Timeline, policy_set: PolicySet, as_of: int) -> None:
        self.cascade = Cascade(policy_set)
        self.set = policy_set
        self.family = Family(policy_set.profile)
        self.ticket = timeline.ticket
        self.as_of = as_of
        self.events = unique_in_order(timeline, as_of)
        self.clocks = {name: Clock(name, policy_set) for name in (*BUILT_IN, *policy_set.clocks)}
        self.world: World | None = None
        self.now = 0
        self.ended: str | None = None
        self.moved: set[int] = set()
        self.touched: set[int] = set()
        self.unanswered_on_closed: int | None = None
        self.messages: list[int] = []
        """When this ticket's own customers wrote; a split message is one of theirs."""
        self.owed: list[int] = []
        """Messages without an answer, those of absorbed tickets among them (details 32)."""
        self.corrections: list[Correction] = []
        self.created_at = 0

    def _lives(self) -> list[Life]:
        return [life for clock in self.clocks.values() for life in clock.lives]

    def _has_customer(self) -> bool:
        assert self.world is not None
        return any(
            name.startswith("customer.") and value is not None
            for name, value in self.world.facts.items()
        )

    def _outcome(self, life: Life) -> str:
        if life.not_applicable:
            return "not_applicable"
        if life.breached_at is not None:
            return "breached"
        if life.phase in ("void", "out"):
            return "void"
        if life.phase == "stop" and life.unanswered:
            return "closed_unanswered"
        if not life.has_goal:
            return "not_applicable"
        return "met" if life.phase == "stop" else "pending"
