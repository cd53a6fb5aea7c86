"""Stop 6: what the host should show, minus what it shows; pure.

``plan_ticket`` says for one ticket what to write, what only to record, and when to look again.
Assignees, limits and grouping need the whole cycle: ``slaplugin.app.choose``.
"""

from __future__ import annotations

from slaplugin.core.plan.steps import shows
from slaplugin.core.plan.ticket import plan_ticket
from slaplugin.core.plan.values import (
    DYNAMIC_OWNERS,
    REASSIGNMENTS,
    HostWords,
    Patience,
    PlanContext,
    Showing,
    TicketPlan,
    TicketView,
)

__all__ = [
    "DYNAMIC_OWNERS",
    "REASSIGNMENTS",
    "HostWords",
    "Patience",
    "PlanContext",
    "Showing",
    "TicketPlan",
    "TicketView",
    "plan_ticket",
    "shows",
]
