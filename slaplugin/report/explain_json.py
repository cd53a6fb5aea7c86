"""The JSON of one clock instance and of a whole explanation (commands.md, policy-language §9).

Instants are ISO 8601 UTC with ``Z``, durations integer seconds; the spans of an instance add up to
wall time.
"""

from __future__ import annotations

from typing import Any

from slaplugin.core.model import ClockInstance, LayerTrace, Marks, Ticket
from slaplugin.report.telling_json import story_json
from slaplugin.report.times import iso
from slaplugin.report.values import Explanation, StatusRow, Written, steps_of


def explanation_json(explained: Explanation) -> dict[str, Any]:
    """The document of ``explain --json``."""
    evaluation = explained.evaluation
    return {
        "ticket": ticket_json(explained.ticket),
        "as_of": iso(evaluation.as_of),
        "policy_set": explained.policy_set or None,
        "draft": explained.draft,
        "source": explained.source,
        "held": explained.held,
        "marks": marks_json(evaluation.marks),
        "next_check_at": iso(evaluation.next_check_at),
        "instances": [instance_json(item, explained) for item in evaluation.instances],
        "written": [written_json(row) for row in explained.written],
    }


def ticket_json(ticket: Ticket) -> dict[str, Any]:
    """``{id, number, title, …facts}``; the facts are those at the creation."""
    head = {"id": ticket.id, "number": ticket.number, "title": ticket.title, "host": ticket.host}
    return {**plain(dict(ticket.facts)), **head, "url": ticket.url}


def marks_json(marks: Marks) -> dict[str, Any]:
    """What the ticket should show."""
    return {
        "mark": marks.mark,
        "due": iso(marks.due),
        "state": marks.state,
        "policy": marks.policy,
    }


def instance_json(instance: ClockInstance, explained: Explanation) -> dict[str, Any]:
    """One clock instance with ``ticket``, ``spans``, ``trace`` and ``steps``, and how its due came
    about: ``changes``, ``reckoning`` and ``ended_by``."""
    return {
        **instance_keys(instance),
        "ticket": explained.ticket.id,
        "spans": [
            {
                "from": iso(span.start),
                "to": iso(span.end),
                "kind": span.kind,
                "seconds": span.seconds,
                "cause": span.cause,
                "calendar": span.calendar,
            }
            for span in instance.spans
        ],
        "trace": [layer_json(layer) for layer in instance.trace],
        "steps": _steps(instance, explained),
        **story_json(explained.story, instance),
    }


def layer_json(layer: LayerTrace) -> dict[str, Any]:
    """What one policy said to one target, and why it did or did not give it."""
    return {
        "policy": layer.policy,
        "rank": layer.rank,
        "matched": layer.matched,
        "gave_target": layer.gave_target,
        "why": layer.why,
    }


def instance_keys(instance: ClockInstance) -> dict[str, Any]:
    """The keys of policy-language §9."""
    return {
        "clock": instance.clock,
        "instance": instance.instance,
        "policy": instance.policy,
        "calendar": instance.calendar,
        "party": instance.party,
        "status": instance.status,
        "outcome": instance.outcome,
        "void_reason": instance.void_reason,
        "started_at": iso(instance.started_at),
        "stopped_at": iso(instance.stopped_at),
        "due_at": iso(instance.due_at),
        "target": instance.target,
        "elapsed": instance.elapsed,
        "paused": instance.paused,
        "remaining": instance.remaining,
        "breached_at": iso(instance.breached_at),
        "breach_reason": instance.breach_reason,
        "waived": instance.waived,
        "confidence": instance.confidence,
        "confidence_reason": instance.confidence_reason,
    }


def _steps(instance: ClockInstance, explained: Explanation) -> list[dict[str, Any]]:
    listed = []
    for record, outcome in steps_of(instance, explained):
        listed.append(
            {
                "at": iso(record.at),
                "step": record.step,
                "do": plain(list(record.do)),
                "policy": record.policy,
                "status": outcome.status,
                "fired_at": iso(outcome.fired_at),
                "why": outcome.why,
            }
        )
    return listed


def written_json(row: Written) -> dict[str, Any]:
    """One row of the action table."""
    return {
        "at": iso(row.at),
        "what": row.what,
        "status": row.status,
        "clock": row.clock,
        "step": row.step,
        "why": row.why,
        "result": row.result,
    }


def status_json(row: StatusRow, now: int) -> dict[str, Any]:
    """One row of ``status --json``; ``left`` is real seconds to the due, negative when over."""
    due = row.instance.due_at
    return {
        **instance_keys(row.instance),
        "ticket": row.ticket.id,
        "number": row.ticket.number,
        "title": row.ticket.title,
        "url": row.ticket.url,
        "group": row.group,
        "owner": row.owner,
        "mark": row.mark,
        "overdue": row.overdue,
        "left": None if due is None else due - now,
        "held": row.held,
    }


def plain(value: Any) -> Any:
    """Frozen mappings, tuples and sets as JSON knows them; sets in a stable order."""
    if hasattr(value, "items"):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return str(value)
