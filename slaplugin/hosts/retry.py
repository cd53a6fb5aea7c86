"""Waiting between attempts: urllib3's ``Retry`` with a clock and a patience of our own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from urllib3.util.retry import Retry

from slaplugin.app.httptimes import asked_to_wait

if TYPE_CHECKING:
    from urllib3.response import BaseHTTPResponse

BUSY = (429, 502, 503)
"""Answers that mean: the same request again, later."""


class OutOfPatienceError(Exception):
    """The wait that the host asks for is longer than we are willing to wait. Never leaves here."""

    def __init__(self, seconds: float, status: int | None) -> None:
        self.seconds = seconds
        self.status = status
        super().__init__(f"asked to wait {seconds:.0f} s")


@dataclass
class Patience:
    """Sleeps for the transport, until the deadline of the request under way.

    ``attempts`` counts repeated requests; ``deadline`` is on the monotonic clock, in seconds.
    """

    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    longest_wait: float
    deadline: float = 0.0
    attempts: int = 0

    def wait(self, seconds: float, status: int | None) -> None:
        """Sleep, or raise :class:`OutOfPatienceError` when that would take too long."""
        if seconds > self.longest_wait or self.monotonic() + seconds > self.deadline:
            raise OutOfPatienceError(seconds, status)
        self.attempts += 1
        if seconds > 0:
            self.sleep(seconds)


class PatientRetry(Retry):
    """``Retry`` whose waits go through :class:`Patience` instead of ``time.sleep``."""

    def __init__(self, *args: Any, patience: Patience, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.patience = patience

    def new(self, **kwargs: Any) -> PatientRetry:
        """A copy with other counters (urllib3 calls it after each attempt)."""
        return super().new(patience=self.patience, **kwargs)

    def sleep(self, response: BaseHTTPResponse | None = None) -> None:
        """Wait for ``Retry-After`` where the answer has one, else for the growing backoff."""
        asked = asked_to_wait(response.headers) if response is not None else None
        seconds = self.get_backoff_time() if asked is None else asked
        self.patience.wait(seconds, None if response is None else response.status)


def repeating(patience: Patience, retries: int) -> PatientRetry:
    """Busy answers ``retries`` times, a broken connection once, on a fresh one; any method."""
    return PatientRetry(
        total=retries + 1,
        connect=1,
        read=1,
        status=retries,
        other=0,
        redirect=0,
        status_forcelist=BUSY,
        allowed_methods=None,
        backoff_factor=0.5,
        raise_on_status=False,
        respect_retry_after_header=True,
        patience=patience,
    )


def once(patience: Patience) -> PatientRetry:
    """No second attempt: for what must not happen twice."""
    return PatientRetry(total=0, raise_on_status=False, patience=patience)
