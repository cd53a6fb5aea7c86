"""The oracle itself: events in order, and time passing between them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from slaplugin.core.conditions import Condition
from slaplugin.core.model import Event, Timeline
from slaplugin.core.policies import (
    BusinessDays,
    ByTime,
    ChangeRule,
    Duration,
    EventPattern,
    NoTarget,
    PolicySet,
)

from . import ladder
from .cascade import Cascade, Given, holds
from .life import Correction, Exclusion, InForce, Life
from .opening import END
from .world import World, unique_in_order

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
PAUSE_BY_DEFAULT = {
    "update",
    "resolution",
    "first_resolution",
    "ownership",
    "handle_time",
    "requester_wait",
}
RESUMING = {"resolution", "requester_wait"}
DEFAULT_WINDOW = 14 * 86_400


class Clock:
    """What the oracle knows about one clock: its rules and its instances so far."""

    def __init__(self, name: str, policy_set: PolicySet) -> None:
        self.name = name
        custom = policy_set.clocks.get(name)
        self.rules = name if custom is None else custom.like
        self.custom = custom if custom is not None and custom.like is None else None
        party = custom.party if custom is not None else None
        default = {"ownership": "group", "customer_wait": "customer"}.get(self.rules or "", "us")
        self.party = party or default
        self.pauses = self.rules in PAUSE_BY_DEFAULT
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


class Oracle:
    def __init__(self, timeline: Timeline, policy_set: PolicySet, as_of: int) -> None:
        self.cascade = Cascade(policy_set)
        self.set = policy_set
        self.ticket = timeline.ticket
        self.as_of = as_of
        self.events = unique_in_order(timeline, as_of)
        self.clocks = {name: Clock(name, policy_set) for name in (*BUILT_IN, *policy_set.clocks)}
        self.world: World | None = None
        self.now = 0
        self.ended: str | None = None
        self.moved: set[int] = set()
        self.touched: set[int] = set()
        self.unanswered_on_closed: int | None = None
        self.messages: list[int] = []
        """When this ticket's own customers wrote; a split message is one of theirs."""
        self.owed: list[int] = []
        """Messages without an answer, those of absorbed tickets among them (details 32)."""
        self.corrections: list[Correction] = []
        self.created_at = 0
        self._run()

    # ------------------------------------------------------------------ time

    def _run(self) -> None:
        for place, event in enumerate(self.events):
            if self.world is None:
                if event.kind != "created":
                    continue
                self._created(event, self.events[place + 1 :])
                continue
            self._pass_time(event.at)
            if self.ended is None:
                self._event(event, self.events[place + 1 :])
        if self.world is not None:
            self._pass_time(self.as_of)
            for life in self._lives():
                ladder.fire(life, self.as_of, self.as_of + 1)

    def _lives(self) -> list[Life]:
        return [life for clock in self.clocks.values() for life in clock.lives]

    def _pass_time(self, until: int) -> None:
        assert self.world is not None
        while self.now < until:
            stop = min(self._boundaries(until))
            for life in self._lives():
                self._breach_before(life, stop)
                ladder.fire(life, self.now, stop)
            self.now = stop
            self.world.pass_to(stop)
            self._conditions(stop, None)

    def _boundaries(self, until: int) -> set[int]:
        assert self.world is not None
        found = {until}
        if self.world.until is not None:
            found.add(self.world.until)
        for life in self._lives():
            for each in (*life.exclusions, *life.corrections):
                found |= {each.start, each.end}
        return {at for at in found if self.now < at <= until}

    def _breach_before(self, life: Life, stop: int) -> None:
        if life.phase != "run" or life.breached_at is not None or not life.has_goal:
            return
        if not isinstance(life.target.goal, ByTime) and not life.is_active(self.now):
            return
        due = life.due(self.now)
        if due is not None and due < stop:
            life.breached_at = max(due, self.now)
            life.breach_reason = "overdue"

    # ------------------------------------------------------------------ one event (details 7)

    def _created(self, event: Event, later: list[Event]) -> None:
        facts = dict(self.ticket.facts)
        facts["created_in"] = tuple(
            name for name, opening in self.cascade.openings.items() if opening.is_open(event.at)
        )
        self.now = self.created_at = event.at
        self.world = World(facts, event.at)
        self._note_message(event)
        self._conditions(event.at, event)
        self._start_at_creation(event, later)
        self._patterns("start", event)
        if self.world.is_closed():
            for clock in self.clocks.values():
                self._close_effect(clock, event.at)
        self._retarget_all()

    def _event(self, event: Event, later: list[Event]) -> None:
        assert self.world is not None
        before_closed = self.world.is_closed()
        closes, reopens = self.world.closes(event), self.world.reopens(event)
        group_moves = event.kind == "group_changed" and event.data.get(
            "to"
        ) != self.world.facts.get("group")
        owner_lost = (
            event.kind == "owner_changed"
            and not event.data.get("to")
            and self.world.facts.get("owner")
        )
        ended = self.world.ends_ticket(event)
        if ended:
            for clock in self.clocks.values():
                self._void(clock, ended)
            self.ended = ended
            self.world.apply(event)
            return
        self._note_message(event)
        self._voids(event)
        self._stops(event, closes=closes, group_moves=group_moves)
        self._patterns("stop", event, closes=closes, reopens=reopens)
        self.world.apply(event)
        self._conditions(event.at, event)
        self._patterns("start", event, closes=closes, reopens=reopens)
        self._starts(event, later, before_closed=before_closed, reopens=reopens)
        if self.world.is_closed():
            pass
        elif group_moves and self.world.facts.get("group"):
            self._start_like("ownership", event)
        elif owner_lost:
            self._start_like("assignment", event)
        self._amendments(event)
        if event.kind == "absorbed":
            self._absorb(event)
        if event.kind == "split_from":
            self._split(event)
        self._retarget_all()

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

    def _stops(self, event: Event, *, closes: bool, group_moves: bool) -> None:
        for clock in self.clocks.values():
            rules = clock.rules
            if event.kind == "agent_reply" and rules in (
                "first_response",
                "next_response",
                "update",
            ):
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
                window = self.cascade.inherited(last.target.given.policy, "reopen_within")
                if self.now - last.ended_at <= (DEFAULT_WINDOW if window is None else window):
                    last.phases.append((self.now, "run"))
                    return
        life = Life(
            self.cascade,
            clock.name,
            len(clock.lives) + 1,
            since,
            clock.party,
            clock.pauses,
            self.world.waits,
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
        by = event.data.get("by")
        owed = (
            by == "customer"
            or bool(event.data.get("on_behalf"))
            or (by == "system" and self._has_customer())
        )
        for clock in self.clocks.values():
            if clock.rules == "first_response":
                self._start(clock, event.at)
                if not owed:
                    clock.lives[-1].not_applicable = True
                    clock.lives[-1].phases.append((event.at, "void"))
                elif event.data.get("live"):
                    self._stop(clock, event.at)
            elif (
                clock.rules in ("resolution", "requester_wait", "first_resolution")
                or (clock.rules == "assignment" and not facts.get("owner"))
                or (clock.rules == "ownership" and facts.get("group"))
            ):
                self._start(clock, event.at)
            elif clock.rules == "update" and event.data.get("live") and owed:
                if not self.world.is_closed() and not self._closes_now(event, later):
                    self._start(clock, event.at)

    def _has_customer(self) -> bool:
        assert self.world is not None
        return any(
            name.startswith("customer.") and value is not None
            for name, value in self.world.facts.items()
        )

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

    def _starts(
        self, event: Event, later: list[Event], *, before_closed: bool, reopens: bool
    ) -> None:
        assert self.world is not None
        closed = self.world.is_closed()
        if event.kind == "agent_reply":
            self.unanswered_on_closed = None
            if not closed and not self._closes_now(event, later):
                self._start_like("update", event)
        if event.kind == "customer_message":
            if closed:
                if self.unanswered_on_closed is None:
                    self.unanswered_on_closed = event.at
            else:
                self._start_next_response(event.at)
        if reopens:
            for rules in ("resolution", "requester_wait"):
                self._start_like(rules, event)
            if not self.world.facts.get("owner"):
                self._start_like("assignment", event)
            if self.world.facts.get("group"):
                self._start_like("ownership", event)
            if self.unanswered_on_closed is not None:
                self._start_next_response(self.unanswered_on_closed)
            self.unanswered_on_closed = None

    def _start_next_response(self, since: int) -> None:
        first = self.clocks["first_response"].alive
        if first is not None:
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

    # ------------------------------------------------------------------ targets (R8-R10)

    def _look(self, life: Life) -> Given:
        assert self.world is not None
        found = self.cascade.candidates(life.clock, self.world.seen, life.started_at)
        if not found:
            life.chosen = None
            return self.cascade.measured(self.world.seen, life.started_at)
        names = frozenset(found)
        if life.chosen is not None and life.chosen[0] == names:
            name = life.chosen[1]
            return next(given for given in found if given.policy == name)
        given = self.cascade.choose(found, life.started_at)
        life.chosen = (names, given.policy)
        return given

    def _fresh(self, life: Life, given: Given, since: int) -> InForce:
        seconds = given.goal.seconds if isinstance(given.goal, Duration) else 0
        return InForce(since, given, given.goal, seconds, 0, life.started_at, given.calendar)

    def _retarget_all(self) -> None:
        for life in self._lives():
            self._retarget(life)
        self.moved.clear()
        self.touched.clear()

    def _retarget(self, life: Life) -> None:
        now = self.now
        if life.not_applicable or life.finally_out or life.phase in ("stop", "void"):
            return
        given = self._look(life)
        old = life.target
        if given.goal is None:
            if life.has_goal and life.phase == "run":
                life.phases.append((now, "out"))
                life.void_reason = "policy_left"
            elif life.phase == "run" and old.given != given:
                life.targets.append(replace(old, since=now, given=given, goal=None))
            return
        returned = life.phase == "out"
        if returned:
            life.phases.append((now, "run"))
            life.void_reason = None
        new = old
        if given != old.given or given.goal != old.goal:
            new = self._changed(life, old, given)
            life.targets.append(new)
        moved = id(life) in self.moved
        changed = new.goal != old.goal or new.allowed != old.allowed or new.anchor != old.anchor
        if life.has_goal and life.breached_at is None:
            due = life.due(now)
            if due is not None and due < now:
                life.breached_at = now
                retargeted = changed or moved or id(life) in self.touched
                life.breach_reason = "retarget" if retargeted else "overdue"
        if changed or moved or new.given.policy != old.given.policy:
            ladder.overtake(life, now)

    def _changed(self, life: Life, old: InForce, given: Given) -> InForce:
        if given.goal == old.goal:
            return replace(old, since=self.now, given=given)
        new = self._fresh(life, given, self.now)
        rule = self.cascade.inherited(given.policy, "change") or ChangeRule()
        if not self._is_tighter(life, old, new):
            if rule.loosen == "keep" and isinstance(old.goal, Duration | BusinessDays | ByTime):
                return replace(old, since=self.now, given=given)
            return new
        elapsed = life.elapsed(self.now)
        if rule.tighten.how == "restart":
            seconds = elapsed + new.allowed
            return replace(new, allowed=seconds, base=elapsed, anchor=self.now)
        if rule.tighten.how == "floor" and isinstance(new.goal, Duration):
            floor = elapsed + rule.tighten.floor
            if isinstance(old.goal, Duration):
                floor = min(floor, old.allowed + life.extended)
            return replace(new, allowed=max(new.allowed, floor - life.extended))
        return new

    def _is_tighter(self, life: Life, old: InForce, new: InForce) -> bool:
        if isinstance(old.goal, Duration) and isinstance(new.goal, Duration):
            return new.allowed < old.allowed
        before = life.due_of(old, self.now)
        life.targets.append(new)
        after = life.due_of(new, self.now)
        life.targets.pop()
        return (END if after is None else after) < (END if before is None else before)

    # ------------------------------------------------------------------ amendments (details 37)

    def _amendments(self, event: Event) -> None:
        if event.kind == "extended":
            lives = self.clocks[event.data["clock"]].lives[-1:]
            for life in lives:
                if life.phase in ("run", "stop") and life.has_goal:
                    life.extended += int(event.data["add"])
                    self._amended(life)
        elif event.kind == "excluded":
            for clock in self.clocks.values():
                if event.data.get("clock") not in (None, clock.name):
                    continue
                if event.data.get("from") is None:
                    self._void(clock, "excluded")
                    continue
                span = Exclusion(event.data["from"], event.data["to"])
                clock.exclusions.append(span)
                for life in clock.lives:
                    if _concerns(span, life):
                        life.exclusions.append(span)
                        self._amended(life)
        elif event.kind == "pause_corrected":
            correction = Correction(
                event.data["from"], event.data["to"], bool(event.data["waiting"])
            )
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
        replies = [each.at for each in other if each.kind == "agent_reply"]
        if created < self.created_at:
            self._take_over(created, away.waits, closed)
        answered = self._answer_first_response(replies)
        if self.clocks["first_response"].alive is None:
            self._take_over_messages(other, answered)

    def _take_over(
        self, created: int, waits: list[tuple[int, int]], closed: list[tuple[int, int]]
    ) -> None:
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
            if not life.has_goal or listed is None:
                pausing = clock.pauses
            else:
                pausing = clock.name in listed
            if pausing:
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
        self.owed += _unanswered(other, self._has_customer())
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
        if event.kind == "agent_reply":
            self.owed = []
        else:
            found = _unanswered([event], self._has_customer())
            self.messages += found
            self.owed += found

    # ------------------------------------------------------------------ the answer

    def _outcome(self, life: Life) -> str:
        if life.not_applicable:
            return "not_applicable"
        if life.breached_at is not None:
            return "breached"
        if life.phase in ("void", "out"):
            return "void"
        if life.phase == "stop" and life.unanswered:
            return "closed_unanswered"
        if not life.has_goal:
            return "not_applicable"
        return "met" if life.phase == "stop" else "pending"

    def answer(self) -> dict[str, list[dict[str, Any]]]:
        """Per clock the instances, with the keys of policy-language §9."""
        return {
            name: [self._row(life) for life in clock.lives] for name, clock in self.clocks.items()
        }

    def _row(self, life: Life) -> dict[str, Any]:
        end = self.as_of if life.phase == "run" else life.ended_at
        low = self.cascade.is_low(life.clock, self.ticket.current_only)
        row: dict[str, Any] = {
            "clock": life.clock,
            "instance": life.number,
            "party": life.party,
            "started_at": life.started_at,
            "outcome": self._outcome(life),
            "breached_at": life.breached_at,
            "breach_reason": life.breach_reason,
            "void_reason": None,
            "stopped_at": None,
            "confidence": "low" if low else "high",
        }
        if life.not_applicable:
            zero = {"due_at": None, "remaining": None, "elapsed": 0, "paused": 0}
            return row | zero | {"status": "not_applicable", "waived": False}
        gone = life.phase in ("void", "out")
        is_paused = life.phase == "run" and not life.is_active(self.as_of)
        row["status"] = "void" if gone else "stopped" if life.phase == "stop" else "running"
        if is_paused:
            row["status"] = "paused"
        row["void_reason"] = life.void_reason if gone else None
        row["stopped_at"] = None if life.phase == "run" else life.ended_at
        shown = not gone and (not is_paused or isinstance(life.target.goal, ByTime))
        due = life.due(end)
        row["due_at"] = due if shown else None
        row["remaining"] = None if gone else life.remaining(end)
        row["elapsed"] = life.elapsed(end)
        row["paused"] = life.total("paused", end)
        row["policy"] = life.target.given.policy
        row["calendar"] = life.target.given.calendar
        row["target"] = _target(life.target.goal)
        row["waived"] = (
            life.breached_at is not None
            and life.amended_after_breach
            and (due is None or end <= due)
        )
        return row

    def steps(self) -> list[dict[str, Any]]:
        order = {name: place for place, name in enumerate(self.clocks)}
        found = [
            (record.at, order[life.clock], life.number, record.severity, record)
            for life in self._lives()
            for record in life.fired.values()
        ]
        found.sort(key=lambda row: row[:4])
        return [
            {
                "at": record.at,
                "clock": list(self.clocks)[place],
                "instance": number,
                "step": record.step,
                "do": record.do,
                "status": record.status,
            }
            for _, place, number, _, record in found
        ]

    def marks(self) -> dict[str, Any]:
        nothing = {"mark": "none", "due": None, "state": "none", "policy": None}
        if self.ended:
            return nothing
        rows = {id(life): self._row(life) for life in self._lives()}
        lives = list(ladder.looked_at(self._lives()))
        opened = [life for life in lives if life.phase == "run"]
        risk = any(ladder.is_at_risk(life, self.as_of) for life in opened)
        breached = any(
            ladder.counts_as_breached(life) and not rows[id(life)]["waived"] for life in lives
        )
        overdue = False
        for life in opened:
            due = life.due(self.as_of)
            overdue = overdue or (due is not None and due < self.as_of)
        dues = [
            (rows[id(life)]["due_at"], place)
            for place, life in enumerate(opened)
            if rows[id(life)]["due_at"] is not None
        ]
        paused = [rows[id(life)]["status"] == "paused" for life in opened]
        state = "none"
        if overdue:
            state = "overdue"
        elif risk:
            state = "at_risk"
        elif opened:
            state = "paused" if all(paused) else "ok"
        return {
            "mark": "breached" if breached else "at_risk" if risk else "none",
            "due": min(dues)[0] if dues else None,
            "state": state,
            "policy": rows[id(opened[min(dues)[1]])]["policy"] if dues else None,
        }


def _concerns(span: Exclusion | Correction, life: Life) -> bool:
    """It touches the life of the instance; what is void stays as it was."""
    is_void = life.phase == "void" or life.finally_out
    is_over = life.phase == "stop" and life.ended_at <= span.start
    return not is_void and not is_over and life.started_at < span.end


def _tag(pattern: EventPattern, event: Event) -> str | None:
    return str(event.data.get("tag")) if "tag" in pattern.keys else None


def _unanswered(events: list[Event], has_customer: bool) -> list[int]:
    """Customer messages since the last reply; a creation by or for a customer is one."""
    found: list[int] = []
    for event in events:
        if event.kind == "agent_reply":
            found = []
        elif event.kind == "customer_message":
            found.append(event.at)
        elif event.kind == "created" and not event.data.get("live"):
            by = event.data.get("by")
            for_customer = event.data.get("on_behalf") or (by == "system" and has_customer)
            if by == "customer" or for_customer:
                found.append(event.at)
    return found


def _target(goal: object) -> int | str | None:
    match goal:
        case Duration(seconds=seconds):
            return seconds
        case BusinessDays(days=days):
            return f"{days}bd"
        case ByTime(wall=None):
            return "by close"
        case ByTime(wall=wall) if wall is not None:
            return f"by {wall // 3600:02d}:{wall % 3600 // 60:02d}"
        case NoTarget() | None:
            return None
    raise AssertionError(goal)
