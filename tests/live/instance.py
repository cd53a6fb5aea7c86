"""One throw-away Request Tracker: its process, its folder, its clock."""

from __future__ import annotations

import atexit
import contextlib
import os
import random
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

SCRIPT = Path(__file__).with_name("start-rt.sh")
ROOT_PASSWORD = "sla-root-pw"


def lacking() -> str | None:
    """What is missing on this machine to run a Request Tracker; None: nothing."""
    asked = subprocess.run(
        ["bash", str(SCRIPT), "installed"], capture_output=True, text=True, check=False
    )
    return asked.stderr.strip().removeprefix("start-rt: ") if asked.returncode else None


def free_port() -> int:
    """A port of this machine that nobody listens on.

    Below those that the system gives to whoever asks for any: a server that starts seconds later,
    or once more, still finds it free.
    """
    for port in random.SystemRandom().sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("none of a hundred ports is free")


@cache
def prepared() -> Path:
    """An instance that is set up and seeded and was never started: what all instances of this
    process begin with, gone with the process."""
    folder = Path(tempfile.mkdtemp(prefix="slaplugin-rt-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    _run("prepare", "0", str(folder / "rt"))
    return folder / "rt"


def _run(*arguments: str, text: str = "", **environ: str) -> str:
    """Run the start script; RuntimeError with what it says when it fails."""
    done = subprocess.run(
        ["bash", str(SCRIPT), *arguments],
        env={**os.environ, "RT_ROOT_PASSWORD": ROOT_PASSWORD, **environ},
        input=text,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip() or done.stdout
        raise RuntimeError(f"start-rt.sh {arguments[0]} failed: {said}")
    return done.stdout


@dataclass
class Instance:
    """A server on a free port of this machine, gone with the ``with`` block.

    ``conf`` is Perl for RT's configuration (lifecycles, for example).
    """

    conf: str = ""
    workers: int = 3
    port: int = field(default_factory=free_port)
    now: datetime | None = None
    """Where :meth:`clock` last put the server's clock; None: it shows the real time."""
    _folder: Path | None = None

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="slaplugin-rt-"))
        self._folder.chmod(0o755)  # started by root, the server runs as somebody else
        with contextlib.ExitStack() as unless_up:
            unless_up.callback(self._remove)
            if self.conf:
                self.configure("tests", self.conf)
            self.script("up", RT_LIKE=str(prepared()))
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
        with contextlib.suppress(subprocess.SubprocessError, RuntimeError):
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self) -> None:
        """Take the server down; the data and the clock stay."""
        self.script("stop")

    def start(self) -> None:
        """Bring it back after :meth:`stop`, at the same address."""
        self.script("start")

    def configure(self, name: str, perl: str) -> None:
        """Add a configuration file; a running server reads it at its next start."""
        conf = self.data / "conf.d"
        conf.mkdir(parents=True, exist_ok=True)
        (self.data / ".rt-instance").touch()
        (conf / f"{name}.pm").write_text(f"{perl}\n1;\n", encoding="utf-8")

    def clock(self, when: str | datetime, *, frozen: bool = True) -> datetime:
        """Move the server's clock to an instant (text without an offset is UTC); returns it.

        ``frozen``: it stands still there until it is moved on; else it ticks from there.
        """
        moment = datetime.fromisoformat(when) if isinstance(when, str) else when
        self.now = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        spelled = self.now.strftime("%Y-%m-%d %H:%M:%S")
        # As the script's verb does it, without a shell for each of a thousand moves.
        new = self.data / ".clock.new"
        new.write_text(f"{spelled}\n" if frozen else f"@{spelled}\n", encoding="utf-8")
        new.chmod(0o644)
        new.replace(self.data / "clock")
        return self.now

    def perl(self, code: str) -> str:
        """Run Perl inside this RT, for what REST does not offer; returns what it prints."""
        return self.script("perl", text=code)

    def insert(self, data: str) -> str:
        """Feed ``rt-setup-database`` a file of initial data, as administrators do."""
        return self.script("insert", text=data)

    def script(self, verb: str, *more: str, text: str = "", **environ: str) -> str:
        """Run the start script with a verb; RuntimeError with what it says when it fails."""
        place = (str(self.port), str(self.data))
        return _run(verb, *place, *more, text=text, RT_WORKERS=str(self.workers), **environ)

    @property
    def folder(self) -> Path:
        """The folder of this instance, gone with the instance."""
        if self._folder is None:
            raise RuntimeError("the instance lives in a with block only")
        return self._folder

    @property
    def data(self) -> Path:
        """``DATA`` of the start script."""
        return self.folder / "rt"

    @property
    def url(self) -> str:
        """The web address, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @cached_property
    def token(self) -> str:
        """The bot's token."""
        return (self.data / "slabot.token").read_text(encoding="utf-8").strip()
