"""Merge and split: a clock that turns out to have started elsewhere (R12, details 32, 33)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from slaplugin.core.calendars import Calendar
from slaplugin.core.clocks.facts import TicketState
from slaplugin.core.clocks.patterns import asks
from slaplugin.core.clocks.run import STOPPED, Run
from slaplugin.core.clocks.segments import Segment
from slaplugin.core.model import Event, Ticket

if TYPE_CHECKING:
    from slaplugin.core.clocks.replay import Replay
    from slaplugin.core.clocks.track import Track

Message = tuple[int, str]
_TAKES_CREATION = ("first_response", "resolution", "first_resolution", "requester_wait")


@dataclass(slots=True)
class Other:
    """What the survivor needs to know of the absorbed ticket."""

    created: Event
    first_reply: int | None = None
    unanswered: Message | None = None


def absorb(replay: Replay, event: Event) -> None:
    """The survivor's side of a merge, at the instant of the merge."""
    events = sorted(event.data.get("events") or (), key=lambda item: item.order)
    other = _look_at(replay, events)
    if other is None:
        return
    if replay.created_at is not None and other.created.at < replay.created_at:
        _take_creation(replay, event.at, other.created, events)
    answered_at = _answer(replay, event.at, other)
    _take_message(replay, event.at, other, answered_at)


def split(replay: Replay, event: Event) -> None:
    """The first response runs from the message that was split out (details 33)."""
    at = event.data.get("message_at", event.at)
    replay.unanswered = min(replay.unanswered or (at, event.id), (at, event.id))
    replay.messages.append((at, event.id))
    for track in replay.of_base("first_response"):
        if track.not_applicable is None and track.current is None:
            continue
        track.not_applicable = None
        track.runs.clear()
        replay.start_late(track, (at, event.id), event.at)


def _look_at(replay: Replay, events: list[Event]) -> Other | None:
    other: Other | None = None
    for event in events:
        if other is None:
            if event.kind == "created":
                other = Other(event)
                if asks(event, replay.state, replay.profile) and not _taken(replay, event):
                    other.unanswered = (event.at, event.id)
        elif event.data.get("opening"):
            continue
        elif replay.profile.reply.counts(event):
            other.unanswered = None
            if other.first_reply is None:
                other.first_reply = event.at
        elif event.kind == "customer_message":
            other.unanswered = other.unanswered or (event.at, event.id)
    return other


def _taken(replay: Replay, created: Event) -> bool:
    """A call that was answered as it came in, where that counts."""
    return bool(created.data.get("live")) and replay.profile.reply.calls


# ---------------------------------------------------------------------- its older creation


def _take_creation(replay: Replay, at: int, created: Event, events: list[Event]) -> None:
    answered = any(replay.profile.reply.counts(event) for event in events)
    for base in _TAKES_CREATION:
        for track in replay.of_base(base):
            run = track.runs[0] if track.runs else None
            if run is None or not run.active or run.left or run.started_at <= created.at:
                continue
            run.move_start(at, created.at, created.id, _before(replay, run, events))
            if not (base == "first_response" and answered):
                run.judge_move(at)


def _before(replay: Replay, run: Run, events: list[Event]) -> list[Segment]:
    """The other ticket's life up to the survivor's creation, on the survivor's calendar."""
    calendar = run.segments[0].calendar if run.segments else run.calendar
    state = TicketState(Ticket("", ""), replay.rules)
    past = _Past(calendar, run, state)
    for event in events:
        past.reach(event.at)
        if event.kind == "created":
            past.start = event.at
        else:
            state.apply(event)
    past.reach(run.started_at)
    return past.segments


class _Past:
    """Collects the other ticket's segments while its states pass by."""

    def __init__(self, calendar: Calendar, run: Run, state: TicketState) -> None:
        self.calendar = calendar
        self.pausable = run.pausable
        self.by_state = run.by_state
        self.end = run.started_at
        self.state = state
        self.start: int | None = None
        self.segments: list[Segment] = []

    def reach(self, at: int) -> None:
        """Time passes up to ``at``; a waiting date on the way ends the waiting (R7)."""
        until = self.state.wait_until
        if self.state.waiting_state and until is not None and until < at:
            self._add(until)
            self.state.waiting_state = False
            self.state.wait_until = None
        self._add(at)

    def _add(self, at: int) -> None:
        end = min(at, self.end)
        if self.start is None or end <= self.start:
            return
        off = STOPPED if self.state.closed else None
        waits = self.state.in_waiting_state if self.by_state else self.state.waiting_state
        self.segments.append(Segment(self.start, end, self.calendar, off, self.pausable, waits))
        self.start = end


# ------------------------------------------------------------ its answer, its open message


def _answer(replay: Replay, at: int, other: Other) -> int | None:
    """A reply on the other ticket was the first response of this one."""
    if other.first_reply is None:
        return None
    answered = None
    for track in replay.of_base("first_response"):
        run = track.current
        if run is not None and not run.left:
            run.close_segment(at)
            run.end_earlier(at, other.first_reply)
            answered = other.first_reply if track.clock.name == "first_response" else answered
    return answered


def _take_message(replay: Replay, at: int, other: Other, answered_at: int | None) -> None:
    if replay.first_response_running:
        return
    own = replay.unanswered
    if answered_at is not None:
        later = [message for message in replay.messages if message[0] > answered_at]
        own = min(later, default=None)
    waiting = [message for message in (own, other.unanswered) if message is not None]
    replay.unanswered = min(waiting, default=None)
    if replay.unanswered is None or replay.state.closed:
        return
    for track in replay.of_base("next_response"):
        _wait_from(replay, track, replay.unanswered, at)


def _wait_from(replay: Replay, track: Track, message: Message, at: int) -> None:
    run = track.current
    if run is None:
        replay.start_late(track, message, at)
    elif message[0] < run.started_at and not run.left:
        gap = [Segment(message[0], run.started_at, _first_calendar(run))]
        run.move_start(at, message[0], message[1], gap)
        run.judge_move(at)


def _first_calendar(run: Run) -> Calendar:
    return run.segments[0].calendar if run.segments else run.calendar
