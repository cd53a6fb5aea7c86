"""Instants and durations as text. Instants come in as UTC epoch seconds, durations as seconds."""

from __future__ import annotations

import re
from datetime import datetime, tzinfo

from slaplugin.core.texts import utc_text

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def iso(at: int | None) -> str | None:
    """ISO 8601 in UTC with ``Z``, as every JSON document has it; None stays None."""
    return None if at is None else utc_text(at)


def iso_ms(at_ms: int) -> str:
    """Like :func:`iso` for an event's milliseconds, written only where there are any."""
    seconds, rest = divmod(at_ms, 1000)
    text = utc_text(seconds)
    return f"{text.removesuffix('Z')}.{rest:03d}Z" if rest else text


def day(at: int, zone: tzinfo) -> str:
    """``Tue 10 Mar``."""
    local = datetime.fromtimestamp(at, zone)
    return f"{WEEKDAYS[local.weekday()]} {local.day:02d} {MONTHS[local.month - 1]}"


def clock_time(at: int, zone: tzinfo) -> str:
    """``10:30``, or ``10:30:05`` where the seconds are not zero."""
    local = datetime.fromtimestamp(at, zone)
    return local.strftime("%H:%M:%S" if local.second else "%H:%M")


def short(at: int, zone: tzinfo, year: int | None = None) -> str:
    """``Tue 10 Mar 10:30``: the zone is named elsewhere on the page.

    ``year`` is the one that goes without saying: ``Mon 03 Nov 2025 10:00`` lies in another.
    """
    own = datetime.fromtimestamp(at, zone).year
    said = "" if year in (None, own) else f" {own}"
    return f"{day(at, zone)}{said} {clock_time(at, zone)}"


def full(at: int, zone: tzinfo) -> str:
    """``Tue 10 Mar 2026 10:30 CET``: stands alone."""
    local = datetime.fromtimestamp(at, zone)
    return f"{day(at, zone)} {local.year} {clock_time(at, zone)} {local.tzname()}"


def interval(start: int, end: int, zone: tzinfo, year: int | None = None) -> str:
    """``Mon 09 Mar 16:30 - 17:00``; the second day is named where it is another."""
    first, last = (datetime.fromtimestamp(at, zone).date() for at in (start, end))
    until = clock_time(end, zone) if first == last else short(end, zone, year)
    return f"{short(start, zone, year)} - {until}"


_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def localized(text: str, zone: tzinfo, year: int | None = None) -> str:
    """A sentence with its UTC instants as :func:`short` has them, on a page that names the zone."""
    return _INSTANT.sub(lambda found: short(parsed(found[0]), zone, year), text)


def parsed(text: str) -> int:
    """UTC epoch seconds of what :func:`iso` writes."""
    return int(datetime.fromisoformat(text).timestamp())


def duration(seconds: int) -> str:
    """``1h 50m``, ``30m``, ``45s``, ``-2h 05m``; hours are never turned into days, because a day
    of what calendar?"""
    sign = "-" if seconds < 0 else ""
    hours, rest = divmod(abs(seconds), 3600)
    minutes, secs = divmod(rest, 60)
    if hours:
        text = f"{hours}h" + (f" {minutes:02d}m" if minutes or secs else "")
    else:
        text = f"{minutes}m" if minutes else ""
    if secs or not text:
        text = f"{text} {secs:02d}s" if text else f"{secs}s"
    return sign + text


def target_text(target: int | str | None) -> str:
    """``4h``, ``2bd``, ``by 12:00`` or ``no target``."""
    if target is None:
        return "no target"
    return duration(target) if isinstance(target, int) else target
