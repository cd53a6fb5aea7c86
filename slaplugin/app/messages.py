"""Telling people: what a channel is asked to send, and what may come of it.

A channel gets one message for everything that fell due for it, each ticket named once; while its
window lasts, what comes up meanwhile waits and goes out together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from slaplugin.app.errors import SlapluginError


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
    """Why it is named, a sentence for each step that fell due."""


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


class NotSentError(SlapluginError):
    """The message was surely not delivered; it is tried again after a pause."""


class UncertainError(SlapluginError):
    """The message may have been delivered or not: it is shown and not sent again."""


class Notifier(Protocol):
    """Sends messages to people."""

    def channels(self) -> frozenset[str]:
        """Names that ``notify`` steps may use."""

    def window(self, channel: str) -> int:
        """Seconds after a message within which nothing more is sent to the channel."""

    def send(self, message: Message) -> None:
        """Deliver; raises NotSentError or UncertainError."""


def items_of(found: Sequence[tuple[Item, str]]) -> tuple[Item, ...]:
    """Each ticket once, with all its reasons, in order of first mention."""
    by_ticket: dict[str, tuple[Item, list[str]]] = {}
    for item, reason in found:
        _, reasons = by_ticket.setdefault(item.ticket, (item, []))
        if reason not in reasons:
            reasons.append(reason)
    return tuple(
        Item(
            ticket=item.ticket,
            number=item.number,
            title=item.title,
            url=item.url,
            group=item.group,
            owner=item.owner,
            reasons=tuple(reasons),
        )
        for item, reasons in by_ticket.values()
    )
