"""What is asked of a store about people who are not to be in it any more (docs/privacy.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from slaplugin.app.ports import StoredTicket
    from slaplugin.core.model import Event, Ticket


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


def rewritten(
    stored: StoredTicket, ticket: Ticket, change: Callable[[Iterable[Event]], tuple[Event, ...]]
) -> StoredTicket:
    """A stored ticket with another title and other facts, every event of its timeline changed."""
    return replace(
        stored,
        row=replace(stored.row, title=ticket.title, facts=ticket.facts),
        events=change(stored.events),
        observed=change(stored.observed),
        amendments=change(stored.amendments),
    )
