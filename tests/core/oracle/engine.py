"""The oracle itself: events in order, and time passing between them."""

from __future__ import annotations

from slaplugin.core.model import Event, Timeline
from slaplugin.core.policies import ByTime, PolicySet

from . import ladder
from .answer import Answering
from .life import Life
from .world import World


class Oracle(Answering):
    """Judges one ticket; ask ``answer``, ``steps`` and ``marks``."""

    def __init__(self, timeline: Timeline, policy_set: PolicySet, as_of: int) -> None:
        super().__init__(timeline, policy_set, as_of)
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
        closes, reopens = self.world.closes(event), self.world.reopens(event)
        group_moves = event.kind == "group_changed" and event.data.get(
            "to"
        ) != self.world.facts.get("group")
        owner_lost = (
            event.kind == "owner_changed"
            and not event.data.get("to")
            and self.world.facts.get("owner")
        )
        if event.data.get("opening"):
            self._opening(event)
            return
        ended = self.world.ends_ticket(event)
        if ended:
            for clock in self.clocks.values():
                self._void(clock, ended)
            self.ended = ended
            self.world.apply(event)
            return
        owed = bool(self.owed)
        self._note_message(event)
        self._voids(event)
        self._stops(event, closes=closes, group_moves=group_moves, owed=owed)
        self._patterns("stop", event, closes=closes, reopens=reopens)
        self.world.apply(event)
        self._conditions(event.at, event)
        self._patterns("start", event, closes=closes, reopens=reopens)
        self._starts(event, later, reopens=reopens)
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

    def _opening(self, event: Event) -> None:
        """The message that a ticket was created with is told by the creation."""
        if self.family.opens_with_an_answer(event):
            for clock in self.clocks.values():
                if clock.rules == "first_response":
                    self._stop(clock, event.at)
            self._note_message(event)
            self._retarget_all()
