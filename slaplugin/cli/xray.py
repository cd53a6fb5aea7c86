"""``slaplugin xray``: one page about a helpdesk that has no policy yet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slaplugin.cli.exits import DONE, FOUND_WRONG
from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import emit, look_of, note
from slaplugin.cli.progress import Bar
from slaplugin.cli.values import SHARE

if TYPE_CHECKING:
    from slaplugin.app.backfill import BackfillReport
    from slaplugin.app.reporting.xray import XRay
    from slaplugin.core.officehours import OfficeHours
    from slaplugin.report import Look
    from slaplugin.wiring.xray import XrayOptions

_SETTINGS = (
    "host",
    "url",
    "token_file",
    "user",
    "password_file",
    "verify_tls",
    "host_timezone",
    "timezone",
)
"""Options that are settings, too."""
_LONGEST = 3660


@click.command(
    epilog="Example: SLAPLUGIN_TOKEN=… slaplugin xray --host zammad "
    "--url https://helpdesk.example.org --timezone Europe/Berlin"
)
@click.option("--host", metavar="KIND", help="zammad, otrs, rt or a plugin's; default: zammad.")
@click.option("--url", metavar="ADDRESS", help="Address of the helpdesk.")
@click.option(
    "--token-file", metavar="FILE", help="File with a read-only token (else SLAPLUGIN_TOKEN)."
)
@click.option("--user", metavar="LOGIN", help="Where there is no token.")
@click.option("--password-file", metavar="FILE", help="Its password (else SLAPLUGIN_PASSWORD).")
@click.option("--verify-tls", metavar="true|false|FILE", help="A CA certificate, or false.")
@click.option("--host-timezone", metavar="ZONE", help="OTRS: zone in which it writes its times.")
@click.option(
    "--days", type=click.IntRange(1, _LONGEST), default=90, show_default=True, help="How far back."
)
@click.option(
    "--share", metavar="SHARE", type=SHARE, default="95%", show_default=True, help="To promise."
)
@click.option(
    "--hours",
    metavar="HOURS",
    help="Office hours: 'mon-fri 09:00-17:00', parts with ';', or 24x7; default: guessed from "
    "when agents answer.",
)
@click.option("--timezone", metavar="ZONE", help="Of the office; default: the setting, else UTC.")
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    default="slaplugin-xray.html",
    show_default=True,
    help="The page.",
)
@click.option(
    "--store",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where the tickets are kept; default: beside the page.",
)
@click.option("--rate", type=click.FloatRange(min=0, min_open=True), help="Requests per second.")
@click.option("--workers", type=click.IntRange(1, 16), help="Sessions that read at once.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout, no page.")
@pass_invocation
def xray(invocation: Invocation, /, **given: Any) -> int:
    """Show on one page what your helpdesk could promise and where the time goes.

    Needs a token that may read, no policy and no settings (a settings file is used if there is
    one). Loads the tickets of the last days into a file of its own and never writes to the
    helpdesk. Interrupted, the same command goes on where it was. Names of customers,
    organizations and agents and titles are left out of the page.
    """
    from slaplugin.wiring import Runtime
    from slaplugin.wiring.xray import load, look_at, starter

    options = _options(given)
    store = (given["store"] or given["output"].with_suffix(".db")).expanduser().absolute()
    call = _own(invocation, given, store)
    with Runtime(call.settings, lambda: call.registry) as runtime:
        loaded = load(runtime, options, Bar())
        made = look_at(runtime, options, Bar())
    policy = starter(made).text()
    if given["as_json"]:
        from slaplugin.report.service.xray_document import xray_document

        emit(xray_document(made, policy))
    else:
        _write_page(made, policy, given["output"], look_of(call.settings))
    note(
        f"the tickets are kept in {store}, so that the next run only reads what is new;"
        " delete it when you need it no more: it has names, the page has not"
    )
    return _told(loaded)


def _write_page(made: XRay, policy: str, output: Path, look: Look) -> None:
    """The page into its file, and what it says in short on the terminal."""
    from slaplugin.report.service.xray import xray_page
    from slaplugin.report.service.xray_document import xray_text
    from slaplugin.wiring.files import write_text

    write_text(output, xray_page(made, policy, look))
    click.echo(xray_text(made, look), nl=False)
    click.echo(f"All of it as a page for the browser: {output.absolute()}")


def _own(invocation: Invocation, given: dict[str, Any], store: Path) -> Invocation:
    """The call with what the options say, and with a store of its own."""
    options = {name: given[name] for name in _SETTINGS if given[name] is not None}
    return Invocation(invocation.config, {**invocation.options, **options, "store": str(store)})


def _options(given: dict[str, Any]) -> XrayOptions:
    from slaplugin.wiring.pulling import PullOptions
    from slaplugin.wiring.xray import XrayOptions

    pull = PullOptions(given["rate"], given["workers"])
    return XrayOptions(given["days"], given["share"], _hours(given["hours"]), pull)


def _hours(text: str | None) -> OfficeHours | None:
    from slaplugin.core.officehours import parse_hours

    try:
        return None if text is None else parse_hours(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--hours") from error


def _told(loaded: BackfillReport) -> int:
    """What could not be read, as ``backfill`` tells it."""
    if not loaded.problems:
        return DONE
    note(f"{len(loaded.problems)} tickets are not in it (the same command tries them again):")
    for problem in loaded.problems:
        note(f"  {problem}")
    return FOUND_WRONG
