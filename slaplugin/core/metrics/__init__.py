"""The figures people expect of a helpdesk, each by a written formula (glossary).

:func:`metrics_of` tells those of one ticket, :class:`MetricTotals` those of many, fed one
:class:`slaplugin.core.past.Past` at a time; tallies of parts of the tickets can be added.
"""

from slaplugin.core.metrics.backlog import AGES, BacklogDay
from slaplugin.core.metrics.csat import Csat, CsatCell, CsatTally, Scores, Survey
from slaplugin.core.metrics.figures import (
    BacklogNow,
    Cell,
    Escalated,
    Figures,
    Number,
    PartTotal,
    Question,
    Rate,
    Timing,
    Totals,
    WeekHours,
)
from slaplugin.core.metrics.glossary import GLOSSARY, Entry
from slaplugin.core.metrics.measuring import Ladder, Measuring
from slaplugin.core.metrics.ratings import Rating, RatingsError, Scale, read_ratings
from slaplugin.core.metrics.series import Behind, Summary
from slaplugin.core.metrics.summing import totals_of
from slaplugin.core.metrics.tally import Tally
from slaplugin.core.metrics.ticket import metrics_of
from slaplugin.core.metrics.totals import MetricTotals
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
    "AGES",
    "GLOSSARY",
    "BacklogDay",
    "BacklogNow",
    "Behind",
    "Cell",
    "Course",
    "Csat",
    "CsatCell",
    "CsatTally",
    "Elapsed",
    "Entry",
    "Escalated",
    "Escalation",
    "Figures",
    "Ladder",
    "Lap",
    "Measuring",
    "MetricTotals",
    "Number",
    "Part",
    "PartTotal",
    "Question",
    "Rate",
    "Rating",
    "RatingsError",
    "Scale",
    "Scores",
    "Summary",
    "Survey",
    "Tally",
    "TicketMetrics",
    "Times",
    "Timing",
    "Totals",
    "WeekHours",
    "metrics_of",
    "read_ratings",
    "totals_of",
]
