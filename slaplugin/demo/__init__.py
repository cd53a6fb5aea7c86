"""The bundled demo helpdesk: Zammad's REST API over SQLite, under a clock that can be moved."""

from __future__ import annotations

from slaplugin.demo.clock import DemoClock
from slaplugin.demo.faults import Fault, FaultKind, Faults
from slaplugin.demo.seed.office import Tokens, furnish
from slaplugin.demo.server import DemoServer

__all__ = ["DemoClock", "DemoServer", "Fault", "FaultKind", "Faults", "Tokens", "furnish"]
