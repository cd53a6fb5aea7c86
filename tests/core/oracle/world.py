"""What is true about a ticket after each event: facts and waiting (details 21, 36)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slaplugin.core.model import STATE_KINDS, Event, Timeline

from .opening import END

CHANGES = {
    "owner_changed": "owner",
    "group_changed": "group",
    "priority_changed": "priority",
    "type_changed": "type",
}
TOP_LEVEL = {"state", "state_kind", "priority", "group", "owner", "channel", "type", "tags"}


def unique_in_order(timeline: Timeline, as_of: int) -> list[Event]:
    seen: set[str] = set()
    found = []
    for event in timeline.events:
        if event.id not in seen:
            seen.add(event.id)
            found.append(event)
    found.sort(key=lambda event: (event.at_ms, event.seq))
    return [event for event in found if event.at <= as_of]


class World:
    """Facts as they are, and as policies see them (R15)."""

    def __init__(self, facts: Mapping[str, Any], now: int) -> None:
        self.facts: dict[str, Any] = dict(facts)
        self.seen: dict[str, Any] = dict(facts)
        self.waits: list[tuple[int, int]] = []
        self.until: int | None = None
        """When the present wait ends by itself."""
        self.state_waits: list[tuple[int, int]] = []
        """Spans of waiting states, whatever their date and whoever writes."""
        if self.kind == "waiting_customer":
            self._enter(now, None, closes=False)
            self._note_state(now)

    @property
    def kind(self) -> str:
        return str(self.facts.get("state_kind"))

    def is_closed(self) -> bool:
        return self.kind == "closed"

    def is_waiting(self) -> bool:
        return bool(self.waits) and self.waits[-1][1] == END

    # ------------------------------------------------------------------ what an event is

    def kind_after(self, event: Event) -> str:
        if event.kind == "closed":
            return "closed"
        if event.kind == "reopened":
            return self._named_kind(event, "open") if self.is_closed() else self.kind
        if event.kind == "state_changed":
            return self._named_kind(event, self.kind)
        return self.kind

    def _named_kind(self, event: Event, otherwise: str) -> str:
        if event.data.get("kind"):
            return str(event.data["kind"])
        to = event.data.get("to")
        return str(to) if to in STATE_KINDS else otherwise

    def ends_ticket(self, event: Event) -> str | None:
        if event.kind in ("deleted", "merged"):
            return event.kind
        return {"removed": "deleted", "merged": "merged"}.get(self.kind_after(event))

    def closes(self, event: Event) -> bool:
        return not self.is_closed() and self.kind_after(event) == "closed"

    def reopens(self, event: Event) -> bool:
        return self.is_closed() and self.kind_after(event) not in ("closed", "merged", "removed")

    # ------------------------------------------------------------------ changes

    def apply(self, event: Event) -> None:
        changed = self._changes(event)
        kind_after = self.kind_after(event)
        moves = event.kind == "state_changed" or self.closes(event) or self.reopens(event)
        self.facts.update(changed(self.facts))
        if not event.ours or event.retarget:
            self.seen.update(changed(self.seen))
        self._note_state(event.at)
        if moves:
            self._leave(event.at)
            if kind_after == "waiting_customer":
                until = event.data.get("until")
                self._enter(event.at, until, closes=bool(event.data.get("closes")))
        if event.kind == "customer_message":
            self._leave(event.at)

    def _changes(self, event: Event) -> Any:
        data = event.data
        kind_after = self.kind_after(event)
        idle = (event.kind == "closed" and self.is_closed()) or (
            event.kind == "reopened" and not self.is_closed()
        )

        def changed(facts: dict[str, Any]) -> dict[str, Any]:
            if event.kind in CHANGES:
                return {CHANGES[event.kind]: data.get("to")}
            if event.kind in ("state_changed", "closed", "reopened") and not idle:
                name = {"closed": "closed", "reopened": "open"}.get(event.kind)
                return {
                    "state": data.get("to", name or facts.get("state")),
                    "state_kind": kind_after,
                }
            if event.kind == "tag_added" and data["tag"] not in facts.get("tags", ()):
                return {"tags": (*facts.get("tags", ()), data["tag"])}
            if event.kind == "tag_removed":
                return {"tags": tuple(t for t in facts.get("tags", ()) if t != data["tag"])}
            if event.kind == "field_changed":
                name = data["field"]
                known = "." in name or name in TOP_LEVEL
                return {name if known else f"fields.{name}": data.get("to")}
            if event.kind == "customer_changed":
                return _new_customer(facts, data)
            return {}

        return changed

    def _leave(self, at: int) -> None:
        if self.is_waiting():
            self.waits[-1] = (self.waits[-1][0], at)
        self.until = None

    def _enter(self, at: int, until: int | None, *, closes: bool) -> None:
        if until is not None and not closes:
            if until <= at:
                return
            self.until = until
        self.waits.append((at, END))

    def _note_state(self, at: int) -> None:
        inside = bool(self.state_waits) and self.state_waits[-1][1] == END
        waits = self.kind == "waiting_customer"
        if waits and not inside:
            self.state_waits.append((at, END))
        elif inside and not waits:
            self.state_waits[-1] = (self.state_waits[-1][0], at)

    def pass_to(self, at: int) -> None:
        if self.until is not None and self.until <= at:
            self._leave(self.until)


def _new_customer(facts: dict[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for prefix, new in (("customer.", data.get("to")), ("organization.", data.get("organization"))):
        if prefix == "organization." and "organization" not in data:
            continue
        found |= {name: None for name in facts if name.startswith(prefix)}
        for key, value in (new or {}).items():
            if key == "fields":
                found |= {f"{prefix}fields.{name}": each for name, each in value.items()}
            else:
                found[f"{prefix}{key}"] = value
    return found
