"""A relay in front of Request Tracker that tells a test of each request as it passes."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Literal, Self

Phase = Literal["before", "after"]
NOT_RELAYED = frozenset({"connection", "transfer-encoding", "content-length"})


@dataclass(frozen=True)
class Passing:
    """A request, before RT got it or after RT answered it (and nobody was told yet)."""

    method: str
    path: str
    phase: Phase

    @property
    def writes(self) -> bool:
        """Whether it may change a ticket."""
        return self.method in ("POST", "PUT")


class Relay:
    """Passes requests on to a port of this machine; ``tell`` is called twice for each.

    What ``tell`` does happens while the client waits: it can stop RT, or the client.
    """

    def __init__(self, port: int) -> None:
        self.tell: Callable[[Passing], None] = lambda passing: None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self, port))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(relay: Relay, port: int) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            relay.tell(Passing(self.command, self.path, "before"))
            try:
                answer, content = self._answer_of(body)
            except OSError:
                self.close_connection = True  # like a host that is down: no answer at all
                return
            relay.tell(Passing(self.command, self.path, "after"))
            self._hand_back(answer, content)

        def _answer_of(self, body: bytes) -> tuple[http.client.HTTPResponse, bytes]:
            upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            try:
                upstream.request(self.command, self.path, body or None, dict(self.headers))
                answer = upstream.getresponse()
                return answer, answer.read()
            finally:
                upstream.close()

        def _hand_back(self, answer: http.client.HTTPResponse, content: bytes) -> None:
            try:
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in NOT_RELAYED:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                self.close_connection = True  # the client was killed meanwhile

        do_GET = do_POST = do_PUT = _pass_on  # noqa: N815 - http.server's names

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the test tells what it wants to know."""

    return Handler
