"""Long work on a terminal: a bar on stderr, so that stdout stays the answer."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A progress bar with rate and time left on stderr; silent where that is no terminal.

    Yields a function that is told how much more was done.
    """
    bar = Bar()
    bar.begin(what, total)
    try:
        yield bar.advance
    finally:
        bar.end()


class Reckoning:
    """How fast it goes and how long it takes yet, from a count and from what is known of the rest.

    Instants are seconds on any clock that only goes forward.
    """

    def __init__(self, start: float, total: int | None = None) -> None:
        self._start = start
        self.total = total
        self.done = 0
        self._share: tuple[float, float, float] | None = None
        """The first share that was told and when, and the latest."""

    def advance(self, done: int) -> None:
        """So much more is done."""
        self.done += done

    def expect(self, left: int) -> None:
        """So much is still to come."""
        self.total = self.done + left

    def reached(self, share: float, now: float) -> None:
        """So much is behind us, 0 to 1; a run that was resumed begins in the middle."""
        first, since, _ = self._share or (share, now, share)
        self._share = (first, since, share)

    @property
    def share(self) -> float | None:
        """How much is behind us, 0 to 1; None: nobody knows."""
        if self.total is not None:
            return self.done / self.total if self.total else 1.0
        return self._share[2] if self._share else None

    def rate(self, now: float) -> float | None:
        """How much per second so far."""
        spent = now - self._start
        return self.done / spent if self.done and spent > 0 else None

    def left(self, now: float) -> float | None:
        """Seconds until the end; None: nobody knows yet."""
        if self.total is not None:
            rate = self.rate(now)
            return (self.total - self.done) / rate if rate else None
        if self._share is None:
            return None
        first, since, latest = self._share
        gone = latest - first
        return (1 - latest) * (now - since) / gone if gone > 0 else None


class Bar:
    """A progress bar on stderr, as the application's ``Progress`` port has it, ``Reach`` included.

    ``monotonic`` gives seconds on a clock that only goes forward.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._open = ExitStack()
        self._monotonic = monotonic
        self._reckoning = Reckoning(monotonic())
        self._show: Callable[[Reckoning, float], None] = lambda *_: None

    def begin(self, what: str, total: int | None) -> None:
        """Show the bar; ``total`` None: nobody knows how much there is."""
        self._reckoning = Reckoning(self._monotonic(), total)
        if sys.stderr.isatty():
            self._show = self._open.enter_context(_shown(what))

    def advance(self, done: int = 1) -> None:
        """So much more is done."""
        self._reckoning.advance(done)
        self._tell()

    def expect(self, left: int) -> None:
        """So many are still to come, says the helpdesk."""
        self._reckoning.expect(left)
        self._tell()

    def reached(self, share: float) -> None:
        """So much of the range is behind us, 0 to 1, by its dates."""
        self._reckoning.reached(share, self._monotonic())
        self._tell()

    def end(self) -> None:
        """Take the bar away."""
        self._open.close()
        self._show = lambda *_: None

    def _tell(self) -> None:
        self._show(self._reckoning, self._monotonic())


@contextmanager
def _shown(what: str) -> Iterator[Callable[[Reckoning, float], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[told]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, told="")

        def show(reckoning: Reckoning, now: float) -> None:
            share = reckoning.share
            total = None if share is None else 1.0
            bar.update(task, total=total, completed=share or 0.0, told=told(reckoning, now))

        yield show


def told(reckoning: Reckoning, now: float) -> str:
    """``1200/5000  85/s  0:00:44 left``, as far as it is known."""
    share, rate, left = reckoning.share, reckoning.rate(now), reckoning.left(now)
    whole = f"/{reckoning.total}" if reckoning.total is not None else ""
    parts = [f"{reckoning.done}{whole}"]
    if share is not None and not whole:
        parts.append(f"{share:.0%} of the range")
    if rate is not None:
        parts.append(f"{rate:.0f}/s" if rate >= 10 else f"{rate:.1f}/s")
    if left is not None:
        minutes, seconds = divmod(round(left), 60)
        parts.append(f"{minutes // 60}:{minutes % 60:02}:{seconds:02} left")
    return "  ".join(parts)
