"""The HTTP side: scripts, routes, bodies, error shapes (facts 2) over several worker threads."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from .access import Access, FaultError, RefusalError, session_data
from .faults import Faults, Trouble
from .people import Desk
from .routes import SHIPPED, Route, choose
from .search import Search
from .show import Show
from .update import Writes

MAX_LENGTH = 10_000_000
JSON_TYPE = "application/json; charset=UTF-8"
TEXT_TYPE = "text/plain; charset=UTF-8"
READ_TYPES = ("application/json", "text/plain")
"""Bodies of any other type are silently not read (OTRS 6 reads all)."""

LOGIN_PAGE = "<!DOCTYPE html><html><head><title>Login</title></head><body></body></html>"


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: str = ""
    content_type: str = ""
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content_type: str | None
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """One entry of the server's log."""

    method: str
    path: str
    operation: str
    """Operation type; empty where no operation was found."""
    params: Mapping[str, Any]
    fault: str | None = None


class DroppedError(Exception):
    """The connection closes without an answer."""


class Interface:
    """The generic interface of one desk, without sockets; its state outlives the server's."""

    def __init__(
        self,
        desk: Desk,
        *,
        service: str = "SLA",
        service_id: int = 2,
        routes: Mapping[str, Route] = SHIPPED,
    ) -> None:
        self.desk = desk
        self.faults = Faults()
        self.access = Access(desk)
        self.log: list[Asked] = []
        self._names = {f"Webservice/{service}", f"WebserviceID/{service_id}"}
        self._routes = routes
        self._search = Search(desk, self.access)
        self._show = Show(desk, self.access)
        self._writes = Writes(desk, self.access)
        self._dice = random.Random(3)
        self.script_path = "/otobo/" if desk.product == "otobo" else "/otrs/"
        self.slow = threading.Event()
        """Set: slow answers are not waited for any more."""

    # ------------------------------------------------------------------ counting

    @property
    def requests_made(self) -> int:
        return len(self.log)

    def made(self, operation: str | None = None) -> int:
        """Requests of an operation type since :meth:`forget`."""
        kinds = Counter(one.operation for one in self.log)
        return sum(kinds.values()) if operation is None else kinds[operation]

    def forget(self) -> None:
        self.log.clear()

    # ------------------------------------------------------------------ one request

    def answer(self, request: Request) -> Answer:
        """Everything between the socket and the operations; one request at a time."""
        if len(request.body) > MAX_LENGTH:
            return Answer(413, TEXT_TYPE, b"Payload Too Large")
        path = self._inside(request.path)
        if path is None:
            return self._other_script(request)
        with self.desk.lock:
            found = choose(self._routes, request.method, path)
            if found is None:
                return self._unknown(request, path)
            operation, captured = found
            trouble = self.faults.next(operation)
            answer = self._run(request, operation, captured, trouble)
            self.faults.others_write(self.requests_made)
        if trouble and trouble.kind == "slow":
            self.slow.wait(self.faults.slow_seconds)
        if trouble and trouble.kind == "drop_answer":
            raise DroppedError
        return answer

    def _inside(self, path: str) -> str | None:
        """The route below the web service; None for other scripts and services."""
        script = f"{self.script_path}nph-genericinterface.pl/"
        for name in self._names:
            if path.startswith(f"{script}{name}/"):
                return path[len(script) + len(name) :]
        return None

    def _other_script(self, request: Request) -> Answer:
        if request.path.startswith(f"{self.script_path}nph-genericinterface.pl/"):
            return Answer(500, None, b"")
        if request.path == f"{self.script_path}index.pl":
            return Answer(200, "text/html; charset=utf-8", LOGIN_PAGE.encode())
        return Answer(302, None, b"", {"Location": f"{self.script_path}index.pl"})

    def _unknown(self, request: Request, path: str) -> Answer:
        self.log.append(Asked(request.method, path, "", {}))
        sentence = f"HTTP::REST Error while determine Operation for request URI '{path}'."
        return Answer(500, TEXT_TYPE, sentence.encode())

    def _run(
        self,
        request: Request,
        operation: str,
        captured: Mapping[str, str],
        trouble: Trouble | None,
    ) -> Answer:
        params, refusal = self._params(request, captured)
        fault = trouble.kind if trouble else None
        self.log.append(Asked(request.method, request.path, operation, params, fault))
        if trouble and trouble.kind == "drop_connection":
            raise DroppedError
        if trouble and trouble.kind == "db_down":
            return Answer(500, "text/plain", b"Internal Server Error")
        if refusal:
            return Answer(500, TEXT_TYPE, refusal.encode())
        failing = trouble.tables if trouble and trouble.kind == "query_fails" else frozenset()
        return self._operate(operation, params, self.faults.broken | failing)

    def _params(
        self, request: Request, captured: Mapping[str, str]
    ) -> tuple[dict[str, Any], str | None]:
        """The parameters, or the sentence with which the transport refuses the body."""
        params: dict[str, Any] = {}
        if request.method == "GET":
            for key, values in parse_qs(request.query, keep_blank_values=True).items():
                params[key] = values if len(values) > 1 else values[0]
        elif request.body and self._reads(request.content_type):
            try:
                content = json.loads(request.body)
            except ValueError:
                return {}, "Error while decoding request content."
            if not isinstance(content, dict) or not content:
                return {}, "Unsupported request content structure."
            params = content
        return params | {key: unquote(value) for key, value in captured.items()}, None

    def _reads(self, content_type: str) -> bool:
        return self.desk.product == "otrs6" or content_type.startswith(READ_TYPES)

    # ------------------------------------------------------------------ operations

    def _operate(self, operation: str, params: dict[str, Any], broken: frozenset[str]) -> Answer:
        self.desk.acts.writes_history = "ticket_history" not in broken
        try:
            return self._json(self._result(operation, params, broken))
        except RefusalError as refusal:
            return self._json(refusal.answer)
        except FaultError as fault:
            text = json.dumps({"faultcode": "Server", "faultstring": str(fault)})
            return Answer(500, TEXT_TYPE, text.encode())
        finally:
            self.desk.acts.writes_history = True

    def _result(
        self, operation: str, params: dict[str, Any], broken: frozenset[str]
    ) -> dict[str, Any]:
        if operation == "SessionCreate":
            return {"SessionID": self.access.login(params)}
        if operation == "SessionGet":
            return self._session(params)
        if operation == "TicketCreate":
            return self._writes.create(params, broken)
        if operation == "TicketUpdate":
            return self._writes.update(params, broken)
        caller = self.access.reader(operation, params)
        if operation == "TicketSearch":
            known = {key: value for key, value in params.items() if key not in self.faults.ignored}
            return dict(self._search.run(caller, known, broken))
        if operation == "TicketGet":
            return self._show.tickets(caller, params, broken)
        return self._show.histories(caller, params, broken)

    def _session(self, params: Mapping[str, Any]) -> dict[str, Any]:
        session = self.access.session(str(params.get("SessionID", "")))
        if session is None:
            raise RefusalError("SessionGet", "SessionInvalid", "SessionID is Invalid!")
        return {"SessionData": session_data(session, self.desk)}

    def _json(self, content: Any) -> Answer:
        text = json.dumps(self._shaken(content), ensure_ascii=False, separators=(",", ":"))
        return Answer(200, JSON_TYPE, text.encode())

    def _shaken(self, content: Any) -> Any:
        """Keys in another order each time, as the server has them."""
        if isinstance(content, list):
            return [self._shaken(one) for one in content]
        if not isinstance(content, dict):
            return content
        keys = [*content]
        self._dice.shuffle(keys)
        return {key: self._shaken(content[key]) for key in keys}


