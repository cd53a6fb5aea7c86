"""``slaplugin store``: backup, restore and a look at the local store."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from slaplugin.app.errors import ConfigurationError
from slaplugin.cli.invocation import Invocation, pass_invocation
from slaplugin.cli.output import emit, with_doubt_told
from slaplugin.report.times import iso

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")


@click.group(epilog="Example: slaplugin store backup /var/backups/slaplugin.db")
def store() -> None:
    """Back up, restore and describe the local store; safe while another command runs."""


@store.command(epilog="Example: slaplugin store backup /var/backups/slaplugin.db")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_JSON
@pass_invocation
def backup(invocation: Invocation, file: Path, as_json: bool) -> None:
    """Copy the store into FILE, a new file, and check the copy.

    The copy holds one instant's state; whoever writes goes on meanwhile.
    """
    from slaplugin.store import SqliteStore, upkeep

    with closing(SqliteStore.open_readonly(invocation.settings.store)) as current:
        info = upkeep.backup(current, file)
    if as_json:
        emit(_document(info))
    else:
        click.echo(f"{file}: {info['size']} bytes, {info['tickets']} tickets, checked")


@store.command(epilog="Example: slaplugin store restore /var/backups/slaplugin.db")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_JSON
@pass_invocation
def restore(invocation: Invocation, file: Path, as_json: bool) -> None:
    """Put the backup FILE in the store's place; the file before it is kept beside it.

    Refused while another process is writing. Afterwards nothing is written or sent twice: marks
    found on the helpdesk are adopted. Who was forgotten since the backup is forgotten again.
    """
    from slaplugin.store import upkeep
    from slaplugin.wiring import Runtime
    from slaplugin.wiring.forgetting import forget_since

    settings, now = invocation.settings, _now(invocation)
    holder = f"restore on {socket.gethostname()} (process {os.getpid()})"
    done = upkeep.restore(settings.store, file, holder=holder, now=now)
    with Runtime(settings, lambda: invocation.registry) as runtime:
        people = forget_since(runtime, now)
    if as_json:
        head = {"aside": str(done.aside) if done.aside else None, "head_before": done.head_before}
        emit(_document({**head, "forgotten_again": people, **done.info}))
        return
    click.echo(f"{settings.store}: restored from {file}, {done.info['tickets']} tickets")
    if done.aside:
        click.echo(f"the file before it is {done.aside}")
    if people:
        click.echo(f"forgotten again: {people} customers who were since the backup")


def _now(invocation: Invocation) -> int:
    """The helpdesk's present, UTC epoch seconds: what fell due before it is not done again.

    By a clock of ours that is ahead, steps that are still to come would be left out, too.
    """
    from slaplugin.wiring import Present, Runtime

    settings = invocation.settings
    if settings.now is not None:
        return int(settings.now.timestamp())
    try:
        with Runtime(settings, lambda: invocation.registry) as runtime:
            present = runtime.present()
    except ConfigurationError as error:
        present = Present(int(time.time()), error.on_one_line)
    return with_doubt_told(present).at


@store.command(epilog="Example: slaplugin store info --json")
@_JSON
@pass_invocation
def info(invocation: Invocation, as_json: bool) -> int:
    """Size, contents and health of the store; ends with 1 if it is damaged."""
    from slaplugin.store import SqliteStore, upkeep

    with closing(SqliteStore.open_readonly(invocation.settings.store)) as current:
        found = upkeep.describe(current)
    if as_json:
        emit(_document(found))
    else:
        click.echo(_lines(found))
    return int(found["integrity"] != "ok")


def _document(info: Mapping[str, Any]) -> dict[str, Any]:
    document = dict(info)
    document["restored_at"] = iso(info["restored_at"])
    if lease := info["lease"]:
        document["lease"] = {"holder": lease["holder"], "until": iso(lease["until"])}
    return document


def _lines(info: Mapping[str, Any]) -> str:
    actions = ", ".join(f"{count} {status}" for status, count in info["actions"].items())
    lease = info["lease"]
    lines = {
        "store": f"{info['path']} ({info['size']} bytes, schema {info['schema']})",
        "tickets": f"{info['tickets']} ({info['open_tickets']} open, {info['held_tickets']} held)",
        "events": f"{info['events']} from the helpdesk, {info['observed_events']} observed,"
        f" {info['amendments']} amendments",
        "clocks": f"{info['instances']} instances",
        "actions": actions or "none",
        "policy sets": info["policy_sets"],
        "audit": f"{info['audit_entries']} entries in {info['audit_links']} links,"
        f" head {info['audit_head'] or 'none yet'}",
        "lease": f"{lease['holder']} until {iso(lease['until'])}" if lease else "free",
        "restored": iso(info["restored_at"]) or "never",
        "integrity": info["integrity"],
    }
    return "\n".join(f"{name + ':':<13}{value}" for name, value in lines.items())
