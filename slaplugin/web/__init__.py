"""The daemon's web surface: probes, metrics, JSON, web hooks and, in ``board``, pages for people.

Everything here reads; the one thing that comes in is the id of a ticket that has changed. What it
needs of the rest arrives as values and callables (:class:`slaplugin.web.app.Surface`), and nothing
that goes wrong here reaches the thread that does the work.
"""

from __future__ import annotations

from slaplugin.web.access import Access
from slaplugin.web.app import Surface, build_app
from slaplugin.web.health import Health
from slaplugin.web.metrics import Metrics
from slaplugin.web.reading import Overview, Reading, Throttled
from slaplugin.web.server import WebServer, is_loopback, open_socket, split_address
from slaplugin.web.webhooks import Webhooks

__all__ = [
    "Access",
    "Health",
    "Metrics",
    "Overview",
    "Reading",
    "Surface",
    "Throttled",
    "WebServer",
    "Webhooks",
    "build_app",
    "is_loopback",
    "open_socket",
    "split_address",
]
