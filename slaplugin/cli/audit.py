"""``slaplugin audit``: read, check and export the append-only history."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import Answer, emit
from slaplugin.cli.values import INSTANT, id_of
from slaplugin.report.times import iso

if TYPE_CHECKING:
    from slaplugin.store import SqliteStore

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")


_TICKET = click.option("--ticket", metavar="TICKET", help="Only this ticket's (number or id).")
_SINCE = click.option("--since", type=INSTANT, metavar="INSTANT", help="Only from then on.")


@click.group(epilog="Example: slaplugin audit verify")
def audit() -> None:
    """Read, check and export the append-only history."""


@audit.command(epilog="Example: slaplugin audit log --ticket 31001 --limit 20")
@_TICKET
@_SINCE
@click.option("--limit", type=click.IntRange(min=0), help="Only the latest so many.")
@_JSON
@pass_invocation
def log(
    invocation: Invocation, ticket: str | None, since: int | None, limit: int | None, as_json: bool
) -> None:
    """List the entries, oldest first."""
    with closing(_open(invocation)) as store:
        entries = _entries(store, ticket, since, limit)
        if as_json:
            emit({"entries": list(entries)})
            return
        for entry in entries:
            Answer().write(_line(entry) + "\n")


@audit.command(epilog="Example: slaplugin audit verify --head 5c0d…  (a head noted elsewhere)")
@click.option("--head", metavar="HASH", help="A head noted elsewhere that the chain must hold.")
@_JSON
@pass_invocation
def verify(invocation: Invocation, head: str | None, as_json: bool) -> int:
    """Check every link of the chain; ends with 1 if it does not hold.

    A head printed on a report, or noted by hand, also finds a chain that was cut off or rewritten.
    """
    outside = _hash(head)
    with closing(_open(invocation)) as store:
        found = store.verify(outside)
    if as_json:
        emit(asdict(found))
    elif found.verified:
        erased = f", {found.erased} of them erased" if found.erased else ""
        click.echo(f"verified: {found.entries} entries in {found.links} links{erased}")
        click.echo(f"head: {found.head or 'none yet'}")
    else:
        click.echo(f"NOT verified: {found.reason}")
        click.echo(f"{found.links} links before that hold; head: {found.head or 'none'}")
    return int(not found.verified)


@audit.command(epilog="Example: slaplugin audit export --format csv > history.csv")
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl")
@_TICKET
@_SINCE
@pass_invocation
def export(invocation: Invocation, form: str, ticket: str | None, since: int | None) -> None:
    """Write the entries to stdout as JSON Lines or CSV.

    `slaplugin export audit` does the same, and writes files and Parquet, too.
    """
    from slaplugin.cli.export import write_rows
    from slaplugin.store.exporting import Selection

    with closing(_open(invocation)) as store:
        write_rows(store, Selection("audit", since, ticket=id_of(store, ticket)), form)


def _open(invocation: Invocation) -> SqliteStore:
    from slaplugin.store import SqliteStore

    return SqliteStore.open_readonly(invocation.settings.store)


def _hash(text: str | None) -> str | None:
    if text is None:
        return None
    cleaned = text.strip().lower()
    if len(cleaned) != 64 or set(cleaned) - set("0123456789abcdef"):
        raise click.BadParameter(
            f"{text!r} is not a head: it has 64 hexadecimal digits, as `slaplugin audit verify`"
            " prints them",
            param_hint="--head",
        )
    return cleaned


def _entries(
    store: SqliteStore, ticket: str | None, since: int | None, limit: int | None
) -> Iterator[dict[str, Any]]:
    for entry in store.audit_log(ticket=id_of(store, ticket), since=since, limit=limit):
        yield {**entry, "at": iso(entry["at"])}


def _line(entry: Mapping[str, Any]) -> str:
    where = f"{entry['host']}#{entry['ticket']}" if entry["ticket"] else "-"
    payload = "(erased)" if entry["erased"] else json.dumps(entry["payload"], ensure_ascii=False)
    return f"{entry['entry']:>6}  {entry['at']}  {entry['kind']:<16} {where:<16} {payload}"
