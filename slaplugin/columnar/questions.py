"""What a draft asks of a ticket's stretches before it may judge by them (core/straight)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from slaplugin.app.whatif import PastTicket
from slaplugin.columnar.columns import UNSHAPED
from slaplugin.columnar.shapes import BASE_NAMES, NEVER, Touch
from slaplugin.core.clocks.facts import TicketState
from slaplugin.core.policies import EventPattern
from slaplugin.core.rulebook import RuleBook
from slaplugin.core.straight import Walk
from slaplugin.core.straight_plans import CHANGES, FACTS, HOOKED, Plan, Straight

RESUMED = ("resolution", "requester_wait")


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock of the draft that is listed."""

    name: str
    base: int
    """Code of the built-in clock whose stretches it has."""
    party: str


Look = tuple[str | None, ...]
"""What policies see of a ticket: a text for each fact in :attr:`Questions.asked`."""


class Questions:
    """A compiled set, asked about one ticket at a time."""

    def __init__(self, rules: RuleBook, as_of: int) -> None:
        self.rules = rules
        self.as_of = as_of
        self.straight = Straight(rules)
        self.possible = self.straight.possible and not rules.created_in
        self.clocks = tuple(
            Clock(clock.name, BASE_NAMES.index(clock.base or ""), clock.party)
            for clock in (self.straight.clocks if self.possible else ())
            if not rules.only_targeted or clock.name in rules.targeted
        )
        self.asked = tuple(sorted(self.straight.asked))
        self._places = {clock.name: place for place, clock in enumerate(self.straight.clocks)}
        self._known: dict[Look, tuple[Plan, ...] | None] = {}

    def plans(self, look: Look, sample: Callable[[], PastTicket]) -> tuple[Plan, ...] | None:
        """The plan of each of :attr:`clocks` for tickets of this look; None: judge plainly.

        ``sample``: gives one of them.
        """
        if look not in self._known:
            self._known[look] = self._made(sample())
        return self._known[look]

    def _made(self, past: PastTicket) -> tuple[Plan, ...] | None:
        state = TicketState(past.ticket, self.rules)
        state.created(past.events[0])
        plans = self.straight.plans(state)
        if plans is None:
            return None
        return tuple(plans[self._places[each.name]] for each in self.clocks)

    def told(self, touched: frozenset[Touch]) -> bool | None:
        """False: of no interest to the draft; True: perhaps; None: it needs the replay."""
        answers = {self._asks(kind, about) for kind, about in touched}
        return None if None in answers else True in answers

    def _asks(self, kind: str, about: str) -> bool | None:
        """As the walk has it (core/straight)."""
        straight = self.straight
        if kind in straight.idle or kind in straight.ordinary:
            return False
        full = about if "." in about else f"fields.{about}"
        if kind not in CHANGES or (kind == "field_changed" and full in HOOKED):
            return None
        if any(_may_void(pattern, kind, about) for pattern in straight.voiding):
            return None
        if kind == "field_changed":
            return full in straight.asked or about in straight.asked
        return kind in FACTS or "tags" in straight.asked

    def keeps_targets(self, past: PastTicket) -> bool:
        """Whether no change on the way matters: it is ordinary under the draft as well."""
        walk = Walk(self.straight, past.timeline, self.as_of)
        return walk.run(past.events) and not walk.moved


def fits(plan: Plan, base: int, resumed: int, anew: int) -> bool:
    """Whether each reopen ends under the plan as it does in the stretches (details 31).

    ``resumed`` and ``anew`` as :class:`slaplugin.columnar.shapes.Shape` has them.
    """
    if BASE_NAMES[base] not in RESUMED:
        return True
    window = plan.reopen_within
    if window is None:
        return resumed == UNSHAPED and anew == NEVER
    return resumed <= window < anew


def _may_void(pattern: EventPattern, kind: str, about: str) -> bool:
    """If in doubt it does: then the ticket is judged plainly."""
    if pattern.event != kind:
        return False
    known = {"field": about, "tag": about}
    return all(
        isinstance(wanted, list | tuple) or wanted == known.get(key, wanted)
        for key, wanted in pattern.keys.items()
    )
