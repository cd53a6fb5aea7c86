"""From the host's words to a timeline: pure, and the only place that knows those words.

``to_timeline(raw, names)`` gives the same events with the same ids for the same ticket at any
later read: ids are ``a`` and the message's id (``r`` behind it: the answer in a logged call), or
``h`` and a digest of the history entry, which has no id of its own. Instants have whole seconds;
the turn within one is told by :mod:`.order`. Sources: facts 6 to 8, decisions 0050 to 0056.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from slaplugin.app.errors import HostTemporaryError
from slaplugin.core.model import Actor, Event, Timeline
from slaplugin.hosts.otrs.names import WAITING, Names
from slaplugin.hosts.otrs.timeline.changes import changes, state_data
from slaplugin.hosts.otrs.timeline.facts import creation_of, ticket_of
from slaplugin.hosts.otrs.timeline.merges import leftover, merges_into, settled, sole
from slaplugin.hosts.otrs.timeline.messages import messages
from slaplugin.hosts.otrs.timeline.order import Place, places
from slaplugin.hosts.otrs.timeline.past import Past
from slaplugin.hosts.otrs.timeline.raw import RawTicket, created_at, raw_of
from slaplugin.hosts.otrs.timeline.spelling import first_values, state_after
from slaplugin.hosts.otrs.wire import number, text

__all__ = ["RawTicket", "created_at", "raw_of", "states_of", "to_timeline"]


def to_timeline(raw: RawTicket, names: Names, merged_into: RawTicket | None = None) -> Timeline:
    """The ticket's past. ``merged_into``: the ticket that has its messages now.

    Raises TicketHeldError for a state that nobody knows.
    """
    mine = settled(raw) if merged_into is None else sole(settled(merged_into), raw)
    past = _past(mine, names)
    return Timeline(ticket_of(past), _events(past))


def states_of(raw: RawTicket) -> dict[str, int]:
    """The states a ticket had, and those merged into it, with their ids: their types must be
    known."""
    found: dict[str, int] = {}
    for source in raw.absorbed.values():
        found |= states_of(source)
    for entry in raw.entries:
        if entry.type == "StateUpdate":
            found[state_after(entry.name)] = entry.snapshot[1]
        elif entry == raw.birth:
            found[first_values(entry.name)[2]] = entry.snapshot[1]
    found |= {text(raw.ticket.get("State")): number(raw.ticket.get("StateID"))}
    return {name: state_id for name, state_id in found.items() if name}


def _past(raw: RawTicket, names: Names) -> Past:
    if raw.birth is None:
        raise HostTemporaryError(
            f"ticket {raw.id}: the helpdesk gave a history without the ticket's creation, as it "
            "does while its database fails; the next cycle reads it again"
        )
    return Past(raw, raw.birth, names)


def _events(past: Past) -> tuple[Event, ...]:
    spots = places(past)
    first = ticket_of(past).facts
    found = [_created(past, spots[past.birth.index]), *_waiting_from_start(past, spots)]
    found.extend(messages(past, spots))
    found.extend(changes(past, spots, first))
    found.extend(_absorbed(past, spots))
    return tuple(sorted(found, key=lambda event: event.order))


def _created(past: Past, place: Place) -> Event:
    told = creation_of(past)
    data: dict[str, Any] = {"by": told.by}
    data |= {"on_behalf": True} if told.on_behalf else {}
    data |= {"live": True} if told.live else {}
    actor = past.actor(past.birth)
    if told.by == "system" and actor.role == "customer":
        actor = Actor(None, "system")
    if told.by == "customer" and past.opening is not None:
        actor = past.customer(past.opening)
    return Event(place.at_ms, place.seq, past.birth.id, "created", data, actor)


def _waiting_from_start(past: Past, spots: Any) -> Iterator[Event]:
    """A ticket put down in a waiting state is in it from its first message on (decision 0053)."""
    state = past.first_state
    if state.kind not in WAITING:
        return
    given = past.given("SetPendingTime")
    until = past.date(given) if given else None
    opening = past.opening
    after = past.said[opening.id] if opening else past.birth
    place = spots[after.index]
    told = _created(past, place)
    data = state_data(state, until)
    yield replace(told, seq=place.seq + 5, id=f"{told.id}s", kind="state_changed", data=data)


# -------------------------------------------------------------------------- merges


def _absorbed(past: Past, spots: Any) -> Iterator[Event]:
    """What each merged ticket brought along, at the instant of the merge."""
    for merge in merges_into(past.raw):
        source = past.raw.absorbed.get(merge.source)
        if source is None:
            events: tuple[Event, ...] = ()
        elif source.birth is None:
            events = tuple(leftover(source, past.names))
        else:
            told = _events(_past(source, past.names))
            events = tuple(event for event in told if event.at < merge.entry.at)
        place = spots[merge.entry.index]
        data = {"ticket": str(merge.source), "events": events}
        actor = past.actor(merge.entry)
        yield Event(place.at_ms, place.seq, merge.entry.id, "absorbed", data, actor)
