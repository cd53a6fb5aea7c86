"""``slaplugin doctor``: is everything in place, and what to do where not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from slaplugin.app.errors import ConfigurationError
from slaplugin.cli.doctor.helpdesk import Mending, at_the_helpdesk
from slaplugin.cli.doctor.here import (
    disk,
    plugins,
    policies,
    secrets,
    settings_file,
    store,
    webhook,
)
from slaplugin.cli.exits import DONE, FOUND_WRONG
from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import emit, look_of
from slaplugin.report.checks import Check, check_text, checks_json

_FIX_HELP = "Create missing custom fields; prints the steps where the helpdesk cannot."


@click.command(epilog="Example: slaplugin doctor --json")
@click.option("--fix", is_flag=True, help=_FIX_HELP)
@click.option("--admin-token", help="Used once for --fix, never stored; default: the own access.")
@click.option("--admin-user", help="The same by name; its password is asked for.")
@click.option("--admin-password", help="Password of --admin-user.")
@click.option("--web-service", is_flag=True, help="Print what has to be imported first (OTRS).")
@click.option("--web-hook", is_flag=True, help="Print what tells us of changes at once (OTRS).")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_invocation
def doctor(invocation: Invocation, /, as_json: bool, **given: Any) -> int:
    """Check settings, access, permissions, policies, store and plugins, one line each.

    Each failure says its remedy. Ends with 1 when any check failed.
    """
    service, hook = given.pop("web_service"), given.pop("web_hook")
    if service or hook:
        return _print_definition(invocation, hook=hook)
    look = look_of()
    found: list[Check] = []
    for check in examine(invocation, Mending.asked_for(given)):
        found.append(check)
        if not as_json:
            click.echo(check_text(check, look))
    document = checks_json(found)
    if as_json:
        emit(document)
    return DONE if document["ok"] else FOUND_WRONG


def examine(invocation: Invocation, mending: Mending | None = None) -> Iterator[Check]:
    """Every check, in the order in which mending makes sense."""
    from slaplugin.wiring import Runtime

    try:
        settings = invocation.settings
    except ConfigurationError as error:
        yield Check(
            "settings", False, error.on_one_line, "mend these settings, then run doctor again"
        )
        return
    yield settings_file(settings)
    yield from secrets(settings)
    with Runtime(settings, lambda: invocation.registry) as runtime:
        yield from at_the_helpdesk(runtime, mending or Mending())
        yield webhook(settings)
        yield from policies(runtime)
        yield store(runtime)
        yield disk(settings)
        yield plugins(invocation)


def _print_definition(invocation: Invocation, *, hook: bool) -> int:
    from slaplugin.wiring.sides import guide_of

    kind = invocation.settings.host
    guide = guide_of(kind)
    if guide is None or guide.web_service is None:
        raise ConfigurationError(f"host {kind!r} needs no web service: there is nothing to import")
    text = guide.web_service.hook if hook else guide.web_service.definition
    click.echo(text(), nl=False)
    return DONE
