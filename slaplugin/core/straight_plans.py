"""What of a rule book lets tickets go the short way, and the targets they then have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from slaplugin.core.calendars import Calendar
from slaplugin.core.clocks.definitions import ClockDef
from slaplugin.core.clocks.facts import CALENDAR_FACT, PAUSE_FACT, TicketState
from slaplugin.core.memo import Memo
from slaplugin.core.policies import Duration, Step
from slaplugin.core.profiles import Profile
from slaplugin.core.rulebook import (
    Candidates,
    Choice,
    Layer,
    RuleBook,
    follows_state,
    pauses_while_waiting,
    reopen_window,
)
from slaplugin.core.steps import RANK, enforced_since, share_of

MESSAGES = frozenset({"customer_message", "agent_reply"})
_IDLE = frozenset(
    {
        "note",
        "auto_message",
        "third_party_message",
        "message_changed",
        "message_removed",
        "reason_given",
    }
)
STATES = frozenset({"state_changed", "closed", "reopened"})
FACTS = {
    "owner_changed": "owner",
    "group_changed": "group",
    "type_changed": "type",
    "priority_changed": "priority",
}
CHANGES = frozenset({*FACTS, "field_changed", "tag_added", "tag_removed"})
"""Kinds of events that may choose other targets."""
HOOKED = frozenset({PAUSE_FACT, CALENDAR_FACT})
"""Facts of hooks that pause a ticket or give it another calendar."""
_COUNTED = frozenset({"share", "before", "after"})
BASES = frozenset(
    {
        "first_response",
        "next_response",
        "update",
        "resolution",
        "first_resolution",
        "requester_wait",
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class PlannedStep:
    """A step of a duration, worked out once per target."""

    step: Step
    position: int
    threshold: int
    """Counted seconds at which it is due (share, before, after)."""
    severity: tuple[int, int, int]
    do: tuple[Any, ...]
    """As listed; empty: not listed (``mode``)."""
    marks: bool
    counted: bool
    """Due at counted seconds: a share, before-due or after-due step."""


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A clock with the target it has for tickets of one fingerprint."""

    clock: ClockDef
    choice: Choice | None
    calendar: Calendar
    total: int
    pausable: bool
    by_state: bool
    """Pausable by the state alone; where that differs from R7 the full replay judges."""
    steps: tuple[PlannedStep, ...]
    enforced_since: int | None
    reopen_within: int | None
    policy: str
    """Name of the policy that gives the target; empty without one."""
    tested: frozenset[str]
    """Facts that decide its policy: current-only ones lower the confidence."""

    @property
    def layer(self) -> Layer | None:
        return self.choice.layer if self.choice else None


def alike(one: Plan, other: Plan) -> bool:
    """Both are of the same target on the same calendar."""
    return one is other or (one.choice is other.choice and one.calendar is other.calendar)


def replaces(one: Plan, other: Plan) -> bool:
    """Whether a running clock may go over from one plan to the other by arithmetic alone.

    Its time so far then counts as before, and the new target is measured from its start
    (``tighten: retroactive``, ``loosen: extend``; R8, R9).
    """
    if one.choice is None or other.choice is None or one.calendar is not other.calendar:
        return False
    if one.pausable != other.pausable or one.by_state != other.by_state:
        return False
    change = other.choice.layer.change
    return one.total == other.total or (
        change.tighten.how == "retroactive" and change.loosen == "extend"
    )


