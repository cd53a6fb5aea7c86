"""Moving the clock and ordering faults over HTTP, for tests of whole processes.

`POST /control/clock` with `{"set": "2026-10-12T08:00:00Z"}` or `{"advance": 90}` (seconds),
`POST /control/faults` with the fields of `Fault`, `DELETE /control/faults`. Only on servers that
were started with `control=True`.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from slaplugin.demo.faults import Fault, FaultKind

if TYPE_CHECKING:
    from slaplugin.demo.app import Service


def control_routes(service: Service) -> list[Route]:
    """The control endpoints; 400 with a sentence for what cannot be understood."""

    async def clock(request: Request) -> Response:
        try:
            _move(service, json.loads(await request.body() or b"{}"))
        except (ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, 400)
        await run_in_threadpool(service.catch_up)
        return JSONResponse({"now": service.desk.clock.now().isoformat()})

    async def faults(request: Request) -> Response:
        if request.method == "DELETE":
            service.faults.clear()
            return JSONResponse({"faults": "cleared"})
        try:
            sent = json.loads(await request.body())
            service.faults.add(Fault(**{**sent, "kind": FaultKind(sent["kind"])}))
        except (ValueError, TypeError, KeyError) as error:
            return JSONResponse({"error": f"no such fault: {error}"}, 400)
        return JSONResponse({"fault": sent}, 201)

    return [
        Route("/control/clock", clock, methods=["GET", "POST"]),
        Route("/control/faults", faults, methods=["POST", "DELETE"]),
    ]


def _move(service: Service, sent: dict[str, Any]) -> None:
    if "set" in sent:
        service.desk.clock.set(datetime.fromisoformat(sent["set"]))
    if "advance" in sent:
        service.desk.clock.advance(float(sent["advance"]))
