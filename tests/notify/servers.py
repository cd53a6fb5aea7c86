"""A mail server and a web hook's receiver on loopback, for as long as a ``with`` block lasts."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any

SECRET_PATH = "/hooks/s3cret"


@contextmanager
def mail_server(answers: Callable[[str], str | None]) -> Iterator[tuple[int, list[bytes]]]:
    """A mail server that says what it is told to; None: it hangs up. (port, texts taken)"""
    taken: list[bytes] = []

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            while raw := self.rfile.readline():
                verb = raw.split()[0].decode().upper() if raw.split() else ""
                answer = answers(verb)
                if answer is None:
                    return
                self.wfile.write(answer.encode() + b"\r\n")
                if verb == "DATA" and answer.startswith("354"):
                    taken.append(self._text())
                    answer = answers("TEXT")
                    if answer is None:
                        return
                    self.wfile.write(answer.encode() + b"\r\n")

        def _text(self) -> bytes:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line.removeprefix(b"."))
            return b"".join(lines)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], taken
        server.shutdown()


@contextmanager
def web_server(
    status: int | Callable[[], int | None] | None,
    promised: int = 0,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[tuple[str, list[Any]]]:
    """A server that answers so, None: by hanging up. (address, what it got)

    Of a body of ``promised`` bytes nothing comes.
    """
    got: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((dict(self.headers), json.loads(body)))
            answer = status() if callable(status) else status
            if answer is not None:
                self.send_response(answer)
                self.send_header("Content-Length", str(promised))
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}{SECRET_PATH}", got
        server.shutdown()
