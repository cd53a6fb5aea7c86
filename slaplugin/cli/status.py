"""``slaplugin status``: what needs somebody now."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import emit, look_of, present_of

if TYPE_CHECKING:
    from slaplugin.report import StatusRow
    from slaplugin.wiring import Runtime

_REDRAW_SECONDS = 5.0
_HELD_SHOWN = 10


@dataclass(frozen=True, slots=True)
class View:
    """What is shown of all that is urgent, at ``now`` in UTC epoch seconds."""

    rows: Sequence[StatusRow]
    total: int
    now: int


@click.command(epilog="Example: slaplugin status --watch")
@click.option("--all", "everything", is_flag=True, help="Every open clock with a target.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the most urgent so many.")
@click.option("--watch", is_flag=True, help="Redraw every few seconds until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_invocation
def status(
    invocation: Invocation, everything: bool, limit: int | None, watch: bool, as_json: bool
) -> None:
    """List clocks at risk and breached now, most urgent first, with the time left."""
    from slaplugin.wiring import Runtime

    if watch and as_json:
        raise click.UsageError("--watch redraws a page, --json prints one document: take one")
    with Runtime(invocation.settings, lambda: invocation.registry) as runtime:
        while True:
            rows, now = rows_of(runtime, everything=everything)
            view = View(rows[:limit], len(rows), now)
            if as_json:
                emit(_document(runtime, view))
            else:
                _print(invocation, runtime, view, clear=watch)
            if not watch:
                return
            try:
                time.sleep(_REDRAW_SECONDS)
            except KeyboardInterrupt:
                return


def rows_of(runtime: Runtime, *, everything: bool = False) -> tuple[list[StatusRow], int]:
    """The rows, most urgent first, and the present they were judged at."""
    from slaplugin.app.explaining import present_judge
    from slaplugin.report.status import urgency
    from slaplugin.wiring.reading import status_rows

    present = present_of(runtime)
    judge = present_judge(runtime.policies, runtime.view, present.at)
    host = runtime.settings.host_key
    rows = status_rows(runtime.view, judge, host, present.at, everything=everything)
    return sorted(rows, key=urgency), present.at


def _print(invocation: Invocation, runtime: Runtime, view: View, *, clear: bool) -> None:
    from slaplugin.report.status import status_text

    if clear:
        click.clear()
    look = look_of(invocation.settings)
    click.echo(status_text(view.rows, view.now, look, total=view.total), nl=False)
    for told in (*_brakes(runtime, view.now), *map(look.told, _reports(runtime))):
        click.echo(f"\n{told}")
    held = runtime.view.held(runtime.settings.host_key)
    if held:
        count = "1 held ticket" if len(held) == 1 else f"{len(held)} held tickets"
        click.echo(f"\n{count} (nothing is written meanwhile):")
    for row in held[:_HELD_SHOWN]:
        told = look.told(f"{row.number or row.id}: {row.held}")
        click.echo(textwrap.fill(told, look.width, initial_indent="  ", subsequent_indent="    "))
    if len(held) > _HELD_SHOWN:
        click.echo(f"  and {len(held) - _HELD_SHOWN} more (--json lists all)")


def _brakes(runtime: Runtime, now: int) -> Iterator[str]:
    """What holds writes at present, and how they go on."""
    from slaplugin.app.brakes import used_up
    from slaplugin.app.desk import PAUSED
    from slaplugin.report.times import full
    from slaplugin.wiring import options_of

    settings = runtime.settings
    since = runtime.view.flag(PAUSED)
    if since is not None:
        at = full(int(since), ZoneInfo(settings.timezone))
        yield f"writes are paused since {at}: `slaplugin resume` lets them go on"
    if settings.dry_run:
        yield "nothing is written: dry_run is set"
    limits = options_of(settings).limits
    for name, allowed in used_up(runtime.view, settings.host_key, limits, now):
        yield (
            f"limits.{name} = {allowed} is used up: what is wanted beyond it follows as the hour "
            "goes by, or when the limit is raised"
        )


def _reports(runtime: Runtime) -> tuple[str, ...]:
    """What went wrong with the latest of the reports that the daemon writes."""
    from slaplugin.app.reporting.schedule import troubles

    settings = runtime.settings
    return tuple(troubles(runtime.view, settings.host_key, settings.reports.every))


def _document(runtime: Runtime, view: View) -> dict[str, Any]:
    from slaplugin.app.desk import PAUSED
    from slaplugin.report.explain_json import status_json
    from slaplugin.report.times import iso
    from slaplugin.wiring.reading import held_json

    held = runtime.view.held(runtime.settings.host_key)
    since = runtime.view.flag(PAUSED)
    return {
        "as_of": iso(view.now),
        "instances": [status_json(row, view.now) for row in view.rows],
        "held": [held_json(row) for row in held],
        "paused_since": None if since is None else iso(int(since)),
        "dry_run": runtime.settings.dry_run,
        "reports": _reports(runtime),
    }
