"""Why clocks were missed: where their time went, and which waits look like parking."""

from slaplugin.core.causes.lost import Causes, Window
from slaplugin.core.causes.nameless import causes_without_agents, pauses_without_agents
from slaplugin.core.causes.parking import Parkings
from slaplugin.core.causes.trend import LostInPeriod, lost_by_period
from slaplugin.core.causes.values import (
    BESIDE,
    COUNTED,
    Cause,
    CauseReport,
    Miss,
    Parker,
    Parking,
    PauseAudit,
    Share,
    TicketName,
)

__all__ = [
    "BESIDE",
    "COUNTED",
    "Cause",
    "CauseReport",
    "Causes",
    "LostInPeriod",
    "Miss",
    "Parker",
    "Parking",
    "Parkings",
    "PauseAudit",
    "Share",
    "TicketName",
    "Window",
    "causes_without_agents",
    "lost_by_period",
    "pauses_without_agents",
]
