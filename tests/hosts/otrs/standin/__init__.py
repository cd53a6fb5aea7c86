"""A stand-in of the OTRS family's Generic Interface for tests and benchmarks.

A real HTTP server over tickets in memory: the desk (`Desk`) is worked on by people without HTTP,
the server (`Server`) answers the API as the recorded OTOBO 10.1 did. What is compared with the
recordings, and what is not, stands in ``test_standin_recordings.py``.

::

    desk = Desk(Clock("2026-11-02T09:00:00Z", zone="Europe/Berlin"))
    ticket = desk.portal_ticket("lena.nord", "Support", "Gateway down")
    with Server(desk) as server:
        requests.post(f"{server.url}/Session", json={"UserLogin": "sla.api", …})

Everybody's password is ``PASSWORD``; the daemon's account is ``sla.api`` (user 2).
"""

from .catalog import Agent, Catalog, CustomerUser, Field, Queue, Targets, recorded
from .clock import Clock, epoch
from .faults import TABLES, Faults
from .people import Desk
from .routes import SHIPPED, Route
from .server import Asked, Interface, Server

__all__ = [
    "SHIPPED",
    "TABLES",
    "Agent",
    "Asked",
    "Catalog",
    "Clock",
    "CustomerUser",
    "Desk",
    "Faults",
    "Field",
    "Interface",
    "Queue",
    "Route",
    "Server",
    "Targets",
    "epoch",
    "recorded",
]
