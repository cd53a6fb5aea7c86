"""The pages' paths."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from slaplugin.demo.app import Service


def page_routes(service: Service) -> list[Route]:
    """Routes of all web pages."""

    async def home(_request: Request) -> Response:
        return PlainTextResponse(f"demo helpdesk, {service.desk.clock.now().isoformat()}")

    return [Route("/", home)]
