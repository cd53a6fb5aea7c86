"""The bundled demo helpdesk: Zammad's REST API over SQLite, under a clock that can be moved."""

from __future__ import annotations

from slaplugin.demo.clock import DemoClock
from slaplugin.demo.demo import DEFAULT_START, Demo, start_demo
from slaplugin.demo.faults import Fault, FaultKind, Faults
from slaplugin.demo.seed.month import seed_month
from slaplugin.demo.seed.office import Tokens, furnish
from slaplugin.demo.seed.script import Script
from slaplugin.demo.server import DemoServer

__all__ = [
    "DEFAULT_START",
    "Demo",
    "DemoClock",
    "DemoServer",
    "Fault",
    "FaultKind",
    "Faults",
    "Script",
    "Tokens",
    "furnish",
    "seed_month",
    "start_demo",
]
