"""Web hooks of the helpdesks: each names a ticket, which is then read from the helpdesk.

Nothing but the ticket's id is taken from what comes in; the rest is neither used, logged nor kept.
Zammad signs the raw body (its facts 8: HMAC-SHA1 in ``X-Hub-Signature``, the same
``X-Zammad-Delivery`` on retries); the OTRS family's invokers and Request Tracker's scrips show the
shared secret itself.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from slaplugin.web.access import credentials, same, shows
from slaplugin.web.guard import problem
from slaplugin.web.payloads import ticket_of, ticket_of_form

LONGEST_BODY = 4 * 1024 * 1024
BODY_SECONDS = 10.0
DELIVERIES_KEPT = 10_000
SHOWN_IN = "X-Slaplugin-Secret"

Hint = Callable[[str], bool]
"""Takes a ticket's id to the daemon; False where it waits already or there is no room."""


class NotTakenError(Exception):
    """A web hook that is not taken."""

    def __init__(self, status: int, outcome: str, why: str) -> None:
        self.status = status
        self.outcome = outcome
        super().__init__(why)


class Deliveries:
    """The latest deliveries, so that one that comes again is known; as many as ``kept``."""

    def __init__(self, kept: int = DELIVERIES_KEPT) -> None:
        self._kept = kept
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def is_new(self, delivery: str) -> bool:
        """Whether it was not there yet; it is from now on."""
        digest = hashlib.blake2b(delivery.encode(), digest_size=16).digest()
        if digest in self._seen:
            return False
        self._seen[digest] = None
        if len(self._seen) > self._kept:
            self._seen.popitem(last=False)
        return True


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Where they lead. ``secret`` is asked for each one: None means that none is taken."""

    secret: Callable[[], str | None]
    hint: Hint
    count: Callable[[str, str], None]
    """Told the kind and what became of it."""
    body_seconds: float = BODY_SECONDS

    def routes(self) -> list[Route]:
        """One for each kind of helpdesk."""
        taker = _Taker(self)
        return [
            Route("/webhook/zammad", taker.zammad, methods=["POST"]),
            Route("/webhook/otrs", taker.otrs, methods=["POST"]),
            Route("/webhook/rt", taker.rt, methods=["POST"]),
        ]


class _Taker:
    def __init__(self, hooks: Webhooks) -> None:
        self._hooks = hooks
        self._deliveries = Deliveries()

    async def zammad(self, request: Request) -> Response:
        """Signed by the raw body; a delivery that was here before changes nothing."""
        return await self._answer(request, "zammad", self._zammad)

    async def otrs(self, request: Request) -> Response:
        """An invoker of the OTRS family."""
        return await self._answer(request, "otrs", self._shared)

    async def rt(self, request: Request) -> Response:
        """A scrip of Request Tracker."""
        return await self._answer(request, "rt", self._shared)

    async def _answer(self, request: Request, kind: str, take: _Take) -> Response:
        try:
            secret = self._hooks.secret()
            if not secret:
                raise NotTakenError(404, "off", "web hooks are off: webhook_secret is not set")
            outcome = await take(request, secret)
        except NotTakenError as refusal:
            self._hooks.count(kind, refusal.outcome)
            return problem(refusal.status, str(refusal))
        self._hooks.count(kind, outcome)
        return JSONResponse({"hint": outcome})

    async def _zammad(self, request: Request, secret: str) -> str:
        signature = request.headers.get("X-Hub-Signature", "")
        if not signature:
            raise NotTakenError(401, "refused", "the signature X-Hub-Signature is missing")
        body = await self._body(request)
        wanted = "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
        if not same(signature.strip().lower(), wanted):
            raise NotTakenError(401, "refused", "the signature is not that of webhook_secret")
        ticket = _named(ticket_of(body))
        delivery = request.headers.get("X-Zammad-Delivery")
        if delivery and not self._deliveries.is_new(delivery):
            return "repeated"
        return self._hint(ticket)

    async def _shared(self, request: Request, secret: str) -> str:
        given = request.headers.getlist(SHOWN_IN)
        given += credentials(request.headers.getlist("authorization"))
        if not shows(given, secret):
            raise NotTakenError(401, "refused", f"show webhook_secret in the header {SHOWN_IN}")
        body = await self._body(request)
        form = request.headers.get("content-type", "").startswith(_FORM)
        return self._hint(_named(ticket_of_form(body) if form else ticket_of(body)))

    def _hint(self, ticket: str) -> str:
        return "accepted" if self._hooks.hint(ticket) else "known"

    async def _body(self, request: Request) -> bytes:
        """The raw body; nothing beyond the limit is read."""
        told = request.headers.get("content-length", "")
        if told.isdigit() and int(told) > LONGEST_BODY:
            raise _too_long()
        try:
            async with asyncio.timeout(self._hooks.body_seconds):
                return await _read(request)
        except TimeoutError:
            raise NotTakenError(408, "slow", "the body did not come in time") from None
        except ClientDisconnect:
            raise NotTakenError(400, "broken_off", "the body ended early") from None


_Take = Callable[[Request, str], Awaitable[str]]
_FORM = "application/x-www-form-urlencoded"


def _named(ticket: str | None) -> str:
    if ticket is None:
        raise NotTakenError(400, "unreadable", "it names no ticket; docs/web.md shows what is read")
    return ticket


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY:
            raise _too_long()
    return bytes(body)


def _too_long() -> NotTakenError:
    return NotTakenError(413, "too_long", f"at most {LONGEST_BODY} bytes are taken")
