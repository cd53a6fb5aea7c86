"""``slaplugin undo``: take back what was written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from slaplugin.cli.exits import DONE, FOUND_WRONG
from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import confirm, emit, look_of
from slaplugin.cli.values import MOMENT, moment

if TYPE_CHECKING:
    from slaplugin.app.outcome import CycleReport
    from slaplugin.app.undo import Scope


@click.command(epilog="Example: slaplugin undo --policy vip --since 2026-03-09")
@click.option("--policy", metavar="P", help="Only what this policy's steps wrote.")
@click.option("--since", metavar="T", type=MOMENT, help="Only what was written from then on.")
@click.option("--all", "everything", is_flag=True, help="Everything that was ever written.")
@click.option("--plan", "only_plan", is_flag=True, help="Only show what would be written.")
@click.option("--yes", is_flag=True, help="Do not ask (a script is never asked).")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_invocation
def undo(invocation: Invocation, /, **given: Any) -> int:
    """Take back what was written: tags, own fields, group, owner and priority.

    Shows the plan first and asks. What somebody changed since stays as it is; notes stay, too.
    """
    from slaplugin.app.undo import plan_undo
    from slaplugin.app.undo import undo as take_back
    from slaplugin.wiring import Runtime

    scope, quiet = _scope(invocation, given), given["as_json"]
    with Runtime(invocation.settings, lambda: invocation.registry) as runtime:
        report = plan_undo(runtime.desk(), scope)
        if not given["only_plan"] and report.writes:
            if not quiet:
                _print(invocation, report)
                confirm("Write this to the helpdesk?", yes=given["yes"])
            report = take_back(runtime.desk(), scope)
    if quiet:
        emit(report.as_json())
    else:
        _print(invocation, report)
    return FOUND_WRONG if report.problems else DONE


def _scope(invocation: Invocation, given: Mapping[str, Any]) -> Scope:
    from slaplugin.app.undo import Scope

    narrowed = given["policy"] is not None or given["since"] is not None
    if given["everything"] == narrowed:
        raise click.UsageError("say what to take back: --policy P, --since T (or both), or --all")
    since = given["since"]
    at = None if since is None else moment(since, invocation.settings.timezone)
    return Scope(policy=given["policy"], since=at)


def _print(invocation: Invocation, report: CycleReport) -> None:
    from slaplugin.report.cycle import cycle_text

    click.echo(cycle_text(report.as_json(), look_of(invocation.settings)), nl=False)
