"""``slaplugin report``: how good the service was, and why it was not better."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import look_of, note
from slaplugin.cli.progress import Bar
from slaplugin.cli.values import MOMENT, moment

if TYPE_CHECKING:
    from slaplugin.app.reporting.report import Report
    from slaplugin.report import Look
    from slaplugin.wiring import Present, Runtime

FORMATS = ("md", "html", "csv", "json")
PERIODS = ("day", "week", "month", "quarter", "year")


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
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Instead of stdout."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@pass_invocation
def report(invocation: Invocation, /, **given: Any) -> None:
    """Report attainment, objectives and credits, causes of misses, volumes and times.

    From the local store alone. Without --since it covers the present period and some before it.
    Periods of objectives are those of their own zones, all else is in the `timezone` setting.
    """
    from slaplugin.app.reporting.making import make_report
    from slaplugin.wiring import Runtime
    from slaplugin.wiring.reports import ask_of, sources_of

    form = _form(given)
    with Runtime(invocation.settings, lambda: invocation.registry) as runtime:
        present = present_of(runtime)
        ask = ask_of(runtime, _wish(invocation, given), present.at)
        made = make_report(sources_of(runtime, present, Bar()), ask)
    text = _FORMS[form](made, look_of(invocation.settings))
    target = given["output"]
    if target is None:
        click.echo(text, nl=False)
    else:
        write_text(target, text)
        note(f"wrote {target}")


def present_of(runtime: Runtime) -> Present:
    """The present, with a word where it is only this machine's."""
    present = runtime.present()
    if present.doubt:
        note(f"time is this machine's, the helpdesk could not be asked: {present.doubt}")
    return present


def write_text(target: Path, text: str) -> None:
    """The whole text in the file, or what was there before."""
    from slaplugin.cli.writing import whole_file

    with whole_file(target) as made:
        made.write_text(text, encoding="utf-8", newline="")


def _form(given: Mapping[str, Any]) -> str:
    form = "json" if given["as_json"] else given["form"]
    if given["tickets"] and form != "csv":
        raise click.UsageError("--tickets lists rows: take --format csv (JSON has them all)")
    return "tickets" if given["tickets"] else str(form)


def _wish(invocation: Invocation, given: Mapping[str, Any]) -> Any:
    from slaplugin.app.history import Wanted
    from slaplugin.wiring.reports import Wish

    zone = invocation.settings.timezone
    since, until = (given[name] and moment(given[name], zone) for name in ("since", "until"))
    return Wish(
        per=given["per"],
        since=since,
        until=until,
        by=given["by"],
        parties=Wanted(customer=given["customer"], organization=given["organization"]),
        every_instance=given["tickets"],
    )


def _as_json(made: Report, _: Look) -> str:
    from slaplugin.report.service.document import document

    return json.dumps(document(made), indent=2, ensure_ascii=False) + "\n"


def _as_markdown(made: Report, look: Look) -> str:
    from slaplugin.report.service.markdown import markdown

    return markdown(made, look)


def _as_page(made: Report, look: Look) -> str:
    from slaplugin.report.service.page import service_page

    return service_page(made, look)


def _as_rows(made: Report, _: Look) -> str:
    from slaplugin.report.service.rows import FIELDS, rows

    return _csv(FIELDS, rows(made))


def _as_tickets(made: Report, _: Look) -> str:
    from slaplugin.report.service.rows import TICKET_FIELDS, ticket_rows

    return _csv(TICKET_FIELDS, ticket_rows(made))


def _csv(names: Iterable[str], found: Iterable[tuple[object, ...]]) -> str:
    from slaplugin.exports import Field, write_csv

    out = io.StringIO()
    write_csv(out, [Field(name) for name in names], found)
    return out.getvalue()


_FORMS: Mapping[str, Callable[[Report, Look], str]] = {
    "md": _as_markdown,
    "html": _as_page,
    "csv": _as_rows,
    "tickets": _as_tickets,
    "json": _as_json,
}
