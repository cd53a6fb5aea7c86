"""What a helpdesk shows of a ticket, and what we want to do or did to it.

Instants are UTC epoch seconds unless a name ends in ``_ms``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

ChangeKind = Literal[
    "add_tag",
    "remove_tag",
    "set_field",
    "set_priority",
    "set_group",
    "set_owner",
    "set_state",
    "add_note",
]
HOST_WRITES: Mapping[str, ChangeKind] = {kind: kind for kind in get_args(ChangeKind)}
"""The kinds of action that a host is asked to do; ``notify`` is none of them."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the host shows of a ticket right now (the writable part)."""

    tags: frozenset[str] = frozenset()
    priority: str | None = None
    group: str | None = None
    owner: str | None = None
    """Login; None is nobody."""
    state: str | None = None
    state_kind: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Custom fields the host has, by host name; a date field as UTC epoch seconds or None."""
    updated_at_ms: int = 0


ActionStatus = Literal["planned", "claimed", "done", "failed", "skipped", "adopted", "uncertain"]


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One row of the action table: a host write, a notification or an assignment."""

    key: str
    """Deterministic: ticket, clock, start event, step, action (and epoch for marks)."""
    host: str
    ticket: str
    kind: str
    """A :data:`ChangeKind`, ``notify`` or ``restore``."""
    clock: str | None
    start_event: str | None
    step: str | None
    policy: str | None
    due_at: int
    value: Any
    before: Any = None
    """What the host showed before (for ``undo`` and ``on_recover``)."""
    field: str | None = None
    why: str = ""
    status: ActionStatus = "planned"
    epoch: int = 0
    """Lease epoch of the claim."""
    attempts: int = 0
    result: str | None = None
    at: int = 0
    """When the status was last set."""
    group: str | None = None
    """For ``set_owner``: the group the owner was chosen in (``round_robin`` goes by it); None: the
    group the ticket shows when the action is saved."""
