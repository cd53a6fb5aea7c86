"""The short way for ordinary tickets: targets of one calendar, no amendments, no merge.

Most tickets never change what policies look at. Their clocks are then plain stretches of
running and waiting, and every key of an instance follows from those by subtraction. A running
clock may get another target on the way (R8) where nobody asks for its steps. Whatever is
not ordinary is left to the full replay (:mod:`slaplugin.core.clocks.replay`); both give the same
answer, which tests/core/test_straight.py holds them to.
"""

from __future__ import annotations

from collections.abc import Sequence

from slaplugin.core.clocks.facts import CALENDAR_FACT, PAUSE_FACT, TicketState
from slaplugin.core.clocks.patterns import asks, keys_equal, owes_first_response, reason
from slaplugin.core.model import Event, Timeline
from slaplugin.core.straight_plans import (
    CHANGES,
    FACTS,
    HOOKED,
    MESSAGES,
    STATES,
    Plan,
    Straight,
    alike,
    replaces,
)

RUN, PAUSE, OFF = 0, 1, 2


class Stretch:
    """One instance in the making: stretches of running, pausing and standing still."""

    __slots__ = (
        "event",
        "first_stop",
        "mode",
        "moves",
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
        self.moves: list[tuple[int, int]] = []
        """(instant, counted seconds): up to the instant the target had been this one."""

    @property
    def active(self) -> bool:
        """Running or paused."""
        return self.stopped_at is None

    def move(self, at: int, plan: Plan) -> None:
        """Another target from now on (R8)."""
        self.moves.append((at, self.plan.total))
        self.plan = plan

    def turn(self, at: int, mode: int) -> None:
        if at > self.since:
            self.pieces.append((self.since, at, self.mode))
            self.since = at
        self.mode = mode

    def stop(self, at: int) -> None:
        self._end(at)
        if self.first_stop is None:
            self.first_stop = at

    def cancel(self, at: int, why: str) -> None:
        """End without a verdict (details 34); an earlier stop stays one."""
        self._end(at)
        self.void = why

    def _end(self, at: int) -> None:
        self.turn(at, OFF)
        self.stopped_at = at


class Walk:
    """One ordinary ticket's events, walked once.

    ``moving``: a running clock may get another target; its steps are then not to be asked for.
    """

    def __init__(
        self, straight: Straight, timeline: Timeline, as_of: int, *, moving: bool = False
    ) -> None:
        self.straight = straight
        self.moving = moving
        self.moved = False
        """Targets are not those of the creation any more."""
        self.profile = straight.profile
        self.by_state = False
        self.unanswered = False
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
        self.by_state = any(plan.by_state for plan in plans)
        applies = owes_first_response(event, state, self.profile)
        self.unanswered = asks(event, state, self.profile)
        started = self.straight.started(applies, self.unanswered)
        for plan in plans:
            if plan.clock.base in started:
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
        if kind in MESSAGES:
            return self._spoken(event, at)
        if kind in self.straight.ordinary:
            if kind in STATES:
                return self._state(event, at)
            self.state.facts[FACTS[kind]] = event.data.get("to")
        else:
            return self._other(event, at)
        return True

    def _spoken(self, event: Event, at: int) -> bool:
        is_reply = self.profile.reply.counts(event)
        if event.data.get("opening"):
            return not (is_reply and self.profile.owed_to == "everybody")
        if is_reply:
            self._reply(at, event.id)
        elif event.kind == "customer_message":
            if self.waiting and self.by_state:
                return False
            self._message(at, event.id)
        return True

    def _other(self, event: Event, at: int) -> bool:
        """A change of what policies look at; anything else is not ordinary."""
        kind = event.kind
        if kind == "field_changed":
            name = str(event.data.get("field"))
            if name in HOOKED or f"fields.{name}" in HOOKED:
                return False
        elif kind not in CHANGES:
            return False
        for pattern in self.straight.voiding:
            if pattern.event == kind and keys_equal(pattern, event):
                self._void(at, reason(pattern, event))
        self.state.apply(event)
        return self._take_targets(at)

    def _void(self, at: int, why: str) -> None:
        for runs in self.runs:
            if runs and runs[-1].active:
                runs[-1].cancel(at, why)

    def _take_targets(self, at: int) -> bool:
        """The targets of the facts as they are now; False: one of them is not ordinary."""
        found = self.straight.plans(self.state)
        if found is None:
            return False
        if found is self.plans:
            return True
        pairs = list(zip(self.plans, found, strict=True))
        if all(alike(mine, theirs) for mine, theirs in pairs):
            return True
        if any(mine.by_state != theirs.by_state for mine, theirs in pairs):
            return False
        self.plans, self.moved = found, True
        return all(
            self._follow(runs[-1], plan, at)
            for runs, plan in zip(self.runs, found, strict=True)
            if runs and runs[-1].active
        )

    def _follow(self, run: Stretch, plan: Plan, at: int) -> bool:
        """The running clock gets the target of this plan; False: it takes the full replay."""
        if alike(run.plan, plan):
            return True
        if not self.moving or not replaces(run.plan, plan):
            return False
        run.move(at, plan)
        return True

    def _reply(self, at: int, event: str) -> None:
        self.spoke_closed = self.unanswered = False
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
        if self.profile.update_on_message != "ignore":
            self._take_the_word(at, event)
        self.unanswered = True
        if self.state.closed:
            self.spoke_closed = True
            return
        first = self.first_response
        waits = first is not None and first.stopped_at is None
        if waits and not self.profile.next_from_creation:
            return
        for place, plan in enumerate(self.plans):
            if plan.clock.base == "next_response":
                runs = self.runs[place]
                if not runs or runs[-1].stopped_at is not None:
                    runs.append(Stretch(plan, len(runs) + 1, at, event, False))

    def _take_the_word(self, at: int, event: str) -> None:
        """A customer's message where the family's update ends at it, or counts from it anew."""
        for place, plan in enumerate(self.plans):
            if plan.clock.base != "update":
                continue
            runs = self.runs[place]
            running = bool(runs) and runs[-1].stopped_at is None
            if running and not self.unanswered:
                runs[-1].stop(at)
                running = False
            restarts = self.profile.update_on_message == "restart" and not self.state.closed
            if restarts and not running:
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
            if self.by_state and (self.until is not None or not state.waiting_state):
                return False
            self._wait(at, state.waiting_state)
        else:
            self.until = None
            self._wait(at, False)
        return not (was_closed and not state.closed) or self._reopen(at, event.id)

    def _close(self, at: int) -> None:
        for place, plan in enumerate(self.plans):
            runs = self.runs[place]
            if not runs or runs[-1].stopped_at is not None:
                continue
            run, base = runs[-1], plan.clock.base
            if base == "update":
                _close_updates(runs, at)
                continue
            if base == "next_response":
                run.cancel(at, "closed")
                continue
            run.stop(at)
            run.unanswered = base == "first_response"

    def _reopen(self, at: int, event: str) -> bool:
        """R6; False: a clock that goes on gets a target that takes the full replay."""
        for place, plan in enumerate(self.plans):
            if plan.clock.base not in ("resolution", "requester_wait"):
                continue
            runs = self.runs[place]
            last = runs[-1]
            if last.stopped_at is None:
                continue
            window = last.plan.reopen_within
            if last.void is not None or (window is not None and at - last.stopped_at > window):
                runs.append(Stretch(plan, len(runs) + 1, at, event, self.waiting))
            elif window is not None:
                last.turn(at, PAUSE if self.waiting and plan.pausable else RUN)
                last.stopped_at = None
                if not self._follow(last, plan, at):
                    return False
        return True

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


def _close_updates(runs: list[Stretch], at: int) -> None:
    """Closing replies start no wait for the next one (details 18)."""
    while runs and runs[-1].start == at:
        runs.pop()
    if runs and runs[-1].stopped_at is None:
        runs[-1].stop(at)
