"""``report --close`` and ``--sealed``: figures that stay as they are."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from slaplugin.app.errors import ConfigurationError
from slaplugin.cli.output import Answer, note, present_of

if TYPE_CHECKING:
    from slaplugin.app.reporting.sealed import Seal
    from slaplugin.core.periods import CalendarPeriod
    from slaplugin.wiring import Runtime


def close(runtime: Runtime, given: Mapping[str, Any]) -> None:
    """Close a period and write its document. ConfigurationError, LeaseHeldError, StoreError."""
    from slaplugin.app.reporting.sealing import Closing, close_period
    from slaplugin.wiring import options_of
    from slaplugin.wiring.reports import ReportOptions, books_for_closing, parties_of

    period = _period(given["close"])
    closing = Closing(
        period=period,
        who=given["who"] or getpass.getuser(),
        by=parties_of(ReportOptions(statements_by=given["statements_by"])),
        unfinished=given["unfinished"],
        holder=options_of(runtime.settings).holder,
    )
    books = books_for_closing(runtime, present_of(runtime))
    with _opened(given["output"]) as put:
        seal = close_period(books, closing)
        note(f"closed {seal.period}: SHA-256 {seal.hash}")
        put(seal)


def print_sealed(runtime: Runtime, given: Mapping[str, Any]) -> None:
    """Write the document of a closed period once more."""
    label = _period(given["sealed"]).label
    seal = runtime.view.seal(runtime.settings.host_key, label)
    if seal is None:
        raise ConfigurationError(
            f"{label} is not closed: slaplugin report --close {label} does it once it is over"
        )
    with _opened(given["output"]) as put:
        put(seal)


@contextmanager
def _opened(target: Path | None) -> Iterator[Callable[[Seal], object]]:
    """Takes the bytes and nothing else: their SHA-256 is the one in the audit chain.

    A place that cannot be written to is told at once: nobody closes a period twice.
    """
    if target is None:
        yield _print
        return
    from slaplugin.wiring.files import whole_file

    with whole_file(target) as made:
        yield lambda seal: made.write_bytes(seal.document)
    note(f"wrote {target}")


def _print(seal: Seal) -> None:
    if sys.stdout.isatty():
        Answer(is_json=True).write(seal.document.decode())
    else:
        click.echo(seal.document, nl=False)


def _period(text: str) -> CalendarPeriod:
    from slaplugin.core.periods import parse_period

    try:
        return parse_period(text)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
