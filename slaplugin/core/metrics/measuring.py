"""By what a ticket is measured: its calendar, what is void, what counts as an escalation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from slaplugin.core.metrics.opentime import CalendarsOf, calendars_by
from slaplugin.core.metrics.values import Standing
from slaplugin.core.past import Past
from slaplugin.core.policies import EventPattern
from slaplugin.core.rulebook import RuleBook

_GONE: dict[str, Standing] = {"merged": "merged", "removed": "removed"}


@dataclass(frozen=True, slots=True)
class Ladder:
    """Whom tickets are escalated to; names are compared without regard to case (0147)."""

    groups: frozenset[str] = frozenset()
    """Moves into these groups are functional escalations; empty: every move to a new group is."""
    managers: frozenset[str] = frozenset()
    """Owners to whom handing a ticket over is a hierarchical escalation."""

    @classmethod
    def of(cls, groups: Iterable[str] = (), managers: Iterable[str] = ()) -> Ladder:
        """From names as people write them."""
        return cls(_folded(groups), _folded(managers))

    def leads_to(self, group: str) -> bool:
        """Whether a move into the group is an escalation as far as its name tells."""
        return not self.groups or group.casefold() in self.groups

    def is_manager(self, owner: str | None) -> bool:
        return owner is not None and owner.casefold() in self.managers


@dataclass(frozen=True, slots=True)
class Measuring:
    """Everything besides the past itself that :func:`slaplugin.core.metrics.metrics_of` goes by."""

    rules: RuleBook
    """Of it only what belongs to no single clock is used: calendars and the ``void`` list."""
    calendar_of: CalendarsOf
    ladder: Ladder = Ladder()

    @classmethod
    def by(cls, rules: RuleBook, ladder: Ladder = Ladder()) -> Measuring:
        """With the calendars that the policy set gives its tickets."""
        return cls(rules, calendars_by(rules), ladder)

    def standing(self, past: Past) -> Standing:
        """Whether the ticket counts; one that is merged, removed or void (spam) does not."""
        gone = _GONE.get(past.stages[-1].state_kind)
        if gone is not None:
            return gone
        tags = frozenset(past.stages[-1].facts.get("tags") or ())
        voids = self.rules.policy_set.void
        return "void" if any(_is_void(pattern, past, tags) for pattern in voids) else "counted"


def _is_void(pattern: EventPattern, past: Past, tags: frozenset[str]) -> bool:
    """A tag must still be there: one that was taken off again was put there by mistake."""
    if pattern.event == "tag_added":
        wanted = pattern.keys.get("tag")
        return not tags.isdisjoint(wanted if isinstance(wanted, tuple | list) else (wanted,))
    return any(pattern.event == event.kind and _equal(pattern, event.data) for event in past.events)


def _equal(pattern: EventPattern, data: Mapping[str, Any]) -> bool:
    return all(_among(data.get(key), wanted) for key, wanted in pattern.keys.items())


def _among(value: Any, wanted: Any) -> bool:
    return value in wanted if isinstance(wanted, tuple | list) else bool(value == wanted)


def _folded(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.casefold() for name in names)
