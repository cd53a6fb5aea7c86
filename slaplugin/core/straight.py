"""The short way for ordinary tickets: one target all along, no amendments, no merge.

Most tickets never change what policies look at. Their clocks are then plain stretches of
running and waiting, and every key of an instance follows from those by subtraction. Whatever is
not ordinary is left to the full replay (:mod:`slaplugin.core.clocks.replay`); both give the same
answer, which tests/core/test_straight.py holds them to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slaplugin.core.calendars import Calendar
from slaplugin.core.clocks.definitions import ClockDef
from slaplugin.core.clocks.facts import CALENDAR_FACT, PAUSE_FACT, TicketState
from slaplugin.core.memo import Memo
from slaplugin.core.model import Event, Timeline
from slaplugin.core.policies import DEFAULT_REOPEN_WITHIN, Duration, Step
from slaplugin.core.rulebook import Candidates, Choice, Layer, RuleBook, pauses_while_waiting
from slaplugin.core.steps import RANK, enforced_since, share_of

RUN, PAUSE, OFF = 0, 1, 2

_MESSAGES = frozenset({"customer_message", "agent_reply"})
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
_STATES = frozenset({"state_changed", "closed", "reopened"})
_FACTS = {
    "owner_changed": "owner",
    "group_changed": "group",
    "type_changed": "type",
    "priority_changed": "priority",
}
_BASES = frozenset(
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
    steps: tuple[PlannedStep, ...]
    enforced_since: int | None
    reopen_within: int
    policy: str
    """Name of the policy that gives the target; empty without one."""
    tested: frozenset[str]
    """Facts that decide its policy: current-only ones lower the confidence."""

    @property
    def layer(self) -> Layer | None:
        return self.choice.layer if self.choice else None


class Straight:
    """What of a rule book lets tickets go the short way; made once per rule book."""

    def __init__(self, rules: RuleBook) -> None:
        self.rules = rules
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
            and not self.asked & {"state", "state_kind"}
            and all(clock.base in _BASES for clock in self.clocks)
        )
        voiding = {pattern.event for pattern in rules.policy_set.void}
        facts = {kind for kind, name in _FACTS.items() if name not in self.asked}
        self.ordinary = (_MESSAGES | _STATES | facts) - voiding
        self.idle = _IDLE - voiding
        self.tags = "tags" not in self.asked
        self.voiding = rules.policy_set.void
        self._plans: Memo[tuple[Any, ...], tuple[Plan, ...] | None] = Memo()

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
            _planned(layer, clock, total) if layer else (),
            enforced_since(layer, calendar, self.rules) if layer else None,
            layer.reopen_within if layer else DEFAULT_REOPEN_WITHIN,
            layer.name if layer else "",
            self.rules.tested_fields(clock.name),
        )


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


class Stretch:
    """One instance in the making: stretches of running, pausing and standing still."""

    __slots__ = (
        "event",
        "first_stop",
        "mode",
        "number",
        "pieces",
        "plan",
        "since",
        "start",
        "stopped_at",
        "unanswered",
        "void",
    )

    def __init__(self, plan: Plan, number: int, at: int, event: str, waiting: bool) -> None:
        self.plan = plan
        self.number = number
        self.start = self.since = at
        self.event = event
        self.pieces: list[tuple[int, int, int]] = []
        self.mode = PAUSE if waiting and plan.pausable else RUN
        self.stopped_at: int | None = None
        self.first_stop: int | None = None
        self.unanswered = False
        self.void: str | None = None

    def turn(self, at: int, mode: int) -> None:
        if at > self.since:
            self.pieces.append((self.since, at, self.mode))
            self.since = at
        self.mode = mode

    def stop(self, at: int) -> None:
        self.turn(at, OFF)
        self.stopped_at = at
        if self.first_stop is None:
            self.first_stop = at


class Walk:
    """One ordinary ticket's events, walked once."""

    def __init__(self, straight: Straight, timeline: Timeline, as_of: int) -> None:
        self.straight = straight
        self.as_of = as_of
        self.state = TicketState(timeline.ticket, straight.rules)
        self.waiting = False
        self.until: int | None = None
        self.spoke_closed = False
        self.runs: list[list[Stretch]] = []
        self.not_applicable: tuple[int, str] | None = None
        self.plans: tuple[Plan, ...] = ()
        self.first_response: Stretch | None = None

    def run(self, events: Sequence[Event]) -> bool:
        """False: the ticket is not ordinary, the full replay must judge it."""
        if not events or events[0].kind != "created" or not self._created(events[0]):
            return False
        for event in events[1:]:
            if not self._step(event):
                return False
        self._pass(self.as_of)
        for runs in self.runs:
            if runs and runs[-1].stopped_at is None:
                runs[-1].turn(self.as_of, runs[-1].mode)
        return True

    # ------------------------------------------------------------------ events

    def _created(self, event: Event) -> bool:
        state = self.state
        facts = state.facts
        odd = facts.get(PAUSE_FACT) or facts.get(CALENDAR_FACT) or event.data.get("live")
        if odd or state.closed or state.kind in ("waiting_customer", "merged", "removed"):
            return False
        state.created(event)
        plans = self.straight.plans(state)
        if plans is None:
            return False
        self.plans = plans
        applies = _applies(event, state)
        for plan in plans:
            base = plan.clock.base
            starts = base in ("resolution", "first_resolution", "requester_wait")
            if starts or (base == "first_response" and applies):
                self.runs.append([Stretch(plan, 1, event.at_ms // 1000, event.id, False)])
            else:
                self.runs.append([])
        if applies:
            self.first_response = self.runs[self._place("first_response")][0]
        else:
            self.not_applicable = (event.at_ms // 1000, event.id)
        return True

    def _place(self, name: str) -> int:
        return next(i for i, plan in enumerate(self.plans) if plan.clock.name == name)

    def _step(self, event: Event) -> bool:
        kind = event.kind
        if kind in self.straight.idle:
            return True
        at = event.at_ms // 1000
        if self.until is not None:
            self._pass(at)
        if kind in _MESSAGES:
            if not event.data.get("opening"):
                speak = self._reply if kind == "agent_reply" else self._message
                speak(at, event.id)
        elif kind in self.straight.ordinary:
            if kind in _STATES:
                return self._state(event, at)
            self.state.facts[_FACTS[kind]] = event.data.get("to")
        else:
            return self._other(event)
        return True

    def _other(self, event: Event) -> bool:
        """A change that no policy looks at; anything else is not ordinary."""
        straight, kind = self.straight, event.kind
        if kind == "field_changed":
            name = str(event.data.get("field"))
            full = name if "." in name else f"fields.{name}"
            if full in straight.asked or name in straight.asked or full in _HOOKED:
                return False
        elif kind not in ("tag_added", "tag_removed") or not straight.tags:
            return False
        for pattern in straight.voiding:
            if pattern.event == kind and _could_be(pattern.keys, event):
                return False
        self.state.apply(event)
        return True

    def _reply(self, at: int, event: str) -> None:
        self.spoke_closed = False
        for place, plan in enumerate(self.plans):
            runs = self.runs[place]
            base = plan.clock.base
            if base in ("first_response", "next_response", "update"):
                if runs and runs[-1].stopped_at is None:
                    runs[-1].stop(at)
                if base == "update" and not self.state.closed:
                    runs.append(Stretch(plan, len(runs) + 1, at, event, self.waiting))

    def _message(self, at: int, event: str) -> None:
        if self.waiting:
            self._wait(at, False)
        if self.state.closed:
            self.spoke_closed = True
            return
        first = self.first_response
        if first is not None and first.stopped_at is None:
            return
        for place, plan in enumerate(self.plans):
            if plan.clock.base == "next_response":
                runs = self.runs[place]
                if not runs or runs[-1].stopped_at is not None:
                    runs.append(Stretch(plan, len(runs) + 1, at, event, False))

    def _state(self, event: Event, at: int) -> bool:
        state = self.state
        kind = state.new_kind(event)
        was_closed = state.closed
        if kind in ("merged", "removed"):
            return False
        if kind != "closed" and was_closed and self.spoke_closed:
            return False
        if kind == "closed" and not was_closed:
            self._close(at)
        if event.kind == "closed" and was_closed:
            return True
        if event.kind == "reopened" and not was_closed:
            return True
        facts = state.facts
        facts["state_kind"] = kind
        facts["state"] = event.data.get("to") or kind
        state.closed = kind == "closed"
        if kind == "waiting_customer":
            state.enter_waiting(event)
            self.until = state.wait_until
            self._wait(at, state.waiting_state)
        else:
            self.until = None
            self._wait(at, False)
        if was_closed and not state.closed:
            self._reopen(at, event.id)
        return True

    def _close(self, at: int) -> None:
        for place, plan in enumerate(self.plans):
            runs = self.runs[place]
            if not runs or runs[-1].stopped_at is not None:
                continue
            run, base = runs[-1], plan.clock.base
            if base == "update":
                _close_updates(runs, at)
                continue
            run.stop(at)
            if base == "first_response":
                run.unanswered = True
            elif base == "next_response":
                run.void = "closed"

    def _reopen(self, at: int, event: str) -> None:
        for place, plan in enumerate(self.plans):
            if plan.clock.base not in ("resolution", "requester_wait"):
                continue
            runs = self.runs[place]
            last = runs[-1]
            if last.stopped_at is None:
                continue
            if at - last.stopped_at <= plan.reopen_within:
                last.turn(at, PAUSE if self.waiting and plan.pausable else RUN)
                last.stopped_at = None
            else:
                runs.append(Stretch(plan, len(runs) + 1, at, event, self.waiting))

    # ------------------------------------------------------------------ waiting (R7)

    def _pass(self, at: int) -> None:
        until = self.until
        if until is not None and until <= at:
            self.until = None
            self.state.wait_until = None
            self._wait(until, False)

    def _wait(self, at: int, waiting: bool) -> None:
        if not waiting:
            self.until = None
            self.state.waiting_state = False
        if waiting == self.waiting:
            return
        self.waiting = waiting
        for runs in self.runs:
            if runs and runs[-1].stopped_at is None and runs[-1].plan.pausable:
                runs[-1].turn(at, PAUSE if waiting else RUN)


_COUNTED = frozenset({"share", "before", "after"})
_HOOKED = frozenset({PAUSE_FACT, CALENDAR_FACT})


def _close_updates(runs: list[Stretch], at: int) -> None:
    """Closing replies start no wait for the next one (details 18)."""
    while runs and runs[-1].start == at:
        runs.pop()
    if runs and runs[-1].stopped_at is None:
        runs[-1].stop(at)


def _applies(event: Event, state: TicketState) -> bool:
    by = event.data.get("by", "customer")
    if by == "system":
        return state.has_customer or bool(event.data.get("on_behalf"))
    return by != "agent" or bool(event.data.get("on_behalf"))


def _could_be(keys: Mapping[str, Any], event: Event) -> bool:
    """Whether a void pattern may match: if in doubt, the full replay decides."""
    for key, wanted in keys.items():
        value = event.data.get(key)
        if isinstance(wanted, list | tuple):
            return True
        if value != wanted:
            return False
    return True
