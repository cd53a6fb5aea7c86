"""What is true of a ticket while its timeline is replayed.

Two pictures are kept: the real facts, and the *view* by which policies are chosen, in which the
changes of our own steps never happened (rule R15, details 45).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slaplugin.core.model import STATE_KINDS, Event, Ticket
from slaplugin.core.rulebook import RuleBook

PAUSE_FACT = "facts.pause_reason"
"""A hook's pause reason: while it has a value the ticket counts as waiting on the customer."""
CALENDAR_FACT = "facts.calendar"
"""A hook's calendar for the ticket: it replaces the calendar of every target."""

_SIMPLE = {
    "owner_changed": "owner",
    "group_changed": "group",
    "priority_changed": "priority",
    "type_changed": "type",
}
_KNOWN_FIELDS = frozenset(
    {"state", "state_kind", "priority", "group", "owner", "channel", "type", "tags", "created_by"}
)


def frozen(value: Any) -> Any:
    """Lists become tuples, so that facts can be compared and remembered."""
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(frozen(item) for item in value)
    if isinstance(value, Mapping):
        return tuple(sorted((str(key), frozen(item)) for key, item in value.items()))
    return value


def flatten(prefix: str, mapping: Mapping[str, Any]) -> dict[str, Any]:
    """``{"fields": {"x": 1}}`` under ``customer`` is ``{"customer.fields.x": 1}``."""
    flat: dict[str, Any] = {}
    for key, value in mapping.items():
        name = key if key.startswith(prefix + ".") else f"{prefix}.{key}"
        if isinstance(value, Mapping):
            flat.update(flatten(name, value))
        else:
            flat[name] = frozen(value)
    return flat


