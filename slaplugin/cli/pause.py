"""``slaplugin pause`` and ``resume``: the brake that an admin pulls by hand."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

import click

from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import note, present_of

if TYPE_CHECKING:
    from slaplugin.app.pausing import Order
    from slaplugin.wiring import Runtime


@click.command(epilog='Example: slaplugin pause --why "migration of the helpdesk"')
@click.option("--why", default="", metavar="TEXT", help="The reason, kept in the history.")
@pass_invocation
def pause(invocation: Invocation, why: str) -> None:
    """Hold all writes and messages; clocks are judged and recorded as always.

    A running daemon obeys at once: what it has begun to write it ends, nothing else begins. What
    fell due meanwhile is done after `slaplugin resume`, as far as it is still wanted then.
    """
    from slaplugin.app.pausing import pause as hold
    from slaplugin.wiring import Runtime

    with Runtime(invocation.settings, lambda: invocation.registry) as runtime:
        done = hold(runtime.store, _order(runtime, why))
    click.echo("writes are paused" if done else "writes are paused already")


@click.command(epilog="Example: slaplugin resume")
@click.option("--why", default="", metavar="TEXT", help="The reason, kept in the history.")
@click.option(
    "--accept-missing",
    is_flag=True,
    help="Also let a daemon go on that found many tickets missing: they were deleted on purpose.",
)
@pass_invocation
def resume(invocation: Invocation, why: str, accept_missing: bool) -> None:
    """Let writes and messages go on; `slaplugin plan` shows before what will be written."""
    from slaplugin.app.pausing import accept_missing as accept
    from slaplugin.app.pausing import resume as release
    from slaplugin.wiring import Runtime

    with Runtime(invocation.settings, lambda: invocation.registry) as runtime:
        order = _order(runtime, why)
        done = release(runtime.store, order)
        if accept_missing:
            accept(runtime.store, order)
    click.echo("writes go on" if done else "nothing was paused")
    if accept_missing:
        click.echo("the next look for missing tickets is believed")
    if invocation.settings.dry_run:
        note("dry_run is set: nothing is written until that setting is taken away")


def _order(runtime: Runtime, why: str) -> Order:
    from slaplugin.app.pausing import Order

    return Order(present_of(runtime).at, getpass.getuser(), why)
