"""``slaplugin run``: the daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from slaplugin.cli.exits import DONE, INTERRUPTED
from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import note

if TYPE_CHECKING:
    from slaplugin.settings import Settings


@click.command(epilog="Example: slaplugin run")
@pass_invocation
def run(invocation: Invocation) -> int:
    """Watch the helpdesk for as long as it runs: poll, sleep, act at the instant a step is due.

    SIGTERM ends it cleanly. SIGHUP, or a changed settings, policy or hook file, is taken up between
    two cycles; what is wrong with it is logged and the old files stay in force. SIGUSR1 switches
    the log to debug and back. A second daemon on the same store stands by and takes over.
    """
    from slaplugin.app.daemon import Daemon, Ports, Rhythm
    from slaplugin.wiring import Runtime
    from slaplugin.wiring.service import FileDesks, LogWatch, Sleeper

    first = [invocation]

    def make() -> Runtime:
        """The first from this call's own settings, later ones from the files as they are then."""
        at = first.pop() if first else Invocation(invocation.config, invocation.options)
        return Runtime(at.settings, lambda: at.registry)

    sleeper = Sleeper()
    desks = FileDesks(make, sleeper)
    settings = invocation.settings
    sleeper.listen()
    note(_welcome(settings))
    try:
        rhythm = Rhythm(poll_interval=settings.poll_interval, settle=settings.settle)
        Daemon(Ports(desks, sleeper, LogWatch()), rhythm).run()
    finally:
        desks.close()
    note("slaplugin: ended; what is due meanwhile is done by the next run")
    return INTERRUPTED if sleeper.interrupted else DONE


def _welcome(settings: Settings) -> str:
    said = f"slaplugin: watching {settings.url}, news every {settings.poll_interval} s"
    return f"{said}; nothing is written (dry_run)" if settings.dry_run else said
