"""A store that can be read and never written: what ``plan`` runs against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, cast

from slaplugin.app.ports import Lease, Store, Transaction
from slaplugin.core.model import Event


class _Discarding:
    """A transaction of which nothing remains."""

    def replace_events(self, host: str, ticket: str, events: Sequence[Event]) -> Sequence[Event]:
        """Nothing is stored, so nothing is told to be new."""
        return ()

    def part(self) -> AbstractContextManager[None]:
        """There is nothing to take back."""
        return nullcontext()

    def claim(self, row: object, lease: object) -> bool:
        """A plan claims nothing."""
        return False

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("save_", "add_", "set_")) or name == "audit":
            return _ignore
        raise AttributeError(name)


def _ignore(*_: object) -> None:
    """Take a write and leave the world as it is."""


@contextmanager
def _transaction() -> Iterator[Transaction]:
    yield cast(Transaction, _Discarding())


class ReadOnlyStore:
    """Reads go to the real store, writes nowhere.

    A cycle judges each ticket once, so it never needs to read what it has just recorded.
    """

    def __init__(self, base: Store) -> None:
        self._base = base

    def tx(self) -> AbstractContextManager[Transaction]:
        return _transaction()

    def acquire(self, holder: str, now: int, seconds: int) -> Lease | None:
        """The reader needs no lease; this one stands for it."""
        return Lease(holder, 0, now + seconds)

    def release(self, lease: Lease) -> None:
        """Nothing was taken."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._base, name)


def read_only(store: Store) -> Store:
    """The store as ``plan`` may use it."""
    return cast(Store, ReadOnlyStore(store))
