"""A policy set made ready for use: inheritance resolved, conditions compiled, cascade memoised.

The cascade (policy-language §4, details 28-30): of all layers that match a ticket, the highest
rank that defines a clock gives its target; the others fall through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from slaplugin.core.calendars import ALWAYS, Calendar, compile_calendars
from slaplugin.core.clocks.definitions import ClockDef, all_clocks
from slaplugin.core.conditions import Predicate, compile_condition, fields_of
from slaplugin.core.memo import Memo
from slaplugin.core.model import LayerTrace
from slaplugin.core.policies import (
    ChangeRule,
    Goal,
    MarksRule,
    Mode,
    NoTarget,
    Policy,
    PolicySet,
    Step,
    StepAction,
    StepTime,
    TargetEntry,
)
from slaplugin.core.profiles import Profile, profile_of
from slaplugin.core.trace import explain_layers

if TYPE_CHECKING:
    from slaplugin.core.straight_plans import Straight

SUB_RANK = 10
_MARK = StepAction("mark", written="mark")
_QUARTERS = StepTime("share", share=Fraction(3, 4))
DEFAULT_STEPS = (
    Step("75%", _QUARTERS, (_MARK,)),
    Step("breach", StepTime("breach"), (_MARK,)),
)

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A policy with everything it inherits (details 28)."""

    policy: Policy
    rank: int
    predicates: tuple[Predicate, ...]
    """Its own condition and those of its parents: a sub matches only where its parent does."""
    effective: tuple[tuple[date | None, date | None], ...]
    calendar: str | None
    pause: frozenset[str] | None
    reopen_within: int | None
    """Seconds; None: as the clock has it by itself."""
    change: ChangeRule
    mode: Mode
    enforce_from: date | None
    steps: tuple[Step, ...]
    marks: MarksRule
    count_unanswered: bool

    @property
    def name(self) -> str:
        return self.policy.name

    def matches(self, facts: Facts) -> bool:
        return all(holds(facts) for holds in self.predicates)

    def in_force(self, day: date) -> bool:
        """Whether the local date lies in its range and in those of its parents (details 29)."""
        return all(
            (first is None or first <= day) and (last is None or day <= last)
            for first, last in self.effective
        )


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """What a layer says about a clock for present facts: a target with its calendar."""

    layer: Layer
    goal: Goal
    calendar: Calendar
    """Of a ``none`` target: unused, the default calendar counts (details 2)."""


Candidates = tuple[Choice, ...]
"""The choices of the highest rank that defines a clock; usually one."""


def _inherit(own: Any, parent: Any) -> Any:
    return parent if own is None else own


def _resolve(policy: Policy, parent: Layer | None) -> Layer:
    rank = policy.rank
    if rank is None:
        rank = parent.rank + SUB_RANK if parent else 0
    above = parent
    return Layer(
        policy=policy,
        rank=rank,
        predicates=(above.predicates if above else ()) + (compile_condition(policy.when),),
        effective=(above.effective if above else ())
        + _range(policy.effective_from, policy.effective_until),
        calendar=_inherit(policy.calendar, above and above.calendar),
        pause=_inherit(policy.pause, above and above.pause),
        reopen_within=_inherit(policy.reopen_within, above and above.reopen_within),
        change=_inherit(policy.change, above.change if above else ChangeRule()),
        mode=_inherit(policy.mode, above.mode if above else "act"),
        enforce_from=_inherit(policy.enforce_from, above and above.enforce_from),
        steps=_inherit(policy.steps, above.steps if above else DEFAULT_STEPS),
        marks=_inherit(policy.marks, above.marks if above else "keep"),
        count_unanswered=_inherit(policy.count_unanswered, bool(above and above.count_unanswered)),
    )


def _range(first: date | None, last: date | None) -> tuple[tuple[date | None, date | None], ...]:
    return () if first is None and last is None else ((first, last),)


def resolve_layers(policies: Iterable[Policy]) -> tuple[Layer, ...]:
    """Layers in the order of the cascade: rank downwards, then name."""
    by_name: dict[str, Layer] = {}
    for policy in policies:
        parent = by_name[policy.parent] if policy.parent else None
        by_name[policy.name] = _resolve(policy, parent)
    return tuple(sorted(by_name.values(), key=lambda layer: (-layer.rank, layer.name)))


@dataclass(frozen=True, slots=True, eq=False)
class _Entry:
    """A target entry with its condition compiled and its calendar found."""

    choice: Choice
    when: Predicate
    priority: str | None


