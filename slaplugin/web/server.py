"""The server: a socket, uvicorn on it, and the thread it runs in beside the worker."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import logging
import socket
import threading

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from slaplugin.app.errors import ConfigurationError, Problem

log = logging.getLogger(__name__)

LARGEST_HEAD = 16 * 1024
HEAD_SECONDS = 10.0
"""From the first moment of a connection, or of the next request on it, to the end of its head."""
MOST_CONNECTIONS = 200
_LARGEST_PORT = 65535
_REMEDIES = {
    errno.EADDRINUSE: "another program, perhaps another slaplugin, has it: stop that one or take "
    "another port",
    errno.EADDRNOTAVAIL: "name an address that this machine has, for example 127.0.0.1",
    errno.EACCES: "this account may not take so low a port: take one from 1024 on",
}
"""What helps against an address that cannot be had, by the system's reason."""
_START_SECONDS = 15.0
_STOP_SECONDS = 5.0
_RESTART_SECONDS = 5.0


def open_socket(listen: str) -> socket.socket:
    """A bound socket for ``HOST:PORT``; ConfigurationError says what is wrong with it."""
    host, port = split_address(listen)
    if port > _LARGEST_PORT:
        raise _cannot_listen(listen, f"ports end at {_LARGEST_PORT}", "take another port")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        opened = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise _cannot_listen(listen, str(error), _REMEDIES[errno.EADDRNOTAVAIL]) from error
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
    except OSError as error:
        opened.close()
        raise _cannot_listen(listen, str(error), _REMEDIES.get(error.errno or 0)) from error
    return opened


def split_address(listen: str) -> tuple[str, int]:
    """Host, without brackets, and port."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it: a loopback address, or ``localhost``."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _cannot_listen(listen: str, why: str, hint: str | None) -> ConfigurationError:
    return ConfigurationError(
        [Problem(f"cannot listen on {listen}: {why}", path="listen", hint=hint)]
    )


class WebServer:
    """Serves ``app`` on an open socket from :meth:`start` to :meth:`stop`.

    Whatever happens to it, nothing is raised into other threads: it is logged, and the server
    begins anew after a pause.
    """

    def __init__(self, app: ASGIApp, opened: socket.socket) -> None:
        self._app = app
        self._socket = opened
        self._ended = threading.Event()
        self._ready = threading.Event()
        self._server: _Server | None = None
        self._thread = threading.Thread(target=self._serve, name="slaplugin-web", daemon=True)

    @property
    def url(self) -> str:
        """The address of the socket, with the port that it has really got."""
        host, port = self._socket.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def start(self) -> None:
        """Come back when requests are answered, or after some seconds without."""
        self._thread.start()
        if not self._ready.wait(_START_SECONDS):
            log.error("the web surface has not begun to answer; the work goes on without it")

    def stop(self) -> None:
        """Stop listening."""
        self._ended.set()
        server = self._server
        if server is not None:
            server.should_exit = True
        self._thread.join(_STOP_SECONDS)
        self._socket.close()

    def _serve(self) -> None:
        while not self._ended.is_set():
            own = self._socket.dup()  # uvicorn closes what it is given
            try:
                self._server = _Server(self._config(), self._ready)
                self._server.run(sockets=[own])
            except (Exception, SystemExit) as error:
                log.error("the web surface failed and begins anew: %s", error, exc_info=error)
            finally:
                own.close()
            self._ended.wait(_RESTART_SECONDS)

    def _config(self) -> uvicorn.Config:
        return uvicorn.Config(
            self._app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=2,
            h11_max_incomplete_event_size=LARGEST_HEAD,
        )


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready.set()


class _Protocol(H11Protocol):
    """HTTP as usual, but a request's head has to come in time: uvicorn itself would wait."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(
        self,
        transport: asyncio.Transport,  # type: ignore[override]  # as H11Protocol has it
    ) -> None:
        super().connection_made(transport)
        self._watch_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        super().connection_lost(exc)

    def _watch_head(self) -> None:
        """Have the connection closed unless a whole head is there in time."""
        if self.conn.their_state is not h11.IDLE:
            self._unwatch()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self._too_slow)

    def _unwatch(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()
