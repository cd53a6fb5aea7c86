"""The pages' addresses: what is answered, in which form, and when nothing has changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from slaplugin.app.errors import SlapluginError
from slaplugin.web.board import assets
from slaplugin.web.board.chosen import Chosen
from slaplugin.web.board.data import document
from slaplugin.web.board.notices import is_aged
from slaplugin.web.board.page import wallboard
from slaplugin.web.board.query import Query
from slaplugin.web.board.source import BoardHealth, BoardSource, StampedBoard, StampedSource
from slaplugin.web.board.ticket import message_page, ticket_page
from slaplugin.web.reading import BusyError, Offload

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cache-control": "private, no-cache",
}
NOW = "x-board-now"
"""Header with the helpdesk's present, UTC epoch seconds: what countdowns are set by."""
HTML = "text/html; charset=utf-8"
_FRESH_FOR = 900
"""Seconds after which a page is another one even if nothing happened: "today" may be over, and
open time is told only so far ahead."""


def routes(source: BoardSource) -> list[Route]:
    """``/``, ``/board.json``, ``/tickets/{id}`` and the files they need; all only read."""
    pages = _Pages(StampedSource(source))
    return [
        Route("/", pages.threaded(pages.board)),
        Route("/board.json", pages.threaded(pages.data)),
        Route("/tickets/{id}", pages.threaded(pages.ticket)),
        Route("/static/{name}", _file),
    ]


class _Pages:
    """What each address answers; on a thread, because reading the store takes its time."""

    def __init__(self, boards: StampedSource) -> None:
        self._boards = boards
        self._source = boards.source
        self._offload = Offload()

    def threaded(
        self, answer: Callable[[Request], Response]
    ) -> Callable[[Request], Awaitable[Response]]:
        """The answer as an endpoint; what the store refuses is told on a page of its own."""

        async def endpoint(request: Request) -> Response:
            try:
                return await self._offload(lambda: answer(request))
            except (SlapluginError, BusyError) as error:
                return self._refused(request, error)

        return endpoint

    def board(self, request: Request) -> Response:
        """The wallboard."""

        def page(chosen: Chosen, health: BoardHealth, now: int) -> str:
            return wallboard(chosen, health, now, self._source.zone)

        return self._answer(request, page, HTML)

    def data(self, request: Request) -> Response:
        """The same as data."""

        def text(chosen: Chosen, health: BoardHealth, now: int) -> str:
            return json.dumps(document(chosen, health, now), ensure_ascii=False, indent=1)

        return self._answer(request, text, "application/json")

    def ticket(self, request: Request) -> Response:
        """A ticket's explanation."""
        query = Query.of(request.query_params)
        explained = self._source.explained(request.path_params["id"])
        if explained is None:
            told = (
                "The store knows no ticket of this id. Closed tickets of the past are known after"
            )
            page = message_page("No such ticket", f"{told} a backfill.", query, "../")
            return Response(page, 404, HEADERS, media_type=HTML)
        page = ticket_page(explained, query, self._source.zone)
        return Response(page, 200, HEADERS, media_type=HTML)

    def _answer(
        self, request: Request, write: Callable[[Chosen, BoardHealth, int], str], kind: str
    ) -> Response:
        source, query = self._source, Query.of(request.query_params)
        kept = self._boards.board()
        health, now = source.health(), source.now()
        headers = _headers(_tag(_said(kept, now), query, health, now), now)
        if _has(request, headers["etag"]):
            return Response(None, 304, headers)
        text = write(Chosen(kept.board, query), health, now)
        return Response(text, 200, headers, media_type=kind)

    def _refused(self, request: Request, error: Exception) -> Response:
        root = "../" if request.url.path.rstrip("/").rpartition("/")[0].endswith("tickets") else ""
        query = Query.of(request.query_params)
        page = message_page("Nothing can be shown now", str(error), query, root)
        return Response(page, 503, {**HEADERS, "retry-after": "5"}, media_type=HTML)


async def _file(request: Request) -> Response:
    """A style or the script; its address changes with its content, so it is kept for good."""
    name = request.path_params["name"]
    if name not in assets.TYPES:
        return Response("There is no such file.\n", 404, HEADERS, media_type="text/plain")
    headers = {**HEADERS, "etag": f'"{assets.tag(name)}"'}
    if request.query_params.get("v") == assets.tag(name):
        headers["cache-control"] = "public, max-age=31536000, immutable"
    if _has(request, headers["etag"]):
        return Response(None, 304, headers)
    return Response(assets.content(name), 200, headers, media_type=assets.TYPES[name])


def _said(kept: StampedBoard, now: int) -> str:
    """The board's stamp, with its age where that is told."""
    return f"{kept.stamp} {kept.board.as_of}" if is_aged(kept.board, now) else kept.stamp


def _tag(stamp: str, query: Query, health: BoardHealth, now: int) -> str:
    """Changes with everything that a page says, but for what passes by itself."""
    files = [assets.tag(name) for name in assets.TYPES]
    said = repr((stamp, query, health, now // _FRESH_FOR, files))
    return f'W/"{hashlib.sha256(said.encode()).hexdigest()[:24]}"'


def _has(request: Request, tag: str) -> bool:
    """Whether who asks has this already (RFC 9110: compared weakly)."""
    bare = tag.removeprefix("W/")
    known = request.headers.get("if-none-match", "").split(",")
    return any(item.strip().removeprefix("W/") == bare for item in known)


def _headers(tag: str, now: int) -> dict[str, str]:
    return {**HEADERS, "etag": tag, NOW: str(now)}
