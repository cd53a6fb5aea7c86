"""What keeps a daemon going: its ports, taken up anew when files change, and its log."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from slaplugin.app.desk import Desk
from slaplugin.app.errors import HostError, LeaseHeldError, SlapluginError, StoreError
from slaplugin.app.outcome import CycleReport, TicketProblem
from slaplugin.hosts.config import uptime
from slaplugin.wiring import Runtime, free_from_the_dead
from slaplugin.wiring.listeners import ReloadWatch
from slaplugin.wiring.moves import moves_of
from slaplugin.wiring.process import Pulse, Sleeper, tell_systemd

if TYPE_CHECKING:
    from slaplugin.settings import Settings

log = logging.getLogger(__name__)

_HELD = "not written"
"""How notices of brakes begin."""
_COUNTED = 5000
"""Open tickets that are looked at before a new policy set writes: some seconds' work."""
_NAMED = 10
"""Tickets that the log names where the same happened to many."""
_DEBOUNCE = 2.0
"""Seconds for which changed files must stay as they are: several are often put there in a row."""
Signature = tuple[tuple[str, int, int], ...]


class _Debounce:
    """Whether files have come to rest since they were last seen to change."""

    def __init__(self, seconds: float, uptime: Callable[[], float]) -> None:
        self._seconds = seconds
        self._uptime = uptime
        self._last: Signature = ()
        self._since = 0.0

    def holds(self, seen: Signature) -> bool:
        """Whether they have looked like this for long enough."""
        now = self._uptime()
        if seen != self._last:
            self._last, self._since = seen, now
        return now - self._since >= self._seconds


