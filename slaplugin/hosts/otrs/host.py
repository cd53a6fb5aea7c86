"""The adapter itself: the ``Host`` protocol, put together from its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from slaplugin.hosts.access import unsigned
from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.http import Transport
from slaplugin.hosts.otrs.client import Client, login_of
from slaplugin.hosts.otrs.routes import routes_of
from slaplugin.hosts.otrs.wire import zone_of

DEFAULT_TAGS_FIELD = "SLATags"
"""The dynamic field in which tags live: Multiselect or Text (facts 1)."""

DEFAULT_PRIORITIES: Mapping[str, str] = {
    "1 very low": "low",
    "2 low": "low",
    "3 normal": "normal",
    "4 high": "high",
    "5 very high": "urgent",
}


def make_client(config: HostConfig) -> Client:
    """Typed calls to the helpdesk of these settings; nothing is asked of it yet.

    ConfigurationError for mistakes in ``url``, ``routes``, ``user`` and ``password``.
    """
    routes = routes_of(config)
    transport = Transport(replace(config, url=routes.site), unsigned)
    return Client(transport, routes, login_of(config))


class OtrsHost:
    """One helpdesk of the family. Cheap to make: nothing is asked before it is needed."""

    def __init__(self, config: HostConfig) -> None:
        self.config = config
        self.zone = zone_of(config.timezone)
        self.client = make_client(config)
        self.transport = self.client.transport

    @property
    def name(self) -> str:
        """The configured name; the first part of every ticket key."""
        return self.config.name

    @property
    def account(self) -> str | None:
        """Our own account's id (``UserID``), as ``Actor.key`` has it."""
        return self.client.me().get("UserID") or None

    @property
    def priority_names(self) -> Mapping[str, str]:
        """Host priority -> urgent, high, normal, low."""
        return {**DEFAULT_PRIORITIES, **self.config.priorities}

    def now(self) -> int:
        """The host's present, UTC epoch seconds; asks for the time if nothing was asked yet."""
        if not self.transport.clock.known:
            self.client.me()
        return self.transport.now()

    def requests_made(self) -> int:
        """HTTP requests since this object was made, repeated ones included."""
        return self.transport.requests_made()
