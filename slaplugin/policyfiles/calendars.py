"""The ``calendars:`` section (policy-language §2, details 27 and 39)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from slaplugin.core.calendars import ALWAYS, CalendarSpec, CalendarVersion, Interval, Span
from slaplugin.policyfiles.closeddays import ClosedDates, UnknownHolidayError
from slaplugin.policyfiles.cursor import Cursor, suggestion
from slaplugin.policyfiles.ics import IcsDates, IcsError
from slaplugin.policyfiles.scalars import date_of, local_date, wall_seconds, wall_text

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = 86400
_WEEK = 7 * _DAY
VERSION_KEYS = frozenset({"timezone", "hours", "holidays", "exceptions", "ics", "from"})
UNION_KEYS = frozenset({"union", "timezone"})
_HOURS_FORM = 'write "09:00-12:00, 13:00-17:00" or closed'

Week = list[list[Interval]]


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=256)
def _zone_exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return False
    return True


def parse_calendar(
    name: str, at: Cursor, names: Collection[str], closed: ClosedDates
) -> CalendarSpec | None:
    """One calendar; ``names`` are all calendars of the set."""
    if name == ALWAYS:
        at.fail_key(f"'{ALWAYS}' always exists and cannot be defined", "choose another name")
        return None
    if at.is_table and "union" in at:
        return _union(name, at, names)
    before = len(at.findings.errors)
    versions = _versions(name, at, closed)
    if len(at.findings.errors) == before and not _ever_open(versions):
        at.fail_key(
            f"calendar '{name}' has no open time",
            'give it hours, such as hours: {mon-fri: "09:00-17:00"}, or use 24x7',
        )
    return CalendarSpec(name=name, versions=versions)


def _ever_open(versions: tuple[CalendarVersion, ...]) -> bool:
    return any(any(version.hours) or any(version.exceptions.values()) for version in versions)


# ---------------------------------------------------------------------- unions


def _union(name: str, at: Cursor, names: Collection[str]) -> CalendarSpec:
    fields = at.fields("a union of calendars", UNION_KEYS)
    members: list[str] = []
    for item in fields["union"].items("union"):
        member = item.text("a calendar of the union")
        if member is None:
            continue
        if member == name:
            item.fail(f"calendar '{name}' is a union of itself", "leave it out")
        elif known_calendar(item, member, names):
            members.append(member)
    if fields["union"].is_list and not fields["union"].items("union"):
        fields["union"].fail("a union needs calendars", "write union: [berlin, sydney]")
    zone = zone_name(fields["timezone"]) if "timezone" in fields else None
    return CalendarSpec(name=name, members=tuple(members), zone=zone)


def known_calendar(at: Cursor, name: str, names: Collection[str]) -> bool:
    """Whether the calendar exists; reports with the nearest name if not."""
    if name == ALWAYS or name in names:
        return True
    at.fail(f"unknown calendar '{name}'", suggestion(name, {*names, ALWAYS}))
    return False


def report_circles(specs: Mapping[str, CalendarSpec], places: Mapping[str, Cursor]) -> None:
    """Refuse unions that contain themselves by way of others (details 27)."""
    reported: set[str] = set()
    for name in specs:
        circle = _circle(name, specs, ())
        if circle and not reported & set(circle):
            reported |= set(circle)
            places[name].fail_key(
                f"calendar '{name}' is a union of itself: {' -> '.join(circle)}",
                "take one of them out of the union",
            )


def _circle(
    name: str, specs: Mapping[str, CalendarSpec], path: tuple[str, ...]
) -> tuple[str, ...] | None:
    if name in path:
        return (*path[path.index(name) :], name)
    spec = specs.get(name)
    if spec is None:
        return None
    for member in spec.members:
        found = _circle(member, specs, (*path, name))
        if found:
            return found
    return None


# ---------------------------------------------------------------------- versions


def _versions(name: str, at: Cursor, closed: ClosedDates) -> tuple[CalendarVersion, ...]:
    if not at.is_list:
        return (_version(name, at, closed, dated=False),)
    items = at.items("the versions of a calendar")
    if not items:
        at.fail(f"calendar '{name}' has no version", "write at least one")
    versions = [_version(name, item, closed, dated=True) for item in items]
    _check_order(versions, items)
    return tuple(sorted(versions, key=lambda version: version.start or date.min))


def _check_order(versions: list[CalendarVersion], items: tuple[Cursor, ...]) -> None:
    seen: set[date] = set()
    for place, (version, item) in enumerate(zip(versions, items, strict=True)):
        if version.start is None:
            if place > 0 and "from" not in item:
                item.fail("only the first version may be without 'from'", "say from: 2026-01-01")
        elif version.start in seen:
            item.fail(f"two versions begin on {version.start}", "keep one of them")
        else:
            seen.add(version.start)


def _version(name: str, at: Cursor, closed: ClosedDates, *, dated: bool) -> CalendarVersion:
    allowed = VERSION_KEYS if dated else VERSION_KEYS - {"from"} | {"union"}
    fields = at.fields(f"calendar '{name}'", allowed)
    zone = None
    if "timezone" in fields:
        zone = zone_name(fields["timezone"])
    elif at.is_table:
        at.fail_key(f"calendar '{name}' has no timezone", "say timezone: Europe/Berlin")
    plain = CalendarVersion(
        zone=zone or "UTC",
        hours=_week(fields["hours"]) if "hours" in fields else ((),) * 7,
        exceptions=_exceptions(fields["exceptions"]) if "exceptions" in fields else {},
        start=local_date(fields["from"], "from") if "from" in fields else None,
    )
    closings = _closings(name, fields, plain, closed)
    return replace(plain, closed=closings.days, closures=closings.spans)


def zone_name(at: Cursor) -> str | None:
    zone = at.text("timezone")
    if zone is None:
        return None
    if not _zone_exists(zone):
        at.fail(f"unknown timezone '{zone}'", suggestion(zone, _zones()))
        return None
    return zone


# ---------------------------------------------------------------------- hours


def _week(at: Cursor) -> tuple[tuple[Interval, ...], ...]:
    week: Week = [[] for _ in DAYS]
    for key, child in at.table("hours").items():
        intervals = _intervals(child)
        for day in _weekdays(key, child):
            week[day].extend(intervals)
    _report_overlap(at, week)
    return tuple(tuple(sorted(day)) for day in week)


def _weekdays(text: str, at: Cursor) -> tuple[int, ...]:
    """Days of ``mon``, ``mon-fri``, ``fri-mon`` (wraps) or ``mon, wed`` as 0 (Monday) to 6."""
    days: list[int] = []
    for part in (part.strip() for part in text.split(",")):
        first, dash, last = (word.strip() for word in part.partition("-"))
        words = (first, last) if dash else (first,)
        unknown = [word for word in words if word not in DAYS]
        if unknown:
            at.fail_key(f"unknown day '{unknown[0]}' in '{text}'", suggestion(unknown[0], DAYS))
            continue
        begin, end = DAYS.index(words[0]), DAYS.index(words[-1])
        days.extend(day % 7 for day in range(begin, end + 1 if end >= begin else end + 8))
    return tuple(dict.fromkeys(days))


def _intervals(at: Cursor) -> tuple[Interval, ...]:
    text = at.text("hours of a day")
    if text is None or text.strip() == "closed":
        return ()
    found = [_interval(part.strip(), at) for part in text.split(",")]
    return tuple(interval for interval in found if interval is not None)


def _interval(text: str, at: Cursor) -> Interval | None:
    if re.fullmatch(r"0?0:00\s*-\s*23:59", text):
        at.fail(f"'{text}' leaves out the last minute of the day", 'write "00:00-24:00"')
        return None
    first, dash, last = (word.strip() for word in text.partition("-"))
    start, end = wall_seconds(first), wall_seconds(last, end=True)
    if not dash or start is None or end is None:
        reason = "24:00 can only be an end" if first == "24:00" else "no opening hours"
        at.fail(f"'{text}': {reason}", _HOURS_FORM)
        return None
    # An end that is not after the start lies in the next day (policy-language §2).
    return (start, end if end > start else end + _DAY)


def _report_overlap(at: Cursor, week: Week) -> None:
    """Refuse weekly hours that overlap, a night shift's tail into the next day included."""
    shifts = sorted(
        (day * _DAY + start, day * _DAY + end)
        for day, intervals in enumerate(week)
        for start, end in intervals
    )
    if not shifts:
        return
    around = [*shifts, (shifts[0][0] + _WEEK, shifts[0][1] + _WEEK)]
    reach = around[0]
    for shift in around[1:]:
        if shift[0] < reach[1]:
            at.fail(f"opening hours overlap: {_shown(reach)} and {_shown(shift)}", "join them")
            return
        reach = shift


