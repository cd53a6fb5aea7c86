"""A stretch of bad line between an adapter and its helpdesk: for desks over HTTP.

An adapter is given the proxy's address, people act on the helpdesk directly. The proxy counts the
adapter's requests, answers them wrongly on order, and lets people act before each is answered.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from slaplugin.testing.desk import FaultKind

_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"}
_PAGE = b"<!DOCTYPE html>\n<title>Maintenance</title>\n<h1>We are back soon</h1>\n"
_TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and the helpdesk's good answer to it."""

    method: str
    path: str
    """With its query, below the helpdesk's address."""
    sent: bytes
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


Emptied = Callable[[Exchange], bytes | None]
"""The body of the plausible emptiness that the helpdesk would have given; None: not to this."""
Widened = Callable[[str, bytes], tuple[str, bytes]]
"""Path and body of a request without what the helpdesk ignores of it."""


class HelpdeskProxy:
    """Listens on loopback from its making until :meth:`stop`.

    ``emptied`` is needed for ``FaultKind.EMPTY``, ``widened`` for ``FaultKind.WIDENED``.
    """

    def __init__(
        self, upstream: str, *, emptied: Emptied | None = None, widened: Widened | None = None
    ) -> None:
        parts = urlsplit(upstream)
        self._upstream = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._lock = threading.Lock()
        self._emptied = emptied
        self._widened = widened
        self._received = 0
        self._fault: tuple[FaultKind, int] | None = None
        self._act: Callable[[], None] | None = None
        self._failures: list[BaseException] = []
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}{parts.path.rstrip('/')}"

    def stop(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> HelpdeskProxy:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    # ------------------------------------------------------------------ orders

    def requests(self) -> int:
        """Requests received so far."""
        return self._received

    def break_down(self, kind: FaultKind, after: int) -> None:
        """Answer all but the next ``after`` requests wrongly, until :meth:`heal`.

        ValueError for a kind whose function was not given.
        """
        for needed, made in ((FaultKind.EMPTY, self._emptied), (FaultKind.WIDENED, self._widened)):
            if kind is needed and made is None:
                raise ValueError(f"the proxy was made without a function for {kind.name}")
        with self._lock:
            self._fault = (kind, self._received + after)

    def heal(self) -> None:
        """Pass everything on again."""
        with self._lock:
            self._fault = None

    @contextmanager
    def interrupted(self, act: Callable[[], None]) -> Iterator[None]:
        """While it is open, ``act`` is called before each request is passed on."""
        self._act = act
        try:
            yield
        finally:
            self._act = None
        if self._failures:
            raise self._failures.pop()

    # ------------------------------------------------------------------ within

    def begin(self) -> FaultKind | None:
        """A request came in; the fault to answer it with."""
        with self._lock:
            self._received += 1
            fault = self._fault
            kind = fault[0] if fault and self._received > fault[1] else None
        if self._act is not None:
            self._interrupt(self._act)
        return kind

    def _interrupt(self, act: Callable[[], None]) -> None:
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - told to whoever opened `interrupted`
            self._failures.append(error)

    def ask(self, handler: BaseHTTPRequestHandler, sent: bytes) -> Exchange:
        """The helpdesk's answer; OSError or HTTPException when it gives none."""
        connection = http.client.HTTPConnection(*self._upstream, timeout=_TIMEOUT)
        headers = {
            name: value for name, value in handler.headers.items()
            if name.lower() not in _HOP_BY_HOP | {"host", "accept-encoding", "content-length"}
        }  # fmt: skip
        try:
            connection.request(handler.command, handler.path, body=sent or None, headers=headers)
            answer = connection.getresponse()
            told = tuple(
                (name, value) for name, value in answer.getheaders()
                if name.lower() not in _HOP_BY_HOP | {"content-length"}
            )  # fmt: skip
            body = answer.read()
        finally:
            connection.close()
        return Exchange(handler.command, handler.path, sent, answer.status, told, body)

    def emptied(self, exchange: Exchange) -> bytes:
        """The body to give instead of the good one."""
        found = self._emptied(exchange) if self._emptied is not None else None
        return exchange.body if found is None else found

    def widened(self, path: str, sent: bytes) -> tuple[str, bytes]:
        """What to ask instead of what was asked."""
        return self._widened(path, sent) if self._widened is not None else (path, sent)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    proxy: HelpdeskProxy


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_one_request(self) -> None:
        """Any method is passed on; after each answer the connection is closed."""
        self.raw_requestline = self.rfile.readline(65537)
        self.close_connection = True
        if self.raw_requestline and self.parse_request():
            self.close_connection = True
            self._answer()

    def _answer(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        proxy = self.server.proxy if isinstance(self.server, _Server) else None
        if proxy is None:
            return
        fault = proxy.begin()
        if fault is FaultKind.UNREACHABLE:
            return
        if fault in (FaultKind.ERROR, FaultKind.PAGE):
            status = 500 if fault is FaultKind.ERROR else 200
            self._say(status, (("Content-Type", "text/html"),), _PAGE, len(_PAGE))
            return
        if fault is FaultKind.WIDENED:
            self.path, sent = proxy.widened(self.path, sent)
        try:
            exchange = proxy.ask(self, sent)
        except (OSError, http.client.HTTPException):
            return
        body = proxy.emptied(exchange) if fault is FaultKind.EMPTY else exchange.body
        length = len(body)
        if fault is FaultKind.HALF:
            body = body[: length // 2]
        self._say(exchange.status, exchange.headers, body, length)

    def _say(
        self, status: int, headers: tuple[tuple[str, str], ...], body: bytes, length: int
    ) -> None:
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD" and status != 304:
            self.wfile.write(body)

    def log_message(self, *_parts: object) -> None:
        """Silence: tests speak for themselves."""
