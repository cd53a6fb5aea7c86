"""Amendments, merges and splits (R12, details 32, 33 and 37)."""

from __future__ import annotations

from dataclasses import replace

from slaplugin.core.model import Event

from . import ladder
from .clock import Clock
from .life import Correction, Exclusion, Life
from .opening import END
from .starts import Starting
from .world import World


class Changing(Starting):
    """What changes the past of a clock."""

    def _amendments(self, event: Event) -> None:
        if event.kind == "extended":
            for life in self.clocks[event.data["clock"]].lives[-1:]:
                if life.phase in ("run", "stop") and life.has_goal:
                    life.extended += int(event.data["add"])
                    self._amended(life)
        elif event.kind == "excluded":
            for clock in self.clocks.values():
                if event.data.get("clock") in (None, clock.name):
                    self._exclude(clock, event)
        elif event.kind == "pause_corrected":
            self._correct(event)

    def _exclude(self, clock: Clock, event: Event) -> None:
        if event.data.get("from") is None:
            self._void(clock, "excluded")
            return
        span = Exclusion(event.data["from"], event.data["to"])
        clock.exclusions.append(span)
        for life in clock.lives:
            if _concerns(span, life):
                life.exclusions.append(span)
                self._amended(life)

    def _correct(self, event: Event) -> None:
        waiting = bool(event.data["waiting"])
        correction = Correction(event.data["from"], event.data["to"], waiting)
        self.corrections.append(correction)
        for life in self._lives():
            if _concerns(correction, life):
                life.corrections.append(correction)
                self._amended(life)

    def _amended(self, life: Life) -> None:
        self.touched.add(id(life))
        if life.breached_at is not None:
            life.amended_after_breach = True

    # ------------------------------------------------------------------ merge and split

    def _split(self, event: Event) -> None:
        since = int(event.data["message_at"])
        for clock in self.clocks.values():
            if clock.rules != "first_response" or not clock.lives:
                continue
            if clock.lives[0].not_applicable or clock.alive is not None:
                clock.lives.clear()
                self._start(clock, since)
        self.messages.append(since)
        self.owed.append(since)

    def _move_start(self, life: Life, since: int) -> None:
        before = life.started_at
        life.started_at = since
        life.phases[0] = (since, "run")
        life.targets = [
            replace(each, anchor=since if each.anchor == before else each.anchor)
            for each in life.targets
        ]
        life.targets[0] = replace(life.targets[0], since=since)
        self.moved.add(id(life))

    def _absorb(self, event: Event) -> None:
        assert self.world is not None
        other = sorted(event.data["events"], key=lambda each: (each.at_ms, each.seq))
        other = [each for each in other if each.at <= self.now]
        if not other or other[0].kind != "created":
            return
        created = other[0].at
        away = World({"state": "new", "state_kind": "new"}, created)
        closed: list[tuple[int, int]] = []
        for each in other[1:]:
            away.pass_to(each.at)
            was = away.is_closed()
            away.apply(each)
            if away.is_closed() and not was:
                closed.append((each.at, END))
            elif was and not away.is_closed():
                closed[-1] = (closed[-1][0], each.at)
        away.pass_to(self.now)
        told = [each for each in other if not each.data.get("opening")]
        replies = [each.at for each in told if self.family.is_reply(each)]
        if created < self.created_at:
            self._take_over(created, away, closed)
        answered = self._answer_first_response(replies)
        if self.clocks["first_response"].alive is None:
            self._take_over_messages(other, answered)

    def _take_over(self, created: int, away: World, closed: list[tuple[int, int]]) -> None:
        for clock in self.clocks.values():
            if clock.rules not in (
                "first_response",
                "resolution",
                "first_resolution",
                "requester_wait",
            ):
                continue
            life = clock.lives[0]
            if life.phase != "run" or life.not_applicable:
                continue
            here = life.started_at
            if created >= here:
                continue
            self._move_start(life, created)
            life.off_before += [(a, min(b, here)) for a, b in closed if a < here]
            listed = self.cascade.inherited(life.target.given.policy, "pause")
            by_default = not life.has_goal or listed is None
            waits = away.state_waits if clock.by_state and by_default else away.waits
            if clock.pauses if by_default else clock.name in listed:
                life.paused_before += [(a, min(b, here)) for a, b in waits if a < here]

    def _answer_first_response(self, replies: list[int]) -> int | None:
        answered = None
        for clock in self.clocks.values():
            if clock.rules != "first_response" or not clock.lives or not replies:
                continue
            life = clock.lives[0]
            if life.phase == "run":
                first = min(replies)
                due = life.due(self.now)
                if life.has_goal and due is not None and due < first and life.breached_at is None:
                    life.breached_at = self.now
                    life.breach_reason = "retarget"
                life.phases.append((first, "stop"))
                if life.breached_at is not None:
                    ladder.overtake(life, self.now)
                elif life.has_goal:
                    life.met_at = first
                    ladder.fire_met(life, self.now)
                if clock.name == "first_response":
                    answered = first
        return answered

    def _take_over_messages(self, other: list[Event], answered: int | None) -> None:
        assert self.world is not None
        if answered is not None:
            self.owed = [at for at in self.messages if at > answered]
        self.owed += self._unanswered(other)
        if not self.owed or self.world.is_closed():
            return
        oldest = min(self.owed)
        for clock in self.clocks.values():
            if clock.rules != "next_response":
                continue
            life = clock.alive
            if life is None:
                self._start(clock, oldest)
            elif oldest < life.started_at:
                life.no_wait_before = max(life.no_wait_before, life.started_at)
                self._move_start(life, oldest)

    def _note_message(self, event: Event) -> None:
        if self.family.is_reply(event):
            self.owed = []
        else:
            found = self._unanswered([event])
            self.messages += found
            self.owed += found

    def _unanswered(self, events: list[Event]) -> list[int]:
        """Customer messages since the last reply; a creation that asks is one."""
        found: list[int] = []
        for event in events:
            if event.data.get("opening") and not self.family.opens_with_an_answer(event):
                continue
            if self.family.is_reply(event):
                found = []
            elif self._waits_for_us(event):
                found.append(event.at)
        return found

    def _waits_for_us(self, event: Event) -> bool:
        if event.kind != "created":
            return event.kind == "customer_message"
        taken = event.data.get("live") and self.family.takes_calls()
        return self.family.is_asked(event, self._has_customer()) and not taken


def _concerns(span: Exclusion | Correction, life: Life) -> bool:
    """It touches the life of the instance; what is void stays as it was."""
    is_void = life.phase == "void" or life.finally_out
    is_over = life.phase == "stop" and life.ended_at <= span.start
    return not is_void and not is_over and life.started_at < span.end
