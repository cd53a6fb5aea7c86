"""``slaplugin backfill``: past tickets into the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from slaplugin.cli.exits import DONE, FOUND_WRONG
from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import emit, note
from slaplugin.cli.progress import Bar
from slaplugin.cli.values import MOMENT, moment

if TYPE_CHECKING:
    from slaplugin.app.backfill import BackfillReport, Range


@click.command(epilog="Example: slaplugin backfill --since 2026-01-01 --until 2026-03-01 --rate 10")
@click.option("--since", metavar="D", type=MOMENT, required=True, help="First day or instant.")
@click.option("--until", metavar="D", type=MOMENT, help="Up to before this day or instant.")
@click.option(
    "--rate",
    metavar="N",
    type=click.FloatRange(min=0, min_open=True),
    help="At most N requests per second (setting limits.backfill_rate).",
)
@click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(1, 16),
    help="Sessions that read at once (setting limits.backfill_workers).",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_invocation
def backfill(invocation: Invocation, /, **given: Any) -> int:
    """Load past tickets with their histories and judge them; never writes to the helpdesk.

    Days are those of the `timezone` setting. Interrupted (Ctrl-C, a lost connection, a kill), the
    same command goes on where it was. What could not be read is listed and ends it with 1; the same
    command tries those again.
    """
    from slaplugin.app.backfill import backfill as load
    from slaplugin.wiring import Runtime
    from slaplugin.wiring.pulling import PullOptions, pulling

    bounds = _bounds(invocation, given["since"], given["until"])
    with Runtime(invocation.settings, lambda: invocation.registry) as runtime:
        desk, crew = pulling(runtime, PullOptions(given["rate"], given["workers"]))
        report = load(desk, bounds, Bar(), crew)
    _print(report, as_json=given["as_json"])
    return FOUND_WRONG if report.problems else DONE


def _bounds(invocation: Invocation, since: str, until: str | None) -> Range:
    from slaplugin.app.backfill import Range

    zone = invocation.settings.timezone
    bounds = Range(moment(since, zone), None if until is None else moment(until, zone))
    if bounds.until is not None and bounds.until <= bounds.since:
        raise click.UsageError("--until must be later than --since")
    return bounds


def _print(report: BackfillReport, *, as_json: bool) -> None:
    if as_json:
        emit(_document(report))
        return
    if not (report.listed or report.problems):
        click.echo(f"nothing new for these bounds; {report.requests} requests")
        return
    gone = f", {report.gone} deleted meanwhile" if report.gone else ""
    gone += f", {report.old} older than retention keeps" if report.old else ""
    click.echo(
        f"{report.listed} tickets listed: {report.read} read and judged, {report.known} known "
        f"already{gone}; {report.requests} requests"
    )
    if report.problems:
        count = len(report.problems)
        note(f"{count} past tickets are not in it (the same command tries them again):")
    for problem in report.problems:
        note(f"  {problem}")


def _document(report: BackfillReport) -> dict[str, Any]:
    return {
        "listed": report.listed,
        "read": report.read,
        "known": report.known,
        "gone": report.gone,
        "old": report.old,
        "requests": report.requests,
        "problems": [
            {"ticket": item.ticket, "number": item.number, "error": item.message}
            for item in report.problems
        ],
    }
