"""A wallboard over the in-memory installation, served by a real server whose time is moved."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette

from slaplugin.app.board import Board, Boards
from slaplugin.app.errors import StoreError
from slaplugin.app.explaining import Question, explain, present_judge
from slaplugin.app.judge import Judge
from slaplugin.app.known import from_store
from slaplugin.hosts.memory import Draft
from slaplugin.report import Explanation
from slaplugin.report.written import written_of
from slaplugin.web.board import BoardHealth, routes
from tests.app.desk_of import Installation

POLICIES = """
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}}
  round: {timezone: America/New_York, hours: {mon-sun: "00:00-24:00"}}
policies:
  - name: standard
    rank: 0
    calendar: office
    targets: {first_response: 4h, resolution: 16h}
  - name: vip
    rank: 10
    when: {tags: vip}
    calendar: round
    targets: {first_response: 1h, resolution: 8h}
"""
HOUR = 3600


class Scene:
    """The port ``BoardSource`` over an installation; what it tells can be changed by the test."""

    zone = "Europe/Berlin"

    def __init__(self, folder: Path, text: str = POLICIES) -> None:
        self.installation = Installation(folder, text)
        self.installation.go_live()
        self.told = BoardHealth()
        self.last_cycle: int | None = None
        self.refusal: StoreError | None = None
        self.asked = 0

    # ------------------------------------------------------------------ the port

    @property
    def host(self) -> str:
        return self.installation.host.name

    def now(self) -> int:
        return self.installation.clock.now()

    def judge(self) -> Judge:
        installed = self.installation
        return present_judge(installed.policies, installed.store, self.now())

    def board(self) -> Board:
        self.asked += 1
        if self.refusal:
            raise self.refusal
        store = self.installation.store
        return Boards().make(store, self.judge(), self.host, self.now(), self.zone)

    def explained(self, ticket: str) -> Explanation | None:
        stored = self.installation.store.ticket(self.host, ticket)
        if stored is None:
            return None
        actions = self.installation.store.actions_of(self.host, ticket)
        judge = self.judge()
        evaluation = explain(from_store(stored, actions), judge, Question(self.now()))
        return Explanation(
            stored.ticket, evaluation, written_of(actions), judge.current.hash, held=stored.row.held
        )

    def health(self) -> BoardHealth:
        return replace(self.told, last_cycle=self.last_cycle)

    # ------------------------------------------------------------------ what happens

    def ticket(self, title: str = "A question", **draft: Any) -> str:
        """A new ticket; its id."""
        return self.installation.host.create(Draft(title=title, **draft))

    def pass_time(self, seconds: int = 0) -> None:
        """Move the clock and run a cycle."""
        self.installation.sync(seconds)
        self.last_cycle = self.now()


class Served:
    """A scene behind a web server of its own thread; ``url`` without a slash at the end."""

    def __init__(self, scene: Scene, port: int = 0) -> None:
        app = Starlette(routes=routes(scene))
        config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical")
        self._server = uvicorn.Server(config)
        self._socket = config.bind_socket()
        self._socket.listen()
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))
        self._thread.start()

    def stop(self) -> None:
        """End it, and with it every connection."""
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(10)
        self._socket.close()


@contextmanager
def served(scene: Scene, port: int = 0) -> Iterator[Served]:
    server = Served(scene, port)
    try:
        yield server
    finally:
        server.stop()
