"""The ports of plugins, of policy sets, of time, and of whoever watches long work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from slaplugin.app.ports.host import Agent
from slaplugin.app.ports.store import AuditEntry
from slaplugin.core.model import Timeline
from slaplugin.core.policies import PolicySet


class Hooks(Protocol):
    """What plugins are asked, one implementation after the other (architecture, rule 11).

    The *decide* methods raise HookError, which holds the ticket.
    """

    def ticket_facts(self, timeline: Timeline) -> Mapping[str, Any]:
        """Facts to add, keyed ``facts.<name>`` (or a known name such as ``customer.vip``)."""

    def pause_reason(self, timeline: Timeline) -> str | None:
        """Text while the ticket should count as waiting, else None."""

    def calendar_for(self, timeline: Timeline) -> str | None:
        """Name of the calendar that replaces the target's for this ticket, else None."""

    def choose_assignee(
        self, timeline: Timeline, group: str | None, candidates: Sequence[Agent]
    ) -> str | None: ...

    def transition(self, entry: AuditEntry) -> None:
        """Tell observers; their failures are recorded, nothing else happens."""


class PolicySource(Protocol):
    """Where policy sets come from."""

    def current(self) -> PolicySet:
        """The set in force; raises ConfigurationError with every problem."""

    def by_hash(self, hash: str) -> PolicySet | None:
        """A set that was in force once, rebuilt from the store's copy."""


class WallClock(Protocol):
    """The only source of now for the application."""

    def now(self) -> int: ...


class Progress(Protocol):
    """Told about long work; may print or stay silent."""

    def begin(self, what: str, total: int | None) -> None: ...

    def advance(self, done: int = 1) -> None: ...

    def end(self) -> None: ...
