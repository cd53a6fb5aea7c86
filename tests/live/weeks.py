"""What sites of every live helpdesk share: weeks that begin on a Monday, and the commands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from tests.cli.conftest import Program

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass
class Weeks:
    """Where a test works. ``monday`` is the midnight (UTC) its weeks begin with."""

    program: Program
    queue: str
    monday: datetime

    def instant(self, text: str) -> datetime:
        """``mon 09:30`` of the first week, ``next tue 09:30:05`` …"""
        *weeks, day, clock = text.split()
        told = time.fromisoformat(clock)
        past = timedelta(hours=told.hour, minutes=told.minute, seconds=told.second)
        return self.monday + timedelta(days=7 * len(weeks) + DAYS.index(day)) + past

    def iso(self, text: str) -> str:
        """The same as the JSON of slaplugin has it."""
        return self.instant(text).strftime("%Y-%m-%dT%H:%M:%SZ")

    def sync(self) -> dict[str, Any]:
        """A cycle that goes well, as a process of its own; its JSON."""
        done = self.program("sync", "--json")
        assert done.code == 0, done.err or done.out
        found: dict[str, Any] = done.json
        return found

    def ask(self, *arguments: str) -> Any:
        """The JSON of a command that goes well; what needs no process of its own spares it."""
        done = self.program.quick(*arguments, "--json")
        assert done.code == 0, done.err or done.out
        return done.json

    def clocks(self, ticket: str) -> dict[str, dict[str, Any]]:
        """What ``explain`` says of the latest instance of each clock."""
        listed = self.ask("explain", ticket)["instances"]
        return {instance["clock"]: instance for instance in listed}
