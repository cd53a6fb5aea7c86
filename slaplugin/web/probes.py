"""``/healthz``, ``/readyz`` and ``/metrics``: for machines that watch the daemon."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from slaplugin.app.errors import SlapluginError
from slaplugin.web.guard import ALLOWED
from slaplugin.web.health import Health, Readiness
from slaplugin.web.metrics import CONTENT_TYPE, Metrics
from slaplugin.web.reading import BusyError, Offload, Overview, Reading, SingleFlight, Throttled

log = logging.getLogger(__name__)

_PATIENCE = 5.0
"""Seconds that a scrape waits for the first overview; later ones get the latest there is."""


@dataclass(slots=True)
class Probes:
    """What they look at. ``quick`` and ``slow`` are threads of their own, so that a pass over all
    clocks keeps no probe waiting."""

    health: Health
    metrics: Metrics
    reading: Reading
    kept: Throttled[Overview]
    quick: Offload
    slow: Offload
    _trouble: SingleFlight[str | None] = field(init=False)

    def __post_init__(self) -> None:
        # A crowd of probes is no trouble of the store.
        self._trouble = SingleFlight(self._look)

    def routes(self) -> list[Route]:
        """The three pages."""
        return [
            Route("/healthz", self.alive, methods=["GET"]),
            Route("/readyz", self.ready, methods=["GET"]),
            Route("/metrics", self.scrape, methods=["GET"]),
        ]

    async def alive(self, request: Request) -> Response:
        """200 as long as the process answers."""
        del request
        return JSONResponse({"alive": True})

    async def ready(self, request: Request) -> Response:
        """200 while the work is being done, else 503; the reasons only to who may read."""
        readiness = await self.readiness()
        document = self.health.document(readiness)
        if not request.scope.get(ALLOWED):
            document = {"ready": readiness.ready}
        return JSONResponse(document, 200 if readiness.ready else 503)

    async def readiness(self) -> Readiness:
        """The verdict, with a look at the store."""
        return self.health.readiness(await self._trouble())

    async def _look(self) -> str | None:
        try:
            return await self.quick(self.reading.trouble)
        except BusyError as error:
            return f"the store could not be read: {error}"

    async def scrape(self, request: Request) -> Response:
        """Prometheus' text format; the levels of the store may be some seconds old."""
        del request
        readiness = await self.readiness()
        page = self.metrics.page(await self._overview(), ready=readiness.ready)
        return Response(page, headers={"Content-Type": CONTENT_TYPE})

    async def _overview(self) -> Overview | None:
        try:
            async with asyncio.timeout(_PATIENCE):
                return await self.slow(self.kept.get)
        except (TimeoutError, BusyError):
            return self.kept.latest
        except SlapluginError as error:
            # Counters are told also while the store or the policies cannot be read.
            log.warning("clock levels are left out of /metrics: %s", error)
            return None
