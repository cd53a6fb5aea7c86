"""Instants and the texts of notes and fields, as people read them (§8, Texts)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

_PLACE = re.compile(r"\{([a-z_]+)(:local)?\}")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def utc_text(at: int) -> str:
    """ISO 8601 in UTC with ``Z``; ``at`` in epoch seconds."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_INSTANTS = range(100_000_000, 10_000_000_000)
"""Epoch seconds from 1973 to 2286: a number of a field outside of it counts something."""


def field_value(value: Any) -> Any:
    """A custom field's value as documents have it: a date field's seconds as ISO 8601 with ``Z``.

    ``app.ports.Change`` carries date fields as UTC epoch seconds; a number far from any date is a
    number and stays one.
    """
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return utc_text(value) if is_number and value in _INSTANTS else value


def _local(at: int, zone: str) -> tuple[datetime, str]:
    moment = datetime.fromtimestamp(at, UTC if zone == "UTC" else ZoneInfo(zone))
    name = moment.tzname() or "UTC"
    return moment, f"UTC{name}" if name[0] in "+-" else name


def local_text(at: int, zone: str) -> str:
    """``Mon 2026-03-09 17:00 CET``: always with the zone's own abbreviation or its offset."""
    moment, name = _local(at, zone)
    return f"{_DAYS[moment.weekday()]} {moment:%Y-%m-%d %H:%M} {name}"


def short_local_text(at: int, zone: str, now: int) -> str:
    """``Tue 14:30 CET``; with the date where it is more than six days away."""
    moment, name = _local(at, zone)
    if abs(at - now) > 6 * 86400:
        return local_text(at, zone)
    return f"{_DAYS[moment.weekday()]} {moment:%H:%M} {name}"


def told_text(at: int, zone: str) -> str:
    """``Mon 2026-03-09 17:00 CET (UTC+1)``: for readers who may sit in another zone.

    Seconds are told where there are any; ``at`` in epoch seconds.
    """
    moment, name = _local(at, zone)
    time = f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"
    offset = "" if name.startswith("UTC") else f" ({_offset(moment)})"
    return f"{_DAYS[moment.weekday()]} {moment:%Y-%m-%d} {time} {name}{offset}"


def _offset(moment: datetime) -> str:
    """``UTC+1``, ``UTC-3:30``, ``UTC+0``."""
    minutes = int((moment.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


_ISO = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def told_in(zone: str, text: str) -> str:
    """A sentence of ours with its UTC instants as :func:`told_text` has them."""
    return _ISO.sub(lambda found: told_text(_epoch(found[0]), zone), text)


def _epoch(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def fill(template: str, values: Mapping[str, Any], instants: Mapping[str, int], zone: str) -> str:
    """Replace ``{name}`` and ``{instant:local}``; a name without a value becomes nothing.

    Anything in braces that is no known name stays as it is.
    """

    def replace(match: re.Match[str]) -> str:
        name, local = match.group(1), match.group(2)
        if name in instants:
            at = instants[name]
            return local_text(at, zone) if local else utc_text(at)
        if name not in values:
            return match.group(0)
        value = values[name]
        return "" if value is None else str(value)

    return _PLACE.sub(replace, template)
