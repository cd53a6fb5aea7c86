"""Give an escalated ticket to somebody who knows its product: for steps with ``owner: hook``.

    [plugins.assignee_by_skill]
    file = "skills.json"            # {"login": ["payments", "portal"]}, relative to slaplugin.toml
    fact = "facts.product"          # which fact names the skill; this is the default

Among the candidates with the skill the one with the fewest open tickets gets it, ties by login.
Without such a candidate the hook has no opinion and the next plugin is asked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from slaplugin.app.ports import Agent
from slaplugin.core.model import Timeline

DEFAULT_FACT = "facts.product"

skills: dict[str, frozenset[str]] = {}
settings: dict[str, str] = {"fact": DEFAULT_FACT}


def slaplugin_configure(directory: Path, options: Mapping[str, Any]) -> None:
    """Read who knows what."""
    skills.clear()
    settings["fact"] = options.get("fact", DEFAULT_FACT)
    if "file" in options:
        known = json.loads((directory / options["file"]).read_text(encoding="utf-8"))
        skills.update({login: frozenset(names) for login, names in known.items()})


def slaplugin_assignee(timeline: Timeline, candidates: Sequence[Agent]) -> str | None:
    """The least loaded candidate with the skill."""
    wanted = fact_now(timeline, settings["fact"])
    able = [agent for agent in candidates if wanted in skills.get(agent.login, frozenset())]
    if not able:
        return None
    return min(able, key=lambda agent: (agent.open_tickets or 0, agent.login)).login


def fact_now(timeline: Timeline, name: str) -> Any:
    """The fact's latest value: what it was at creation, overlaid by every later change."""
    value = timeline.ticket.facts.get(name)
    for event in sorted(timeline.events, key=lambda event: event.order):
        if event.kind == "field_changed" and event.data.get("field") == name:
            value = event.data.get("to")
    return value
