"""Times as the database keeps them (UTC milliseconds) and as Zammad writes them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from slaplugin.demo.clock import epoch_ms

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ZONE = re.compile(r"(Z|[+-]\d\d:?\d\d)$")


def instant(ms: int) -> datetime:
    """The aware UTC instant of `ms` milliseconds since the epoch."""
    return _EPOCH + timedelta(milliseconds=ms)


def iso(ms: int) -> str:
    """`2026-10-19T13:00:00.202Z`, the form of every time in a JSON answer (live facts 2)."""
    return instant(ms).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"


def ruby_text(ms: int | None) -> str:
    """`2026-10-14 08:00:00 UTC`, the form of times in history values; empty when unset."""
    return "" if ms is None else instant(ms).strftime("%Y-%m-%d %H:%M:%S UTC")


def parse(text: object, *, zone_ignored: bool = False) -> int | None:
    """Milliseconds of a time as clients send it, or None when it is not one.

    Offsets are converted; a time without one is UTC (live facts 6). With `zone_ignored` the
    suffix is cut off instead, as PostgreSQL does in a condition (facts 2.3).
    """
    if not isinstance(text, str) or not text.strip():
        return None
    cleaned = text.strip().removesuffix(" UTC")
    if zone_ignored:
        cleaned = _ZONE.sub("", cleaned)
    try:
        value = datetime.fromisoformat(cleaned)
    except ValueError:
        return None
    return epoch_ms(value if value.tzinfo else value.replace(tzinfo=UTC))


def day(text: object) -> str | None:
    """`YYYY-MM-DD` when `text` is a calendar date, else None."""
    try:
        return date.fromisoformat(text).isoformat() if isinstance(text, str) else None
    except ValueError:
        return None
