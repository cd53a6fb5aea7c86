"""One throw-away Znuny: its processes, its folder, its clock, and the people who use it.

Customers write by mail at Znuny's own intake, agents act by the modules of its pages
(``stage.pl``): nothing of the product is in between::

    with Znuny() as znuny:
        znuny.clock("2026-03-09 08:00")
        ticket = znuny.act("mail", customer="joan", title="VPN is down")
        znuny.act("reply", ticket=ticket, by="anna", text="Have you tried again?")
        assert znuny.act("shown", ticket=ticket)["State"] == "new"

The seeded people and queues are those of ``seed.pl``. Instants are UTC.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.live.instance import free_port

SCRIPT = Path(__file__).parents[1] / "start-znuny.sh"
STAGE = Path(__file__).with_name("stage.pl")
ACCOUNT, PASSWORD = "sla.api", "sla-password"
SECONDS = 180


def lacking() -> str | None:
    """What is missing on this machine to run a Znuny; None: nothing."""
    asked = subprocess.run(
        ["bash", str(SCRIPT), "installed"], capture_output=True, text=True, check=False
    )
    return asked.stderr.strip().removeprefix("start-znuny: ") if asked.returncode else None


@dataclass
class Znuny:
    """A server on a free port of this machine, gone with the ``with`` block."""

    zone: str = "UTC"
    """Its setting OTRSTimeZone."""
    port: int = field(default_factory=free_port)
    now: datetime | None = None
    """Where :meth:`clock` last put its clock; None: it shows the real time."""
    _folder: Path | None = None
    _stage: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="sla-znuny-"))
        self._folder.chmod(0o755)  # started by root, the server runs as somebody else
        with contextlib.ExitStack() as unless_up:
            unless_up.callback(self._remove)
            self.script("up")
            unless_up.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._remove()

    def _remove(self) -> None:
        self._leave_stage()
        with contextlib.suppress(subprocess.SubprocessError, RuntimeError):
            self.script("down")
        shutil.rmtree(self.folder, ignore_errors=True)

    # ------------------------------------------------------------------ administration

    def clock(self, when: str | datetime, *, frozen: bool = True) -> datetime:
        """Move its clock to an instant (text without an offset is UTC); returns it.

        ``frozen``: it stands still there until it is moved on; else it ticks from there.
        """
        moment = datetime.fromisoformat(when) if isinstance(when, str) else when
        self.now = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        spelled = self.now.strftime("%Y-%m-%d %H:%M:%S")
        self.script("clock", spelled, *(["frozen"] if frozen else []))
        return self.now

    def console(self, command: str, *options: str) -> str:
        """A command of the administrator's console; what it says."""
        return self.script("console", command, *options)

    def import_service(self, name: str, definition: str) -> None:
        """What the guide has an administrator type to import a web service."""
        file = self.folder / f"{name}.yml"
        file.write_text(definition, encoding="utf-8")
        self.console("Admin::WebService::Add", "--name", name, "--source-path", str(file))

    def script(self, verb: str, *more: str) -> str:
        """Run the start script with a verb; RuntimeError with what it says when it fails."""
        done = subprocess.run(
            ["bash", str(SCRIPT), verb, str(self.port), str(self.data), *more],
            env={**os.environ, "ZNUNY_TIME_ZONE": self.zone, "ZNUNY_PASSWORD": PASSWORD},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode:
            said = done.stderr.strip() or done.stdout
            raise RuntimeError(f"start-znuny.sh {verb} failed: {said}")
        return done.stdout

    # ------------------------------------------------------------------ people

    def act(self, do: str, **told: Any) -> Any:
        """Somebody does something (``stage.pl``); what it gives. AssertionError with Znuny's words
        where it fails."""
        stage = self._stage or self._enter_stage()
        if stage.stdin is None or stage.stdout is None:
            raise RuntimeError("the stage was opened without pipes")
        stage.stdin.write(json.dumps({"do": do, **told}) + "\n")
        stage.stdin.flush()
        line = stage.stdout.readline()
        answer = json.loads(line) if line else {"error": "the stage fell"}
        if "error" in answer:
            raise AssertionError(f"{answer['error']}{self._log()}")
        return answer["ok"]

    def _enter_stage(self) -> subprocess.Popen[str]:
        command = ["bash", str(SCRIPT), "perl", str(self.port), str(self.data), str(STAGE)]
        with (self.folder / "stage.log").open("a") as log:
            self._stage = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        return self._stage

    def _leave_stage(self) -> None:
        if self._stage is not None:
            self._stage.communicate(timeout=30)
            self._stage = None

    def _log(self) -> str:
        file = self.folder / "stage.log"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        return "\n".join(["", *lines[-15:]])

    def add_fields(self, fields: Sequence[dict[str, Any]]) -> None:
        """Dynamic fields of tickets: ``name``, ``type`` and perhaps ``values`` of each."""
        self.act("fields", fields=list(fields))

    # ------------------------------------------------------------------ where it is

    @property
    def folder(self) -> Path:
        """The folder of this instance, gone with the instance."""
        if self._folder is None:
            raise RuntimeError("the instance lives in a with block only")
        return self._folder

    @property
    def data(self) -> Path:
        """``DATA`` of the start script."""
        return self.folder / "znuny"

    @cached_property
    def url(self) -> str:
        """What the setting ``url`` is."""
        return f"http://127.0.0.1:{self.port}/otrs"
