"""Being the one writer: the store's lease taken, renewed while the work goes on, given back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from slaplugin.app.desk import Desk
from slaplugin.app.errors import LeaseHeldError
from slaplugin.app.ports import Lease

EXCLUSIVE_SECONDS = 600
"""How long :func:`exclusive` keeps the lease of a process that was killed."""


class LeaseStore(Protocol):
    """The part of a store that says who may write. Raises StoreError."""

    def acquire(self, holder: str, now: int, seconds: int) -> Lease | None: ...

    def release(self, lease: Lease) -> None: ...


class Tenure:
    """A lease that is kept alive; ``lease`` is the present one, for claims."""

    def __init__(self, desk: Desk, lease: Lease, now: int) -> None:
        self._desk = desk
        self._renewed_at = now
        self.lease = lease

    def renew(self) -> None:
        """Well before it runs out, take it for longer; LeaseHeldError if it was taken over.

        Where it ran out while the helpdesk kept us waiting and nobody took it, every taking
        raises the epoch by one, so ours follows directly.
        """
        now, seconds = self._desk.host.now(), self._desk.options.lease_seconds
        if abs(now - self._renewed_at) < seconds // 3:  # the helpdesk's clock may be set back
            return
        lease = self._desk.store.acquire(self.lease.holder, now, seconds)
        if lease is None or lease.epoch > self.lease.epoch + 1:
            raise LeaseHeldError(
                "another slaplugin has taken over this store; this run ends, nothing is lost"
            )
        self.lease = lease
        self._renewed_at = now


@contextmanager
def tenure(desk: Desk, now: int) -> Iterator[Tenure]:
    """The right to write for the block; ``now`` in UTC epoch seconds.

    Raises LeaseHeldError while another process has it.
    """
    lease = desk.store.acquire(desk.options.holder, now, desk.options.lease_seconds)
    if lease is None:
        raise LeaseHeldError(
            "another slaplugin is writing to this store; wait until it has ended, or stop it "
            f"(a run that was killed is forgotten after {desk.options.lease_seconds} seconds)"
        )
    held = Tenure(desk, lease, now)
    try:
        yield held
    finally:
        desk.store.release(held.lease)


@contextmanager
def exclusive(store: LeaseStore, holder: str, now: int, refusal: str) -> Iterator[None]:
    """The right to write for a block that is over soon: the lease is not renewed.

    ``now`` in UTC epoch seconds. LeaseHeldError with the words of ``refusal`` while another process
    has it.
    """
    lease = store.acquire(holder, now, EXCLUSIVE_SECONDS)
    if lease is None:
        raise LeaseHeldError(refusal)
    try:
        yield
    finally:
        store.release(lease)
