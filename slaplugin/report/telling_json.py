"""What moved a due time and how it comes about, as JSON.

Instants are ISO 8601 UTC with ``Z``, durations integer seconds.
"""

from __future__ import annotations

from typing import Any

from slaplugin.core.calendars import SpecialDay
from slaplugin.core.changes import Cause, Change, Reckoning, Story, Terms
from slaplugin.core.model import ClockInstance, Event
from slaplugin.report.telling import meaning
from slaplugin.report.times import iso, iso_ms


def story_json(story: Story, instance: ClockInstance) -> dict[str, Any]:
    """``{changes, reckoning, ended_by}`` of one instance."""
    name = (instance.clock, instance.start_event)
    sum_ = story.reckonings.get(name)
    return {
        "changes": [change_json(each) for each in story.changes.get(name, ())],
        "reckoning": None if sum_ is None else reckoning_json(sum_),
        "ended_by": _cause_json(story.ends.get(name)),
    }


def change_json(change: Change) -> dict[str, Any]:
    """One change of what the clock has to keep: when, by what and whom, from what to what."""
    return {
        "at": iso(change.at),
        "kind": change.kind,
        "rule": change.rule,
        "why": meaning(change),
        "cause": _cause_json(change.cause),
        "from": _terms_json(change.before),
        "to": _terms_json(change.after),
        "refused": change.refused,
        "meanwhile": _cause_json(change.asleep),
        "breached": change.breached,
    }


def _terms_json(terms: Terms) -> dict[str, Any]:
    return {
        "policy": terms.policy,
        "calendar": terms.calendar,
        "target": terms.target,
        "allowed": terms.allowed,
        "started_at": iso(terms.started_at),
        "due_at": iso(terms.due_at),
    }


def _cause_json(cause: Cause | None) -> dict[str, Any] | None:
    if cause is None:
        return None
    return {
        "event": _event_json(cause.event),
        "facts": [
            {"field": each.field, "from": _plain(each.before), "to": _plain(each.after)}
            for each in cause.facts
        ],
        "policy_sets": None if cause.sets is None else {"from": cause.sets[0], "to": cause.sets[1]},
    }


def _event_json(event: Event | None) -> dict[str, Any] | None:
    """Enough to find it in ``timeline --json``, which tells the rest."""
    if event is None:
        return None
    actor = event.actor
    return {
        "id": event.id,
        "at": iso_ms(event.at_ms),
        "event": event.kind,
        "by": actor.role if actor else None,
        "actor": {"id": actor.key, "name": actor.name} if actor else None,
        "ours": event.ours,
        "reason": event.data.get("reason"),
    }


def reckoning_json(sum_: Reckoning) -> dict[str, Any]:
    """The sum behind the due time in force."""
    return {
        "counts_from": iso(sum_.counts_from),
        "restarted": sum_.restarted,
        "calendar": sum_.calendar,
        "started_by": _event_json(sum_.started_by),
        "allowed": sum_.allowed,
        "extended": sum_.extended,
        "raised": sum_.raised,
        "ahead": [
            {"from": iso(start), "to": iso(end), "seconds": end - start}
            for start, end in sum_.ahead
        ],
        "opens": iso(sum_.opens),
        "after": sum_.after,
        "days": [day.isoformat() for day in sum_.days],
        "moved": sum_.moved,
        "special_days": [_day_json(each) for each in sum_.special],
    }


def _day_json(day: SpecialDay) -> dict[str, Any]:
    return {
        "day": day.day.isoformat(),
        "calendar": day.calendar,
        "kind": day.kind,
        "hours": [{"from": iso(start), "to": iso(end)} for start, end in day.hours],
    }


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
