"""What the oracle knows about one clock: its rules and its instances so far."""

from __future__ import annotations

from slaplugin.core.policies import PolicySet

from .family import Family
from .life import Exclusion, Life

BUILT_IN = (
    "first_response",
    "next_response",
    "update",
    "resolution",
    "first_resolution",
    "assignment",
    "ownership",
    "customer_wait",
    "handle_time",
    "requester_wait",
)
RESUMING = {"resolution", "requester_wait"}


class Clock:
    """One clock of a set, built-in or custom."""

    def __init__(self, name: str, policy_set: PolicySet) -> None:
        self.name = name
        custom = policy_set.clocks.get(name)
        self.rules = name if custom is None else custom.like
        self.custom = custom if custom is not None and custom.like is None else None
        party = custom.party if custom is not None else None
        default = {"ownership": "group", "customer_wait": "customer"}.get(self.rules or "", "us")
        self.party = party or default
        family = Family(policy_set.profile)
        self.pauses = family.pauses(self.rules)
        self.by_state = family.as_long_as_the_state(self.rules)
        self.window = family.window(self.rules)
        self.lives: list[Life] = []
        self.exclusions: list[Exclusion] = []
        self.was_holding = False

    @property
    def cycle(self) -> str:
        if self.custom is not None:
            return self.custom.cycle
        if self.rules in RESUMING:
            return "resume"
        if self.rules == "handle_time":
            return "accumulate"
        return "once" if self.rules in ("first_response", "first_resolution") else "each"

    @property
    def alive(self) -> Life | None:
        """The instance that runs, is paused or may come back from outside every policy."""
        if self.lives:
            life = self.lives[-1]
            if life.phase == "run" or (life.phase == "out" and not life.finally_out):
                return life
        return None
