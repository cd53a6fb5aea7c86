"""Our engine under other habits: the same ticket counted as the helpdesk counts.

A :class:`World` says what is changed; the bench evaluates it and remembers compiled sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from slaplugin.app.agreements import HostCalendar
from slaplugin.core.calendars import CalendarSpec
from slaplugin.core.calendars.values import CalendarVersion
from slaplugin.core.evaluate import evaluate
from slaplugin.core.model import Evaluation, Timeline
from slaplugin.core.policies import Duration, Policy, PolicySet, TargetEntry
from slaplugin.core.profiles import PROFILES, WHENEVER, Profile, profile_of
from slaplugin.core.rulebook import RuleBook

HABITS: Mapping[str, tuple[str, ...]] = {
    "reply": ("reply", "owed_to", "next_from_creation"),
    "waiting": ("native", "pauses", "by_state"),
    "reopen": ("native", "reopen_within"),
    "update": ("update_from", "update_on_message"),
    "resume": ("native",),
}
"""Aspect of a profile -> the choices that make it up."""
_KEPT = 200
"""Compiled sets that are remembered."""
_SILENCED: Mapping[str, str] = {
    "waiting": "pause",
    "reopen": "reopen_within",
    "resume": "reopen_within",
}
"""Aspect -> what policies say about it themselves."""


@dataclass(frozen=True, slots=True)
class Terms:
    """A target in place of those of the policies."""

    clock: str
    seconds: int
    calendar: str | None = None
    """Name of a calendar of the set; None: that of ``hours``."""
    hours: HostCalendar | None = None


@dataclass(frozen=True, slots=True)
class World:
    """One way to count a ticket."""

    timeline: Timeline
    now: int
    habits: frozenset[str] = frozenset()
    """Aspects in which it is counted as the family does."""
    terms: Terms | None = None


@dataclass(slots=True)
class Bench:
    """Evaluates worlds under one policy set, for one family."""

    policy_set: PolicySet
    family: str
    _books: dict[Any, RuleBook] = field(default_factory=dict)

    def evaluate(self, world: World) -> Evaluation:
        """Every instance of the ticket in that world."""
        return evaluate(world.timeline, self.book(world), world.now, detail=False)

    def book(self, world: World) -> RuleBook:
        """The policies and habits of a world, compiled."""
        key = (world.habits, repr(world.terms))
        if key not in self._books:
            if len(self._books) >= _KEPT:  # terms that only would fit differ on every ticket
                self._books.clear()
            self._books[key] = self._compiled(world)
        return self._books[key]

    def _compiled(self, world: World) -> RuleBook:
        chosen = self.policy_set if world.terms is None else self._with_terms(world.terms)
        return RuleBook(
            _silenced(chosen, world.habits),
            only_targeted=True,
            profile=self.profile(world.habits),
        )

    def profile(self, habits: Iterable[str]) -> Profile:
        """The set's own profile with the family's choices in these aspects."""
        base, family = profile_of(self.policy_set.profile), PROFILES[self.family]
        names = {name for aspect in habits for name in HABITS[aspect]}
        choices = {name: getattr(family, name) for name in names}
        if "resume" in habits:
            choices["reopen_within"] = WHENEVER
        return replace(base, **choices)

    def _with_terms(self, terms: Terms) -> PolicySet:
        calendars = dict(self.policy_set.calendars)
        name = terms.calendar
        if terms.hours is not None:
            name = f"{terms.hours.name} (helpdesk)"
            calendars[name] = spec_of(terms.hours, name)
        entry = TargetEntry(Duration(terms.seconds), name)
        policy = Policy("the helpdesk's own", targets={terms.clock: (entry,)})
        return replace(self.policy_set, calendars=calendars, policies=(policy,), hash="")


def spec_of(hours: HostCalendar, name: str) -> CalendarSpec:
    """The helpdesk's opening hours as a calendar of ours."""
    version = CalendarVersion(zone=hours.zone, hours=hours.hours, closed=frozenset(hours.closed))
    return CalendarSpec(name, (version,))


def _silenced(policy_set: PolicySet, habits: Iterable[str]) -> PolicySet:
    """Without what policies say themselves about these aspects."""
    dropped: dict[str, Any] = {_SILENCED[aspect]: None for aspect in habits if aspect in _SILENCED}
    if not dropped:
        return policy_set
    return replace(
        policy_set, policies=tuple(replace(each, **dropped) for each in policy_set.policies)
    )
