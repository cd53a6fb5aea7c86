"""Stop 3: what hooks and hosts tell about a ticket today becomes observed events (rule 10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from slaplugin.app.known import Known, observe
from slaplugin.app.ports import Hooks
from slaplugin.core.clocks.facts import CALENDAR_FACT, PAUSE_FACT


def enrich(known: Known, hooks: Hooks, now: int, party: Mapping[str, Any] | None = None) -> Known:
    """Ask the hooks; HookError where one fails (the ticket is then held).

    ``party`` are changed facts of the ticket's customer or organization. On a ticket that is new
    to us an answer about facts counts from its creation, as the host's own do (R14).
    """
    timeline = known.timeline
    answers = dict(hooks.ticket_facts(timeline))
    today: dict[str, Any] = {}
    if known.is_new:
        known = _from_the_start(known, answers)
    else:
        today = {**(known.today or {}), **(party or {}), **answers}
    today[PAUSE_FACT] = hooks.pause_reason(timeline)
    today[CALENDAR_FACT] = hooks.calendar_for(timeline)
    return observe(known, today, now)


def _from_the_start(known: Known, answers: Mapping[str, Any]) -> Known:
    if not answers:
        return known
    late = known.row.current_only
    row = replace(
        known.row,
        facts={**known.row.facts, **answers},
        current_only=late | frozenset(answers) if late else late,
    )
    return replace(known, row=row)
