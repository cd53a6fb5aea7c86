"""``pause`` and ``resume``: hold all writes and messages, while evaluation goes on.

A cycle that is under way sees it before each ticket and again in the transaction of each claim:
once ``pause`` has returned, nothing begins that was not claimed before. Nobody has to be stopped.
"""

from __future__ import annotations

from dataclasses import dataclass

from slaplugin.app.desk import ACCEPT_MISSING, PAUSED
from slaplugin.app.ports import AuditEntry, Store

HELD = "not written: writes are paused (`slaplugin resume` ends it)"
"""What becomes of a write meanwhile; it stays wanted."""


def is_paused(store: Store) -> bool:
    """Whether all writes and messages are held at this very moment."""
    return store.flag(PAUSED) is not None


@dataclass(frozen=True, slots=True)
class Order:
    """Who wants it and why; ``at`` in UTC epoch seconds."""

    at: int
    who: str
    why: str = ""


def pause(store: Store, order: Order) -> bool:
    """Hold all writes; False where they are held already (the first reason stays)."""
    return _set(store, order, paused=True)


def resume(store: Store, order: Order) -> bool:
    """Let writes go on; False where nothing held them."""
    return _set(store, order, paused=False)


def accept_missing(store: Store, order: Order) -> None:
    """Let the next sweep believe that tickets were deleted, however many they are."""
    with store.tx() as tx:
        tx.set_flag(ACCEPT_MISSING, str(order.at))
        payload = {"who": order.who, "why": order.why}
        tx.audit(AuditEntry("missing_accepted", order.at, payload))


def _set(store: Store, order: Order, *, paused: bool) -> bool:
    if is_paused(store) == paused:
        return False
    kind = "paused" if paused else "resumed"
    payload = {"who": order.who, "why": order.why}
    with store.tx() as tx:
        tx.set_flag(PAUSED, str(order.at) if paused else None)
        tx.audit(AuditEntry(kind, order.at, payload))
    return True
