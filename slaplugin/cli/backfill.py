"""``slaplugin backfill``: past tickets into the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from slaplugin.cli.exits import DONE, FOUND_WRONG
from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import emit, note
from slaplugin.cli.progress import Bar
from slaplugin.cli.values import MOMENT, moment

if TYPE_CHECKING:
    from slaplugin.app.backfill import BackfillReport


@click.command(epilog="Example: slaplugin backfill --since 2026-01-01 --until 2026-03-01")
@click.option("--since", metavar="D", type=MOMENT, required=True, help="First day or instant.")
@click.option("--until", metavar="D", type=MOMENT, help="Up to before this day or instant.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_invocation
def backfill(invocation: Invocation, since: str, until: str | None, as_json: bool) -> int:
    """Load past tickets with their histories and judge them; never writes to the helpdesk.

    Days are those of the `timezone` setting. Interrupted (Ctrl-C, a lost connection), the same
    command goes on where it was.
    """
    from slaplugin.app.backfill import Range
    from slaplugin.app.backfill import backfill as load
    from slaplugin.wiring import Runtime

    zone = invocation.settings.timezone
    bounds = Range(moment(since, zone), None if until is None else moment(until, zone))
    if bounds.until is not None and bounds.until <= bounds.since:
        raise click.UsageError("--until must be later than --since")
    with Runtime(invocation.settings, lambda: invocation.registry) as runtime:
        report = load(runtime.desk(), bounds, Bar())
    _print(report, as_json=as_json)
    return FOUND_WRONG if report.problems else DONE


def _print(report: BackfillReport, *, as_json: bool) -> None:
    if as_json:
        emit(
            {
                "listed": report.listed,
                "read": report.read,
                "known": report.known,
                "requests": report.requests,
                "problems": [
                    {"ticket": item.ticket, "number": item.number, "error": item.message}
                    for item in report.problems
                ],
            }
        )
        return
    click.echo(
        f"{report.listed} tickets listed: {report.read} read and judged, {report.known} known "
        f"already; {report.requests} requests"
    )
    for problem in report.problems:
        note(str(problem))
