"""Why clocks were missed: where their time went, and which waits look like parking."""

from slaplugin.core.causes.lost import Causes, Window
from slaplugin.core.causes.parking import Parkings
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
    "Miss",
    "Parker",
    "Parking",
    "Parkings",
    "PauseAudit",
    "Share",
    "TicketName",
    "Window",
]
