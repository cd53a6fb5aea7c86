"""Open time by quarters of an hour, and periods of the calendar by ``zoneinfo``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import cache
from itertools import accumulate
from zoneinfo import ZoneInfo

MINUTE, QUARTER, HOUR, DAY = 60, 900, 3600, 86400
BEGIN = int(datetime.fromisoformat("2025-12-29T00:00:00+00:00").timestamp())
END = BEGIN + 190 * DAY
"""Whole months and quarters: America puts its clocks forward on March 8, Europe on March 29."""
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"
CLOSED = {date(2026, 3, 19), date(2026, 4, 3), date(2026, 4, 6)}
"""Exceptions of the office in Berlin."""


def _office(local: datetime) -> bool:
    if local.date() in CLOSED:
        return False
    now = local.hour * 60 + local.minute
    if local.weekday() == 5:
        return 10 * 60 <= now < 12 * 60
    return local.weekday() < 5 and (540 <= now < 720 or 780 <= now < 1050)


def _nyc(local: datetime) -> bool:
    now = local.hour * 60 + local.minute
    return local.weekday() < 5 and 9 * 60 <= now < 17 * 60 + 15


def _night(local: datetime) -> bool:
    """From 22 to 6, a shift of the day on which it begins: not on the nights to Sat and Sun."""
    if local.hour >= 22:
        return local.weekday() < 5
    return local.hour < 6 and (local - timedelta(days=1)).weekday() < 5


CALENDARS = {
    "office": (BERLIN, _office),
    "nyc": (NEW_YORK, _nyc),
    "night": (BERLIN, _night),
    "24x7": ("UTC", lambda _: True),
}
YAML = """\
calendars:
  office:
    timezone: Europe/Berlin
    hours: {mon-fri: "09:00-12:00, 13:00-17:30", sat: "10:00-12:00"}
    exceptions: {2026-03-19: closed, 2026-04-03: closed, 2026-04-06: closed}
  nyc: {timezone: America/New_York, hours: {mon-fri: "09:00-17:15"}}
  night: {timezone: Europe/Berlin, hours: {mon-fri: "22:00-06:00"}}
"""
"""The same for the program."""


@cache
def _quarters(calendar: str) -> bytes:
    """One byte for each quarter of an hour: on these the calendars open and close."""
    zone, opens = CALENDARS[calendar]
    local = ZoneInfo(zone)
    return bytes(opens(datetime.fromtimestamp(at, local)) for at in range(BEGIN, END, QUARTER))


@cache
def _up_to(any_of: frozenset[str], also: str) -> list[int]:
    """Open seconds from the beginning up to each quarter."""
    one = zip(*(_quarters(name) for name in any_of), strict=True)
    both = (
        QUARTER * (any(each) and other) for each, other in zip(one, _quarters(also), strict=True)
    )
    return list(accumulate(both, initial=0))


def open_seconds(calendar: str, start: int, end: int) -> int:
    """Seconds of [start, end) in which a calendar is open."""
    return common_seconds({calendar}, "24x7", start, end)


def common_seconds(any_of: Iterable[str], also: str, start: int, end: int) -> int:
    """Seconds of [start, end) in which one of some calendars is open, and another as well."""
    sums = _up_to(frozenset(any_of), also)
    return _before(sums, end - BEGIN) - _before(sums, start - BEGIN) if start < end else 0


def _before(sums: list[int], seconds: int) -> int:
    quarter, rest = divmod(seconds, QUARTER)
    return sums[quarter] + (min(rest, sums[quarter + 1] - sums[quarter]) if rest else 0)


def is_open(calendar: str, at: int) -> bool:
    return bool(_quarters(calendar)[(at - BEGIN) // QUARTER])


def day_of(zone: str, at: int) -> date:
    return datetime.fromtimestamp(at, ZoneInfo(zone)).date()


def period(per: str | None, zone: str, at: int) -> str | None:
    """The label of the period that holds an instant; None of all time."""
    day = day_of(zone, at)
    if per == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    if per == "quarter":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    return None if per is None else day.isoformat()[: {"month": 7, "year": 4, "day": 10}[per]]


@cache
def spans(per: str, zone: str) -> dict[str, tuple[int, int]]:
    """Every period that touches the time looked at, within it: label -> [start, end)."""
    found: dict[str, tuple[int, int]] = {}
    for hour in range(BEGIN, END, HOUR):
        label = period(per, zone, hour) or ""
        found[label] = (found.get(label, (hour, 0))[0], hour + HOUR)
    return found


def midnights(zone: str) -> Iterator[tuple[date, int]]:
    """Each local day with the instant at which it ends."""
    for label, (_, end) in spans("day", zone).items():
        yield date.fromisoformat(label), end


def week_hour(zone: str, at: int) -> int:
    local = datetime.fromtimestamp(at, ZoneInfo(zone))
    return local.weekday() * 24 + local.hour
