"""Ticket, instance and action rows: their columns, in one place for writing and reading."""

# ruff: noqa: S608 - column lists are constants of this package, values are always bound.
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slaplugin.app.ports import StoredInstance, TicketRow
from slaplugin.core.actions import ActionRow
from slaplugin.core.model import ClockInstance
from slaplugin.store.codec import (
    dump_instance,
    dump_seen,
    dumps,
    dumps_mapping,
    load_instance,
    load_seen,
    loads,
)

NEVER = 2**63 - 1
"""Sorts what has no due instant behind everything that has one."""

_TICKET_NAMES = (
    "host",
    "id",
    "number",
    "title",
    "url",
    "facts",
    "current_only",
    "first_seen_at",
    "customer_key",
    "organization_key",
    "revision",
    "updated_at_ms",
    "seen",
    "owner",
    "next_check_at",
    "open",
    "live",
    "held",
    "held_until",
    "holds",
    "missing",
    "policy_set",
)
TICKET_COLUMNS = ", ".join(f"t.{name}" for name in _TICKET_NAMES)
SAVE_TICKET = (
    f"INSERT INTO tickets ({', '.join(_TICKET_NAMES)})"
    f" VALUES ({', '.join('?' * len(_TICKET_NAMES))})"
    " ON CONFLICT (host, id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _TICKET_NAMES[2:])
    + " RETURNING ticket_key"
)


def ticket_values(row: TicketRow) -> tuple[Any, ...]:
    """The row by the columns of :data:`SAVE_TICKET`."""
    return (
        row.host,
        row.id,
        row.number,
        row.title,
        row.url,
        dumps_mapping(row.facts),
        dumps(sorted(row.current_only)),
        row.first_seen_at,
        row.customer_key,
        row.organization_key,
        row.revision,
        row.updated_at_ms,
        dump_seen(row.seen),
        row.seen.owner,
        row.next_check_at,
        int(row.open),
        int(row.live),
        row.held,
        row.held_until,
        row.holds,
        row.missing,
        row.policy_set,
    )


def ticket_of(columns: Sequence[Any]) -> TicketRow:
    """A row from :data:`TICKET_COLUMNS`."""
    named = dict(zip(_TICKET_NAMES, columns, strict=True))
    del named["owner"]  # stands in ``seen`` too; the column is there to be counted
    return TicketRow(
        **named
        | {
            "facts": loads(named["facts"]),
            "current_only": frozenset(loads(named["current_only"])),
            "seen": load_seen(named["seen"]),
            "open": bool(named["open"]),
            "live": bool(named["live"]),
        }
    )


INSTANCE_COLUMNS = "i.policy_set, i.finished, i.revision, i.body"
SAVE_INSTANCE = (
    "INSERT INTO instances (ticket_key, clock, start_event, policy_set, finished, revision,"
    " watched, due_order, body, ended_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def instance_values(ticket_key: int, stored: StoredInstance, revision: int) -> tuple[Any, ...]:
    """The instance by the columns of :data:`SAVE_INSTANCE`."""
    instance = stored.instance
    return (
        ticket_key,
        instance.clock,
        instance.start_event,
        stored.policy_set,
        int(stored.finished),
        revision,
        int(is_watched(instance)),
        NEVER if instance.due_at is None else instance.due_at,
        dump_instance(instance),
        instance.stopped_at if stored.finished else None,
    )


def is_watched(instance: ClockInstance) -> bool:
    """Whether ``status`` lists it: still open, and with a target to be missed."""
    return instance.is_open and instance.target is not None


def instance_of(columns: Sequence[Any]) -> StoredInstance:
    """An instance from :data:`INSTANCE_COLUMNS`, and ``urgent_from`` where it was asked for."""
    policy_set, finished, revision, body, *urgent_from = columns
    return StoredInstance(load_instance(body), policy_set, bool(finished), revision, *urgent_from)


_ACTION_NAMES = (
    "key",
    "host",
    "ticket_key",
    "kind",
    "clock",
    "start_event",
    "step",
    "policy",
    "due_at",
    "value",
    "before",
    "field",
    "group_name",
    "why",
    "status",
    "epoch",
    "attempts",
    "result",
    "at",
)
SAVE_ACTION = (
    f"INSERT INTO actions ({', '.join(_ACTION_NAMES)})"
    f" VALUES ({', '.join('?' * len(_ACTION_NAMES))})"
    " ON CONFLICT (key) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _ACTION_NAMES[1:])
)
ACTION_COLUMNS = ", ".join(
    "t.id" if name == "ticket_key" else f"a.{name}" for name in _ACTION_NAMES
)
FROM_ACTIONS = "FROM actions a JOIN tickets t USING (ticket_key)"


def action_values(ticket_key: int, row: ActionRow) -> tuple[Any, ...]:
    """The action by the columns of :data:`SAVE_ACTION`."""
    return (
        row.key,
        row.host,
        ticket_key,
        row.kind,
        row.clock,
        row.start_event,
        row.step,
        row.policy,
        row.due_at,
        dumps(row.value),
        dumps(row.before),
        row.field,
        row.group,
        row.why,
        row.status,
        row.epoch,
        row.attempts,
        row.result,
        row.at,
    )


def action_of(columns: Sequence[Any]) -> ActionRow:
    """An action from :data:`ACTION_COLUMNS`."""
    named = dict(zip(_ACTION_NAMES, columns, strict=True))
    group = named.pop("group_name")
    ticket = named.pop("ticket_key")
    values = {"value": loads(named["value"]), "before": loads(named["before"])}
    return ActionRow(**named | values, ticket=ticket, group=group)
