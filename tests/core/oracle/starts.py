"""What starts, stops and voids a clock (details 7, 15-22, 34)."""

from __future__ import annotations

from slaplugin.core.conditions import Condition
from slaplugin.core.model import Event
from slaplugin.core.policies import EventPattern

from . import ladder
from .cascade import holds
from .clock import Clock
from .life import Life
from .targets import Targeting


class Starting(Targeting):
    """Starts and ends by event."""

    def _start_like(self, rules: str, event: Event, since: int | None = None) -> None:
        for clock in self.clocks.values():
            if clock.rules == rules:
                self._start(clock, event.at if since is None else since)

    # ------------------------------------------------------------------ ends

    def _voids(self, event: Event) -> None:
        for pattern in self.set.void:
            if self._matches(pattern, event):
                reason = pattern.reason or _tag(pattern, event) or pattern.event
                for clock in self.clocks.values():
                    self._void(clock, str(reason))
        for clock in self.clocks.values():
            for pattern in clock.custom.void if clock.custom else ():
                if self._matches(pattern, event):
                    reason = pattern.reason or _tag(pattern, event) or pattern.event
                    self._void(clock, str(reason))

    def _matches(
        self, pattern: EventPattern, event: Event, closes: bool | None = None, reopens: bool = False
    ) -> bool:
        assert self.world is not None
        if closes is None:
            closes, reopens = self.world.closes(event), self.world.reopens(event)
        kinds = {event.kind} - {"closed", "reopened"}
        kinds |= {"closed"} if closes else set()
        kinds |= {"reopened"} if reopens else set()
        if pattern.event not in kinds:
            return False
        for key, wanted in pattern.keys.items():
            value = event.data.get(key)
            options = wanted if isinstance(wanted, tuple) else (wanted,)
            if value not in options:
                return False
        return True

    def _patterns(
        self, which: str, event: Event, *, closes: bool = False, reopens: bool = False
    ) -> None:
        for clock in self.clocks.values():
            if clock.custom is None:
                continue
            patterns = clock.custom.start if which == "start" else clock.custom.stop
            if any(self._matches(each, event, closes, reopens) for each in patterns):
                if which == "start":
                    self._start(clock, event.at)
                else:
                    self._stop(clock, event.at)

    def _stops(self, event: Event, *, closes: bool, group_moves: bool, owed: bool) -> None:
        """``owed``: a message waited for an answer before this event."""
        for clock in self.clocks.values():
            rules = clock.rules
            if self.family.is_reply(event) and rules in (
                "first_response",
                "next_response",
                "update",
            ):
                self._stop(clock, event.at)
            answers_us = event.kind == "customer_message" and not owed
            if rules == "update" and answers_us and self.family.customer_ends_update():
                self._stop(clock, event.at)
            if rules == "assignment" and event.kind == "owner_changed" and event.data.get("to"):
                self._stop(clock, event.at)
            if rules == "ownership" and group_moves:
                self._stop(clock, event.at)
            if closes:
                self._close_effect(clock, event.at)

    def _close_effect(self, clock: Clock, at: int) -> None:
        if clock.rules == "first_response":
            life = clock.alive
            if life is not None and life.phase == "run":
                life.unanswered = True
            self._stop(clock, at)
        elif clock.rules == "next_response":
            self._void(clock, "closed")
        elif clock.rules in (
            "update",
            "resolution",
            "requester_wait",
            "first_resolution",
            "assignment",
            "ownership",
        ):
            self._stop(clock, at)

    def _stop(self, clock: Clock, at: int) -> None:
        life = clock.alive
        if life is None:
            return
        if life.phase == "out":
            life.finally_out = True
            return
        life.phases.append((at, "stop"))
        if self._outcome(life) == "met" and life.met_at is None:
            life.met_at = at
            ladder.fire_met(life, at)

    def _void(self, clock: Clock, reason: str) -> None:
        life = clock.alive
        if life is not None and life.phase == "run":
            life.phases.append((self.now, "void"))
            life.void_reason = reason
        elif life is not None:
            life.finally_out = True

    # ------------------------------------------------------------------ starts

    def _start(self, clock: Clock, since: int) -> None:
        assert self.world is not None
        if clock.alive is not None:
            return
        if clock.lives:
            last = clock.lives[-1]
            if clock.cycle == "once":
                return
            if clock.cycle == "accumulate":
                if last.phase == "stop":
                    last.phases.append((self.now, "run"))
                return
            if clock.cycle == "resume" and last.phase == "stop":
                window = self._window(clock, last)
                if window is None:
                    return
                if self.now - last.ended_at <= window:
                    last.phases.append((self.now, "run"))
                    return
        self._new_life(clock, since)

    def _window(self, clock: Clock, last: Life) -> int | None:
        named: int | None = self.cascade.inherited(last.target.given.policy, "reopen_within")
        return clock.window if named is None else named

    def _new_life(self, clock: Clock, since: int) -> None:
        assert self.world is not None
        life = Life(
            self.cascade,
            clock.name,
            len(clock.lives) + 1,
            since,
            clock.party,
            clock.pauses,
            self.world.waits,
            self.world.state_waits,
            clock.by_state,
        )
        life.phases.append((since, "run"))
        life.exclusions += clock.exclusions
        life.corrections += self.corrections
        clock.lives.append(life)
        if clock.custom is not None and clock.custom.pause is not None:
            life.conditions.append((since, holds(clock.custom.pause, self.world.facts)))
        given = self._look(life)
        life.targets.append(self._fresh(life, given, since))
        if since < self.now:
            self.moved.add(id(life))
            life.no_wait_before = self.now

    def _start_at_creation(self, event: Event, later: list[Event]) -> None:
        assert self.world is not None
        facts = self.world.facts
        owed = self.family.owes(event, self._has_customer())
        taken = event.data.get("live") and self.family.takes_calls()
        asks = self.family.is_asked(event, self._has_customer())
        for clock in self.clocks.values():
            if clock.rules == "first_response":
                self._start(clock, event.at)
                if not owed:
                    clock.lives[-1].not_applicable = True
                    clock.lives[-1].phases.append((event.at, "void"))
                elif taken:
                    self._stop(clock, event.at)
            elif (
                clock.rules in ("resolution", "requester_wait", "first_resolution")
                or (clock.rules == "assignment" and not facts.get("owner"))
                or (clock.rules == "ownership" and facts.get("group"))
            ):
                self._start(clock, event.at)
        begins = self.family.updates_at_creation(event, self._has_customer())
        if begins or (taken and owed):
            self._start_update(event, later)
        if self.family.asks_next_at_once() and asks and not self.world.is_closed():
            self._start_like("next_response", event)

    def _closes_now(self, event: Event, later: list[Event]) -> bool:
        assert self.world is not None
        return any(
            each.at == event.at
            and (
                each.kind == "closed"
                or (
                    each.kind == "state_changed"
                    and "closed" in (each.data.get("kind"), each.data.get("to"))
                )
            )
            for each in later
        )

    def _starts(self, event: Event, later: list[Event], *, reopens: bool) -> None:
        assert self.world is not None
        if self.family.is_reply(event):
            self.unanswered_on_closed = None
            self._start_update(event, later)
        if event.kind == "customer_message":
            if self.family.customer_restarts_update():
                self._start_update(event, later)
            if not self.world.is_closed():
                self._start_next_response(event.at)
            elif self.unanswered_on_closed is None:
                self.unanswered_on_closed = event.at
        if reopens:
            self._starts_of_reopening(event)

    def _start_update(self, event: Event, later: list[Event]) -> None:
        assert self.world is not None
        if not self.world.is_closed() and not self._closes_now(event, later):
            self._start_like("update", event)

    def _starts_of_reopening(self, event: Event) -> None:
        assert self.world is not None
        for rules in ("resolution", "requester_wait"):
            self._start_like(rules, event)
        if not self.world.facts.get("owner"):
            self._start_like("assignment", event)
        if self.world.facts.get("group"):
            self._start_like("ownership", event)
        if self.unanswered_on_closed is not None:
            self._start_next_response(self.unanswered_on_closed)
            if self.family.customer_restarts_update():
                self._start_like("update", event, self.unanswered_on_closed)
        self.unanswered_on_closed = None

    def _start_next_response(self, since: int) -> None:
        first = self.clocks["first_response"].alive
        if first is not None and not self.family.asks_next_at_once():
            return
        for clock in self.clocks.values():
            if clock.rules == "next_response":
                self._start(clock, since)

    def _conditions(self, at: int, event: Event | None) -> None:
        """Clocks that run while something holds; pause conditions of custom clocks."""
        assert self.world is not None
        facts = self.world.facts
        for clock in self.clocks.values():
            condition: Condition | None = clock.custom.runs_while if clock.custom else None
            if condition is not None:
                holding = holds(condition, facts)
            elif clock.rules == "customer_wait":
                holding = self.world.is_waiting()
            elif clock.rules == "handle_time":
                holding = self.world.kind == "open" and bool(facts.get("owner"))
            else:
                holding = False
            if clock.was_holding and not holding:
                self._stop(clock, at)
            if holding and not clock.was_holding:
                self._start(clock, at)
                self._retarget_all_of(clock)
            clock.was_holding = holding
            if clock.custom is not None and clock.custom.pause is not None and event is not None:
                for life in clock.lives:
                    life.conditions.append((at, holds(clock.custom.pause, facts)))

    def _retarget_all_of(self, clock: Clock) -> None:
        for life in clock.lives[-1:]:
            self._retarget(life)


def _tag(pattern: EventPattern, event: Event) -> str | None:
    return str(event.data.get("tag")) if "tag" in pattern.keys else None
