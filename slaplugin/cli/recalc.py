"""``slaplugin recalc``: finished outcomes under today's policies, as recorded revisions."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from slaplugin.app.errors import ConfigurationError
from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import confirm, emit, note

if TYPE_CHECKING:
    from slaplugin.app.recalc import Request, Revision
    from slaplugin.core.model import ClockInstance
    from slaplugin.wiring import Runtime


@click.command(epilog='Example: slaplugin recalc --why "holiday was missing" --ticket 31001')
@click.option("--why", help="The reason, kept in the history; asked for where it is missing.")
@click.option("--who", help="Who asks for it; default: your login.")
@click.option("--ticket", "tickets", multiple=True, help="Only this one; may be repeated.")
@click.option("--plan", "only_plan", is_flag=True, help="Only show what would change.")
@click.option("--yes", is_flag=True, help="Do not ask (a script is never asked).")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_invocation
def recalc(invocation: Invocation, /, **given: Any) -> None:
    """Revise finished outcomes under the policies now in force.

    Each revision keeps the old verdict beside the new one, with who and why, in the audit log.
    """
    from slaplugin.app.recalc import plan_recalc
    from slaplugin.app.recalc import recalc as revise
    from slaplugin.wiring import Runtime

    quiet, only_plan = given["as_json"], given["only_plan"]
    with Runtime(invocation.settings, lambda: invocation.registry) as runtime:
        request = _request(runtime, given)
        revisions = plan_recalc(runtime.desk(), request)
        if not quiet:
            _print(revisions)
        if revisions and not only_plan:
            if not quiet:
                confirm("Record these revisions?", yes=given["yes"])
            revisions = revise(runtime.desk(), request)
    if quiet:
        emit({"recorded": not only_plan, "revisions": [_document(item) for item in revisions]})
    elif revisions and not only_plan:
        click.echo(f"{len(revisions)} revisions recorded by {request.who}: {request.why}")


def _request(runtime: Runtime, given: Mapping[str, Any]) -> Request:
    from slaplugin.app.recalc import Request

    why = given["why"] or _asked_why()
    ids = [_id_of(runtime, text) for text in given["tickets"]] or None
    return Request(given["who"] or getpass.getuser(), why, ids)


def _asked_why() -> str:
    if not sys.stdin.isatty():
        raise click.UsageError("--why is missing: a revision is recorded with its reason")
    return str(click.prompt("Why", err=True))


def _id_of(runtime: Runtime, text: str) -> str:
    host = runtime.settings.host_key
    found = [ticket for name, ticket in runtime.store.find(text.lstrip("#")) if name == host]
    if not found:
        raise ConfigurationError(f"the store has no ticket {text}; slaplugin backfill loads it")
    return found[0]


def _print(revisions: Sequence[Revision]) -> None:
    if not revisions:
        note("no finished outcome differs under the policies now in force")
    for item in revisions:
        old, new = item.old.instance, item.new.instance
        click.echo(
            f"{item.number or item.ticket} {new.clock} #{new.instance} would change: "
            f"{_verdict(old)} -> {_verdict(new)}"
        )


def _verdict(instance: ClockInstance) -> str:
    """``breached, 5h 40m of 5h (standard)``."""
    from slaplugin.report.times import duration

    target = f" of {duration(instance.target)}" if isinstance(instance.target, int) else ""
    return f"{instance.outcome}, {duration(instance.elapsed)}{target} ({instance.policy})"


def _document(item: Revision) -> dict[str, Any]:
    from slaplugin.report.explain_json import instance_keys

    return {
        "ticket": item.ticket,
        "number": item.number,
        "old": instance_keys(item.old.instance),
        "new": instance_keys(item.new.instance),
    }
