"""``slaplugin export``: the store's rows for people's own tools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import Answer, note
from slaplugin.cli.values import MOMENT, id_of, moment

if TYPE_CHECKING:
    from slaplugin.exports import Field
    from slaplugin.store import SqliteStore
    from slaplugin.store.exporting import Selection

TABLES = ("tickets", "clocks", "events", "actions", "audit", "policy_sets")
FORMATS = ("jsonl", "csv", "parquet")


@click.command(epilog="Example: slaplugin export clocks --format csv --output clocks.csv")
@click.argument("table", type=click.Choice(TABLES))
@click.option("--format", "form", type=click.Choice(FORMATS), default="jsonl", show_default=True)
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file instead of stdout; Parquet needs one.",
)
@click.option("--since", metavar="D", type=MOMENT, help="First day or instant.")
@click.option("--until", metavar="D", type=MOMENT, help="Up to before this day or instant.")
@click.option("--ticket", metavar="TICKET", help="Only this ticket's (number or id).")
@pass_invocation
def export(invocation: Invocation, /, table: str, **given: Any) -> None:
    """Write rows of the store as JSON Lines, CSV or Parquet.

    The same rows and columns as the SQL views sla_tickets, sla_clocks … of the store's file.
    Instants are UTC; days of --since and --until are those of the `timezone` setting, and look at
    a ticket's creation, a clock's start, an event's or action's instant.
    """
    from slaplugin.wiring import Runtime

    form, target = given["form"], given["output"]
    if form == "parquet" and target is None:
        raise click.UsageError("Parquet is no text: name a file with --output FILE")
    with Runtime(invocation.settings, lambda: invocation.registry) as runtime:
        store = runtime.view
        selection = _selection(invocation, store, table, given)
        if target is None:
            write_rows(store, selection, form)
            return
        number = _write_file(store, selection, form, target)
    note(f"{target}: {number} rows")


def _selection(
    invocation: Invocation, store: SqliteStore, table: str, given: Mapping[str, Any]
) -> Selection:
    from slaplugin.store.exporting import Selection

    zone, ticket = invocation.settings.timezone, given["ticket"]
    since, until = (given[name] and moment(given[name], zone) for name in ("since", "until"))
    if ticket is not None and table == "policy_sets":
        raise click.UsageError("policy sets belong to no ticket: leave --ticket out")
    return Selection(table, since, until, id_of(store, ticket))


def _fields(selection: Selection) -> list[Field]:
    from slaplugin.exports import Field

    return [Field(column.name, column.type) for column in selection.view.columns]


def write_rows(store: SqliteStore, selection: Selection, form: str) -> None:
    """The rows on stdout, as ``jsonl`` or ``csv``."""
    from slaplugin.exports import write_csv, write_jsonl
    from slaplugin.store.exporting import exported

    write = {"jsonl": write_jsonl, "csv": write_csv}[form]
    write(Answer(is_json=form == "jsonl"), _fields(selection), exported(store, selection))


def _write_file(store: SqliteStore, selection: Selection, form: str, target: Path) -> int:
    from slaplugin.exports import write_csv, write_jsonl
    from slaplugin.store.exporting import count
    from slaplugin.wiring.files import whole_file

    total = count(store, selection)
    fields = _fields(selection)
    with whole_file(target) as made:
        rows = _counted(store, selection, total)
        if form == "parquet":
            from slaplugin.exports.parquet import write_parquet

            write_parquet(made, fields, rows)
        else:
            with made.open("w", encoding="utf-8", newline="") as out:
                {"jsonl": write_jsonl, "csv": write_csv}[form](out, fields, rows)
    return total


def _counted(store: SqliteStore, selection: Selection, total: int) -> Iterator[tuple[Any, ...]]:
    """The rows, with a bar on the terminal."""
    from slaplugin.cli.progress import progress
    from slaplugin.store.exporting import exported

    with progress(f"Writing {selection.table}", total) as advance:
        for row in exported(store, selection):
            yield row
            advance(1)
