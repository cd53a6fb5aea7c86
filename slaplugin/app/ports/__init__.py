"""What the application asks of the world, as protocols; adapters live at the edges.

Instants are UTC epoch seconds, events carry UTC epoch milliseconds (see ``core.model``).
Adapters raise the errors of :mod:`slaplugin.app.errors` and nothing else.
"""

from __future__ import annotations

from slaplugin.app.ports.host import (
    Agent,
    Change,
    Host,
    Missing,
    Page,
    Party,
    PartyPage,
    ReadResult,
    Reference,
    Snapshot,
    TicketRef,
    read_each,
)
from slaplugin.app.ports.store import (
    NOTHING_SEEN,
    Adoption,
    AuditEntry,
    Lease,
    Store,
    StoredInstance,
    StoredTicket,
    TicketRow,
    Transaction,
)
from slaplugin.app.ports.surroundings import Hooks, PolicySource, Progress, WallClock

__all__ = [
    "NOTHING_SEEN",
    "Adoption",
    "Agent",
    "AuditEntry",
    "Change",
    "Hooks",
    "Host",
    "Lease",
    "Missing",
    "Page",
    "Party",
    "PartyPage",
    "PolicySource",
    "Progress",
    "ReadResult",
    "Reference",
    "Snapshot",
    "Store",
    "StoredInstance",
    "StoredTicket",
    "TicketRef",
    "TicketRow",
    "Transaction",
    "WallClock",
    "read_each",
]
