"""What is known of a ticket when it is judged: stops 1 to 3 joined with the store."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from slaplugin.app.echo import mark_ours
from slaplugin.app.options import Options
from slaplugin.app.ports import Snapshot, StoredInstance, StoredTicket, TicketRow
from slaplugin.core.actions import ActionRow
from slaplugin.core.clocks.facts import flatten, frozen
from slaplugin.core.model import Event, Ticket, Timeline
from slaplugin.core.plan import PlanContext, Showing

_CLOSED_KINDS = frozenset({"closed", "merged", "removed"})
_LASTING = frozenset({"organization.id", "organization.name", "organization.domain"})
"""Whose customer somebody is: observed where a host keeps no history of it, and taken to have been
so from the creation to the first look (decision 165)."""


@dataclass(frozen=True, slots=True)
class Known:
    """One ticket with its whole past; what is new about it is to be stored."""

    row: TicketRow
    events: tuple[Event, ...]
    """Host events, those that the host no longer shows included."""
    was: TicketRow | None = None
    """The row as it was stored."""
    observed: tuple[Event, ...] = ()
    amendments: tuple[Event, ...] = ()
    instances: tuple[StoredInstance, ...] = ()
    """As they were last recorded."""
    actions: tuple[ActionRow, ...] = ()
    fresh_events: tuple[Event, ...] | None = None
    """What the host shows now, to replace the stored events; None: it was not read."""
    new_observed: tuple[Event, ...] = ()
    today: Mapping[str, Any] | None = None
    """Facts without a history, as they are now; compared with what is known of them."""
    is_new: bool = False
    events_changed: bool = False
    """The stored events are to be replaced."""
    timeline_changed: bool = False
    """Something happened that was not our own doing since the ticket was last judged."""

    @property
    def ticket(self) -> Ticket:
        return self.row.ticket

    @property
    def timeline(self) -> Timeline:
        events = (*self.events, *self.observed, *self.new_observed, *self.amendments)
        return Timeline(self.ticket, events)


def from_store(stored: StoredTicket, actions: Iterable[ActionRow]) -> Known:
    """A ticket that is judged without asking the host: time passed, a party or a policy changed."""
    return Known(
        row=stored.row,
        was=stored.row,
        events=stored.events,
        observed=stored.observed,
        amendments=stored.amendments,
        instances=stored.instances,
        actions=tuple(actions),
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """A full read of a ticket and what it is joined with."""

    snapshot: Snapshot
    stored: StoredTicket | None
    actions: tuple[ActionRow, ...]


def from_host(reading: Reading, context: PlanContext, options: Options) -> Known:
    """Join a full read with what the store has; the host's events win, own echoes are marked."""
    snapshot, stored = reading.snapshot, reading.stored
    before = stored.events if stored else ()
    fresh = mark_ours(snapshot.timeline.events, before, reading.actions, context)
    ids = {event.id for event in fresh}
    vanished = tuple(event for event in before if event.id not in ids)
    row = _row(snapshot, stored.row if stored else None, options)
    events = tuple(sorted((*fresh, *vanished), key=lambda event: event.order))
    row = replace(row, revision=revision(row, events, context.showing))
    known = Known(
        row=row,
        was=stored.row if stored else None,
        events=events,
        fresh_events=fresh,
        actions=reading.actions,
        today=_today(snapshot, events),
        is_new=stored is None or not stored.row.facts,
        events_changed=stored is None or _differ(fresh, before),
        timeline_changed=stored is None or stored.row.revision != row.revision,
    )
    if stored is None:
        return known
    return replace(
        known,
        observed=stored.observed,
        amendments=stored.amendments,
        instances=stored.instances,
    )


def _differ(fresh: Iterable[Event], before: Iterable[Event]) -> bool:
    known = {event.id: _content(event) for event in before}
    return {event.id: _content(event) for event in fresh} != known


def _content(event: Event) -> tuple[Any, ...]:
    return (event.at_ms, event.seq, event.kind, frozen(event.data), event.ours, event.retarget)


def _today(snapshot: Snapshot, events: Iterable[Event]) -> dict[str, Any]:
    """Today's values of facts without a history.

    After a change of customer the host tells about another person than the one at creation: the
    event itself carries the new person's facts, and party changes follow them from there.
    """
    ticket = snapshot.timeline.ticket
    moved = any(event.kind == "customer_changed" for event in events)
    return {
        name: ticket.facts.get(name)
        for name in ticket.current_only
        if not (moved and name.startswith(("customer.", "organization.")))
    }


