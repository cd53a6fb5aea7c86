"""Tickets and events of a policy test as the engine's own values (details 9, 36 and 37)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slaplugin.core.model import AMENDMENT_KINDS, EVENT_KINDS, STATE_KINDS, Event, Ticket
from slaplugin.policyfiles.cursor import Cursor, nearest, suggestion
from slaplugin.policyfiles.nodes import plain
from slaplugin.policyfiles.scalars import duration, instant, instant_millis, number_as_text
from slaplugin.policyfiles.vocabulary import FIELDS, TEXT_FIELDS, TEXT_PAYLOADS, field_is_known

TEST_HOST = "test"
_NESTED = ("customer", "organization", "fields", "facts")
_NOT_FACTS = frozenset({"created_at", "current_only", "id", "number", "title", "updated_at", "url"})
_TICKET_KEYS = FIELDS | set(_NESTED) | _NOT_FACTS
_EVENT_KEYS = frozenset({"at", "event", "id", "ours", "retarget"})
_INSTANTS = frozenset({"until", "message_at"})


def parse_ticket(at: Cursor, events: Sequence[Event]) -> Ticket:
    """The facts at creation, flat, with the defaults of details 36."""
    entries = {} if at.is_nothing else at.table("a ticket")
    facts: dict[str, Any] = {"state": "new", "state_kind": "new", "tags": ()}
    facts.update(_created_by(events))
    for key, child in entries.items():
        if key in _NESTED:
            _flatten(facts, key, child)
        elif key not in _NOT_FACTS:
            _fact(facts, key, child)
    if "state" in entries and "state_kind" not in entries and facts["state"] in STATE_KINDS:
        facts["state_kind"] = facts["state"]
    return Ticket(
        host=TEST_HOST,
        id=_shown(entries, "id", "1"),
        number=_shown(entries, "number", _shown(entries, "id", "1")),
        title=_shown(entries, "title", ""),
        facts=facts,
        current_only=_current_only(entries.get("current_only")),
    )


def _shown(entries: Mapping[str, Cursor], key: str, default: str) -> str:
    return entries[key].shown if key in entries else default


def _created_by(events: Sequence[Event]) -> dict[str, Any]:
    for event in events:
        if event.kind == "created" and "by" in event.data:
            return {"created_by": event.data["by"]}
    return {}


def _fact(facts: dict[str, Any], key: str, at: Cursor) -> None:
    if not field_is_known(key) and nearest(key, _TICKET_KEYS) is not None:
        at.fail_key(f"unknown fact '{key}'", suggestion(key, _TICKET_KEYS))
        return
    value = plain(at.node)
    if key in TEXT_FIELDS:
        value = number_as_text(value)
    if key == "tags" and not isinstance(value, tuple):
        value = () if value is None else (value,)
    if value is not None:
        facts[key] = value


def _flatten(facts: dict[str, Any], prefix: str, at: Cursor) -> None:
    if at.is_nothing:
        return
    for key, child in at.table(prefix).items():
        if key == "fields" and child.is_table:
            _flatten(facts, f"{prefix}.fields", child)
        elif not child.is_nothing:
            facts[f"{prefix}.{key}"] = plain(child.node)


def _current_only(at: Cursor | None) -> frozenset[str]:
    if at is None:
        return frozenset()
    names = (item.text("a field") for item in at.items_or_one("current_only"))
    return frozenset(name for name in names if name is not None)


# ---------------------------------------------------------------------- events


def parse_events(at: Cursor, prefix: str = "") -> tuple[Event, ...]:
    """Events in the order of the file; ``seq`` is the id, or the place (details 9)."""
    items = at.items("events")
    numbered = [item for item in items if "id" in item]
    if numbered and len(numbered) != len(items):
        at.fail("some events have an id and some have none", "give all of them one, or none")
    found = (_event(item, place, prefix) for place, item in enumerate(items, start=1))
    return tuple(event for event in found if event is not None)


def _event(at: Cursor, place: int, prefix: str) -> Event | None:
    fields = dict(at.table("an event"))
    missing = [key for key in ("at", "event") if key not in fields]
    if missing:
        if at.is_table:
            at.fail(f"an event needs '{missing[0]}'", "write {at: ..., event: created}")
        return None
    millis = instant_millis(fields["at"], "at")
    kind = fields["event"].one_of("event", EVENT_KINDS)
    seq = _id(fields["id"]) if "id" in fields else place
    if millis is None or kind is None or seq is None:
        return None
    name = f"{prefix}{seq}"
    return Event(
        at_ms=millis,
        seq=seq,
        id=name,
        kind=kind,
        data={
            key: _payload(kind, key, child, name)
            for key, child in fields.items()
            if key not in _EVENT_KEYS
        },
        ours=_flag(fields, "ours"),
        retarget=_flag(fields, "retarget"),
    )


def _id(at: Cursor) -> int | None:
    if isinstance(at.value, int) and not isinstance(at.value, bool):
        return at.value
    at.fail(f"id must be a whole number, not '{at.shown}'")
    return None


def _flag(fields: Mapping[str, Cursor], key: str) -> bool:
    return bool(fields[key].flag(key)) if key in fields else False


def _payload(kind: str, key: str, at: Cursor, name: str) -> Any:
    """A payload value: instants as epoch seconds, ``add`` as seconds, ``events`` as events."""
    if key == "events" and kind == "absorbed":
        return parse_events(at, prefix=f"{name}/")
    if at.is_nothing:
        return None
    if key in _INSTANTS or (key in ("from", "to") and kind in AMENDMENT_KINDS):
        return instant(at, key)
    if key == "add" and kind == "extended":
        return duration(at, "add")
    value = plain(at.node)
    return number_as_text(value) if key in TEXT_PAYLOADS.get(kind, ()) else value
