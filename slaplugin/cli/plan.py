"""``slaplugin plan``: what a cycle would write now."""

from __future__ import annotations

from dataclasses import replace

import click

from slaplugin.cli.exits import DONE, FOUND_WRONG
from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import emit, look_of
from slaplugin.cli.progress import Bar


@click.command(epilog="Example: slaplugin plan --json > plan.json")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_invocation
def plan(invocation: Invocation, as_json: bool) -> int:
    """Show what would be written to the helpdesk now, per ticket, and why.

    Reads only: neither the helpdesk nor the store is changed. Ends with 1 if tickets are held.
    """
    from slaplugin.app.cycle import plan as plan_cycle
    from slaplugin.report.cycle import cycle_text
    from slaplugin.wiring import Runtime

    with Runtime(invocation.settings, lambda: invocation.registry) as runtime:
        report = plan_cycle(replace(runtime.desk_for_reading(), progress=Bar()))
    document = report.as_json()
    if as_json:
        emit(document)
    else:
        click.echo(cycle_text(document, look_of(invocation.settings)), nl=False)
    return FOUND_WRONG if report.problems else DONE
