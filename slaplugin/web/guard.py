"""Around the whole application: who may ask, how long it may take, what never leaks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from slaplugin.web.access import Access

log = logging.getLogger(__name__)

ALLOWED = "slaplugin.allowed"
"""Key of the request's scope: it may read, for pages that say less to others."""
SECONDS = 30.0
"""For one request, from its head to the end of the answer."""

_OPEN = frozenset({"/healthz"})
_LESS_TO_STRANGERS = frozenset({"/readyz"})
_WEBHOOKS = "/webhook/"
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_CHALLENGES = ('Bearer realm="slaplugin"', 'Basic realm="slaplugin", charset="UTF-8"')


def problem(
    status: int, error: str, headers: Mapping[str, str] = MappingProxyType({})
) -> JSONResponse:
    """How every refusal looks: ``{"error": sentence}``."""
    return JSONResponse({"error": error}, status, headers=dict(headers))


class Guard:
    """The outermost application. ``access`` is asked for each request: a reload may change it."""

    def __init__(
        self,
        app: ASGIApp,
        access: Callable[[], Access],
        count: Callable[[str, int], None],
        seconds: float = SECONDS,
    ) -> None:
        self._app = app
        self._access = access
        self._count = count
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; nothing is raised but what ends the task."""
        if scope["type"] != "http":
            return
        answer = _Answer(send, _has_body(scope), lambda status: self._count(_route(scope), status))
        try:
            async with asyncio.timeout(self._seconds):
                await self._inner(scope)(scope, receive, answer.send)
        except TimeoutError:
            await answer.instead(problem(503, "this took too long"), scope, receive)
        except Exception as error:
            log.error("a request failed at %s: %s", _route(scope), error, exc_info=error)
            await answer.instead(problem(500, "this failed; the log says more"), scope, receive)

    def _inner(self, scope: Scope) -> ASGIApp:
        path, access = scope["path"], self._access()
        if path in _OPEN or path.startswith(_WEBHOOKS):
            return self._app
        if not access.knows_host(scope):
            return problem(421, "we are not called so; docs/web.md tells how to allow a name")
        allowed = scope[ALLOWED] = access.allows(scope)
        if allowed or path in _LESS_TO_STRANGERS:
            return self._app
        return _unauthorized() if access.token else _not_vouched_for()


def _not_vouched_for() -> JSONResponse:
    """Without a token there is nothing to show: no browser is to ask for a password."""
    return problem(403, "only who comes by the reverse proxy of web_trusted_header is let in")


def _unauthorized() -> JSONResponse:
    refusal = problem(401, "show the web_token: Authorization: Bearer, or as a login's password")
    for challenge in _CHALLENGES:
        refusal.headers.append("WWW-Authenticate", challenge)
    return refusal


def _route(scope: Scope) -> str:
    """The pattern of the route, one of a handful, never what somebody typed."""
    return str(getattr(scope.get("route"), "path", "(none)"))


def _has_body(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


@dataclass(slots=True)
class _Answer:
    """The way out: adds our headers and knows whether the answer has begun."""

    _send: Send
    leaves_body: bool
    """The request has a body; unless all is well it was not read, and nobody waits for it."""
    count: Callable[[int], None]
    """Told the status, before whoever asks has it."""
    status: int = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.count(self.status)
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            if self.leaves_body and self.status != 200:
                headers["Connection"] = "close"
        await self._send(message)

    async def instead(self, answer: ASGIApp, scope: Scope, receive: Receive) -> None:
        """Say this, unless something was said already."""
        if not self.status:
            await answer(scope, receive, self.send)
