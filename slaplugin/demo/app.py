"""The demo helpdesk as an ASGI application: the API under `/api/v1`, web pages elsewhere."""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from contextlib import contextmanager
from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from slaplugin.demo import auth, jobs
from slaplugin.demo.api.call import Answer, Call, decode
from slaplugin.demo.api.routes import ROUTES
from slaplugin.demo.errors import ApiError
from slaplugin.demo.faulty import FaultyApp

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from slaplugin.demo.access import Identity
    from slaplugin.demo.api.routes import Endpoint
    from slaplugin.demo.desk import Desk
    from slaplugin.demo.faults import Faults

_LOG = logging.getLogger(__name__)
_JSON = "application/json; charset=utf-8"
_NO_STORE = "no-cache, no-store, max-age=0, must-revalidate"
_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
ALL_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class Service:
    """Runs endpoints: identifies the caller, keeps one transaction, words the errors."""

    def __init__(self, desk: Desk, faults: Faults) -> None:
        self.desk = desk
        self.faults = faults
        self.before_request: Callable[[], object] | None = None
        self._errors = 0
        self._under_way = 0
        self._idle = threading.Condition()

    def catch_up(self) -> None:
        """What would have happened until now: the demo's script and the scheduler."""
        if self.before_request is not None:
            self.before_request()
        with self.desk.db.transaction():
            jobs.run_due(self.desk)

    def settle(self, seconds: float) -> bool:
        """Wait until every API request that has arrived is carried out; False: it took longer."""
        with self._idle:
            return self._idle.wait_for(lambda: not self._under_way, seconds)

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        with self._idle:
            self._under_way += 1
        try:
            yield
        finally:
            with self._idle:
                self._under_way -= 1
                self._idle.notify_all()

    def run(self, endpoint: Endpoint, request: Request, body: bytes) -> Response:
        """One API request from credentials to response."""
        with self._at_work():
            return self._run(endpoint, request, body)

    def _run(self, endpoint: Endpoint, request: Request, body: bytes) -> Response:
        self.catch_up()
        who: Identity | None = None
        try:
            with self.desk.db.transaction():
                who = auth.identify(self.desk, request.headers)
                sent = decode(request.url.query, request.headers.get("content-type", ""), body)
                self._spoil_owner(request, sent)
                path = {name: str(value) for name, value in request.path_params.items()}
                answer = endpoint(Call(self.desk, who, path, sent))
        except ApiError as error:
            return self.failure(error, who)
        except Exception as error:  # noqa: BLE001 - like the real server: any bug is a 500
            _LOG.exception("the demo helpdesk failed on %s %s", request.method, request.url.path)
            return self.failure(ApiError(500, repr(error), hidden=True), who)
        return self._success(request, answer)

    def _spoil_owner(self, request: Request, sent: dict[str, Any]) -> None:
        if request.scope.get("demo_lost_owner") and {"owner", "owner_id"} & set(sent):
            sent.pop("owner", None)
            sent["owner_id"] = 1

    def failure(self, error: ApiError, who: Identity | None) -> Response:
        """The error's body; hidden reasons become an Error ID except for admins."""
        if error.hidden and (who is None or not who.sees_reasons):
            self._errors += 1
            mark = hashlib.sha256(f"{self._errors}:{self.desk.now()}".encode()).hexdigest()[:8]
            body = {"error": f"Error ID {mark}: Please contact your administrator."}
        elif error.hidden:
            body = {"error": error.reason}
        else:
            body = {"error": error.reason, "error_human": error.reason}
        headers = {"cache-control": "no-cache"}
        if error.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            headers["x-failure"] = error.reason
        return Response(_dump(body), error.status, headers, media_type=_JSON)

    def _success(self, request: Request, answer: Answer) -> Response:
        headers = {"cache-control": _NO_STORE}
        if answer.empty:
            return Response(b"", answer.status, headers, media_type="text/html")
        body = _dump(answer.body)
        digest = hashlib.md5(body, usedforsecurity=False).hexdigest()
        headers["etag"] = f'W/"{digest}"'
        if request.method in ("GET", "HEAD") and headers["etag"] == request.headers.get(
            "if-none-match"
        ):
            return Response(b"", HTTPStatus.NOT_MODIFIED, headers)
        return Response(body, answer.status, headers, media_type=_JSON)


def _dump(body: Any) -> bytes:
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return text.translate(_ESCAPES).encode()


def build_app(service: Service, pages: list[Route]) -> ASGIApp:
    """The application with its clock in the `Date` header and the ordered faults around it."""
    routes = [_route(service, *entry) for entry in ROUTES]
    routes.append(Route("/api/{rest:path}", _no_route(service), methods=ALL_METHODS))
    app = Starlette(routes=[*routes, *pages])
    return FaultyApp(DatedApp(app, service.desk), service.faults)


def _route(service: Service, methods: str, path: str, endpoint: Endpoint) -> Route:
    async def run(request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(service.run, endpoint, request, body)

    return Route(f"/api/v1{path}", run, methods=methods.split())


def _no_route(service: Service) -> Callable[[Request], Awaitable[Response]]:
    async def run(request: Request) -> Response:
        if request.method == "PATCH":
            page = "<!DOCTYPE html>\n<title>404: page not found</title>\n"
            return Response(page, 404, media_type="text/html; charset=UTF-8")
        text = f"No route matches [{request.method}] {request.url.path}"
        return service.failure(ApiError(404, text), None)

    return run


class DatedApp:
    """Puts the demo clock's instant into the `Date` header of every answer."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app = app
        self._desk = desk

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """ASGI."""

        async def dated(message: Any) -> None:
            if message["type"] == "http.response.start":
                now = format_datetime(self._desk.clock.now(), usegmt=True)
                message["headers"] = [*message["headers"], (b"date", now.encode())]
            await send(message)

        await self._app(scope, receive, dated if scope["type"] == "http" else send)