class FileDesks:
    """The port :class:`slaplugin.app.daemon.Desks` over settings, policies and drop-ins.

    ``make`` builds a whole new runtime from the files as they are now. Changed files are taken up
    once they have been as they are for ``debounce`` seconds of ``uptime``, at once when asked to.
    """

    def __init__(
        self,
        make: Callable[[], Runtime],
        sleeper: Sleeper,
        watch: ReloadWatch | None = None,
        debounce: float = _DEBOUNCE,
        uptime: Callable[[], float] = uptime,
    ) -> None:
        self._debounce = _Debounce(debounce, uptime)
        self._make = make
        self._watch = watch
        self._sleeper = sleeper
        self._runtime: Runtime | None = None
        self._desk: Desk | None = None
        self._seen: Signature = ()
        self._store: int | None = None
        """Which file the store is."""
        self._listen: str | None = None
        """Where the web surface listens: it is opened once."""
        self._problem: str | None = None
        """What was told last of files that are not used."""

    @property
    def runtime(self) -> Runtime | None:
        """The runtime in force."""
        return self._runtime

    def current(self) -> Desk:
        """The ports in force; the first call builds them or raises ConfigurationError."""
        if self._desk is None:
            self._runtime, self._desk = self._built()
            self._seen = _signature(self._runtime)
            self._store = _file_of(self._runtime.settings.store)
            self._listen = self._runtime.settings.listen
        elif self._runtime is not None:
            # Whoever stands by follows a process that died at once, not when its lease is over.
            free_from_the_dead(self._runtime.store)
        return self._desk

    def renew(self) -> bool:
        """Build anew when asked to or when a file changed; what is wrong is told, nothing else."""
        if self._runtime is None or not self._is_wanted(self._runtime):
            return False
        tell_systemd(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")
        try:
            runtime, desk = self._built()
        except Exception as error:  # noqa: BLE001 - a file of the admin's ends no daemon
            self._refuse(error)
            return False
        finally:
            tell_systemd("READY=1")
        self._runtime.close()
        self._runtime, self._desk, self._problem = runtime, desk, None
        self._store = _file_of(runtime.settings.store)
        self._tell(None)
        log.warning("settings, policies and plugins were read again%s", _change(runtime, desk))
        if runtime.settings.listen != self._listen:
            log.warning("the changed setting listen takes effect when slaplugin is started anew")
        return True

    def _refuse(self, error: Exception) -> None:
        """The old files stay in force. What only hangs on helpdesk or disk is tried again.

        Told to the pages before the log: who reads the line and asks them finds it there, too.
        """
        self._tell(error)
        if isinstance(error, HostError | StoreError):
            self._seen = ()
        if str(error) != self._problem:
            known = isinstance(error, SlapluginError)
            log.error(
                "the changed files are not used, the old ones stay in force: %s",
                error,
                exc_info=None if known else error,
            )
        self._problem = str(error)

    def close(self) -> None:
        """Close what is open."""
        if self._runtime is not None:
            self._runtime.close()

    def _tell(self, problem: Exception | None) -> None:
        if self._watch is not None:
            self._watch.reloaded(problem)

    def _is_wanted(self, runtime: Runtime) -> bool:
        seen = _signature(runtime)
        if self._sleeper.reload:
            self._problem = None  # somebody asks, and is to be told
        store = _file_of(runtime.settings.store)
        replaced = store is not None and store != self._store
        changed = seen != self._seen and self._debounce.holds(seen)
        wanted = self._sleeper.reload or changed or replaced
        if wanted:
            self._sleeper.reload, self._seen = False, seen
        return wanted

    def _built(self) -> tuple[Runtime, Desk]:
        runtime = self._make()
        with ExitStack() as unless_ready:
            unless_ready.callback(runtime.close)
            self._require_store(runtime)
            desk = runtime.desk()
            desk.policies.current()
            unless_ready.pop_all()
        return runtime, replace(desk, progress=Pulse(self._sleeper))

    def _require_store(self, runtime: Runtime) -> None:
        """A store that was deleted while we used it is not made anew by the way; one that took its
        place is opened where nothing of the old one would be mixed into it."""
        old = self._runtime
        if old is None or runtime.settings.store != old.settings.store:
            return
        found = _file_of(old.settings.store)
        if found is None:
            raise StoreError(
                f"the store {old.settings.store} is not there any more; put it back, or run "
                "`slaplugin store restore FILE`; to begin with an empty store, start slaplugin anew"
            )
        if found != self._store:
            old.store.require_unmixed()


class LogWatch:
    """The port :class:`slaplugin.app.daemon.Watch` that writes the log, one line an event."""

    def __init__(self) -> None:
        self._told: str | None = None
        self._notices: tuple[str, ...] = ()

    def begin(self) -> None:
        """Not worth a line."""

    def reloaded(self, problem: Exception | None) -> None:
        """Said already where the files are read."""

    def working(self) -> None:
        """From here on it is our process that writes."""
        self._told = None
        tell_systemd("READY=1\nSTATUS=working")
        log.info("this process does the work from here on")

    def cycle(self, report: CycleReport, *, pulled: bool) -> None:
        """A line for each cycle; a warning where something in it needs somebody."""
        if self._told is not None:
            tell_systemd("STATUS=working")
        self._told = None
        facts = {
            "as_of": report.cycle,
            "pulled": pulled,
            "changed": report.changed_tickets,
            "requests": report.requests,
            "done": report.done,
            "failed": report.failed,
            "held": len(report.problems) - report.failed,
            "loaded": report.loaded,
            "more_to_come": report.unfinished,
        }
        level = logging.WARNING if report.problems or report.limited else logging.INFO
        log.log(level, "cycle", extra={"facts": facts})
        self._notice(report.notices)
        for line in _told_once(report.problems):
            log.warning("%s", line)
        for limit in report.limited:
            log.warning("limits.%s reached: %s", limit.name, limit.way_on)

    def _notice(self, notices: tuple[str, ...]) -> None:
        """A brake is told when it begins to hold, and when it has let go."""
        for notice in notices:
            if notice not in self._notices:
                log.warning("%s", notice)
        for notice in self._notices:
            if notice.startswith(_HELD) and notice not in notices:
                log.warning("no longer so: %s", notice)
        self._notices = notices

    def failed(self, error: Exception, wait: float) -> None:
        """The first time with its words, then only that it goes on."""
        # Up and trying: a manager that waits for more would kill what only waits for the helpdesk.
        tell_systemd("READY=1\nSTATUS=not working, tried again: the log says why")
        known = isinstance(error, SlapluginError)
        if str(error) == self._told:
            log.warning("still so; tried again in %.0f s", wait)
            return
        self._told = str(error)
        log.error("%s; tried again in %.0f s", error, wait, exc_info=None if known else error)

    def standby(self, error: LeaseHeldError) -> None:
        """Said once, for as long as it lasts."""
        tell_systemd("READY=1\nSTATUS=standing by")
        if str(error) != self._told:
            self._told = str(error)
            log.warning("standing by: %s", error)


def _told_once(problems: Sequence[TicketProblem]) -> Iterator[str]:
    """A line for each thing that went wrong; where it did so for many tickets, some are named."""
    found: dict[str, list[TicketProblem]] = {}
    for problem in problems:
        found.setdefault(problem.message, []).append(problem)
    for message, alike in found.items():
        if len(alike) == 1:
            yield str(alike[0])
            continue
        named = ", ".join(problem.number or problem.ticket for problem in alike[:_NAMED])
        more = f" and {len(alike) - _NAMED} more" if len(alike) > _NAMED else ""
        yield f"tickets {named}{more}: {message}"


def _change(runtime: Runtime, desk: Desk) -> str:
    """What the policies now in force move, counted before the first write under them."""
    policy_set = desk.policies.current()
    adoptions = desk.store.adoptions()
    if not adoptions or adoptions[-1].hash == policy_set.hash:
        return ""
    try:
        moves = moves_of(runtime, policy_set, _COUNTED)
    except SlapluginError as error:
        return f"; what the policies change could not be counted: {error}"
    return f"; {moves}" if moves else ""


def _signature(runtime: Runtime) -> Signature:
    """What shows that a file was changed: name, time and size of each."""
    return tuple(sorted(_stamps(runtime)))


def _stamps(runtime: Runtime) -> Iterator[tuple[str, int, int]]:
    settings = runtime.settings
    folders = (settings.policies.rglob("*"), settings.hooks.glob("*.py"))
    files: list[Path] = [file for folder in folders for file in folder if file.is_file()]
    for file in (*files, *_named(settings)):
        try:
            found = file.stat()
        except OSError:
            continue  # an editor is just replacing it; the next look sees what came of that
        yield str(file), found.st_mtime_ns, found.st_size


def _file_of(store: Path) -> int | None:
    """Which file lies at the path of the store; None while there is none."""
    try:
        return store.stat().st_ino
    except OSError:
        return None


def _named(settings: Settings) -> Iterator[Path]:
    """The settings file, and the files with secrets and certificates that it names."""
    own = (settings.token_file, settings.password_file)
    web = (settings.webhook_secret_file, settings.web_token_file)
    yield from (file for file in (settings.file, *own, *web) if file)
    if settings.secrets_dir is not None:
        yield from settings.secrets_dir.glob("*")
    if isinstance(settings.verify_tls, Path):
        yield settings.verify_tls
    for table in settings.notify.values():
        named = (value for key, value in table.items() if key.endswith("_file"))
        yield from (settings.directory / str(value) for value in named)
