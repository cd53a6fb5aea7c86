"""The application: routes put together, guarded, and told what they stand on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from slaplugin.web.access import Access
from slaplugin.web.api import Api
from slaplugin.web.guard import SECONDS, Guard, problem
from slaplugin.web.health import Health
from slaplugin.web.metrics import Metrics
from slaplugin.web.probes import Probes
from slaplugin.web.reading import Offload, Overview, Reading, Throttled
from slaplugin.web.webhooks import Webhooks

_SENTENCES = {
    404: "there is no such page",
    405: "this page cannot be asked so",
    500: "this failed; the log says more",
}


@dataclass(frozen=True, slots=True)
class Surface:
    """What the web surface stands on."""

    health: Health
    metrics: Metrics
    reading: Reading
    kept: Throttled[Overview]
    webhooks: Webhooks
    access: Callable[[], Access]
    """Asked for each request, since a reload may change secrets."""
    pages: Sequence[BaseRoute] = ()
    """The pages for people."""
    seconds: float = SECONDS
    """The longest that a request may take."""


def build_app(surface: Surface) -> Guard:
    """The ASGI application."""
    probes = Probes(
        health=surface.health,
        metrics=surface.metrics,
        reading=surface.reading,
        kept=surface.kept,
        quick=Offload(),
        slow=Offload(),
    )
    routes = [
        *probes.routes(),
        *Api(probes).routes(),
        *surface.webhooks.routes(),
        *surface.pages,
    ]
    app = Starlette(
        routes=routes, exception_handlers={HTTPException: _refused, Exception: _refused}
    )
    app.router.redirect_slashes = False
    return Guard(app, surface.access, surface.metrics.web_request, surface.seconds)


async def _refused(request: Request, error: Exception) -> Response:
    """What the router refuses or a page fails at, in the form of every refusal."""
    del request
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    return problem(status, _SENTENCES.get(status, "refused"), headers or {})
