"""Events as rows and back, and what of an event may be kept at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from slaplugin.app.errors import TicketHeldError
from slaplugin.core.model import NO_DATA, Actor, Event, Role
from slaplugin.store.codec import SCALARS, dumps, dumps_flat, loads

PAYLOAD_KEYS = frozenset(
    {
        "add",
        "by",
        "channel",
        "clock",
        "closes",
        "events",
        "field",
        "from",
        "into",
        "kind",
        "live",
        "message",
        "message_at",
        "on_behalf",
        "opening",
        "organization",
        "reason",
        "tag",
        "ticket",
        "to",
        "until",
        "waiting",
    }
)
"""The payload names of details 36 and 37, and a message's id and channel on the host.

A message's text has no name here, so that none can be kept (architecture, rule 13).
"""

_FLAT_KEYS = PAYLOAD_KEYS - {"events", "message"}

LONGEST_ID = 400
"""Characters; of the ids that hosts give a mail's Message-ID is the longest."""

COLUMNS = "at_ms, seq, identity, kind, actor_key, actor_role, ours, retarget, payload, actor_name"

Row = tuple[int, int, int, str, str, str | None, str | None, bool, bool, str, str | None]
"""Ticket key, then :data:`COLUMNS`. The name comes last: a renamed account changes no event."""

IDENTITY = 3
SAME = slice(0, 10)
"""The columns that make two rows the same event with the same content."""

_NOTHING = "{}"


def row_of(key: int, event: Event) -> Row:
    """The event's row under the ticket's key; TicketHeldError if it carries what is not kept."""
    actor = event.actor
    return (
        key,
        event.at_ms,
        event.seq,
        event.id,
        event.kind,
        None if actor is None else actor.key,
        None if actor is None else actor.role,
        event.ours,
        event.retarget,
        dumps_payload(event) if event.data else _NOTHING,
        None if actor is None else actor.name,
    )


def dumps_payload(event: Event) -> str:
    """The event's payload as JSON text, absorbed events within; raises as :func:`row_of`."""
    data = event.data
    for name, value in data.items():
        if name in _FLAT_KEYS and type(value) in SCALARS:
            continue
        if name != "message" or not is_id(value):
            return _dumps_checked(event)
    return dumps_flat(data)


def _dumps_checked(event: Event) -> str:
    """As :func:`dumps_payload`, for what is nested or wrong."""
    data = event.data
    if unknown := sorted(data.keys() - PAYLOAD_KEYS):
        raise TicketHeldError(
            f"event {event.id} ({event.kind}) carries {', '.join(map(repr, unknown))}, which the"
            " store does not keep; the adapter must pass only the payload names of"
            f" core.model.Event: {', '.join(sorted(PAYLOAD_KEYS))}"
        )
    if not is_id(data.get("message")):
        raise TicketHeldError(
            f"event {event.id} ({event.kind}) carries text where the message's id belongs; no"
            " message text is kept: the adapter must pass the id that the host gives"
        )
    if "events" in data:
        return dumps({**data, "events": [row_of(0, inner)[1:] for inner in data["events"]]})
    return dumps(data)


def is_id(value: Any) -> bool:
    """Whether it can be a message's id: a number, or one word that is not endless."""
    if isinstance(value, str):
        return len(value) <= LONGEST_ID and len(value.split()) <= 1
    return value is None or isinstance(value, int)


def event_of(row: Sequence[Any]) -> Event:
    """The event of a row from :data:`COLUMNS`, without the ticket's key."""
    at_ms, seq, identity, kind, key, role, ours, retarget, payload, name = row
    return Event(
        at_ms=at_ms,
        seq=seq,
        id=identity,
        kind=kind,
        data=NO_DATA if payload == _NOTHING else _payload_of(payload),
        actor=None if role is None else Actor(key, cast(Role, role), name),
        ours=bool(ours),
        retarget=bool(retarget),
    )


def _payload_of(text: str) -> Mapping[str, Any]:
    data = cast(dict[str, Any], loads(text))
    if "events" in data:
        data["events"] = tuple(event_of(inner) for inner in data["events"])
    return data


def first_of_each(events: Iterable[Event]) -> dict[str, Event]:
    """Events by identity, in their order; a repeated id is one event (policy-language §6)."""
    found: dict[str, Event] = {}
    for event in events:
        found.setdefault(event.id, event)
    return found
