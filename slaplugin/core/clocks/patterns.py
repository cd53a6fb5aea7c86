"""Event patterns, and the admin's own clocks that are made of them (details 22, 36)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slaplugin.core.clocks.facts import TicketState
from slaplugin.core.model import Event
from slaplugin.core.policies import CustomClock, EventPattern
from slaplugin.core.profiles import Profile

if TYPE_CHECKING:
    from slaplugin.core.clocks.replay import Replay
    from slaplugin.core.clocks.track import Track


def asks(event: Event, state: TicketState, profile: Profile) -> bool:
    """Whether the creation is a message that waits for an answer (R3, details 19)."""
    by = event.data.get("by", "customer")
    if profile.owed_to == "requestor":
        return by == "customer" and not event.data.get("on_behalf")
    if by == "system":
        return state.has_customer or bool(event.data.get("on_behalf"))
    return by != "agent" or bool(event.data.get("on_behalf"))


def owes_first_response(event: Event, state: TicketState, profile: Profile) -> bool:
    """Whether a first response applies to the ticket at all."""
    return profile.owed_to == "everybody" or asks(event, state, profile)


def matches(replay: Replay, pattern: EventPattern, event: Event) -> bool:
    """Before the event has worked: all keys of the pattern equal the event's."""
    return _names(replay, pattern.event, event) and keys_equal(pattern, event)


def _names(replay: Replay, wanted: str, event: Event) -> bool:
    if wanted == "closed":
        return replay.closes(event)
    if wanted == "reopened":
        return replay.reopens(event)
    return event.kind == wanted


def keys_equal(pattern: EventPattern, event: Event) -> bool:
    """Whether the event says what each key of the pattern wants."""
    return all(_equal(event.data.get(key), wanted) for key, wanted in pattern.keys.items())


def _equal(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, list | tuple):
        return any(_equal(value, item) for item in wanted)
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return bool(value == wanted)


def reason(pattern: EventPattern, event: Event) -> str:
    """The pattern's reason, else its tag, else the event's name (details 34)."""
    if pattern.reason:
        return pattern.reason
    if "tag" in pattern.keys:
        return str(event.data.get("tag"))
    return pattern.event


def end_custom(replay: Replay, track: Track, event: Event) -> None:
    """What of the clock's own patterns ends it."""
    run, custom = track.current, track.clock.custom
    if run is None or custom is None:
        return
    voiding = [pattern for pattern in custom.void if matches(replay, pattern, event)]
    if voiding:
        run.void(event.at, reason(voiding[0], event))
    elif any(matches(replay, pattern, event) for pattern in custom.stop):
        run.stop(event.at)


def start_custom(replay: Replay, track: Track, event: Event, was_closed: bool) -> None:
    """Start by a pattern, or by the ``while`` condition on the facts after the event."""
    custom = track.clock.custom
    if custom is None:
        return
    if track.clock.runs_while is not None:
        _follow(replay, track, event, track.clock.runs_while(replay.state.named))
    if _start_named(replay, custom, event, was_closed) and not track.running:
        _begin(replay, track, event)


def _start_named(replay: Replay, custom: CustomClock, event: Event, was_closed: bool) -> bool:
    for pattern in custom.start:
        named = event.kind == pattern.event
        if pattern.event == "reopened":
            named = replay.reopened(event, was_closed)
        elif pattern.event == "closed":
            named = replay.state.closed and not was_closed
        if named and keys_equal(pattern, event):
            return True
    return False


def _follow(replay: Replay, track: Track, event: Event, holds: bool) -> None:
    last = track.last
    held_before = track.condition
    track.condition = holds
    if not holds:
        if last is not None and last.active:
            last.stop(event.at)
    elif not held_before:
        _begin(replay, track, event)


def _begin(replay: Replay, track: Track, event: Event) -> None:
    """A start while the clock does not run, by its cycle (details 20, 22)."""
    last = track.last
    if last is None:
        replay.start(track, event.at, event.id)
    elif last.active:
        return
    elif track.clock.cycle == "each":
        replay.start(track, event.at, event.id)
    elif track.clock.cycle == "resume":
        replay.resume_or_start(track, event)
    elif track.clock.cycle == "accumulate" and not last.finished:
        replay.resume(last, event.at)
