"""From the host's words to a timeline: pure, and the only place that knows those words.

``to_timeline(raw, names)`` gives the same events with the same ids for the same ticket at any
later read: an id is ``t`` and the number of the transaction. Sequence numbers are ten times that
number: within one second, which is all the host tells, its order decides (facts 4).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from slaplugin.core.model import Event, Timeline
from slaplugin.hosts.rt.names import Names
from slaplugin.hosts.rt.timeline.changes import actor_of, changes, event, state_data
from slaplugin.hosts.rt.timeline.facts import created_by, on_behalf, ticket_of
from slaplugin.hosts.rt.timeline.past import Past
from slaplugin.hosts.rt.timeline.raw import RawTicket, Row, row_of, rows_of

__all__ = ["RawTicket", "Row", "customer_of", "row_of", "rows_of", "to_timeline"]

_TODAY = 2**62
"""Later than any transaction."""
_WAITING = frozenset({"waiting_customer", "waiting_other"})


def to_timeline(raw: RawTicket, names: Names) -> Timeline:
    """The ticket's past. Raises TicketHeldError for a status that nobody told the meaning of."""
    past = Past(raw, names)
    return Timeline(ticket_of(past), _events(past))


def customer_of(raw: RawTicket, names: Names) -> str | None:
    """Login of today's customer; None for nobody."""
    return Past(raw, names).customer_at(_TODAY)


def _events(past: Past) -> tuple[Event, ...]:
    found = [_created(past), *_waiting_from_start(past), *changes(past), *_merges(past)]
    return tuple(sorted(found, key=lambda event: event.order))


def _created(past: Past) -> Event:
    by = created_by(past)
    data: dict[str, Any] = {"by": by}
    if on_behalf(past):
        data["on_behalf"] = True
    told = event(past, past.birth, "created", data)
    role = past.role_of(past.birth.by, past.birth.id)
    return replace(
        told, actor=actor_of(past, past.birth.by, "customer" if by == "customer" else role)
    )


def _waiting_from_start(past: Past) -> Iterator[Event]:
    """A ticket made in a waiting status waits from then on (R7): a creation enters no state."""
    status = past.created_with("Status") or ""
    meaning = past.names.state(status)
    if meaning.kind not in _WAITING:
        return
    told = event(past, past.birth, "state_changed", state_data(status, meaning))
    yield replace(told, seq=told.seq + 5, id=f"{told.id}s")


def _merges(past: Past) -> Iterator[Event]:
    """Both sides of each merge: what came in, and where the ticket went (facts 4)."""
    for row in past.later:
        if row.merge and row.target != past.raw.id:
            yield event(past, row, "merged", {"into": row.target})
        elif row.merge:
            source = past.source_of(row)
            if source is not None:
                yield event(past, row, "absorbed", _brought(source, past.names, row))


def _brought(source: RawTicket, names: Names, merge: Row) -> dict[str, Any]:
    """The other ticket's events before the merge; its own ending is part of the merge."""
    theirs = _events(Past(source, names))
    ending = {row.id * 10 for row in source.rows if row.merge and row.target == merge.target}
    last = max((seq for seq in ending if seq < merge.id * 10), default=merge.id * 10)
    return {
        "ticket": source.id,
        "events": tuple(event for event in theirs if event.seq < last),
    }