class RuleBook:
    """A compiled policy set. Immutable to callers; it only remembers what it has worked out.

    ``live_since`` (UTC epoch seconds) stands in for a missing ``enforce_from``: the store's
    first live cycle (policy-language §4). ``only_targeted`` leaves out clocks that no policy
    gives a target, as live operation does (policy-language §5). ``profile`` stands in for the one
    that the set names, to ask what a helpdesk would have made of the same policies.
    """

    def __init__(
        self,
        policy_set: PolicySet,
        *,
        live_since: int | None = None,
        only_targeted: bool = False,
        profile: Profile | None = None,
    ) -> None:
        self.policy_set = policy_set
        self.profile = profile or profile_of(policy_set.profile)
        self.live_since = live_since
        self.only_targeted = only_targeted
        self.calendars = compile_calendars(policy_set.calendars.values())
        self.layers = resolve_layers(policy_set.policies)
        self.clocks: tuple[ClockDef, ...] = all_clocks(policy_set.clocks, self.profile)
        self.targeted = frozenset(self._targeted())
        self.only_calendar = self._only_calendar()
        self._entries = {
            layer.name: {
                clock: tuple(self._entry(layer, entry) for entry in entries)
                for clock, entries in layer.policy.targets.items()
            }
            for layer in self.layers
        }
        self.fields = self._fields()
        self.asks_priority = self._asks_priority()
        """Whether any target depends on the priority."""
        self.created_in = self._calendars_asked_for()
        self._matched: Memo[tuple[Any, ...], tuple[Layer, ...]] = Memo()
        self._selected: Memo[tuple[Any, ...], tuple[Candidates, ...]] = Memo()
        self.dated = any(layer.effective for layer in self.layers)
        self.straight: Straight | None = None
        """The short way for ordinary tickets, made when first asked for."""
        self._traces: Memo[tuple[Any, ...], tuple[LayerTrace, ...]] = Memo()
        self._by_name = {layer.name: layer for layer in self.layers}
        self._tested = {clock.name: self._tested_by(clock.name) for clock in self.clocks}

    @classmethod
    def compile(
        cls, policy_set: PolicySet, *, live_since: int | None = None, only_targeted: bool = False
    ) -> RuleBook:
        """The rule book of a policy set that has no problems."""
        return cls(policy_set, live_since=live_since, only_targeted=only_targeted)

    # ------------------------------------------------------------------ compiling

    def _only_calendar(self) -> Calendar:
        names = [name for name in self.policy_set.calendars if name != ALWAYS]
        return self.calendars[names[0] if len(names) == 1 else ALWAYS]

    def _targeted(self) -> Iterator[str]:
        """Clocks with a target somewhere, and those that an objective is about."""
        for policy in self.policy_set.policies:
            yield from policy.targets
            for objective in policy.objectives or ():
                yield from filter(None, (objective.clock, objective.availability))

    def _entry(self, layer: Layer, entry: TargetEntry) -> _Entry:
        name = entry.calendar or layer.calendar
        calendar = self.calendars[name] if name else self.only_calendar
        return _Entry(
            Choice(layer, entry.goal, calendar), compile_condition(entry.when), entry.priority
        )

    def _fields(self) -> tuple[str, ...]:
        names = {"priority"}
        for layer in self.layers:
            names |= fields_of(layer.policy.when)
            for entries in layer.policy.targets.values():
                for entry in entries:
                    names |= fields_of(entry.when)
        return tuple(sorted(names))

    def _asks_priority(self) -> bool:
        tested = any("priority" in fields_of(layer.policy.when) for layer in self.layers)
        entries = [
            entry
            for layer in self.layers
            for of_clock in layer.policy.targets.values()
            for entry in of_clock
        ]
        return tested or any(
            entry.priority is not None or "priority" in fields_of(entry.when) for entry in entries
        )

    def _calendars_asked_for(self) -> tuple[str, ...]:
        return tuple(self.calendars) if "created_in" in self.fields else ()

    def _tested_by(self, clock: str) -> frozenset[str]:
        by_name = {layer.name: layer.policy for layer in self.layers}
        names: set[str] = set()
        for layer in self.layers:
            entries = layer.policy.targets.get(clock)
            if entries is None:
                continue
            for entry in entries:
                names |= fields_of(entry.when)
            policy: Policy | None = layer.policy
            while policy is not None:
                names |= fields_of(policy.when)
                policy = by_name[policy.parent] if policy.parent else None
        return frozenset(names)

    # ------------------------------------------------------------------ the cascade

    def fingerprint(self, facts: Facts) -> tuple[Any, ...]:
        """What of the facts any policy looks at: equal ones match equally."""
        return tuple(
            [
                value if (value := facts.get(name)).__class__ is str else _typed(value)
                for name in self.fields
            ]
        )

    def matching(self, facts: Facts, fingerprint: tuple[Any, ...]) -> tuple[Layer, ...]:
        """The layers whose conditions hold, in the order of the cascade."""
        found = self._matched.get(fingerprint)
        if found is None:
            matched = tuple(layer for layer in self.layers if layer.matches(facts))
            return self._matched.keep(fingerprint, matched)
        return found

    def select(
        self, clock: str, facts: Facts, fingerprint: tuple[Any, ...], start: int
    ) -> Candidates | None:
        """The candidates that give the clock its target; None where no policy defines it.

        ``facts`` as conditions see them; ``start`` is the instance's start, to whose local
        date the policies' effective ranges are held (details 29).
        """
        key = (clock, fingerprint)
        ranks = self._selected.get(key)
        if ranks is None:
            ranks = self._selected.keep(key, self._ranked(clock, facts, fingerprint))
        if not self.dated:
            return ranks[0] if ranks else None
        return self._first_in_force(ranks, start)

    def _ranked(
        self, clock: str, facts: Facts, fingerprint: tuple[Any, ...]
    ) -> tuple[Candidates, ...]:
        by_rank: dict[int, list[Choice]] = {}
        for layer in self.matching(facts, fingerprint):
            choice = self._defined(layer, clock, facts)
            if choice is not None:
                by_rank.setdefault(layer.rank, []).append(choice)
        return tuple(tuple(by_rank[rank]) for rank in sorted(by_rank, reverse=True))

    def _defined(self, layer: Layer, clock: str, facts: Facts) -> Choice | None:
        entries = self._entries[layer.name].get(clock)
        if not entries:
            return None
        if entries[0].priority is not None:
            return _by_priority(entries, facts.get("priority"))
        return next((entry.choice for entry in entries if entry.when(facts)), None)

    def _first_in_force(self, ranks: tuple[Candidates, ...], start: int) -> Candidates | None:
        for candidates in ranks:
            kept = tuple(
                choice
                for choice in candidates
                if choice.layer.in_force(choice.calendar.local_date(start))
            )
            if kept:
                return kept
        return None

    def default_calendar(self, facts: Facts, fingerprint: tuple[Any, ...], start: int) -> Calendar:
        """The calendar of a clock without target (details 2)."""
        for layer in self.matching(facts, fingerprint):
            if layer.calendar is None:
                continue
            calendar = self.calendars[layer.calendar]
            if not layer.effective or layer.in_force(calendar.local_date(start)):
                return calendar
        return self.only_calendar

    # ------------------------------------------------------------------ explaining

    def zone_of(self, calendar: str | None, policy: str | None, otherwise: str) -> str:
        """The clock's own calendar's zone, else its policy's, else ``otherwise``.

        ``24x7`` is nobody's place, so its zone says nothing about where a contract is kept.
        """
        layer = self._by_name.get(policy or "")
        for name in (calendar, layer.calendar if layer else None, self.only_calendar.name):
            found = self.calendars.get(name or ALWAYS)
            if found is not None and found.name != ALWAYS:
                return found.zone
        return otherwise

    def tested_fields(self, clock: str) -> frozenset[str]:
        """Fields whose value can decide which policy gives the clock its target (details 38)."""
        return self._tested.get(clock, frozenset())

    @property
    def tested(self) -> frozenset[str]:
        """Fields whose value can decide a target of any clock."""
        return frozenset().union(*self._tested.values())

    def trace(
        self, clock: str, facts: Facts, start: int, winner: Layer | None
    ) -> tuple[LayerTrace, ...]:
        """Why each layer did or did not give the clock its target."""
        return explain_layers(self, clock, facts, start, winner)

    def trace_of(
        self, clock: str, facts: Facts, fingerprint: tuple[Any, ...], winner: Layer | None
    ) -> tuple[LayerTrace, ...]:
        """:meth:`trace`, remembered by what policies see of the facts (undated sets only)."""
        key = (clock, fingerprint, winner)
        found = self._traces.get(key)
        if found is None:
            return self._traces.keep(key, self.trace(clock, facts, 0, winner))
        return found

    def entry_of(self, layer: Layer, clock: str, facts: Facts) -> Choice | None:
        """What the layer says about the clock for these facts, if anything."""
        return self._defined(layer, clock, facts)