class _Handler(BaseHTTPRequestHandler):
    """One connection, kept alive; the server's own attributes hold the interface."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _HttpServer

    def do_any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        split = urlsplit(self.path)
        request = Request(
            self.command,
            unquote(split.path),
            split.query,
            self.headers.get("Content-Type") or "",
            self.rfile.read(length),
        )
        try:
            answer = self.server.interface.answer(request)
        except DroppedError:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._send(answer)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = do_any  # noqa: N815

    def _send(self, answer: Answer) -> None:
        with contextlib.suppress(ConnectionError):
            self.send_response_only(answer.status)
            self.send_header("Date", self.server.interface.desk.clock.http_date())
            if answer.content_type:
                self.send_header("Content-Type", answer.content_type)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the terminal: the log is ``Interface.log``."""


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], interface: Interface) -> None:
        self.interface = interface
        self.connections: set[Any] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error of the server."""


class Server:
    """``with Server(desk) as server`` … ``server.url``; stop and start keep everything."""

    def __init__(
        self,
        desk: Desk,
        *,
        service: str = "SLA",
        routes: Mapping[str, Route] = SHIPPED,
    ) -> None:
        self.interface = Interface(desk, service=service, routes=routes)
        self.desk = desk
        self._service = service
        self._port = 0
        self._http: _HttpServer | None = None
        self._thread: threading.Thread | None = None
        self._turning = threading.RLock()

    @property
    def faults(self) -> Faults:
        return self.interface.faults

    @property
    def url(self) -> str:
        """The base URL of the web service."""
        script = f"{self.interface.script_path}nph-genericinterface.pl"
        return f"http://127.0.0.1:{self._port}{script}/Webservice/{self._service}"

    def start(self) -> Server:
        """On the same port as before, if there was one."""
        with self._turning:
            self._http = _HttpServer(("127.0.0.1", self._port), self.interface)
            self._port = self._http.server_address[1]
            self._thread = threading.Thread(
                target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
            )
            self._thread.start()
        return self

    def stop(self) -> None:
        """Refuses connections and tears down the open ones, as a killed server does.

        May be called from within a request, which then gets no answer.
        """
        with self._turning:
            if self._http is None or self._thread is None:
                return
            self._http.shutdown()
            self._http.server_close()
            for connection in [*self._http.connections]:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._thread.join(5)
            self._http = self._thread = None

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
