"""The host's spelling of values: references, times, query literals (facts 3 and 4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

Record = Mapping[str, Any]
"""One JSON object of the host."""


def seconds(text: Any) -> int | None:
    """UTC epoch seconds of ``2026-03-02T09:12:00Z`` or of SQL's ``2026-03-02 09:12:00``.

    None for empty and for 1970, which the host writes where a date was never set.
    """
    if not isinstance(text, str) or not text:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) or None


def stamp(text: Any) -> int:
    """UTC epoch milliseconds of a date that must be there; ValueError where it is not."""
    at = seconds(text)
    if at is None:
        raise ValueError(f"no date: {text!r}")
    return at * 1000


def sql_time(at: int) -> str:
    """``YYYY-MM-DD HH:MM:SS``, the only spelling whose time part the host reads (facts 3)."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}"


def literal(text: str) -> str:
    """A quoted TicketSQL literal."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def either(field: str, values: list[str]) -> str:
    """``field=a OR field=b`` for numbers: TicketSQL has no IN (facts 3)."""
    return " OR ".join(f"{field}={int(value)}" for value in values)


def ref(value: Any) -> str | None:
    """The id behind a reference: people by login, all else by number as text; None for none."""
    found = value.get("id") if isinstance(value, Mapping) else value
    return None if found in (None, "") else str(found)


def refs(value: Any) -> tuple[str, ...]:
    """The ids behind a list of references (a role with several members)."""
    if not isinstance(value, list):
        value = [value]
    return tuple(found for found in map(ref, value) if found is not None)


def whole(text: Any) -> int | None:
    """A whole number given as text; None for anything else."""
    try:
        return int(str(text))
    except ValueError:
        return None
