"""A ticket's events walked once: who waited for whom, and when it was taken and done.

The rules are those of the built-in clocks under our own defaults, not under a helpdesk family's
profile, so that figures of two helpdesks compare (0146). Tests hold them to the engine itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from slaplugin.core.clocks.facts import TicketState
from slaplugin.core.clocks.patterns import asks, owes_first_response
from slaplugin.core.clocks.replay import STATE_EVENTS
from slaplugin.core.model import Event, Ticket, Timeline
from slaplugin.core.past import Past, ending, past_of
from slaplugin.core.profiles import OWN
from slaplugin.core.rulebook import RuleBook

Stretch = tuple[int, int]
"""[start, end) in UTC epoch seconds."""


@dataclass(slots=True)
class Walk:
    """What :func:`walk` has seen. All instants UTC epoch seconds."""

    created_at: int
    origin: int
    """Creation, or the older one of an absorbed ticket (R12)."""
    asked_at: int
    """From where the first response is counted."""
    owed: bool = False
    first_running: bool = False
    first_response: Stretch | None = None
    unanswered_at: int | None = None
    next_responses: list[Stretch] = field(default_factory=list)
    first_assignment: Stretch | None = None
    assignable: bool = False
    """It has had no owner yet, and was not closed before it had one."""
    first_resolution: Stretch | None = None
    replies: list[int] = field(default_factory=list)
    messages: list[int] = field(default_factory=list)
    closed_at: list[int] = field(default_factory=list)
    reopened_at: list[int] = field(default_factory=list)
    inherited: list[Stretch] = field(default_factory=list)
    """The wait on absorbed tickets before this one existed."""
    _open_message: int | None = None
    """The oldest customer message without an answer, the opening one included."""
    _on_closed: int | None = None
    """The oldest one that came while the ticket was closed (details 16)."""
    _next_from: int | None = None

    # ------------------------------------------------------------------ one event after another

    def created(self, event: Event, state: TicketState) -> None:
        self.owed = self.first_running = owes_first_response(event, state, OWN)
        self.assignable = state.owner is None
        if asks(event, state, OWN):
            self._hear(event.at)
        if event.data.get("live") and self.owed:
            self._answered(event.at)
        if state.closed:
            self._closed(event.at)

    def happened(self, event: Event, state: TicketState, was_closed: bool) -> None:
        """``state`` as it is after the event."""
        closes = not was_closed and state.closed
        reopens = was_closed and not state.closed and event.kind in STATE_EVENTS
        if OWN.reply.counts(event):
            self._answered(event.at)
        elif event.kind == "customer_message":
            self._hear(event.at)
            if was_closed:
                self._on_closed = event.at if self._on_closed is None else self._on_closed
            else:
                self._wait_from(event.at)
        elif event.kind == "owner_changed" and state.owner is not None:
            self._assigned(event.at)
        if closes:
            self._closed(event.at)
        elif reopens:
            self._reopened(event.at)

    def _hear(self, at: int) -> None:
        self.messages.append(at)
        self._open_message = at if self._open_message is None else self._open_message

    def _answered(self, at: int) -> None:
        self.replies.append(at)
        if self.first_running:
            self.first_response = (self.asked_at, at)
            self.first_running = False
        if self._next_from is not None:
            self.next_responses.append((self._next_from, at))
        self._next_from = self._open_message = self._on_closed = None

    def _wait_from(self, at: int) -> None:
        if not self.first_running and self._next_from is None:
            self._next_from = at

    def _assigned(self, at: int) -> None:
        if self.assignable:
            self.first_assignment = (self.created_at, at)
            self.assignable = False

    def _closed(self, at: int) -> None:
        self.closed_at.append(at)
        self.assignable = False
        self._next_from = None
        if self.first_resolution is None:
            self.first_resolution = (self.origin, at)
        if self.first_running:
            self.first_running = False
            self.unanswered_at = at

    def _reopened(self, at: int) -> None:
        self.reopened_at.append(at)
        if self._on_closed is not None:
            self._wait_from(self._on_closed)
        self._on_closed = None

    # ------------------------------------------------------------------ merges and splits

    def take_over(self, other: Other, closed: bool) -> None:
        """The survivor's side of a merge (R12, details 32)."""
        answered = None
        if other.created_at < self.origin and not closed:
            self.origin = other.created_at
        if self.first_running:
            self.asked_at = min(self.asked_at, other.created_at)
            answered = other.first_reply
        if answered is not None:
            self.first_response = (self.asked_at, answered)
            self.first_running = False
        if not self.first_running:
            self._take_message(other, answered, closed)
        self.replies = sorted([*self.replies, *other.replies])
        self.messages = sorted([*self.messages, *other.messages])

    def _take_message(self, other: Other, answered: int | None, closed: bool) -> None:
        if answered is not None:
            self._open_message = next((at for at in self.messages if at > answered), None)
        self._open_message = _earlier(self._open_message, other.open_message)
        if self._open_message is not None and not closed:
            self._next_from = _earlier(self._next_from, self._open_message)

    def split(self, at: int) -> None:
        """The first response is owed from the message that was split out (details 33)."""
        self.messages = sorted([*self.messages, at])
        self._open_message = _earlier(self._open_message, at)
        if self.first_running or not self.owed:
            self.owed = self.first_running = True
            self.asked_at = at


