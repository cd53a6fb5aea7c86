"""A ticket's whole past as reports read it: what it was at each moment, beside its clocks.

The facts are those that the engine itself goes by (core/clocks/facts), so that a figure of a report
and the clock behind it can never disagree about the group, the owner or the priority of a moment.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from slaplugin.core.clocks.facts import TicketState
from slaplugin.core.clocks.replay import STATE_EVENTS, in_order
from slaplugin.core.model import ClockInstance, Event, Ticket, Timeline
from slaplugin.core.rulebook import RuleBook


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of a ticket's life in which no fact changed."""

    start: int
    """UTC epoch seconds."""
    end: int
    """UTC epoch seconds, exclusive; the last stage of a ticket ends at ``Past.as_of``."""
    facts: Mapping[str, Any]
    """By the names of :class:`Ticket.facts`; the real ones, changes of our own included."""
    waiting: bool
    """It counted as waiting on the customer (R7)."""

    @property
    def seconds(self) -> int:
        """Its length."""
        return self.end - self.start

    @property
    def state_kind(self) -> str:
        """``new``, ``open``, ``waiting_customer`` …, ``closed``, ``merged``, ``removed``."""
        return str(self.facts.get("state_kind"))

    @property
    def closed(self) -> bool:
        """Nothing is to be done: closed, merged into another ticket or removed."""
        return self.state_kind in ("closed", "merged", "removed")


@dataclass(frozen=True, slots=True)
class Past:
    """One ticket, everything that happened to it up to ``as_of``, and its clocks."""

    ticket: Ticket
    events: tuple[Event, ...]
    """In order, each id once, none later than ``as_of``: the host's, observed ones, amendments."""
    instances: tuple[ClockInstance, ...]
    """Finished ones as they were recorded, open ones as of ``as_of``."""
    stages: tuple[Stage, ...]
    """They tile the time from the creation to ``as_of``; empty without a creation."""
    as_of: int
    """UTC epoch seconds."""

    @property
    def created_at(self) -> int | None:
        """UTC epoch seconds; None: the host shows no creation."""
        return self.stages[0].start if self.stages else None

    @property
    def closed(self) -> bool:
        """As of ``as_of``."""
        return bool(self.stages) and self.stages[-1].closed

    def stage_at(self, at: int) -> Stage | None:
        """The stage in force at an instant, what happened in that very second included.

        Before the creation the first stage; None for a ticket without one.
        """
        if not self.stages:
            return None
        place = bisect_right(self.stages, at, key=lambda stage: stage.start) - 1
        return self.stages[max(place, 0)]

    def facts_at(self, at: int) -> Mapping[str, Any]:
        """The facts in force at an instant (policy-language §8: "those in force then")."""
        stage = self.stage_at(at)
        return self.ticket.facts if stage is None else stage.facts


def past_of(
    timeline: Timeline, rules: RuleBook, instances: tuple[ClockInstance, ...], as_of: int
) -> Past:
    """The past of a ticket with the clocks that somebody has already judged.

    ``as_of`` in UTC epoch seconds. Of ``rules`` only what belongs to no policy is used: calendars
    and the names of priorities.
    """
    events = tuple(in_order(timeline.events, as_of))
    stages = tuple(_stages(timeline.ticket, events, rules, as_of))
    return Past(timeline.ticket, events, instances, stages, as_of)


@dataclass(frozen=True, slots=True)
class _Moment:
    at: int
    facts: Mapping[str, Any]
    waiting: bool


def _stages(
    ticket: Ticket, events: tuple[Event, ...], rules: RuleBook, as_of: int
) -> Iterator[Stage]:
    moments = list(_moments(ticket, events, rules, as_of))
    ends = (*(moment.at for moment in moments[1:]), as_of)
    for moment, end in zip(moments, ends, strict=False):
        # What happened in one second leaves only its last state; the last moment always shows.
        if end > moment.at or moment is moments[-1]:
            yield Stage(moment.at, end, moment.facts, moment.waiting)


def _moments(
    ticket: Ticket, events: tuple[Event, ...], rules: RuleBook, as_of: int
) -> Iterator[_Moment]:
    state = TicketState(ticket, rules)
    before: _Moment | None = None
    for event in events:
        if before is None and event.kind != "created":
            continue
        if before is not None and _date_reached(state, event.at):
            before = _Moment(_leave_waiting(state), before.facts, waiting=False)
            yield before
        ended = ending(state, event)
        _apply(state, event, ended)
        after = _Moment(event.at, dict(state.facts), state.waiting)
        if before is None or (after.facts, after.waiting) != (before.facts, before.waiting):
            yield after
            before = after
        if ended:
            return
    if before is not None and _date_reached(state, as_of):
        yield _Moment(_leave_waiting(state), before.facts, waiting=False)


def _apply(state: TicketState, event: Event, ended: Literal["removed", "merged"] | None) -> None:
    if ended:
        state.facts["state_kind"] = ended
        state.waiting_state = False
    elif event.kind == "created":
        state.created(event)
    elif not event.data.get("opening"):
        state.apply(event)


def ending(state: TicketState, event: Event) -> Literal["removed", "merged"] | None:
    """How the ticket itself ends by an event, what follows does not exist (details 15); None: it
    goes on."""
    if event.kind == "deleted":
        return "removed"
    if event.kind == "merged":
        return "merged"
    kind = state.new_kind(event) if event.kind in STATE_EVENTS else ""
    return "removed" if kind == "removed" else "merged" if kind == "merged" else None


def _date_reached(state: TicketState, at: int) -> bool:
    """A date of a waiting state that has come ends the waiting before anything else (R7)."""
    return state.wait_until is not None and state.wait_until <= at


def _leave_waiting(state: TicketState) -> int:
    at = state.wait_until or 0
    state.waiting_state, state.wait_until = False, None
    return at
