"""Faults on order, so that a client's behaviour under them can be tested."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """What can go wrong with an answer.

    `too_many_requests` 429 with Retry-After; `server_error` 500 with an HTML page; `html` 200 with
    an HTML page; `half` a body cut off in the middle; `wrong_json` a body that is no JSON;
    `hidden` 403 for the record; `lost_owner` a write of an owner that is silently dropped;
    `refused` 401 as for a token that does not count any more; `reset` the connection torn down
    without an answer and with nothing done; `unanswered` the same after everything was done; `slow`
    the right answer, later.
    """

    TOO_MANY_REQUESTS = "too_many_requests"
    SERVER_ERROR = "server_error"
    HTML = "html"
    HALF = "half"
    WRONG_JSON = "wrong_json"
    HIDDEN = "hidden"
    LOST_OWNER = "lost_owner"
    REFUSED = "refused"
    RESET = "reset"
    UNANSWERED = "unanswered"
    SLOW = "slow"


@dataclass(slots=True)
class Fault:
    """A fault for the next requests that fit.

    `path` is a regular expression searched in the request's path, `method` empty means any.
    `after` requests that fit pass first, then `times` are spoilt (0: all of them until cleared).
    `retry_after` is in seconds, `delay` (of `slow`) in milliseconds.
    """

    kind: FaultKind
    path: str = "/api/v1/"
    method: str = ""
    times: int = 1
    after: int = 0
    retry_after: int = 1
    delay: int = 20


class Faults:
    """The faults in force; each request takes at most the first that fits."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Put a fault in force."""
        re.compile(fault.path)
        with self._lock:
            self._pending.append(fault)

    def clear(self) -> None:
        """Everything works again."""
        with self._lock:
            self._pending.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault for this request, used up by one; None when the request shall work."""
        with self._lock:
            for fault in self._pending:
                if _fits(fault, method, path):
                    return self._use(fault)
        return None

    def _use(self, fault: Fault) -> Fault | None:
        if fault.after > 0:
            fault.after -= 1
            return None
        if fault.times == 1:
            self._pending.remove(fault)
        elif fault.times > 1:
            fault.times -= 1
        return fault


def _fits(fault: Fault, method: str, path: str) -> bool:
    return fault.method.upper() in ("", method) and re.search(fault.path, path) is not None
