"""The demo helpdesk on a loopback port, served by uvicorn in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from slaplugin.demo.app import Service, build_app
from slaplugin.demo.control import control_routes
from slaplugin.demo.db import Database
from slaplugin.demo.desk import Desk, DeskOptions
from slaplugin.demo.faults import Faults
from slaplugin.demo.faulty import ABORT, HANG_UP
from slaplugin.demo.install import install
from slaplugin.demo.pages.routes import page_routes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.types import ASGIApp

    from slaplugin.demo.clock import DemoClock

_START_SECONDS = 10.0


class DemoServer:
    """A Zammad-like helpdesk: `DemoServer(path, clock).start().url`, later `.stop()`.

    `path` None keeps the data in memory. `app` is the ASGI application for use without a port.
    `port` 0 takes a free one. `control` adds the endpoints that move the clock and order faults.
    """

    def __init__(
        self,
        path: Path | None,
        clock: DemoClock,
        *,
        options: DeskOptions | None = None,
        port: int = 0,
        control: bool = False,
    ) -> None:
        self.clock = clock
        self.desk = Desk(Database(path), clock, options or DeskOptions())
        self.faults = Faults()
        install(self.desk)
        self._service = Service(self.desk, self.faults)
        extra = control_routes(self._service) if control else []
        self.app: ASGIApp = build_app(self._service, [*page_routes(self._service), *extra])
        self._port = port
        self._running: _Running | None = None

    def before_request(self, act: Callable[[], object]) -> None:
        """Have `act` called before each request, for a script that plays along with the clock."""
        self._service.before_request = act

    def settle(self, seconds: float = 60) -> None:
        """Wait until requests that have arrived are carried out, whether or not their sender lives.

        RuntimeError after so many seconds.
        """
        if not self._service.settle(seconds):
            raise RuntimeError(f"the demo helpdesk is still at work after {seconds:g} s")

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT` while the server runs."""
        if self._running is None:
            raise RuntimeError("the demo helpdesk is not running; call start() first")
        return self._running.url

    def start(self) -> DemoServer:
        """Listen; returns itself once requests are answered."""
        if self._running is None:
            self._running = _Running(self.app, self._port)
        return self

    def stop(self) -> None:
        """Stop listening and close the database."""
        if self._running is not None:
            self._running.stop()
            self._running = None
        self.desk.db.close()

    def __enter__(self) -> DemoServer:
        return self.start()

    def __exit__(self, *_exc: object) -> None:
        self.stop()


class _Running:
    """A socket, a uvicorn server on it and the thread it runs in."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        # asyncio switches Nagle's delay off only where the protocol is named.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            date_header=False,
            server_header=False,
            timeout_keep_alive=30,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(
            target=self._server.run,
            kwargs={"sockets": [self._socket]},
            name="demo-helpdesk",
            daemon=True,
        )
        self._thread.start()
        if not self._server.ready.wait(_START_SECONDS):
            raise RuntimeError(f"the demo helpdesk did not start on {self.url}")

    def stop(self) -> None:
        self._server.end()
        self._thread.join(_START_SECONDS)
        self._socket.close()


class _Server(uvicorn.Server):
    """Says when it listens and ends when told to, so that nobody has to poll or wait for a poll."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._ended = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def end(self) -> None:
        """Shut down; to be called from another thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._ended.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self.ready.set()

    async def main_loop(self) -> None:
        await self._ended.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        del sockets
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0)


class _Protocol(H11Protocol):
    """HTTP as usual, but the application may tear the connection down (a fault on order)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._inner = self.app
        self.app = self._offer_abort

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._wire = transport
        super().connection_made(transport)

    async def _offer_abort(self, scope: Any, receive: Any, send: Any) -> None:
        extensions = {
            **scope.get("extensions", {}),
            ABORT: self._wire.abort,
            HANG_UP: self._wire.close,
        }
        await self._inner({**scope, "extensions": extensions}, receive, send)
