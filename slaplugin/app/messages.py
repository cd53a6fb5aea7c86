"""Telling people: what a channel is asked to send, and what may come of it.

A channel gets one message for everything that fell due for it, each ticket named once; while its
window lasts, what comes up meanwhile waits and goes out together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from slaplugin.app.errors import SlapluginError
from slaplugin.core.texts import told_in


@dataclass(frozen=True, slots=True)
class Item:
    """One ticket of a message; texts come from the helpdesk and are nobody's markup."""

    ticket: str
    number: str
    title: str
    url: str | None
    group: str | None
    owner: str | None
    reasons: tuple[str, ...]
    """Why it is named, a sentence for each step that fell due; instants in UTC, for machines."""
    told: tuple[str, ...] = ()
    """The same for people, instants in the contract's zone; empty: ``reasons`` have none."""


@dataclass(frozen=True, slots=True)
class Message:
    """What one channel is to be told; ``at`` in UTC epoch seconds."""

    channel: str
    keys: tuple[str, ...]
    """Keys of the actions that it settles."""
    items: tuple[Item, ...]
    at: int
    subject: str | None = None
    """What it is about where it is not about tickets; None: the channel's own subject."""
    lines: tuple[str, ...] = ()
    """What it says before any ticket."""

    @property
    def id(self) -> str:
        """The same for the same actions: for a Message-ID or an idempotency key."""
        digest = hashlib.sha256("\n".join(sorted(self.keys)).encode()).hexdigest()
        return f"sla-{digest[:32]}"


class SendError(SlapluginError):
    """A message whose way to its channel went wrong.

    ``retry_after`` is in seconds, where the channel said how long to leave it alone.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class NotSentError(SendError):
    """The message was surely not delivered; it is tried again after a pause.

    ``for_now``: the channel would take nothing at all for the time being, whatever the message.
    """

    def __init__(
        self, message: str, *, for_now: bool = False, retry_after: float | None = None
    ) -> None:
        self.for_now = for_now
        super().__init__(message, retry_after=retry_after)


class UncertainError(SendError):
    """The message may have been delivered or not: it is shown and not sent again."""


class Notifier(Protocol):
    """Sends messages to people."""

    def channels(self) -> frozenset[str]:
        """Names that ``notify`` steps may use."""

    def window(self, channel: str) -> int:
        """Seconds after a message within which nothing more is sent to the channel."""

    def send(self, message: Message) -> None:
        """Deliver; raises NotSentError or UncertainError.

        Several channels are sent to at a time, from threads of their own.
        """


def items_of(found: Sequence[tuple[Item, str, str]]) -> tuple[Item, ...]:
    """Each ticket once, with all its reasons, in order of first mention.

    ``found`` has a ticket, a reason, and the zone in which people are told the reason's instants.
    """
    by_ticket: dict[str, tuple[Item, dict[str, str]]] = {}
    for item, reason, zone in found:
        _, reasons = by_ticket.setdefault(item.ticket, (item, {}))
        reasons.setdefault(reason, told_in(zone, reason))
    return tuple(
        replace(item, reasons=tuple(reasons), told=tuple(reasons.values()))
        for item, reasons in by_ticket.values()
    )
