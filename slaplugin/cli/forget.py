"""``slaplugin forget``: one customer out of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import confirm, emit, note

if TYPE_CHECKING:
    from pathlib import Path

    from slaplugin.app.forget import ForgetPlan, Forgot


@click.command(epilog="Example: slaplugin forget --customer lena.nord@example.org --plan")
@click.option(
    "--customer", metavar="WHO", required=True, help="Mail address, login or id on the helpdesk."
)
@click.option("--plan", "only_plan", is_flag=True, help="Only show what would be erased.")
@click.option("--yes", is_flag=True, help="Do not ask (a script is never asked).")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_invocation
def forget(
    invocation: Invocation, customer: str, only_plan: bool, yes: bool, as_json: bool
) -> None:
    """Erase a customer's data from the store, for good; figures and the audit chain stay.

    Names, addresses, titles and texts go; clocks stay under an alias. Later cycles and backfills
    do not bring them back. The helpdesk is not touched. Shows the plan first and asks; refused
    while the daemon runs.
    """
    from slaplugin.app.forget import forget as erase
    from slaplugin.app.forget import plan_forget
    from slaplugin.store.copies import copies_of
    from slaplugin.wiring import Runtime
    from slaplugin.wiring.forgetting import request_of

    with Runtime(invocation.settings, lambda: invocation.registry) as runtime:
        now = runtime.present().at
        request = request_of(runtime, customer, now)
        plan = plan_forget(runtime.view, request)
        copies = copies_of(runtime.settings.store)
        if not as_json:
            _print_plan(plan, copies)
            if not only_plan:
                confirm("Erase this for good?", yes=yes)
        done = None if only_plan else erase(runtime.store, request, now)
    if as_json:
        emit(_document(plan, done, copies))
    elif done is not None:
        _print_done(done)


def _print_plan(plan: ForgetPlan, copies: list[Path]) -> None:
    click.echo(
        f"{len(plan.tickets)} tickets of the customer ({plan.open} open), "
        f"{len(plan.mentions)} others that speak of them"
    )
    if plan.policies:
        note(
            f"policy files that name them: {', '.join(plan.policies)}; the store keeps the text "
            "of every set that was in force, and open tickets would match no such policy any "
            "more: name a group, an organization or a flag instead"
        )
    if copies:
        note("copies of the store still hold them, delete those that are not needed any more:")
    for copy in copies:
        note(f"  {copy}")
    note("backups elsewhere, reports and exports that were made before are yours to delete")


def _print_done(done: Forgot) -> None:
    click.echo(
        f"erased: {len(done.plan.tickets)} tickets are {done.plan.person.alias}'s now, "
        f"{done.entries} audit entries say nothing any more"
    )


def _document(plan: ForgetPlan, done: Forgot | None, copies: list[Path]) -> dict[str, Any]:
    return {
        "alias": plan.person.alias,
        "tickets": len(plan.tickets),
        "open": plan.open,
        "mentions": len(plan.mentions),
        "policies": list(plan.policies),
        "copies": [str(copy) for copy in copies],
        "erased": done is not None,
        "audit_entries": None if done is None else done.entries,
    }
