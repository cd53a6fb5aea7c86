"""The daemon's web surface put together: settings, the store's reader, the daemon's own voice."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slaplugin.app.errors import ConfigurationError, Problem
from slaplugin.hosts.config import uptime
from slaplugin.web import (
    Access,
    Health,
    Metrics,
    Surface,
    Throttled,
    Webhooks,
    WebServer,
    build_app,
    is_loopback,
    open_socket,
    split_address,
)
from slaplugin.web.access import LOCAL_NAMES, LOCAL_PROXIES
from slaplugin.web.board import routes
from slaplugin.wiring import revealed
from slaplugin.wiring.pages import DaemonBoard
from slaplugin.wiring.reading import StoreReading

if TYPE_CHECKING:
    from slaplugin.settings import Settings

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Front:
    """A web surface that is served; ``health`` and ``metrics`` are to be told what happens."""

    server: WebServer
    health: Health
    metrics: Metrics
    reading: StoreReading

    def close(self) -> None:
        """Stop serving."""
        self.server.stop()
        self.reading.close()


def front_of(
    settings: Settings, current: Callable[[], Settings], hint: Callable[[str], bool]
) -> Front:
    """The surface at ``settings.listen``, serving already.

    ``current`` gives the settings in force, which a reload may change; ``hint`` takes the id of a
    ticket that a web hook names. Raises ConfigurationError where the address cannot be had, or may
    not be had without a token.
    """
    require_guarded(settings)
    opened = open_socket(settings.listen or "")
    health = Health(lambda: current().poll_interval, uptime)
    metrics = Metrics(health)
    reading = StoreReading(current, health.now)
    surface = Surface(
        health=health,
        metrics=metrics,
        reading=reading,
        kept=Throttled(reading.overview),
        webhooks=Webhooks(lambda: revealed(current().webhook_secret), hint, metrics.webhook),
        access=lambda: access_of(current()),
        pages=routes(DaemonBoard(reading, health, current)),
    )
    server = WebServer(build_app(surface), opened)
    server.start()
    return Front(server, health, metrics, reading)


def require_guarded(settings: Settings) -> None:
    """Beyond loopback somebody has to show something; ConfigurationError says what to set.

    The web hooks' own secret does not count: it belongs to the helpdesk.
    """
    if settings.listen is None or _is_local(settings):
        return
    if settings.web_token is None and settings.web_trusted_header is None:
        hint = (
            "set web_token or web_token_file; or web_trusted_header, if only a proxy that checks "
            "people can reach it; or listen on 127.0.0.1"
        )
        said = f"{settings.listen} can be reached by others, and nothing keeps them out"
        raise ConfigurationError([Problem(said, path="listen", hint=hint)])


def access_of(settings: Settings) -> Access:
    """Who may ask under these settings."""
    proxies = tuple(
        ipaddress.ip_network(text, strict=False) for text in settings.web_trusted_proxies
    )
    return Access(
        token=revealed(settings.web_token),
        header=settings.web_trusted_header,
        proxies=proxies or LOCAL_PROXIES,
        hosts=_names(settings),
    )


def _names(settings: Settings) -> frozenset[str] | None:
    """The names of ``web_hosts``; without them those of loopback, or any beyond it."""
    named = frozenset(name.lower() for name in settings.web_hosts)
    if _is_local(settings):
        return LOCAL_NAMES | named
    return named or None


def _is_local(settings: Settings) -> bool:
    return settings.listen is not None and is_loopback(split_address(settings.listen)[0])
