"""Events as rows and back, and what of an event may be kept at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from slaplugin.app.errors import TicketHeldError
from slaplugin.core.model import NO_DATA, Actor, Event, Role
from slaplugin.store.codec import dumps, dumps_mapping, loads

PAYLOAD_KEYS = frozenset(
    {
        "add",
        "by",
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
        "organization",
        "reason",
        "tag",
        "ticket",
        "to",
        "until",
        "waiting",
    }
)
"""The payload names of details 36 and 37, and the message's id on the host. A message's text has
no name here, so that none can be kept (architecture, rule 13)."""

LONGEST_ID = 400
"""Characters; of the ids that hosts give a mail's Message-ID is the longest."""

COLUMNS = "at_ms, seq, identity, kind, actor_key, actor_role, ours, retarget, payload, actor_name"

Row = tuple[int, int, str, str, str | None, str | None, int, int, str, str | None]
"""An event by :data:`COLUMNS`. The name comes last: a renamed account changes no event."""

SAME = slice(0, 9)
"""The columns that make two rows the same event with the same content."""

_NOTHING = "{}"


def row_of(event: Event) -> Row:
    """The event's columns; TicketHeldError if it carries what the store does not keep."""
    data = event.data
    payload = dumps_payload(event) if data else _NOTHING
    actor = event.actor
    if actor is None:
        key = role = name = None
    else:
        key, role, name = actor.key, actor.role, actor.name
    return (
        event.at_ms,
        event.seq,
        event.id,
        event.kind,
        key,
        role,
        int(event.ours),
        int(event.retarget),
        payload,
        name,
    )


def dumps_payload(event: Event) -> str:
    """The event's payload as JSON text, absorbed events within; raises as :func:`row_of`."""
    data = event.data
    if not data.keys() <= PAYLOAD_KEYS or "message" in data:
        _refuse_text(event)
    if "events" in data:
        return dumps({**data, "events": [row_of(inner) for inner in data["events"]]})
    return dumps_mapping(data)


def _refuse_text(event: Event) -> None:
    unknown = sorted(event.data.keys() - PAYLOAD_KEYS)
    if unknown:
        raise TicketHeldError(
            f"event {event.id} ({event.kind}) carries {', '.join(map(repr, unknown))}, which the"
            " store does not keep; the adapter must pass only the payload names of"
            f" core.model.Event: {', '.join(sorted(PAYLOAD_KEYS))}"
        )
    message = event.data["message"]
    text = isinstance(message, str)
    if text and (len(message) > LONGEST_ID or any(map(str.isspace, message))):
        raise TicketHeldError(
            f"event {event.id} ({event.kind}) carries text where the message's id belongs; no"
            " message text is kept: the adapter must pass the id that the host gives"
        )


def event_of(row: Sequence[Any]) -> Event:
    """The value of :func:`row_of`."""
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