def _row(snapshot: Snapshot, old: TicketRow | None, options: Options) -> TicketRow:
    ticket, seen = snapshot.timeline.ticket, snapshot.seen
    first_seen = old.first_seen_at if old else snapshot.read_at
    current_only = old.current_only if old and old.facts else ticket.current_only
    if not (old and old.facts) and first_seen - _created_at(snapshot) <= options.baseline_grace:
        current_only = frozenset()
    return TicketRow(
        host=ticket.host,
        id=ticket.id,
        number=ticket.number,
        title=ticket.title,
        url=ticket.url,
        facts=_baseline(ticket, old),
        current_only=current_only - _LASTING,
        first_seen_at=first_seen,
        customer_key=snapshot.customer_key,
        organization_key=snapshot.organization_key,
        updated_at_ms=_trusted_stamp(snapshot, options.settle),
        seen=seen,
        open=seen.state_kind not in _CLOSED_KINDS,
        policy_set=old.policy_set if old else None,
    )


def _created_at(snapshot: Snapshot) -> int:
    created = (event.at for event in snapshot.timeline.events if event.kind == "created")
    return min(created, default=snapshot.read_at)


def _baseline(ticket: Ticket, old: TicketRow | None) -> dict[str, Any]:
    """Facts at creation; one without a history keeps the value first seen (R14)."""
    facts = dict(ticket.facts)
    if old is None or not old.facts:
        return facts
    for name in ticket.current_only:
        facts.pop(name, None)
    kept = {name: old.facts[name] for name in ticket.current_only if name in old.facts}
    hooked = {name: old.facts[name] for name in old.facts if name not in ticket.facts}
    return facts | kept | hooked


def _trusted_stamp(snapshot: Snapshot, settle: int) -> int:
    """The host's stamp of this state; 0 where a later change could bear the same one."""
    stamp = snapshot.seen.updated_at_ms
    return stamp if snapshot.read_at * 1000 - stamp >= settle * 1000 else 0


def revision(row: TicketRow, events: Iterable[Event], showing: Showing) -> str:
    """Hash of a ticket's content without our tags, fields and notes (architecture, rule 6)."""
    digest = hashlib.sha256()
    facts = {name: value for name, value in row.facts.items() if name != "tags"}
    digest.update(repr((row.title, frozen(facts), row.customer_key)).encode())
    for event in events:
        if not _is_own_trace(event, showing):
            digest.update(repr((event.id, event.at_ms, event.kind, frozen(event.data))).encode())
    return digest.hexdigest()


def _is_own_trace(event: Event, showing: Showing) -> bool:
    if event.kind in ("tag_added", "tag_removed"):
        tag = str(event.data.get("tag"))
        return tag in (showing.at_risk, showing.breached) or tag.startswith(showing.prefix)
    if event.kind == "field_changed":
        names = (showing.due, showing.policy, showing.state, showing.summary)
        return str(event.data.get("field")).removeprefix("fields.") in names
    return event.kind == "note" and event.ours


def value_now(known: Known, name: str) -> Any:
    """The value of a fact after everything that is known to have happened to it."""
    value = known.row.facts.get(name)
    part = name.partition(".")[0]
    for event in sorted((*known.events, *known.observed), key=lambda event: event.order):
        if event.kind == "field_changed" and event.data.get("field") == name:
            value = event.data.get("to")
        elif event.kind == "customer_changed" and part in ("customer", "organization"):
            value = _after_handover(event, part, name, value)
    return value


def _after_handover(event: Event, part: str, name: str, value: Any) -> Any:
    key = "to" if part == "customer" else "organization"
    if key not in event.data:
        return value
    return flatten(part, event.data[key] or {}).get(name)


def observe(known: Known, today: Mapping[str, Any], now: int) -> Known:
    """Add an observed event for each fact whose value of today is not the one known."""
    changed = [
        name
        for name, value in sorted(today.items())
        if frozen(value_now(known, name)) != frozen(value)
    ]
    events = tuple(
        Event(
            at_ms=now * 1000,
            seq=position,
            id=f"observed:{name}:{now}",
            kind="field_changed",
            data={"field": name, "to": today[name]},
        )
        for position, name in enumerate(changed)
    )
    if not events:
        return known
    return replace(known, new_observed=(*known.new_observed, *events), timeline_changed=True)
