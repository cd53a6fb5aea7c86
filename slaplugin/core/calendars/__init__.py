"""Calendars: dated versions of open intervals, compiled so that every question is a lookup."""

from slaplugin.core.calendars.calendar import Calendar, compile_calendars
from slaplugin.core.calendars.values import (
    ALWAYS,
    CalendarSpec,
    CalendarVersion,
    Interval,
    Span,
    SpecialDay,
    closed_dates,
)

__all__ = [
    "ALWAYS",
    "Calendar",
    "CalendarSpec",
    "CalendarVersion",
    "Interval",
    "Span",
    "SpecialDay",
    "closed_dates",
    "compile_calendars",
]
