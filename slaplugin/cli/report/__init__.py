"""``slaplugin report``: how good the service was, and why it was not better."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import Answer, look_of, note, present_of
from slaplugin.cli.progress import Bar
from slaplugin.cli.values import MOMENT, moment

if TYPE_CHECKING:
    from slaplugin.app.reporting.report import Report
    from slaplugin.wiring import Runtime
    from slaplugin.wiring.reports import ReportOptions

FORMATS = ("md", "html", "csv", "json", "text")
PERIODS = ("day", "week", "month", "quarter", "year")
_OF_CLOSING = frozenset({"close", "sealed", "unfinished", "who", "statements_by", "output"})


@click.command(epilog="Example: slaplugin report --period month --format html --output march.html")
@click.option("--period", "per", type=click.Choice(PERIODS), default="month", show_default=True)
@click.option("--since", metavar="D", type=MOMENT, help="From the period of this day on.")
@click.option("--until", metavar="D", type=MOMENT, help="Up to before this day.")
@click.option(
    "--by",
    multiple=True,
    metavar="WORDS",
    help="A table by group, agent, customer, product, fields.NAME …; with commas combined.",
)
@click.option("--customer", metavar="WHO", help="Only this customer's tickets (email, login, id).")
@click.option("--organization", metavar="WHO", help="Only this organization's (name, id).")
@click.option("--format", "form", type=click.Choice(FORMATS), default="md", show_default=True)
@click.option("--tickets", is_flag=True, help="CSV: the clocks behind the figures, met ones too.")
@click.option(
    "--csat",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV of customers' answers: ticket, score and perhaps at.",
)
@click.option(
    "--statements", is_flag=True, help="Statements to be sent: one a party, several into a folder."
)
@click.option(
    "--statements-by", metavar="WORD", help="Whom they are for: customer, fields.contract …"
)
@click.option("--close", metavar="PERIOD", help="Freeze 2026-03, 2026-Q1 …; prints the document.")
@click.option("--unfinished", is_flag=True, help="With --close: though the period is not over.")
@click.option("--who", help="With --close: who does it; default: your login.")
@click.option("--sealed", metavar="PERIOD", help="The document of a closed period, as it was.")
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="File, or folder, instead of stdout."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_invocation
def report(invocation: Invocation, /, **given: Any) -> None:
    """Report attainment, objectives and credits, causes of misses, volumes and times.

    From the local store alone. Without --since it covers the present period and some before it.
    Periods of objectives are those of their own zones, all else is in the `timezone` setting.
    """
    from slaplugin.wiring import Runtime

    _check(given)
    with Runtime(invocation.settings, lambda: invocation.registry) as runtime:
        if given["sealed"]:
            from slaplugin.cli.report.closing import print_sealed

            print_sealed(runtime, given)
        elif given["close"]:
            from slaplugin.cli.report.closing import close

            close(runtime, given)
        elif given["statements"]:
            from slaplugin.cli.report.letters import write_letters

            write_letters(_made(runtime, invocation, given), given, look_of(invocation.settings))
        else:
            _write(_made(runtime, invocation, given), invocation, given)


def _check(given: Mapping[str, Any]) -> None:
    """Options that contradict each other; click's error says which to leave out."""
    form = "json" if given["as_json"] else given["form"]
    if given["close"] or given["sealed"]:
        _check_closing()
    elif given["unfinished"] or given["who"]:
        raise click.UsageError("--unfinished and --who go with --close")
    elif given["tickets"] and form != "csv":
        raise click.UsageError("--tickets lists rows: take --format csv (JSON has them all)")
    elif given["statements"] and (form == "csv" or given["by"]):
        raise click.UsageError("a statement is html, md, text or json, and has no --by of its own")
    elif form == "text" and not given["statements"]:
        raise click.UsageError("--format text is for --statements; a report is md, html, csv, json")


def _check_closing() -> None:
    context = click.get_current_context()
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if name not in _OF_CLOSING and source is click.core.ParameterSource.COMMANDLINE:
            raise click.UsageError(
                f"a period is closed as a whole and its document is what it is: leave out"
                f" {parameter.opts[0]}"
            )


def _made(runtime: Runtime, invocation: Invocation, given: Mapping[str, Any]) -> Report:
    from slaplugin.app.reporting.making import make_report
    from slaplugin.wiring.reports import ask_of, sources_of

    present = present_of(runtime)
    options = _options(invocation, given)
    ask = ask_of(runtime, options, present.at)
    made = make_report(sources_of(runtime, present, Bar(), options), ask)
    if not (made.provenance.tickets or ask.is_whole):
        who = given["organization"] if given["customer"] is None else given["customer"]
        note(f"the store knows no ticket of {who!r}: is the name right?")
    return made


def _options(invocation: Invocation, given: Mapping[str, Any]) -> ReportOptions:
    from slaplugin.app.history import Wanted
    from slaplugin.wiring.reports import ReportOptions

    zone = invocation.settings.timezone
    since, until = (given[name] and moment(given[name], zone) for name in ("since", "until"))
    return ReportOptions(
        per=given["per"],
        since=since,
        until=until,
        by=given["by"],
        parties=Wanted(customer=given["customer"], organization=given["organization"]),
        every_instance=given["tickets"],
        statements=given["statements"],
        statements_by=given["statements_by"],
        csat=given["csat"],
    )


def _write(made: Report, invocation: Invocation, given: Mapping[str, Any]) -> None:
    from slaplugin.wiring.forms import written

    form = "json" if given["as_json"] else given["form"]
    text = written(made, "tickets" if given["tickets"] else form, look_of(invocation.settings))
    target = given["output"]
    if target is None:
        Answer(is_json=form == "json").write(text)
    else:
        from slaplugin.wiring.files import write_text

        write_text(target, text)
        note(f"wrote {target}")
