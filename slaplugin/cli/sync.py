"""``slaplugin sync``: one cycle for real."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from slaplugin.cli.exits import BRAKE, DONE, FOUND_WRONG
from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import emit, look_of
from slaplugin.cli.progress import Bar

if TYPE_CHECKING:
    from slaplugin.app.outcome import CycleReport


@click.command(epilog="Example: slaplugin sync --json")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@click.option(
    "--accept-missing",
    is_flag=True,
    help="However many tickets are missing on the helpdesk: they were deleted on purpose.",
)
@pass_invocation
def sync(invocation: Invocation, as_json: bool, accept_missing: bool) -> int:
    """Run one cycle: pull what changed, judge it, write what is due.

    The first cycle loads the open tickets; cut short, the next one goes on from there. Ends with
    1 for held tickets or failed writes, 4 where a safety limit held something back.
    """
    from slaplugin.app.cycle import sync as sync_cycle
    from slaplugin.report.cycle import cycle_text
    from slaplugin.wiring import Runtime

    with Runtime(invocation.settings, lambda: invocation.registry) as runtime:
        desk = runtime.desk()
        options = replace(desk.options, accept_missing=accept_missing)
        report = sync_cycle(replace(desk, options=options, progress=Bar()))
    document = report.as_json()
    if as_json:
        emit(document)
    else:
        click.echo(cycle_text(document, look_of(invocation.settings)), nl=False)
    return code_of(report)


def code_of(report: CycleReport) -> int:
    """The exit code that a cycle ends with."""
    if report.limited:
        return BRAKE
    return FOUND_WRONG if report.problems else DONE
