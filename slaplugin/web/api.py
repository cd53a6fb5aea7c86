"""``/api/v1``: what the commands print with ``--json``, over HTTP; described in openapi.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from slaplugin.app.errors import SlapluginError
from slaplugin.core.texts import utc_text
from slaplugin.web.guard import problem
from slaplugin.web.health import CYCLES_KEPT
from slaplugin.web.openapi import LIMITS, document
from slaplugin.web.probes import Probes
from slaplugin.web.reading import BusyError, Overview

LONGEST_NAME = 64
"""Characters of a ticket's number or id."""

_Endpoint = Callable[["Api", Request], Awaitable[Response]]


class BadParameterError(Exception):
    """A parameter that is not as described."""


def _answered(endpoint: _Endpoint) -> _Endpoint:
    """What goes wrong while reading, as an answer."""

    @wraps(endpoint)
    async def answer(self: Api, request: Request) -> Response:
        try:
            return await endpoint(self, request)
        except BadParameterError as error:
            return problem(400, str(error))
        except BusyError as error:
            return problem(503, f"{error}; ask again in some seconds", {"Retry-After": "5"})
        except SlapluginError as error:
            return problem(503, str(error), {"Retry-After": "30"})

    return answer


@dataclass(frozen=True, slots=True)
class Api:
    """The JSON side, on the same things as the probes."""

    probes: Probes

    def routes(self) -> list[Route]:
        """All of ``/api/v1``, and the description."""
        return [
            Route("/api/v1/status", self.status, methods=["GET"]),
            Route("/api/v1/tickets/{ticket}", self.ticket, methods=["GET"]),
            Route("/api/v1/health", self.health, methods=["GET"]),
            Route("/api/v1/cycles", self.cycles, methods=["GET"]),
            Route("/openapi.json", self.openapi, methods=["GET"]),
        ]

    @_answered
    async def status(self, request: Request) -> Response:
        """The clocks at risk and breached; ``all=true``: every open one."""
        given = _parameters(request, "all", "limit")
        limit = _whole(given, "limit", LIMITS["status"])
        everything = _flag(given, "all")
        overview = await self.probes.slow(self.probes.kept.get)
        if everything:
            as_of, rows = await self.probes.slow(lambda: self.probes.reading.every_clock(limit))
            total = sum(overview.clocks.values())
        else:
            as_of, rows, total = overview.as_of, overview.urgent[:limit], overview.total
        # The documents are made while they are written: on a thread, since there may be many.
        return await self.probes.slow(lambda: JSONResponse(_status(overview, as_of, rows, total)))

    @_answered
    async def ticket(self, request: Request) -> Response:
        """The explanation of one ticket."""
        _parameters(request)
        name = request.path_params["ticket"]
        if len(name) > LONGEST_NAME or not name.isprintable():
            raise BadParameterError("a ticket is named by its number or id")
        found = await self.probes.quick(lambda: self.probes.reading.explanation(name))
        if found is None:
            return problem(404, "the store knows no such ticket, by number or id")
        return JSONResponse(found)

    @_answered
    async def health(self, request: Request) -> Response:
        """How the daemon is doing; 200 also while it is not ready."""
        _parameters(request)
        return JSONResponse(self.probes.health.document(await self.probes.readiness()))

    @_answered
    async def cycles(self, request: Request) -> Response:
        """The latest cycles, newest first."""
        limit = _whole(_parameters(request, "limit"), "limit", LIMITS["cycles"])
        return JSONResponse({"kept": CYCLES_KEPT, "cycles": self.probes.health.cycles(limit)})

    @_answered
    async def openapi(self, request: Request) -> Response:
        """This description itself."""
        _parameters(request)
        return JSONResponse(document())


def _status(overview: Overview, as_of: int, rows: Any, total: int) -> dict[str, Any]:
    return {
        "as_of": utc_text(as_of),
        "total": total,
        "instances": list(rows),
        "held_total": overview.held_total,
        "held": list(overview.held),
    }


def _parameters(request: Request, *known: str) -> Mapping[str, str]:
    """The query; what is not known or given twice is told, so that no slip is overlooked."""
    given = request.query_params.multi_items()
    names = [name for name, _ in given]
    if unknown := sorted(set(names) - set(known)):
        allowed = f"allowed: {', '.join(known)}" if known else "there are none here"
        raise BadParameterError(f"unknown parameter {unknown[0]!r}; {allowed}")
    if len(names) != len(set(names)):
        raise BadParameterError("a parameter is given twice")
    return dict(given)


def _whole(given: Mapping[str, str], name: str, allowed: tuple[int, int, int]) -> int:
    """A whole number; ``allowed`` is (least, most, default)."""
    least, most, default = allowed
    text = given.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
        raise BadParameterError(f"{name} must be a whole number from {least} to {most}")
    if not least <= int(text) <= most:
        raise BadParameterError(f"{name} must be from {least} to {most}")
    return int(text)


def _flag(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name, "false")
    if text not in ("true", "false"):
        raise BadParameterError(f"{name} must be true or false")
    return text == "true"
