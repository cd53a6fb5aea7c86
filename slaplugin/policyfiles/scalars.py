"""The small forms that values are written in: durations, shares, dates, wall times, instants."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from slaplugin.core.durations import parse_duration
from slaplugin.policyfiles.cursor import Cursor

_BUSINESS_DAYS = re.compile(r"(\d{1,5})bd")
_WALL = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_SHARE = re.compile(r"(\d{1,4}(?:\.\d{1,9})?)\s*%")
_LONGEST = 100 * 366 * 86400
_DURATION_FORMS = "write 90s, 30m, 4h or 1h30m"


def seconds_of(text: str, *, days: bool = False) -> int | None:
    """Seconds of ``1h30m``, ``0s``, ``-20s``; with ``days`` also ``14d`` (24 hours each)."""
    try:
        return parse_duration(text, allow_zero=True, allow_negative=True, allow_days=days)
    except ValueError:
        return None


def duration(at: Cursor, what: str, *, days: bool = False, zero: bool = False) -> int | None:
    """A duration in seconds, greater than zero unless ``zero`` allows it."""
    text = at.text(what)
    if text is None:
        return None
    total = seconds_of(text, days=days)
    if total is not None and abs(total) > _LONGEST:
        at.fail(f"{what} '{text}' is longer than a hundred years", _DURATION_FORMS)
        return None
    if total is None:
        at.fail(f"{what} '{text}' is no duration", _duration_hint(text, days=days))
        return None
    if total < 0 or (total == 0 and not zero):
        at.fail(f"{what} '{text}' must be longer than nothing", _DURATION_FORMS)
        return None
    return total


def _duration_hint(text: str, *, days: bool) -> str:
    if days:
        return "write 14d, 336h or 1h30m"
    if re.fullmatch(r"-?\d+", text):
        return f"a number needs its unit: {text}m or {text}h"
    number = re.match(r"(\d+)\s*d", text)
    if number:
        return f"a day of what? write {number[1]}bd (business days) or {int(number[1]) * 24}h"
    if re.search(r"\d\.\d", text):
        return "no fractions: write 1h30m for one and a half hours"
    return _DURATION_FORMS


def business_days(text: str) -> int | None:
    """N of ``Nbd``; None when the text has another form."""
    found = _BUSINESS_DAYS.fullmatch(text)
    return int(found[1]) if found else None


def share(at: Cursor, what: str) -> Fraction | None:
    """``99.9%`` as an exact fraction between 0 and 1 (policy-language §8)."""
    text = at.text(what)
    if text is None:
        return None
    found = _SHARE.fullmatch(text)
    if found is None or Fraction(found[1]) > 100:
        at.fail(f"{what} '{text}' is no share", "write a percentage from 0% to 100%, such as 99.9%")
        return None
    return Fraction(found[1]) / 100


def percentage(text: str) -> Fraction | None:
    """``75%`` as a fraction, without any bound; None when the text has another form."""
    found = _SHARE.fullmatch(text)
    return Fraction(found[1]) / 100 if found else None


def local_date(at: Cursor, what: str) -> date | None:
    """A local date, ``2026-03-01``."""
    text = at.text(what)
    if text is None:
        return None
    day = date_of(text)
    if day is None:
        at.fail(f"{what} '{text}' is no date", "write it as 2026-03-01")
    return day


def date_of(text: str) -> date | None:
    """The date of ``2026-03-01``; None for any other form or a day that does not exist."""
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def wall_seconds(text: str, *, end: bool = False) -> int | None:
    """Seconds after local midnight of ``09:00``; ``24:00`` only as an end (details 39)."""
    if end and text == "24:00":
        return 86400
    found = _WALL.fullmatch(text)
    return int(found[1]) * 3600 + int(found[2]) * 60 if found else None


def wall_text(seconds: int) -> str:
    """``09:00`` for seconds after some midnight; whole days count for nothing."""
    return f"{seconds % 86400 // 3600:02}:{seconds % 3600 // 60:02}"


def instant_ms(text: str) -> int | None:
    """UTC epoch milliseconds of an ISO 8601 instant with its offset; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86400 + since.seconds) * 1000 + since.microseconds // 1000


def instant(at: Cursor, what: str) -> int | None:
    """UTC epoch seconds of an instant; fractions of a second are cut off (rule R1)."""
    millis = instant_millis(at, what)
    return None if millis is None else millis // 1000


def instant_millis(at: Cursor, what: str) -> int | None:
    """UTC epoch milliseconds of an instant."""
    text = at.text(what)
    if text is None:
        return None
    millis = instant_ms(text)
    if millis is None:
        at.fail(
            f"{what} '{text}' is no instant with its offset",
            'write it as "2026-03-09T16:30:00+01:00"',
        )
    return millis


def amount(at: Cursor, what: str) -> Decimal | None:
    """A number that is not negative, exactly as written."""
    text = at.text(what)
    if text is None:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal(-1)
    if not number.is_finite() or number < 0:
        at.fail(f"{what} '{text}' is no amount", "write a number such as 1000 or 0.01")
        return None
    return number


def number_as_text(value: Any) -> Any:
    """A number, or the numbers of a list, as text; anything else as it is."""
    if isinstance(value, tuple):
        return tuple(number_as_text(item) for item in value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def whole_number(at: Cursor, what: str) -> int | None:
    """A whole number, zero or more."""
    value = at.value
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    at.fail(f"{what} must be a whole number, not '{at.shown}'")
    return None
