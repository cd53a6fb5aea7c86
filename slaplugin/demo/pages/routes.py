"""The pages' paths."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from slaplugin.demo.pages import ticket_list, ticket_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from slaplugin.demo.app import Service

_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self';"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
_FILES = {"style.css": "text/css", "live.js": "text/javascript"}


def page_routes(service: Service) -> list[Route]:
    """Routes of all web pages; they show everything, since the server listens on loopback."""

    async def tickets(request: Request) -> Response:
        view = request.query_params.get("view", "open")
        number = request.query_params.get("page", "1")
        page = max(1, int(number)) if number.isdigit() else 1
        return await _html(service, lambda: ticket_list.page(service.desk, view, page))

    async def ticket(request: Request) -> Response:
        ticket_id = int(request.path_params["id"])
        return await _html(service, lambda: ticket_page.page(service.desk, ticket_id))

    return [
        Route("/", tickets),
        Route("/tickets/{id:int}", ticket),
        Route("/demo/{name}", _file),
        Route("/favicon.ico", _no_icon),
    ]


async def _html(service: Service, build: Callable[[], str | None]) -> Response:
    def run() -> str | None:
        service.catch_up()
        with service.desk.db.transaction():
            return build()

    page = await run_in_threadpool(run)
    if page is None:
        return Response("There is no such ticket.\n", 404, _HEADERS, media_type="text/plain")
    return Response(page, 200, _HEADERS, media_type="text/html; charset=utf-8")


async def _file(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _FILES:
        return Response("There is no such file.\n", 404, _HEADERS, media_type="text/plain")
    text = resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
    return Response(text, 200, _HEADERS, media_type=_FILES[name])


async def _no_icon(_request: Request) -> Response:
    return Response(b"", 204)
