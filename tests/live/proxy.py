"""A relay in front of Request Tracker that tells a test of each request as it passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Literal

from slaplugin.testing.proxy import Exchange, HelpdeskProxy

Phase = Literal["before", "after"]


@dataclass(frozen=True)
class Passing:
    """A request, before RT gets it or after RT has answered it (and nobody was told yet)."""

    method: str
    path: str
    phase: Phase
    exchange: Exchange | None = None
    """With RT's answer, once there is one."""

    @property
    def writes(self) -> bool:
        """Whether it may change a ticket (searches can be POST, too)."""
        return self.method in ("POST", "PUT") and "/ticket" in self.path


class Relay(HelpdeskProxy):
    """Calls ``tell`` twice for each request; what it does happens while the client waits.

    So it can stop RT, or the client. What it returns is answered instead, before RT was asked or
    after RT did it; where it raises OSError, the connection breaks.
    """

    tell: Callable[[Passing], Exchange | None] = staticmethod(lambda passing: None)

    def ask(self, handler: BaseHTTPRequestHandler, sent: bytes) -> Exchange:
        """RT's answer, with a word before and after."""
        instead = self.tell(Passing(handler.command, handler.path, "before"))
        if instead is not None:
            return instead
        exchange = super().ask(handler, sent)
        return self.tell(Passing(handler.command, handler.path, "after", exchange)) or exchange
