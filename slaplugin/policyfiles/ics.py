"""Closings from an ICS file: all-day events close days, timed events close spans."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from slaplugin.core.calendars import Span

if TYPE_CHECKING:
    from icalendar import Calendar


@dataclass(frozen=True, slots=True)
class IcsDates:
    """What an ICS file closes: whole local days, and spans in UTC epoch seconds."""

    days: frozenset[date]
    spans: tuple[Span, ...]


class IcsError(Exception):
    """An ICS file that cannot be used: which one, which line, why, and the remedy."""

    def __init__(self, file: str, line: int | None, message: str, hint: str) -> None:
        self.file = file
        self.line = line
        self.hint = hint
        place = f"{file}:{line}" if line else file
        super().__init__(f"{place}: {message}")


def resolve_ics(path: Path, name: str, zone: str, years: tuple[int, int]) -> IcsDates:
    """Expand the file's events, recurrences included, over the years (both included).

    A time without a zone of its own is local to ``zone``. Cancelled events close nothing. ``name``
    is how the policy file calls the path. Raises IcsError.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise IcsError(name, None, reason.lower(), "the path starts at the policy file") from error
    text = raw.decode("utf-8-sig", errors="replace")
    calendar = _parse(text, name)
    for event in calendar.walk("VEVENT"):
        _check(event, text, name)
    return _expand(calendar, name, ZoneInfo(zone), years)


def _parse(text: str, name: str) -> Calendar:
    from icalendar import Calendar

    try:
        found = Calendar.from_ical(text)
    except (ValueError, IndexError, KeyError) as error:
        raise IcsError(name, None, f"not an ICS file: {error}", "export it as iCalendar") from error
    if not isinstance(found, Calendar):
        raise IcsError(name, None, "holds no VCALENDAR", "export it as iCalendar")
    return found


def _check(event: Any, text: str, name: str) -> None:
    """Look at every date of an event: a broken one shows itself only when it is read."""
    uid = str(event.get("UID", ""))
    line = _line_of(uid, text)
    label = f"event {uid or 'without UID'}"
    for key in ("DTSTART", "DTEND", "DURATION", "RRULE", "EXDATE", "RECURRENCE-ID"):
        if any(error_key == key for error_key, _ in getattr(event, "errors", ())):
            raise IcsError(name, line, f"{label}: {key} cannot be read", "correct or remove it")
    try:
        start, end = event.start, event.end
    except Exception as error:  # whatever the library says, the file is at fault
        raise IcsError(name, line, f"{label}: {error}", "give it a DTSTART and a DTEND") from error
    if type(start) is type(end) and _comparable(end) < _comparable(start):
        raise IcsError(name, line, f"{label} ends before it starts", "correct its DTEND")


def _comparable(moment: date | datetime) -> Any:
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        return moment.astimezone(UTC).replace(tzinfo=None)
    return moment


def _line_of(uid: str, text: str) -> int | None:
    for number, line in enumerate(text.splitlines(), start=1):
        if uid and line.startswith("UID") and line.endswith(uid):
            return number
    return None


def _expand(calendar: Calendar, name: str, zone: ZoneInfo, years: tuple[int, int]) -> IcsDates:
    import recurring_ical_events

    try:
        found = recurring_ical_events.of(calendar, skip_bad_series=False).between(
            date(years[0], 1, 1), date(years[1] + 1, 1, 1)
        )
    except Exception as error:  # odd recurrences raise errors of many kinds
        raise IcsError(name, None, f"cannot be expanded: {error}", "check its RRULEs") from error
    days: set[date] = set()
    spans: list[Span] = []
    for event in found:
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        if isinstance(event.start, datetime):
            spans.append((_seconds(event.start, zone), _seconds(event.end, zone)))
        else:
            days.update(_days(event.start, event.end))
    return IcsDates(frozenset(days), tuple(sorted(span for span in spans if span[0] < span[1])))


def _seconds(moment: datetime, zone: ZoneInfo) -> int:
    local = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return int(local.timestamp())


def _days(start: date, end: date) -> Iterable[date]:
    """An all-day event's days; its end is exclusive, and one without length is one day."""
    for number in range(max(1, (end - start).days)):
        yield start + timedelta(days=number)
