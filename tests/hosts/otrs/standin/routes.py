"""Routes of the web service: those of the shipped definition, or any others a test wants."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the web service; the operation type is what is fixed (facts 1)."""

    type: str
    methods: tuple[str, ...]
    path: str

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """The captured segments; None where it is another route or another method."""
        if method not in self.methods:
            return None
        pattern = re.sub(r":(\w+)", r"(?P<\1>[^/]+)", self.path)
        found = re.fullmatch(pattern, path)
        return found.groupdict() if found else None


SHIPPED: Mapping[str, Route] = {
    "SessionCreate": Route("SessionCreate", ("POST",), "/Session"),
    "SessionGet": Route("SessionGet", ("GET",), "/Session/:SessionID"),
    "TicketCreate": Route("TicketCreate", ("POST",), "/Ticket"),
    "TicketGet": Route("TicketGet", ("GET",), "/Ticket/:TicketID"),
    "TicketHistoryGet": Route("TicketHistoryGet", ("GET",), "/TicketHistory/:TicketID"),
    "TicketHistoryList": Route("TicketHistoryGet", ("POST",), "/TicketHistoryList"),
    "TicketList": Route("TicketGet", ("POST",), "/TicketList"),
    "TicketSearch": Route("TicketSearch", ("GET", "POST"), "/TicketSearch"),
    "TicketUpdate": Route("TicketUpdate", ("PATCH", "PUT"), "/Ticket/:TicketID"),
}


def choose(
    routes: Mapping[str, Route], method: str, path: str
) -> tuple[str, dict[str, str]] | None:
    """Operations are tried in alphabetical order, the first match wins."""
    for _, route in sorted(routes.items()):
        captured = route.match(method, path)
        if captured is not None:
            return route.type, captured
    return None
