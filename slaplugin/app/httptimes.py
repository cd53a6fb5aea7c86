"""What the headers of an HTTP answer say about time: dates, and how long to wait."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime


def instant_of(date: str | None) -> float | None:
    """UTC epoch seconds of an HTTP date; None where there is none or it cannot be read."""
    try:
        stamp = parsedate_to_datetime(date or "")
    except (TypeError, ValueError):
        return None
    return (stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC)).timestamp()


def asked_to_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds of ``Retry-After``; None where it is missing or cannot be read.

    A date in it is held against the answer's own ``Date``: our wall clock may be wrong.
    """
    text = (headers.get("Retry-After") or "").strip()
    if text.isascii() and text.isdigit():
        return float(text)
    until, sent = instant_of(text), instant_of(headers.get("Date"))
    return None if until is None or sent is None else max(0.0, until - sent)
