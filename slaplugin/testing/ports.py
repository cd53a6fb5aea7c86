"""The smallest ports that do their job: no hooks, one policy set after another, no output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slaplugin.app.ports import Agent, AuditEntry
from slaplugin.core.model import Timeline
from slaplugin.core.policies import PolicySet


class NoHooks:
    """The port :class:`slaplugin.app.ports.Hooks` of an installation without plugins."""

    def __init__(self) -> None:
        self.told: list[AuditEntry] = []
        """Every transition that observers were told."""

    def ticket_facts(self, timeline: Timeline) -> Mapping[str, Any]:
        """Nobody adds a fact."""
        return {}

    def pause_reason(self, timeline: Timeline) -> str | None:
        """Nobody knows a reason to wait."""
        return None

    def calendar_for(self, timeline: Timeline) -> str | None:
        """The target's calendar counts."""
        return None

    def choose_assignee(
        self, timeline: Timeline, group: str | None, candidates: Sequence[Agent]
    ) -> str | None:
        """The step's own way of choosing counts."""
        return None

    def transition(self, entry: AuditEntry) -> None:
        """Remember it."""
        self.told.append(entry)


class FixedPolicies:
    """The port :class:`slaplugin.app.ports.PolicySource` over sets that the test hands in."""

    def __init__(self, policy_set: PolicySet) -> None:
        self._sets = [policy_set]

    def adopt(self, policy_set: PolicySet) -> None:
        """From now on this set is in force."""
        self._sets.append(policy_set)

    def current(self) -> PolicySet:
        """The set in force."""
        return self._sets[-1]

    def by_hash(self, hash: str) -> PolicySet | None:
        """A set that was in force once."""
        return next((known for known in self._sets if known.hash == hash), None)


class SilentProgress:
    """The port :class:`slaplugin.app.ports.Progress` that only counts."""

    def __init__(self) -> None:
        self.done = 0

    def begin(self, what: str, total: int | None) -> None:
        """Start to count anew."""
        self.done = 0

    def advance(self, done: int = 1) -> None:
        """Count on."""
        self.done += done

    def end(self) -> None:
        """The count stays readable."""
