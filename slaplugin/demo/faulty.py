"""The layer of the application that spoils answers as ordered."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from slaplugin.demo.faults import Fault, FaultKind

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from slaplugin.demo.faults import Faults

ABORT = "slaplugin.demo.abort"
HANG_UP = "slaplugin.demo.hang_up"
"""Keys of the scope's extensions under which the server offers to end the connection: at once, or
after what was sent has left."""

_HTML = "<!DOCTYPE html>\n<title>Sorry, something went wrong</title>\n<h1>500</h1>\n"
_PAGE = "<!DOCTYPE html>\n<title>Maintenance</title>\n<h1>We are back soon</h1>\n"


class FaultyApp:
    """Asks for a fault before each request and acts on it; otherwise passes through."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI."""
        fault = None
        if scope["type"] == "http":
            fault = self._faults.take(scope["method"], scope["path"])
        if fault is None:
            await self._app(scope, receive, send)
        elif fault.kind is FaultKind.LOST_OWNER:
            await self._app({**scope, "demo_lost_owner": True}, receive, send)
        elif fault.kind is FaultKind.HALF:
            await self._app(scope, receive, _halving(scope, send))
        elif fault.kind is FaultKind.SLOW:
            await asyncio.sleep(fault.delay / 1000)
            await self._app(scope, receive, send)
        elif fault.kind is FaultKind.RESET:
            await _reset(scope, receive, send)
        elif fault.kind is FaultKind.UNANSWERED:
            await self._app(scope, receive, _unheard)
            await _reset(scope, receive, send)
        else:
            await _instead(fault)(scope, receive, send)


def _instead(fault: Fault) -> Response:
    if fault.kind is FaultKind.TOO_MANY_REQUESTS:
        headers = {"retry-after": str(fault.retry_after)}
        return Response("Retry later\n", 429, headers, media_type="text/plain")
    if fault.kind is FaultKind.HIDDEN:
        body = '{"error":"Not authorized","error_human":"Not authorized"}'
        headers = {"x-failure": "Not authorized"}
        return Response(body, 403, headers, media_type="application/json; charset=utf-8")
    if fault.kind is FaultKind.REFUSED:
        body = '{"error":"Can\'t find User for Token","error_human":"Can\'t find User for Token"}'
        return Response(body, 401, media_type="application/json; charset=utf-8")
    if fault.kind is FaultKind.WRONG_JSON:
        return Response('{"tickets":[1,2,', 200, media_type="application/json; charset=utf-8")
    if fault.kind is FaultKind.HTML:
        return Response(_PAGE, 200, media_type="text/html; charset=utf-8")
    return Response(_HTML, 500, media_type="text/html; charset=utf-8")


def _halving(scope: Any, send: Any) -> Any:
    """Announces the whole length, sends the first half and hangs up."""

    async def halved(message: Any) -> None:
        if message["type"] != "http.response.body":
            await send(message)
            return
        body = message.get("body", b"")
        await send({**message, "body": body[: len(body) // 2], "more_body": True})
        await _tear_down(scope, HANG_UP)

    return halved


async def _unheard(message: Any) -> None:
    """The answer that nobody gets."""


async def _reset(scope: Any, receive: Any, send: Any) -> None:
    if not await _tear_down(scope, ABORT):
        await Response(_HTML, 502, media_type="text/html")(scope, receive, send)


async def _tear_down(scope: Any, how: str) -> bool:
    """End the connection if the server offers it, and let the server notice before going on."""
    end = scope.get("extensions", {}).get(how)
    if end is None:
        return False
    end()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return True
