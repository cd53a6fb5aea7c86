"""What is asked of a store about people who are not to be in it any more (docs/privacy.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from slaplugin.app.ports import StoredTicket


class PruningTransaction(Protocol):
    """The part of a transaction that serves ``retention``."""

    def prune(self, stored: StoredTicket, agent: Callable[[str], str], at: int) -> None:
        """Leave of a ticket, its actions and its history only what figures need.

        ``agent`` gives what stands for a login; ``at`` is in UTC epoch seconds.
        """


class PruningStore(Protocol):
    """The part of a store that serves ``retention``, and knows who was forgotten."""

    def settled_before(self, host: str, instant: int, limit: int) -> Sequence[str]:
        """Closed tickets, not pruned yet, that came into their state before the instant."""

    def overwriting(self) -> AbstractContextManager[None]:
        """What is deleted within the block is overwritten in the file."""

    def tombstones(self, host: str) -> Mapping[str, str]:
        """Keyed hash of an id or name -> what stands for the customer who was forgotten."""
