"""Escalations: to whom a ticket was handed on, why, and what became of it (0147)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from slaplugin.core.metrics.measuring import Ladder
from slaplugin.core.metrics.times import Stay
from slaplugin.core.metrics.values import (
    NO_TIME,
    Elapsed,
    Escalation,
    EscalationEnd,
    EscalationKind,
)
from slaplugin.core.model import ClockInstance, Event
from slaplugin.core.past import Past

Hands = Literal["group", "owner"]
_KIND_OF = {"group": "group_changed", "owner": "owner_changed"}


def counts_as_judged(instance: ClockInstance) -> bool:
    """Whether a target of ours was kept or missed, beyond doubt; waived ones are neither."""
    sure = not instance.waived and instance.confidence == "high"
    return sure and instance.party != "customer" and instance.outcome in ("met", "breached")


def misses(past: Past) -> tuple[int, ...]:
    """The instants at which targets of ours were missed, in order; UTC epoch seconds."""
    return tuple(
        sorted(
            instance.breached_at
            for instance in past.instances
            if counts_as_judged(instance) and instance.breached_at is not None
        )
    )


def escalations_of(
    past: Past, stays: tuple[Stay, ...], ladder: Ladder, solved_at: int | None
) -> tuple[Escalation, ...]:
    """Every escalation of a ticket, in order; ``solved_at`` in UTC epoch seconds."""
    climb = _Climb(ladder, past.events, misses(past))
    for stay in stays:
        if stay.in_hand:
            climb.enter(stay)
    return climb.finish(solved_at)


@dataclass(slots=True)
class _Running:
    """An escalation that lasts."""

    hands: Hands
    kind: EscalationKind
    at: int
    source: str | None
    target: str
    elapsed: Elapsed = NO_TIME


class _Climb:
    """Follows a ticket from hand to hand."""

    def __init__(self, ladder: Ladder, events: tuple[Event, ...], missed: tuple[int, ...]) -> None:
        self._ladder = ladder
        self._events = events
        self._missed = missed
        self._path: list[str] = []
        """The groups up the ladder so far; a move to one of them comes back down."""
        self._owner: str | None = None
        self._running: _Running | None = None
        self._done: list[Escalation] = []

    def enter(self, stay: Stay) -> None:
        """The next stretch in which the ticket was not closed."""
        group, owner = stay.group, stay.owner
        if group is not None and not self._path:
            self._path = [group]
        elif group is not None and group != self._path[-1]:
            self._to_group(stay, group)
        elif owner is not None and owner != self._owner:
            self._to_owner(stay, owner)
        if owner is not None:
            self._owner = owner
        if self._running is not None:
            self._running.elapsed += stay.elapsed

    def finish(self, solved_at: int | None) -> tuple[Escalation, ...]:
        """All of them; one that still runs ends with the ticket, if that was solved."""
        self._end("open" if solved_at is None else "solved", solved_at)
        return tuple(self._done)

    def _to_group(self, stay: Stay, group: str) -> None:
        if group in self._path:
            del self._path[self._path.index(group) + 1 :]
            self._end("returned", stay.stage.start)
            return
        source = self._path[-1]
        self._path.append(group)
        kind = self._kind_of_move(stay, group)
        if kind is None:
            self._end("passed_on", stay.stage.start)
        else:
            self._begin(_Running("group", kind, stay.stage.start, source, group))

    def _kind_of_move(self, stay: Stay, group: str) -> EscalationKind | None:
        if self._is_ours("group", group, stay.stage.start):
            return "automatic"
        if stay.owner != self._owner and self._ladder.is_manager(stay.owner):
            return "hierarchical"
        return "functional" if self._ladder.leads_to(group) else None

    def _to_owner(self, stay: Stay, owner: str) -> None:
        at = stay.stage.start
        running = self._running if self._running and self._running.hands == "owner" else None
        if running is not None and owner == running.source:
            self._end("returned", at)
            return
        kind = self._kind_of_owner(owner, at)
        if kind is not None:
            self._begin(_Running("owner", kind, at, self._owner, owner))
        elif running is not None:
            self._end("passed_on", at)

    def _kind_of_owner(self, owner: str, at: int) -> EscalationKind | None:
        """Giving an unowned ticket to somebody is dispatch, unless a target had been missed."""
        manager = self._ladder.is_manager(owner)
        taken_away = self._owner is not None or self._missed_by(at)
        if (taken_away or manager) and self._is_ours("owner", owner, at):
            return "automatic"
        return "hierarchical" if manager else None

    def _is_ours(self, hands: Hands, name: str, at: int) -> bool:
        kind = _KIND_OF[hands]
        changes = (
            event
            for event in reversed(self._events)
            if event.at <= at and event.kind == kind and str(event.data.get("to")) == name
        )
        return next((event.ours for event in changes), False)

    def _begin(self, escalation: _Running) -> None:
        self._end("passed_on", escalation.at)
        self._running = escalation

    def _end(self, end: EscalationEnd, at: int | None) -> None:
        running, self._running = self._running, None
        if running is None:
            return
        done = Escalation(
            kind=running.kind,
            at=running.at,
            source=running.source,
            target=running.target,
            end=end,
            ended_at=at,
            elapsed=running.elapsed,
            after_miss=self._missed_by(running.at),
            in_time=None,
        )
        if end == "solved" and at is not None:
            done = replace(done, in_time=not self._missed_by(at))
        self._done.append(done)

    def _missed_by(self, at: int) -> bool:
        return bool(self._missed) and self._missed[0] <= at
