"""The figures people expect of a helpdesk, each by a written formula (glossary)."""

from slaplugin.core.metrics.measuring import Ladder, Measuring
from slaplugin.core.metrics.ticket import metrics_of
from slaplugin.core.metrics.values import (
    Course,
    Elapsed,
    Escalation,
    Lap,
    Part,
    TicketMetrics,
    Times,
)

__all__ = [
    "Course",
    "Elapsed",
    "Escalation",
    "Ladder",
    "Lap",
    "Measuring",
    "Part",
    "TicketMetrics",
    "Times",
    "metrics_of",
]