class Straight:
    """What of a rule book lets tickets go the short way; made once per rule book."""

    def __init__(self, rules: RuleBook) -> None:
        self.rules = rules
        self.profile = rules.profile
        self.clocks = tuple(
            clock
            for clock in rules.clocks
            if not rules.only_targeted
            or clock.name in rules.targeted
            or clock.name == "first_response"
        )
        asked = frozenset(rules.fields)
        self.asked = asked if rules.asks_priority else asked - {"priority"}
        self.possible = (
            not rules.dated
            and not (MESSAGES | STATES) & {pattern.event for pattern in rules.policy_set.void}
            and not self.asked & {"state", "state_kind"}
            and all(clock.base in BASES for clock in self.clocks)
        )
        voiding = {pattern.event for pattern in rules.policy_set.void}
        facts = {kind for kind, name in FACTS.items() if name not in self.asked}
        self.ordinary = (MESSAGES | STATES | facts) - voiding
        self.idle = _IDLE - voiding
        self.voiding = rules.policy_set.void
        self._started = {
            (applies, asks): _started(self.profile, applies, asks)
            for applies in (False, True)
            for asks in (False, True)
        }
        self._plans: Memo[tuple[Any, ...], tuple[Plan, ...] | None] = Memo()

    def started(self, applies: bool, asks: bool) -> frozenset[str]:
        """The clocks that a creation starts: one that is owed a response, one that asks."""
        return self._started[applies, asks]

    def plans(self, state: TicketState) -> tuple[Plan, ...] | None:
        """The plans for a ticket's facts; None where a target is no plain duration."""
        key = state.fingerprint
        if key not in self._plans:
            return self._plans.keep(key, self._make(state))
        return self._plans[key]

    def _make(self, state: TicketState) -> tuple[Plan, ...] | None:
        plans = []
        for clock in self.clocks:
            found = self.rules.select(clock.name, state.view, state.fingerprint, 0)
            choice = _shortest(found) if found else None
            if found and choice is None:
                return None
            plans.append(self._plan(clock, choice, state))
        return tuple(plans)

    def _plan(self, clock: ClockDef, choice: Choice | None, state: TicketState) -> Plan:
        layer = choice.layer if choice else None
        goal = choice.goal if choice else None
        calendar = (
            choice.calendar
            if choice
            else self.rules.default_calendar(state.view, state.fingerprint, 0)
        )
        total = goal.seconds if isinstance(goal, Duration) else 0
        return Plan(
            clock,
            choice,
            calendar,
            total,
            pauses_while_waiting(layer, goal, clock),
            follows_state(layer, goal, clock),
            _planned(layer, clock, total) if layer else (),
            enforced_since(layer, calendar, self.rules) if layer else None,
            reopen_window(layer, clock),
            layer.name if layer else "",
            self.rules.tested_fields(clock.name),
        )


def _started(profile: Profile, applies: bool, asks: bool) -> frozenset[str]:
    begins = {
        "first_response": applies,
        "next_response": profile.next_from_creation and asks,
        "update": profile.update_from == "creation"
        or (profile.update_from == "outbound" and not asks),
    }
    started = {base for base, starts in begins.items() if starts}
    return frozenset({"resolution", "first_resolution", "requester_wait", *started})


def _shortest(found: Candidates) -> Choice | None:
    """The choice that is due first whatever the start: durations on one calendar (details 28)."""
    rated = []
    for choice in found:
        if not isinstance(choice.goal, Duration) or choice.calendar is not found[0].calendar:
            return None
        rated.append((choice.goal.seconds, choice.layer.name, choice))
    return min(rated, key=lambda item: item[:2])[2]


def _planned(layer: Layer, clock: ClockDef, total: int) -> tuple[PlannedStep, ...]:
    planned = []
    for position, step in enumerate(layer.steps):
        if step.clocks is not None and clock.name not in step.clocks:
            continue
        when = step.when
        threshold = 0
        if when.kind == "share":
            threshold = share_of(total, when.share)
        elif when.kind in ("before", "after"):
            threshold = total + (when.offset if when.kind == "after" else -when.offset)
            threshold = max(threshold, 0)  # a step before the start is due at the start
        within = threshold if when.kind in ("share", "before") else when.offset
        severity = (RANK[when.kind], within if when.kind != "breach" else 0, position)
        marks = any(action.kind == "mark" for action in step.do)
        planned.append(
            PlannedStep(
                step,
                position,
                threshold,
                severity,
                _listed(layer, step, marks),
                marks,
                when.kind in _COUNTED,
            )
        )
    return tuple(planned)


def _listed(layer: Layer, step: Step, marks: bool) -> tuple[Any, ...]:
    if layer.mode == "observe":
        return ()
    if layer.mode == "mark":
        return ("mark",) if marks else ()
    return tuple(action.written for action in step.do)
