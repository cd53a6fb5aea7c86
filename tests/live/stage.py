"""A day on stage: people act at their times, the daemon lives beside them, and trouble comes.

Time is the stage's own. It goes on only while the daemon sleeps, and Request Tracker is shown it
whenever somebody asks there, so that a day takes as long as its requests.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from slaplugin.testing.proxy import Exchange
from tests.live.proxy import Passing, Phase, Relay
from tests.live.site import Site

ROOT = Path(__file__).parents[2]
Kinds = frozenset[str]


class KilledError(ConnectionError):
    """Trouble's word for: the daemon dies right here, and whatever is under way breaks off."""


class Trouble:
    """Nothing ever happens. Whoever makes trouble overrides what it needs.

    ``kinds`` are the kinds of write that are concerned (``set_group``, ``notify`` …).
    """

    def at(self, point: str, kinds: Kinds) -> None:
        """The daemon has come to ``claimed``, ``answered`` or ``marked``; may raise KilledError."""

    def passes(self, passing: Passing, kinds: Kinds) -> Exchange | None:
        """A request passes; may raise KilledError or another OSError, or answer it instead."""
        return None


class Inbox:
    """Where the messages of a ``json`` channel arrive: (ticket, reason) of each, counted."""

    def __init__(self, passes: Callable[[Phase], None]) -> None:
        self.passes = passes
        self.told: Counter[tuple[str, str]] = Counter()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self, body: Mapping[str, Any]) -> None:
        """Note a message; a kill before means that it never came, one after that it did."""
        self.passes("before")
        self.told.update(
            (ticket["id"], reason) for ticket in body["tickets"] for reason in ticket["reasons"]
        )
        self.passes("after")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    inbox.take(json.loads(sent))
                except KilledError:
                    return
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_parts: object) -> None:
                """Silence."""

        return Handler


@dataclass
class Stage:
    """Plays days; use it as a context manager around the daemon's whole life."""

    site: Site
    relay: Relay
    trouble: Trouble
    now: datetime
    kills: int = 0
    inbox: Inbox = field(init=False)
    _process: subprocess.Popen[str] | None = None
    _in_flight: Kinds = frozenset()

    def __enter__(self) -> Self:
        self.inbox = Inbox(self._message_passes)
        self.relay.tell = self._request_passes
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
        self.inbox.stop()

    # ------------------------------------------------------------------ the day

    def play(self, acts: Mapping[datetime, Callable[[], None]], until: datetime) -> None:
        """Run the daemon until then, whatever befalls it; people act at their instants."""
        waiting = dict(sorted(acts.items()))
        self._start()
        while (heard := self._hear()) is not None:
            word, *rest = heard
            if word == "wait":
                self._go_on(float(rest[0]), waiting)
                passed = "end" if self.now >= until else rest[0]
                self._say(passed)
            elif not self._dies(word, frozenset(rest)):
                self._say("go")

    def _go_on(self, seconds: float, waiting: dict[datetime, Callable[[], None]]) -> None:
        goal = self.now + timedelta(seconds=seconds)
        while waiting and (moment := next(iter(waiting))) <= goal:
            self.now = max(moment, self.now)
            self._show_time()
            waiting.pop(moment)()
        self.now = goal

    def _dies(self, point: str, kinds: Kinds) -> bool:
        if point == "claimed":
            self._in_flight = kinds
        try:
            # What was claimed together is marked together, and told one by one.
            self.trouble.at(point, self._in_flight or kinds)
        except KilledError:
            self._kill()
            return True
        return False

    def _show_time(self) -> None:
        if self.site.rt.now is None or abs(self.site.rt.now - self.now) >= timedelta(seconds=1):
            self.site.rt.clock(self.now.replace(microsecond=0))

    # ------------------------------------------------------------------ what passes

    def _request_passes(self, passing: Passing) -> Exchange | None:
        self._show_time()
        kinds: Kinds = frozenset()
        if passing.writes:
            notes = frozenset({"add_note"})
            is_note = passing.path.endswith("/comment")
            kinds = self._in_flight & notes if is_note else self._in_flight - notes
        return self._troubled(passing, kinds)

    def _message_passes(self, phase: Phase) -> None:
        self._troubled(Passing("POST", "/message", phase), frozenset({"notify"}))

    def _troubled(self, passing: Passing, kinds: Kinds) -> Exchange | None:
        try:
            return self.trouble.passes(passing, kinds)
        except KilledError:
            self._kill()
            raise

    # ------------------------------------------------------------------ the process

    def _start(self) -> None:
        self._in_flight = frozenset()
        with (self.site.program.folder / "daemon.log").open("a", encoding="utf-8") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.live.driven"],
                cwd=self.site.program.folder,
                env={**self.site.program.clean(), "PYTHONPATH": str(ROOT)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def _kill(self) -> None:
        """SIGKILL, at once; whoever listens to it finds that out by the end of its lines."""
        self.kills += 1
        if self._process is not None:
            self._process.kill()

    def _hear(self) -> list[str] | None:
        """The next line; a daemon that was killed is followed by another, as by its manager."""
        while (process := self._process) is not None and process.stdout is not None:
            line = process.stdout.readline()
            if line:
                return line.split()
            process.communicate()
            if process.returncode == 0:
                return None
            if process.returncode != -signal.SIGKILL:
                raise RuntimeError(f"the daemon ended with {process.returncode}: {self.log()}")
            self._start()
        return None

    def _say(self, word: str) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(f"{word}\n")
            self._process.stdin.flush()

    def log(self) -> str:
        """What the daemons of this day have logged."""
        return (self.site.program.folder / "daemon.log").read_text(encoding="utf-8")
