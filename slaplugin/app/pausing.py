"""``pause`` and ``resume``: hold all writes and messages, while evaluation goes on.

A daemon sees it at its next cycle; nobody has to be stopped for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from slaplugin.app.desk import PAUSED
from slaplugin.app.ports import AuditEntry, Store


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


def _set(store: Store, order: Order, *, paused: bool) -> bool:
    if (store.flag(PAUSED) is not None) == paused:
        return False
    kind = "paused" if paused else "resumed"
    payload = {"who": order.who, "why": order.why}
    with store.tx() as tx:
        tx.set_flag(PAUSED, str(order.at) if paused else None)
        tx.audit(AuditEntry(kind, order.at, payload))
    return True
