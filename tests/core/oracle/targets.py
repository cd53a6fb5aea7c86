"""Targets that come and change while a clock runs (R8-R10)."""

from __future__ import annotations

from dataclasses import replace

from slaplugin.core.policies import BusinessDays, ByTime, ChangeRule, Duration

from . import ladder
from .base import Base
from .cascade import Given
from .life import InForce, Life
from .opening import END


class Targeting(Base):
    """The cascade asked anew after every event."""

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
