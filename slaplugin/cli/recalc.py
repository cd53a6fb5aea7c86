"""``slaplugin recalc``: finished outcomes under today's policies, as recorded revisions."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from slaplugin.app.errors import ConfigurationError
from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import emit, note

if TYPE_CHECKING:
    from slaplugin.app.recalc import Revision
    from slaplugin.wiring import Runtime


@click.command(epilog='Example: slaplugin recalc --why "holiday was missing" --ticket 31001')
@click.option("--why", required=True, help="The reason, kept in the history.")
@click.option("--who", help="Who asks for it; default: your login.")
@click.option("--ticket", "tickets", multiple=True, help="Only this one; may be repeated.")
@click.option("--yes", is_flag=True, help="Record it without asking.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document; plans without --yes.")
@pass_invocation
def recalc(invocation: Invocation, /, **given: Any) -> None:
    """Revise finished outcomes under the policies now in force.

    Each revision keeps the old verdict beside the new one, with who and why, in the audit log.
    """
    from slaplugin.app.recalc import Request, plan_recalc
    from slaplugin.app.recalc import recalc as revise
    from slaplugin.wiring import Runtime

    quiet, agreed = given["as_json"], given["yes"]
    with Runtime(invocation.settings, lambda: invocation.registry) as runtime:
        ids = [_id_of(runtime, text) for text in given["tickets"]] or None
        request = Request(given["who"] or getpass.getuser(), given["why"], ids)
        revisions = plan_recalc(runtime.desk(), request)
        if not quiet:
            _print(revisions)
        if revisions and not quiet and not agreed:
            click.confirm("Record these revisions?", abort=True, err=True)
            agreed = True
        if revisions and agreed:
            revisions = revise(runtime.desk(), request)
    if quiet:
        emit({"recorded": agreed, "revisions": [_document(item) for item in revisions]})
    elif revisions:
        click.echo(f"{len(revisions)} revisions recorded by {request.who}: {request.why}")


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
            f"{old.outcome} ({old.policy}) -> {new.outcome} ({new.policy})"
        )


def _document(item: Revision) -> dict[str, Any]:
    from slaplugin.report.explain_json import instance_keys

    return {
        "ticket": item.ticket,
        "number": item.number,
        "old": instance_keys(item.old.instance),
        "new": instance_keys(item.new.instance),
    }
