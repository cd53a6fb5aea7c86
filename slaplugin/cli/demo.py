"""``slaplugin demo``: the whole product on a bundled helpdesk, without a network."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import mkdtemp

import click

from slaplugin.app.errors import ConfigurationError
from slaplugin.cli.exits import DONE


@click.command(epilog="Example: slaplugin demo --keep")
@click.option("--keep", is_flag=True, help="Leave everything running; Ctrl-C ends it.")
@click.option("--dir", "directory", metavar="DIR", help="A new folder to keep its files in.")
@click.option("--seed", default=1, show_default=True, help="Another seed tells another month.")
@click.option("--port", default=0, help="Of the helpdesk; default: a free one.")
@click.option(
    "--days",
    type=click.IntRange(1, 30),
    default=6,
    show_default=True,
    help="Of the month for which cycles run; the time before is there when it begins.",
)
def demo(keep: bool, directory: str | None, seed: int, port: int, days: int) -> int:
    """Show it all on a bundled demo helpdesk: a month of tickets, judged and acted upon.

    The helpdesk speaks Zammad's API over HTTP on this machine; nothing leaves it. Your own
    settings are not read.
    """
    from slaplugin.cli.showcase import Showcase, furnished
    from slaplugin.demo.demo import start_demo

    folder = _folder(directory)
    started = time.monotonic()
    with start_demo(folder / "helpdesk.db", seed=seed, port=port) as helpdesk:
        click.echo(f"Demo helpdesk at {helpdesk.url}, files in {folder}")
        with Showcase(furnished(folder, helpdesk), helpdesk) as showcase:
            reports = showcase.play(days)
            showcase.tell(reports, time.monotonic() - started)
            if keep:
                showcase.keep_running()
    return DONE


def _folder(directory: str | None) -> Path:
    if directory is None:
        return Path(mkdtemp(prefix="slaplugin-demo-"))
    folder = Path(directory).expanduser().absolute()
    if folder.exists() and any(folder.iterdir()):
        raise ConfigurationError(f"{folder} is not empty; name a new folder for the demo's files")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