def _shown(shift: Span) -> str:
    start, end = shift
    return f"{DAYS[start // _DAY % 7]} {wall_text(start)}-{wall_text(end)}"


def _exceptions(at: Cursor) -> dict[date, tuple[Interval, ...]]:
    found = {}
    for key, child in at.table("exceptions").items():
        day = date_of(key)
        if day is None:
            child.fail_key(f"'{key}' is no date", 'write 2026-12-24: "09:00-13:00"')
            continue
        found[day] = tuple(sorted(_intervals(child)))
    return found


# ---------------------------------------------------------------------- closed dates


def _closings(
    name: str, fields: Mapping[str, Cursor], version: CalendarVersion, closed: ClosedDates
) -> IcsDates:
    """Closed days and spans of one version, frozen ones before any other."""
    kept = closed.kept(name, version.start)
    if kept is not None:
        return kept
    days: frozenset[date] = frozenset()
    spans: tuple[Span, ...] = ()
    if "holidays" in fields:
        for item in fields["holidays"].items_or_one("holidays"):
            days |= _holidays(item, closed)
    if "ics" in fields:
        for item in fields["ics"].items_or_one("ics"):
            found = _ics(item, version.zone, closed)
            days |= found.days
            spans += found.spans
    return IcsDates(days, spans)


def _holidays(at: Cursor, closed: ClosedDates) -> frozenset[date]:
    code = at.text("a holiday code")
    if code is None:
        return frozenset()
    try:
        return closed.holidays(code)
    except UnknownHolidayError as error:
        at.fail(str(error), error.hint)
        return frozenset()


def _ics(at: Cursor, zone: str, closed: ClosedDates) -> IcsDates:
    path = at.text("ics")
    if path is None:
        return IcsDates(frozenset(), ())
    try:
        return closed.ics(path, zone)
    except IcsError as error:
        at.fail(str(error), error.hint)
        return IcsDates(frozenset(), ())
