"""A server that answers with exactly the bytes it is told, one after the other."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest

RESET = b""
"""Instead of an answer: the connection is torn down."""


class ScriptedServer:
    """Answers each request with the next of its answers; the last one is repeated."""

    def __init__(self) -> None:
        self.answers: list[bytes] = []
        self.requests: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def start(self) -> ScriptedServer:
        self._thread.start()
        return self

    def stop(self) -> None:
        if self._socket.fileno() < 0:
            return
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        head, _, body = connection.recv(65536).partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line[:15] == b"Content-Length:"), 0
        )
        while len(body) < length:
            body += connection.recv(65536)
        self.requests.append(head.split(b"\r\n")[0].decode())
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer == RESET:
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        else:
            connection.sendall(answer)


def answer(status: int, body: bytes = b"{}", *headers: str, length: int | None = None) -> bytes:
    """The bytes of an answer; ``length`` says another Content-Length than the true one."""
    size = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {size}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


@pytest.fixture
def scripted() -> Iterator[Callable[..., ScriptedServer]]:
    """``scripted(answer(429), answer(200))`` starts a server."""
    started: list[ScriptedServer] = []

    def start(*answers: bytes) -> ScriptedServer:
        server = ScriptedServer()
        server.answers = list(answers)
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def answering() -> Callable[..., bytes]:
    """The helper that makes answers, for tests that cannot import this file."""
    return answer


@pytest.fixture
def reset() -> bytes:
    return RESET
