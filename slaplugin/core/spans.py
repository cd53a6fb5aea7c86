"""Stretches of time drawn against a calendar: what counted, what was closed (details 12)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from slaplugin.core.calendars import ALWAYS, Calendar
from slaplugin.core.model import Span
from slaplugin.core.quick import quick

_span = quick(Span)
CLOSED_HOURS = "closed hours"
"""The cause of what lies outside the calendar; other time that is not counted has other causes."""
Look = tuple[Literal["counted", "paused"], str]
"""Kind and cause of the open part."""


def open_and_closed(calendar: Calendar, start: int, end: int, look: Look) -> Iterator[Span]:
    """The open part of [start, end) counts or is paused; the rest is closed."""
    kind, cause = look
    name = calendar.name
    reached = start
    for opening, closing in calendar.intervals(start, end):
        if reached < opening:
            yield _span(reached, opening, "closed", CLOSED_HOURS, name)
        yield _span(opening, closing, kind, cause, name)
        reached = closing
    if reached < end:
        yield _span(reached, end, "closed", CLOSED_HOURS, name)


def never_run(start: int, end: int) -> tuple[Span, ...]:
    """The span of a clock that does not apply (R3): spans tile every instance's time."""
    return (_span(start, end, "closed", "does not apply", ALWAYS),) if start < end else ()


def joined_spans(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Neighbours of one kind, cause and calendar are one span."""
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if (
            last is not None
            and last.end == span.start
            and (last.kind, last.cause, last.calendar) == (span.kind, span.cause, span.calendar)
        ):
            joined[-1] = replace(last, end=span.end)
        else:
            joined.append(span)
    return tuple(joined)
