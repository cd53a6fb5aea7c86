"""A whole installation in memory: helpdesk, store file, policies, a clock that is moved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from slaplugin.app.cycle import plan, sync
from slaplugin.app.desk import Desk, NoChannels
from slaplugin.app.options import Options
from slaplugin.app.outcome import CycleReport
from slaplugin.core.model import ClockInstance
from slaplugin.core.plan import Showing
from slaplugin.core.policies import PolicySet
from slaplugin.hosts.memory import PRIORITIES, MemoryHost, MemoryTicket
from slaplugin.policyfiles.loader import load_policy_texts
from slaplugin.store import SqliteStore
from slaplugin.testing import FixedPolicies, FrozenClock, NoHooks

MONDAY_NINE = "2026-03-09T09:00:00+01:00"
HOUR = 3600
FIELDS = Showing(due="sla_due", policy="sla_policy", state="sla_state", summary="sla_summary")

HEAD = """
calendars:
  office: {timezone: Europe/Berlin, hours: {mon-fri: "09:00-17:00"}}
policies:
  - name: standard
    when: {group: Support}
    targets: {first_response: 4h}
"""


def policy_set(text: str) -> PolicySet:
    """A policy set from the text of one file."""
    return load_policy_texts({"policies.yaml": text}, priorities=PRIORITIES).required()


def with_steps(steps: str, head: str = HEAD) -> str:
    """The head with these steps on its last policy."""
    return f"{head}    steps:\n" + "".join(f"      - {line}\n" for line in steps.splitlines())


class Installation:
    """Everything at hand; ``sync`` and ``plan`` run one cycle each."""

    def __init__(self, folder: Path, text: str = HEAD, **options: Any) -> None:
        self.clock = FrozenClock(MONDAY_NINE)
        self.host = MemoryHost(self.clock)
        self.store = SqliteStore(folder / "store.db", durable=False)
        self.policies = FixedPolicies(policy_set(text))
        self.hooks: Any = NoHooks()
        self.options = Options(**{"showing": FIELDS, **options})

    @property
    def desk(self) -> Desk:
        return Desk(self.host, self.store, self.hooks, self.policies, self.options, NoChannels())

    def go_live(self) -> None:
        """The first cycle, before any ticket: what falls due from now on is acted upon."""
        self.sync()

    def sync(self, after: int = 0) -> CycleReport:
        """Move the clock by some seconds and run a cycle."""
        self.clock.advance(after)
        return sync(self.desk)

    def plan(self, after: int = 0) -> CycleReport:
        self.clock.advance(after)
        return plan(self.desk)

    def set_option(self, **options: Any) -> None:
        self.options = replace(self.options, **options)

    def ticket(self, ticket: str) -> MemoryTicket:
        return self.host.tickets[ticket]

    def instances(self, ticket: str) -> list[ClockInstance]:
        stored = self.store.ticket(self.host.name, ticket)
        return [row.instance for row in stored.instances] if stored else []

    def audit(self, ticket: str | None = None) -> list[str]:
        return [entry["kind"] for entry in self.store.audit_log(ticket=ticket)]


def shown(report: CycleReport) -> list[tuple[str, str, Any, str]]:
    """(ticket, action, to, status) of every write."""
    return [
        (write.action.ticket, write.action.kind, write.action.value, write.status)
        for write in report.writes
    ]