@dataclass(slots=True)
class Other:
    """What a survivor takes over from an absorbed ticket."""

    created_at: int
    first_reply: int | None = None
    open_message: int | None = None
    replies: list[int] = field(default_factory=list)
    messages: list[int] = field(default_factory=list)

    def heard(self, at: int) -> None:
        self.messages.append(at)
        self.open_message = at if self.open_message is None else self.open_message

    def answered(self, at: int) -> None:
        self.replies.append(at)
        self.first_reply = at if self.first_reply is None else self.first_reply
        self.open_message = None


def walk(past: Past, rules: RuleBook) -> Walk | None:
    """The walk through a ticket's events up to its end; None for one without a creation."""
    state = TicketState(past.ticket, rules)
    seen: Walk | None = None
    for event in past.events:
        if seen is None:
            if event.kind == "created":
                state.created(event)
                seen = Walk(event.at, event.at, event.at)
                seen.created(event, state)
        elif ending(state, event):
            break
        elif not event.data.get("opening"):
            was_closed = state.closed
            state.apply(event)
            seen.happened(event, state, was_closed)
            _join(seen, event, state)
    return seen


def _join(seen: Walk, event: Event, state: TicketState) -> None:
    if event.kind == "split_from":
        seen.split(event.data.get("message_at", event.at))
    elif event.kind == "absorbed":
        told = sorted(event.data.get("events") or (), key=lambda each: each.order)
        other = _other(told, state)
        if other is None:
            return
        if other.created_at < seen.origin and not state.closed:
            seen.inherited += _waits_before(seen.origin, told, state.rules)
        seen.take_over(other, state.closed)


def _other(told: Sequence[Event], state: TicketState) -> Other | None:
    other: Other | None = None
    for event in told:
        if other is None:
            if event.kind == "created":
                other = Other(event.at)
                _opened(other, event, state)
        elif event.data.get("opening"):
            continue
        elif OWN.reply.counts(event):
            other.answered(event.at)
        elif event.kind == "customer_message":
            other.heard(event.at)
    return other


def _opened(other: Other, event: Event, state: TicketState) -> None:
    if asks(event, state, OWN):
        other.heard(event.at)
        if event.data.get("live"):
            other.replies.append(event.at)
            other.open_message = None


def _waits_before(origin: int, told: Sequence[Event], rules: RuleBook) -> Iterator[Stretch]:
    """The customer's wait on the absorbed ticket up to the time that is already counted."""
    timeline = Timeline(Ticket("", ""), tuple(event for event in told if event.at < origin))
    for stage in past_of(timeline, rules, (), origin).stages:
        if not stage.closed and not stage.waiting:
            yield stage.start, stage.end


def _earlier(one: int | None, other: int | None) -> int | None:
    known = [at for at in (one, other) if at is not None]
    return min(known, default=None)
