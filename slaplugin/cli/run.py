"""``slaplugin run``: the daemon, and the web surface beside it where ``listen`` is set."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import click

from slaplugin.cli.exits import DONE, INTERRUPTED
from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import note

if TYPE_CHECKING:
    from collections.abc import Callable

    from slaplugin.app.daemon import Rhythm
    from slaplugin.app.hints import Hints
    from slaplugin.settings import Settings
    from slaplugin.wiring import Runtime
    from slaplugin.wiring.process import Sleeper
    from slaplugin.wiring.service import FileDesks
    from slaplugin.wiring.web import Front


@click.command(epilog="Example: slaplugin run")
@pass_invocation
def run(invocation: Invocation) -> int:
    """Watch the helpdesk for as long as it runs: poll, sleep, act at the instant a step is due.

    With the setting listen it serves web hooks, health, metrics and pages. SIGTERM ends it cleanly.
    SIGHUP, or a changed settings, policy or hook file, is taken up between two cycles; what is
    wrong with it is logged and the old files stay in force. SIGUSR1 switches the log to debug and
    back. A second daemon on the same store stands by and takes over.
    """
    return watch(invocation)


def watch(invocation: Invocation) -> int:
    """The daemon in this process until it is asked to end; the exit code."""
    from slaplugin.app.daemon import Daemon, Ports
    from slaplugin.app.hints import Hints
    from slaplugin.wiring.listeners import Broadcast
    from slaplugin.wiring.process import Sleeper
    from slaplugin.wiring.scheduled import ScheduledReports
    from slaplugin.wiring.service import FileDesks, LogWatch

    settings, sleeper, hints = invocation.settings, Sleeper(), Hints()
    files = _Files(invocation)
    sleeper.listen()
    with ExitStack() as opened:
        front = _front(files, _hinting(hints, sleeper))
        if front is not None:
            opened.callback(front.close)
            files.told = front.metrics.host_request
        reports = ScheduledReports(lambda: files.desks.runtime if files.desks else None)
        opened.callback(reports.close)
        # The metrics before the health, which forgets when a cycle began; the log after both, so
        # that whoever follows up on a line finds that the pages know of it.
        surface = (front.metrics, front.health) if front else ()
        listeners = Broadcast([*surface, LogWatch(), reports])
        desks = files.desks = FileDesks(files.make, sleeper, listeners)
        opened.callback(desks.close)
        note(_welcome(settings, front))
        Daemon(Ports(desks, sleeper, listeners, hints), files.rhythm).run()
    note("slaplugin: ended; what is due meanwhile is done by the next run")
    return INTERRUPTED if sleeper.interrupted else DONE


class _Files:
    """Where runtimes come from: the first from this call's own settings, later ones from the files
    as they are then."""

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation
        self._used = False
        self.desks: FileDesks | None = None
        self.told: Callable[[str], None] | None = None
        """Hears how each request to the helpdesk ended."""

    def settings(self) -> Settings:
        """Those in force."""
        runtime = self.desks.runtime if self.desks else None
        return runtime.settings if runtime else self._invocation.settings

    def rhythm(self) -> Rhythm:
        """How often the daemon asks, by the settings in force."""
        from slaplugin.app.daemon import Rhythm

        now = self.settings()
        return Rhythm(poll_interval=now.poll_interval, settle=now.settle)

    def make(self) -> Runtime:
        """A new runtime; ConfigurationError leaves the one in force."""
        from slaplugin.wiring import Runtime

        asked = self._invocation
        at = Invocation(asked.config, asked.options) if self._used else asked
        self._used = True
        if at.settings.listen is not None:
            from slaplugin.wiring.web import require_guarded

            require_guarded(at.settings)
        return Runtime(at.settings, lambda: at.registry, told=self.told)


def _hinting(hints: Hints, sleeper: Sleeper) -> Callable[[str], bool]:
    """Takes a ticket that a web hook names to the daemon; False where it waits there already."""

    def hint(ticket: str) -> bool:
        taken = hints.add(ticket)
        if taken:
            sleeper.wake()
        return taken

    return hint


def _front(files: _Files, hint: Callable[[str], bool]) -> Front | None:
    """The web surface, where ``listen`` is set; an address that cannot be had ends the command."""
    if files.settings().listen is None:
        return None
    from slaplugin.wiring.web import front_of

    return front_of(files.settings(), files.settings, hint)


def _welcome(settings: Settings, front: Front | None) -> str:
    said = f"slaplugin: watching {settings.url}, news every {settings.poll_interval} s"
    if front is not None:
        said += f", pages and web hooks on {front.server.url}"
    return f"{said}; nothing is written (dry_run)" if settings.dry_run else said
