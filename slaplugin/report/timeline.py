"""The normalized events of a ticket, as text and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from slaplugin.core.model import Event, Ticket
from slaplugin.report import times
from slaplugin.report.explain_json import plain, ticket_json
from slaplugin.report.look import Look

_INSTANTS = frozenset({"until", "message_at", "from", "to"})


def timeline_json(ticket: Ticket, events: Sequence[Event]) -> dict[str, Any]:
    """``{ticket: {id, number, title, …facts}, events: [{id, at, event, by, actor, …}]}``."""
    return {"ticket": ticket_json(ticket), "events": [event_json(event) for event in events]}


def event_json(event: Event) -> dict[str, Any]:
    """One event; ``by`` is the actor's role at that time, payload keys are those of details 36."""
    actor = event.actor
    document: dict[str, Any] = {
        "id": event.id,
        "at": times.iso_ms(event.at_ms),
        "event": event.kind,
        "by": actor.role if actor else None,
        "actor": {"id": actor.key, "name": actor.name} if actor else None,
    }
    if event.ours:
        document["ours"] = True
    for key, value in event.data.items():
        document[key] = _payload(key, value)
    return document


def _payload(key: str, value: Any) -> Any:
    if key in _INSTANTS and isinstance(value, int) and not isinstance(value, bool):
        return times.iso(value)
    if isinstance(value, (list, tuple)):
        return [event_json(item) if isinstance(item, Event) else plain(item) for item in value]
    return plain(value)


def timeline_text(ticket: Ticket, events: Sequence[Event], look: Look) -> str:
    """One line an event, a heading for each day."""
    title = look.cut(look.clean(ticket.title), look.width - 20)
    lines = [
        look.paint(f"Ticket {look.clean(ticket.number or ticket.id)}  {title}", "bold"),
        f"  {ticket.host} id {ticket.id}; all times in {look.zone_name}",
    ]
    today = None
    for event in events:
        heading = times.full(event.at, look.zone).split(" ")[:4]
        if heading != today:
            today = heading
            lines += ["", look.paint(" ".join(heading), "head")]
        lines += _event_lines(event, look)
    if not events:
        lines += ["", "No events are known."]
    return "\n".join(lines) + "\n"


def _event_lines(event: Event, look: Look) -> list[str]:
    when = times.clock_time(event.at, look.zone)
    lead = f"  {when:<8}  {event.kind:<19} "
    told = look.clean(look.plain(_told(event, look)))
    room = max(20, look.width - len(lead))
    wrapped = textwrap.wrap(told, room) or [""]
    return [(lead + wrapped[0]).rstrip(), *(" " * len(lead) + line for line in wrapped[1:])]


def _told(event: Event, look: Look) -> str:
    parts = [f"{key} {_short(key, value, look)}" for key, value in event.data.items()]
    if event.actor:
        name = event.actor.name or event.actor.key or "the host"
        parts.append(f"by {name} ({event.actor.role})")
    if event.ours:
        parts.append("ours")
    return f"{', '.join(parts)} [{event.id}]".lstrip()


def _short(key: str, value: Any, look: Look) -> str:
    if value is None:
        return "none"
    if key in _INSTANTS and isinstance(value, int) and not isinstance(value, bool):
        return times.short(value, look.zone)
    if isinstance(value, (list, tuple)):
        events = bool(value) and isinstance(value[0], Event)
        return f"{len(value)} of them" if events else ", ".join(map(str, value))
    return str(value)
