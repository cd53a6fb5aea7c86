"""The memory helpdesk's values: its words, its tickets, and drafts of new ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slaplugin.core.model import Event

STATES: Mapping[str, str] = {
    "new": "new",
    "open": "open",
    "pending reminder": "waiting_customer",
    "pending close": "waiting_customer",
    "closed": "closed",
    "merged": "merged",
}
PRIORITIES: Mapping[str, str] = {"3 high": "high", "2 normal": "normal", "1 low": "low"}
ACCOUNT = "sla"


@dataclass(slots=True)
class MemoryTicket:
    """A ticket of the memory helpdesk; tests may look at it and should change it by the host."""

    id: str
    title: str
    facts: dict[str, Any]
    """At creation, but for the customer and organization."""
    customer: str | None
    organization: str | None
    values: dict[str, Any]
    """``state``, ``priority``, ``group``, ``owner`` as they are now."""
    tags: set[str] = field(default_factory=set)
    fields: dict[str, Any] = field(default_factory=dict)
    notes: list[tuple[str | None, str]] = field(default_factory=list)
    """(action key, text)."""
    events: list[Event] = field(default_factory=list)
    updated_at_ms: int = 0
    created_at_ms: int = 0
    deleted: bool = False
    hidden: bool = False
    protected: bool = False
    """Our account may read it and not change it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A ticket to create."""

    group: str = "Support"
    priority: str = "2 normal"
    owner: str | None = None
    state: str = "new"
    customer: str | None = "c1"
    organization: str | None = None
    title: str = "A question"
    by: str = "customer"
    fields: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
