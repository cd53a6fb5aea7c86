"""Long work on a terminal: a bar on stderr, so that stdout stays the answer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar with rate and time left on stderr; silent where that is no terminal.

    Yields a function that is told how much more was done.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=total, rate="")

        def advance(done: int) -> None:
            shown.advance(task, done)
            speed = shown.tasks[0].speed
            shown.update(task, rate=f"{speed:.0f}/s" if speed else "")

        yield advance


class Bar:
    """A progress bar on stderr, as the application's ``Progress`` port has it."""

    def __init__(self) -> None:
        self._open = ExitStack()
        self._advance: Callable[[int], None] = lambda _: None

    def begin(self, what: str, total: int | None) -> None:
        """Show the bar; ``total`` None: nobody knows how much there is."""
        self._advance = self._open.enter_context(progress(what, total))

    def advance(self, done: int = 1) -> None:
        """So much more is done."""
        self._advance(done)

    def end(self) -> None:
        """Take the bar away."""
        self._open.close()
