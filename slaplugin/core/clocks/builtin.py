"""What starts and stops each built-in clock (policy-language §5, details 15-20)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from slaplugin.core.clocks.patterns import asks, owes_first_response
from slaplugin.core.model import Event

if TYPE_CHECKING:
    from slaplugin.core.clocks.replay import Replay
    from slaplugin.core.clocks.track import Track

Rule = Callable[["Replay", "Track", Event, bool], None]


# ---------------------------------------------------------------------- ends (closes: bool)


def _end_first_response(replay: Replay, track: Track, event: Event, closes: bool) -> None:
    run = track.current
    if run is None:
        return
    if replay.profile.reply.counts(event):
        run.stop(event.at)
    elif closes:
        left = run.left
        run.stop(event.at)
        # R5: unanswered unless the due time was over before.
        if not left and run.breached_at is None:
            run.unanswered = True
            run.first_met = None


def _end_next_response(replay: Replay, track: Track, event: Event, closes: bool) -> None:
    run = track.current
    if run is None:
        return
    if replay.profile.reply.counts(event):
        run.stop(event.at)
    elif closes:
        run.void(event.at, "closed")


def _end_update(replay: Replay, track: Track, event: Event, closes: bool) -> None:
    # Closing replies start no wait for the next one, however many there are (details 18).
    while closes and track.last is not None and track.last.started_at == event.at:
        track.runs.pop()
    if track.current is None:
        return
    if closes or replay.profile.reply.counts(event) or _takes_the_word(replay, event):
        track.current.stop(event.at)


def _takes_the_word(replay: Replay, event: Event) -> bool:
    """The customer wrote after our last word, where the family then counts otherwise."""
    counts = replay.profile.update_on_message != "ignore"
    return counts and event.kind == "customer_message" and replay.unanswered is None


def _end_at_close(replay: Replay, track: Track, event: Event, closes: bool) -> None:
    if closes and track.current is not None:
        track.current.stop(event.at)


def _end_assignment(replay: Replay, track: Track, event: Event, closes: bool) -> None:
    owned = event.kind == "owner_changed" and event.data.get("to")
    if track.current is not None and (closes or owned):
        track.current.stop(event.at)


def _end_ownership(replay: Replay, track: Track, event: Event, closes: bool) -> None:
    moves = event.kind == "group_changed" and (event.data.get("to") or None) != replay.state.group
    if track.current is not None and (closes or moves):
        track.current.stop(event.at)


def _end_handle_time(replay: Replay, track: Track, event: Event, closes: bool) -> None:
    """Ends by its condition only, which is looked at once the facts have changed."""


BUILTIN_ENDS: Mapping[str, Rule] = {
    "first_response": _end_first_response,
    "next_response": _end_next_response,
    "update": _end_update,
    "resolution": _end_at_close,
    "first_resolution": _end_at_close,
    "assignment": _end_assignment,
    "ownership": _end_ownership,
    "customer_wait": _end_at_close,
    "handle_time": _end_handle_time,
    "requester_wait": _end_at_close,
}


# ---------------------------------------------------------------------- starts (was_closed: bool)


def _start_first_response(replay: Replay, track: Track, event: Event, was_closed: bool) -> None:
    if event.kind != "created":
        return
    if owes_first_response(event, replay.state, replay.profile):
        replay.start(track, event.at, event.id)
    else:
        track.not_applicable = (event.at, event.id)


def _start_next_response(replay: Replay, track: Track, event: Event, was_closed: bool) -> None:
    if replay.reopened(event, was_closed) and replay.waited_closed is not None:
        at_once = replay.profile.next_from_creation
        if not track.running and (at_once or not replay.first_response_running):
            replay.start_late(track, replay.waited_closed, event.at)
        return
    at_once = replay.profile.next_from_creation
    asked = event.kind == "customer_message" or (at_once and _asks(replay, event))
    if not asked or replay.state.closed or track.running:
        return
    if at_once or not replay.first_response_running:
        replay.start(track, event.at, event.id)


def _asks(replay: Replay, event: Event) -> bool:
    return event.kind == "created" and asks(event, replay.state, replay.profile)


def _start_update(replay: Replay, track: Track, event: Event, was_closed: bool) -> None:
    if replay.state.closed or track.running:
        return
    if replay.profile.reply.counts(event) or _begins_update(replay, event):
        replay.start(track, event.at, event.id)
    elif replay.profile.update_on_message == "restart":
        _wait_of_customer(replay, track, event, was_closed)


def _begins_update(replay: Replay, event: Event) -> bool:
    """Whether the creation itself is the first contact from which the family counts."""
    first = replay.profile.update_from
    if event.kind != "created" or first == "reply":
        return False
    return first == "creation" or not _asks(replay, event)


def _wait_of_customer(replay: Replay, track: Track, event: Event, was_closed: bool) -> None:
    """The customer's message restarts the clock; one on a closed ticket at the reopen."""
    if event.kind == "customer_message":
        replay.start(track, event.at, event.id)
    elif replay.reopened(event, was_closed) and replay.waited_closed is not None:
        replay.start_late(track, replay.waited_closed, event.at)


def _start_resolution(replay: Replay, track: Track, event: Event, was_closed: bool) -> None:
    if event.kind == "created":
        replay.start(track, event.at, event.id)
    elif replay.reopened(event, was_closed):
        replay.resume_or_start(track, event)


def _start_once(replay: Replay, track: Track, event: Event, was_closed: bool) -> None:
    if event.kind == "created":
        replay.start(track, event.at, event.id)


def _start_assignment(replay: Replay, track: Track, event: Event, was_closed: bool) -> None:
    if track.running or replay.state.owner is not None:
        return
    if replay.state.closed and event.kind != "created":
        return
    unowned = event.kind == "owner_changed" and replay.owner_before is not None
    if event.kind == "created" or unowned or replay.reopened(event, was_closed):
        replay.start(track, event.at, event.id)


def _start_ownership(replay: Replay, track: Track, event: Event, was_closed: bool) -> None:
    if track.running or replay.state.group is None:
        return
    if replay.state.closed and event.kind != "created":
        return
    moved = event.kind == "group_changed" and replay.group_before != replay.state.group
    if event.kind == "created" or moved or replay.reopened(event, was_closed):
        replay.start(track, event.at, event.id)


def _start_customer_wait(replay: Replay, track: Track, event: Event, was_closed: bool) -> None:
    if replay.waiting_began and not track.running:
        replay.start(track, event.at, event.id)


def _start_handle_time(replay: Replay, track: Track, event: Event, was_closed: bool) -> None:
    holds = replay.state.kind == "open" and replay.state.owner is not None
    replay.follow_condition(track, event, holds)


BUILTIN_STARTS: Mapping[str, Rule] = {
    "first_response": _start_first_response,
    "next_response": _start_next_response,
    "update": _start_update,
    "resolution": _start_resolution,
    "first_resolution": _start_once,
    "assignment": _start_assignment,
    "ownership": _start_ownership,
    "customer_wait": _start_customer_wait,
    "handle_time": _start_handle_time,
    "requester_wait": _start_resolution,
}