class TicketState:
    """The facts, and whether the ticket waits on the customer (rule R7, details 21)."""

    __slots__ = (
        "_fingerprint",
        "closed",
        "facts",
        "rules",
        "terminal",
        "view",
        "wait_until",
        "waiting_state",
    )

    def __init__(self, ticket: Ticket, rules: RuleBook) -> None:
        self.rules = rules
        self.facts: dict[str, Any] = {"state": "new", "state_kind": "new"}
        for name, value in ticket.facts.items():
            self.facts[name] = value if value.__class__ is str else frozen(value)
        self.closed = self.facts["state_kind"] == "closed"
        self.terminal: str | None = None
        self.waiting_state = False
        self.wait_until: int | None = None
        self.view: dict[str, Any] = dict(self.facts)
        self._fingerprint: tuple[Any, ...] | None = None
        self._show_priority()

    # ------------------------------------------------------------------ reading

    @property
    def fingerprint(self) -> tuple[Any, ...]:
        """What policies see of the facts; equal fingerprints choose equal targets."""
        if self._fingerprint is None:
            self._fingerprint = self.rules.fingerprint(self.view)
        return self._fingerprint

    @property
    def named(self) -> dict[str, Any]:
        """The real facts as conditions see them: the priority under both its names."""
        facts = dict(self.facts)
        facts["priority"] = self._both_names(facts.get("priority"))
        return facts

    @property
    def kind(self) -> str:
        return str(self.facts["state_kind"])

    @property
    def owner(self) -> Any:
        return self.facts.get("owner") or None

    @property
    def group(self) -> Any:
        return self.facts.get("group") or None

    @property
    def has_customer(self) -> bool:
        return any(name.startswith("customer.") for name in self.facts)

    @property
    def waiting(self) -> bool:
        """R7, or a hook's word for it."""
        return self.waiting_state or bool(self.facts.get(PAUSE_FACT))

    @property
    def in_waiting_state(self) -> bool:
        """The state alone, whatever its date and whoever wrote since (core/profiles)."""
        return self.kind == "waiting_customer" or bool(self.facts.get(PAUSE_FACT))

    # ------------------------------------------------------------------ changing

    def created(self, event: Event) -> None:
        """Facts that only the creation knows."""
        by = event.data.get("by", "customer")
        asked = self.rules.created_in
        inside = tuple(name for name in asked if self.rules.calendars[name].is_open(event.at))
        for facts in (self.facts, self.view):
            facts.setdefault("created_by", by)
            facts["created_in"] = inside
        self._touch(True)
        if self.kind == "waiting_customer":
            self.enter_waiting(event)

    def apply(self, event: Event) -> None:
        """Step 2 of details 7: the facts change."""
        kind = event.kind
        counts = not event.ours or event.retarget
        if kind in _SIMPLE:
            self.set(_SIMPLE[kind], event.data.get("to"), counts)
        elif kind in ("state_changed", "closed", "reopened"):
            self._change_state(event, counts)
        elif kind in ("tag_added", "tag_removed"):
            self._change_tags(event, counts)
        elif kind == "field_changed":
            self._change_field(event, counts)
        elif kind == "customer_changed":
            self._change_customer(event, counts)
        elif kind == "customer_message":
            self.waiting_state = False
            self.wait_until = None

    def set(self, name: str, value: Any, counts: bool) -> None:
        value = frozen(value)
        self.facts[name] = value
        if counts:
            self.view[name] = value
            if name == "priority":
                self._show_priority()
        self._touch(counts)

    def _show_priority(self) -> None:
        self.view["priority"] = self._both_names(self.view.get("priority"))

    def _both_names(self, name: Any) -> Any:
        # Conditions accept the host's own name and the common one (details 30).
        common = self.rules.policy_set.priorities.get(name) if name is not None else None
        return name if common is None or common == name else (name, common)

    def _touch(self, counts: bool) -> None:
        if counts:
            self._fingerprint = None

    def _change_state(self, event: Event, counts: bool) -> None:
        told_twice = event.kind == "closed" if self.closed else event.kind == "reopened"
        if told_twice:
            return
        kind = self.new_kind(event)
        name = event.data.get("to") or kind
        if kind != self.facts.get("state_kind"):
            self.set("state_kind", kind, counts)
        if name != self.facts.get("state"):
            self.set("state", name, counts)
        if counts and (self.view["state_kind"], self.view["state"]) != (kind, name):
            self.set("state_kind", kind, True)
            self.set("state", name, True)
        self.closed = kind == "closed"
        if kind == "waiting_customer":
            self.enter_waiting(event)
        else:
            self.waiting_state = False
            self.wait_until = None

    def new_kind(self, event: Event) -> str:
        """The state kind after a state event (details 21)."""
        if event.kind == "closed":
            return "closed"
        to = event.data.get("to")
        given = event.data.get("kind")
        if given:
            return str(given)
        if event.kind == "reopened" and to not in STATE_KINDS:
            return "open"
        return str(to) if to in STATE_KINDS else self.kind

    def enter_waiting(self, event: Event) -> None:
        """A waiting state is entered, also from itself; a past date means it never waits."""
        until = None if event.data.get("closes") else event.data.get("until")
        self.waiting_state = until is None or until > event.at
        self.wait_until = until if self.waiting_state else None

    def _change_tags(self, event: Event, counts: bool) -> None:
        tag = event.data.get("tag")
        added = event.kind == "tag_added"
        for facts in (self.facts, self.view) if counts else (self.facts,):
            present = facts.get("tags") or ()
            rest = tuple(item for item in present if item != tag)
            facts["tags"] = (*rest, tag) if added else rest
        self._touch(counts)

    def _change_field(self, event: Event, counts: bool) -> None:
        name = str(event.data.get("field"))
        if "." not in name and name not in _KNOWN_FIELDS:
            name = f"fields.{name}"
        self.set(name, event.data.get("to"), counts)

    def _change_customer(self, event: Event, counts: bool) -> None:
        for part, key in (("customer", "to"), ("organization", "organization")):
            new = event.data.get(key)
            if new is None and key == "organization" and key not in event.data:
                continue
            flat = flatten(part, new or {})
            for facts in (self.facts, self.view) if counts else (self.facts,):
                for name in [name for name in facts if name.startswith(part + ".")]:
                    del facts[name]
                facts.update(flat)
        self._touch(counts)