def _typed(value: Any) -> Any:
    """The value as a key: True and 1 are one key in Python, but not for a condition."""
    if isinstance(value, bool):
        return ("yes" if value else "no",)
    return tuple([_typed(item) for item in value]) if isinstance(value, tuple) else value


def _by_priority(entries: tuple[_Entry, ...], priority: Any) -> Choice | None:
    """The host's own name goes before the common name, then ``default`` (details 30)."""
    names = priority if isinstance(priority, tuple) else (priority,)
    for wanted in (*names, "default"):
        for entry in entries:
            if entry.priority == wanted:
                return entry.choice
    return None


def pauses_while_waiting(layer: Layer | None, goal: Goal | None, clock: ClockDef) -> bool:
    """Whether the clock stands still while the ticket waits on the customer (details 1)."""
    if layer is None or layer.pause is None or isinstance(goal, NoTarget):
        return clock.pauses
    return clock.name in layer.pause


def follows_state(layer: Layer | None, goal: Goal | None, clock: ClockDef) -> bool:
    """Whether it does so as long as the state lasts, instead of by R7 (core/profiles)."""
    by_default = layer is None or layer.pause is None or isinstance(goal, NoTarget)
    return clock.by_state and by_default


def reopen_window(layer: Layer | None, clock: ClockDef) -> int | None:
    """Seconds after a stop within which a reopen goes on (details 31); None: it never does."""
    named = layer.reopen_within if layer else None
    return clock.reopen_within if named is None else named
