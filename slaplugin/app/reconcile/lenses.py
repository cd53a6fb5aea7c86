"""The ways in which a helpdesk may count a ticket otherwise than we do, each as a changed world.

What a family does is in facts 9 of Zammad, 14 of OTRS and 9 of Request Tracker; which of it matters
for a ticket is found by counting it that way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from slaplugin.app.reconcile.bench import World
from slaplugin.app.reconcile.values import EARLIEST, Reason
from slaplugin.core.model import AMENDMENT_KINDS, Event, Ticket

_CHOOSING = {
    "group_changed": "group",
    "priority_changed": "priority",
    "type_changed": "type",
}
_STATES = frozenset({"state_changed", "closed", "reopened"})


@dataclass(frozen=True, slots=True)
class Lens:
    """One change of the world, and what it says if it makes our figures the helpdesk's."""

    reason: Reason
    apply: Callable[[World], World]


def lenses(world: World, facts: Mapping[str, Any], clock: str, family: str) -> list[Lens]:
    """Those that can matter for the ticket: what never happened to it explains nothing.

    ``facts`` are those in force now; ``clock`` as the native number has it.
    """
    return [*_habits(world, clock, family), *_past(world, facts), *_content(world)]


# ---------------------------------------------------------------------- habits


_HABITS: Mapping[str, Mapping[str, str]] = {
    "reply": {
        "zammad": "the helpdesk counts another message as the answer: public notes and logged "
        "calls are none for it, an agent's own opening message is one",
        "otrs": "the helpdesk counts another message as the answer: a logged call is none for it, "
        "an agent's own opening message is one",
        "rt": "for the helpdesk only what the requestor enters in person waits for an answer",
    },
    "waiting": {
        "zammad": "the helpdesk stops all its clocks as long as a waiting state lasts",
        "otrs": "the helpdesk counts the time in which the ticket waited on the customer",
        "rt": "the helpdesk counts the time in which the ticket waited on the customer",
    },
    "reopen": {
        "zammad": "the helpdesk stopped for good at the first close, our clock went on",
        "otrs": "the helpdesk stopped for good at the first close, our clock went on",
        "rt": "for the helpdesk every reopen goes on",
    },
    "update": {
        "zammad": "the helpdesk counts its update time from the creation on",
        "otrs": "the helpdesk counts its update time from the last message, the customer's too",
        "rt": "the helpdesk's KeepInLoop ends at the customer's answer",
    },
}


def _habits(world: World, clock: str, family: str) -> Iterator[Lens]:
    kinds = {event.kind for event in world.timeline.events}
    moves = bool(kinds & _STATES)
    matters = {
        "reply": True,
        "waiting": moves,
        "reopen": moves,
        "update": clock in ("update", "next_response", EARLIEST),
    }
    for aspect, told in _HABITS.items():
        if matters[aspect]:
            yield Lens(Reason(aspect, told[family]), _habit(aspect))


def _habit(aspect: str) -> Callable[[World], World]:
    return lambda world: replace(world, habits=world.habits | {aspect})


# ---------------------------------------------------------------------- which terms applied when


def _past(world: World, facts: Mapping[str, Any]) -> Iterator[Lens]:
    changed = {_CHOOSING[event.kind] for event in world.timeline.events if event.kind in _CHOOSING}
    if any(event.ours for event in world.timeline.events):
        text = "a change that we made ourselves chose another SLA on the helpdesk, not with us"
        yield Lens(Reason("own", text), _as_anybody)
    if changed:
        names = " and ".join(sorted(changed))
        text = f"the helpdesk judges the whole life of the ticket by its present {names}"
        yield Lens(Reason("today", text), lambda each: _as_today(each, facts))
        text = f"the helpdesk keeps what applied at the creation, whatever {names} became later"
        yield Lens(Reason("creation", text), _as_created)


def _as_anybody(world: World) -> World:
    """Our own changes count like anybody's (against R15)."""
    return _with(world, lambda event: replace(event, ours=False))


def _as_today(world: World, facts: Mapping[str, Any]) -> World:
    ticket = world.timeline.ticket
    changed = {_CHOOSING[event.kind] for event in world.timeline.events if event.kind in _CHOOSING}
    present = {name: facts.get(name) for name in changed}
    return _without(world, _CHOOSING, replace(ticket, facts={**ticket.facts, **present}))


def _as_created(world: World) -> World:
    return _without(world, _CHOOSING, world.timeline.ticket)


# ---------------------------------------------------------------------- what it knows nothing of


def _content(world: World) -> Iterator[Lens]:
    kinds = {event.kind for event in world.timeline.events}
    if kinds & AMENDMENT_KINDS:
        yield Lens(
            Reason("amendment", "the helpdesk knows nothing of the amendment"),
            lambda each: _without(each, AMENDMENT_KINDS, each.timeline.ticket),
        )
    if "absorbed" in kinds:
        yield Lens(
            Reason("merge", "the helpdesk does not count anew when a ticket is merged into it"),
            lambda each: _without(each, {"absorbed"}, each.timeline.ticket),
        )
    if len(_closes(world.timeline.events)) > 1 or _reopens(world.timeline.events):
        text = "the helpdesk's figures go on after a reopen and leave out the closed time"
        yield Lens(Reason("resume", text), _habit("resume"))
        yield Lens(
            Reason("closed time", "the helpdesk counts on while the ticket is closed"),
            _never_closed_before_the_end,
        )


def _closes(events: tuple[Event, ...]) -> list[Event]:
    return [event for event in events if closes(event)]


def _reopens(events: tuple[Event, ...]) -> bool:
    first = next((event for event in events if closes(event)), None)
    return first is not None and any(
        event.kind in _STATES and not closes(event) and event.order > first.order
        for event in events
    )


def closes(event: Event) -> bool:
    """Whether a state event names the closed kind."""
    if event.kind == "closed":
        return True
    kind = event.data.get("kind") or event.data.get("to")
    return event.kind == "state_changed" and kind == "closed"


def _never_closed_before_the_end(world: World) -> World:
    """Only a close that was not followed by a reopen remains."""
    states = [event for event in world.timeline.events if event.kind in _STATES]
    last = states[-1] if states else None
    kept = tuple(
        event
        for event in world.timeline.events
        if not closes(event) or (last is not None and event.id == last.id)
    )
    return replace(world, timeline=replace(world.timeline, events=kept))


def _with(world: World, change: Callable[[Event], Event]) -> World:
    events = tuple(change(event) for event in world.timeline.events)
    return replace(world, timeline=replace(world.timeline, events=events))


def _without(world: World, kinds: Any, ticket: Ticket) -> World:
    kept = tuple(event for event in world.timeline.events if event.kind not in kinds)
    return replace(world, timeline=replace(world.timeline, ticket=ticket, events=kept))
