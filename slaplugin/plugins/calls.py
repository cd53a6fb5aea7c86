"""Asking plugins: the ``Hooks`` port of the application over the registry."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slaplugin.app.errors import HookError
from slaplugin.app.ports import Agent, AuditEntry
from slaplugin.core.clocks.facts import CALENDAR_FACT, PAUSE_FACT
from slaplugin.core.model import Timeline
from slaplugin.plugins.registry import Implementation, Registry

_log = logging.getLogger(__name__)

RESERVED = {PAUSE_FACT: "slaplugin_pause_reason", CALENDAR_FACT: "slaplugin_calendar"}
"""Facts by which evaluation sees the answers of other hooks, and those hooks."""
FACT_PREFIXES = ("facts.", "customer.", "organization.", "fields.")


@dataclass(frozen=True, slots=True)
class HookFailure:
    """An observer that failed; recorded, nothing else."""

    plugin: str
    hook: str
    place: str
    reason: str


class PluginHooks:
    """Asks every plugin, one after the other; see ``app.ports.Hooks`` for the meaning.

    A *decide* hook that raises or answers nonsense becomes a HookError with the plugin's name,
    file and line. ``failures`` collects what observers raised.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self.failures: list[HookFailure] = []

    def ticket_facts(self, timeline: Timeline) -> Mapping[str, Any]:
        """All plugins' facts together, by full field name."""
        facts: dict[str, Any] = {}
        givers: dict[str, str] = {}
        for found, answer in self._answers("slaplugin_ticket_facts", timeline):
            for name, value in _checked_facts(found, answer).items():
                if name in facts and facts[name] != value:
                    raise _refused(
                        found, f"says {name} is {value!r}, {givers[name]} says {facts[name]!r}"
                    )
                facts[name], givers[name] = value, found.plugin
        return facts

    def pause_reason(self, timeline: Timeline) -> str | None:
        """The first plugin's reason."""
        for found, answer in self._answers("slaplugin_pause_reason", timeline):
            return _checked_text(found, answer)
        return None

    def calendar_for(self, timeline: Timeline) -> str | None:
        """The calendar that plugins agree on."""
        chosen: tuple[str, str] | None = None
        for found, answer in self._answers("slaplugin_calendar", timeline):
            name = _checked_text(found, answer)
            if chosen and chosen[1] != name:
                raise _refused(found, f"names calendar {name}, {chosen[0]} names {chosen[1]}")
            chosen = (found.plugin, name)
        return chosen[1] if chosen else None

    def choose_assignee(
        self, timeline: Timeline, group: str | None, candidates: Sequence[Agent]
    ) -> str | None:
        """The first plugin's choice among the candidates."""
        more = {"group": group, "candidates": tuple(candidates)}
        for found, answer in self._answers("slaplugin_assignee", timeline, more):
            login = _checked_text(found, answer)
            if login not in {agent.login for agent in candidates}:
                raise _refused(found, f"chose {login}, who cannot own a ticket of {group}")
            return login
        return None

    def transition(self, entry: AuditEntry) -> None:
        """Tell every observer."""
        for found in self._registry.implementations("slaplugin_transition"):
            try:
                found.call({"entry": entry})
            except HookError as error:
                failure = HookFailure(found.plugin, found.hook, error.place, error.reason)
                self.failures.append(failure)
                _log.warning("a plugin failed to take note", extra={"facts": _as_facts(failure)})

    def _answers(
        self, hook: str, timeline: Timeline, more: Mapping[str, Any] | None = None
    ) -> Iterator[tuple[Implementation, Any]]:
        """Every answer that is not None, with who gave it."""
        values = {"ticket": timeline.ticket, "timeline": timeline, **(more or {})}
        for found in self._registry.implementations(hook):
            answer = found.call(values)
            if answer is not None:
                yield found, answer


def _checked_facts(found: Implementation, answer: Any) -> dict[str, Any]:
    if not isinstance(answer, Mapping):
        raise _refused(found, f"must answer a mapping of facts, not {answer!r}")
    facts = {}
    for name, value in answer.items():
        full = name if isinstance(name, str) and "." in name else f"facts.{name}"
        if not full.startswith(FACT_PREFIXES):
            raise _refused(found, f"{name!r} must begin with {', '.join(FACT_PREFIXES)}")
        if full in RESERVED:
            raise _refused(found, f"{name!r} is the business of {RESERVED[full]}")
        if not _storable(value):
            raise _refused(found, f"{name!r} must be a text, number, true, false or list of texts")
        facts[full] = tuple(value) if isinstance(value, list) else value
    return facts


def _storable(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(isinstance(item, str) for item in value)
    return value is None or isinstance(value, str | int | float)


def _checked_text(found: Implementation, answer: Any) -> str:
    if not isinstance(answer, str) or not answer:
        raise _refused(found, f"must answer a text or None, not {answer!r}")
    return answer


def _refused(found: Implementation, reason: str) -> HookError:
    return HookError(found.plugin, found.hook, found.place, reason)


def _as_facts(failure: HookFailure) -> dict[str, str]:
    return {
        "plugin": failure.plugin,
        "hook": failure.hook,
        "place": failure.place,
        "reason": failure.reason,
    }
