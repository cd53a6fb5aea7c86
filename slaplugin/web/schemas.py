"""The documents of the API as JSON Schemas (2020-12, as OpenAPI 3.1 has them)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_WHOLE: Json = {"type": "integer"}
_NUMBER: Json = {"type": "number"}
_YES_NO: Json = {"type": "boolean"}
_MAYBE_TEXT: Json = {"type": ["string", "null"]}
_INSTANT: Json = {"type": "string", "format": "date-time"}
_MAYBE_INSTANT: Json = {"type": ["string", "null"], "format": "date-time"}
_MAYBE_WHOLE: Json = {"type": ["integer", "null"]}
_ANY: Json = {}


def _object(properties: Mapping[str, Any], **more: Any) -> Json:
    """An object that has all of these."""
    return {"type": "object", "properties": dict(properties), "required": list(properties), **more}


def _listed(item: Json) -> Json:
    return {"type": "array", "items": item}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


_CLOCK: Json = {
    "ticket": _TEXT,
    "clock": _TEXT,
    "instance": _WHOLE,
    "policy": _MAYBE_TEXT,
    "calendar": _MAYBE_TEXT,
    "party": _TEXT,
    "status": _TEXT,
    "outcome": _MAYBE_TEXT,
    "void_reason": _MAYBE_TEXT,
    "started_at": _INSTANT,
    "stopped_at": _MAYBE_INSTANT,
    "due_at": _MAYBE_INSTANT,
    "target": {"type": ["integer", "string", "null"]},
    "elapsed": _MAYBE_WHOLE,
    "paused": _MAYBE_WHOLE,
    "remaining": _MAYBE_WHOLE,
    "breached_at": _MAYBE_INSTANT,
    "breach_reason": _MAYBE_TEXT,
    "waived": _ANY,
    "confidence": _TEXT,
    "confidence_reason": _MAYBE_TEXT,
}

_CYCLE: Json = {
    "cycle": _TEXT,
    "as_of": _INSTANT,
    "changed_tickets": _WHOLE,
    "evaluated": _WHOLE,
    "loaded": _WHOLE,
    "stale": _WHOLE,
    "requests": _WHOLE,
    "writes": _listed({"type": "object"}),
    "writes_total": _WHOLE,
    "expected": {"type": "object"},
    "limits": _listed({"type": "object"}),
    "problems": _listed({"type": "object"}),
    "problems_total": _WHOLE,
    "notices": _listed(_TEXT),
    "pulled": _YES_NO,
    "seconds": _NUMBER,
    "done": _WHOLE,
    "failed": _WHOLE,
}

_ID: Json = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": 999_999_999_999_999_999},
        {"type": "string", "pattern": "^[1-9][0-9]{0,17}$"},
    ]
}

SCHEMAS: Json = {
    "Error": _object({"error": _TEXT}, additionalProperties=False),
    "Alive": _object({"alive": _YES_NO}, additionalProperties=False),
    "Ready": {
        "type": "object",
        "description": "To whom may read the whole of Health, to others this alone.",
        "properties": {"ready": _YES_NO, "reasons": _listed(_TEXT)},
        "required": ["ready"],
    },
    "Health": _object(
        {
            "ready": _YES_NO,
            "reasons": _listed(_TEXT),
            "mode": {"enum": ["starting", "working", "standby"]},
            "now": _INSTANT,
            "last_good_poll": _MAYBE_INSTANT,
            "lag_seconds": {"type": ["number", "null"]},
            "failure": {"oneOf": [{"type": "null"}, _ref("Failure")]},
            "reload_problem": _MAYBE_TEXT,
        }
    ),
    "Failure": _object({"kind": _TEXT, "message": _TEXT, "retry_seconds": _NUMBER}),
    "Status": _object(
        {
            "as_of": _INSTANT,
            "total": _WHOLE,
            "instances": _listed(_ref("Clock")),
            "held_total": _WHOLE,
            "held": _listed(_ref("Held")),
        }
    ),
    "Clock": _object(
        {
            **_CLOCK,
            "number": _TEXT,
            "title": _TEXT,
            "url": _MAYBE_TEXT,
            "group": _MAYBE_TEXT,
            "owner": _MAYBE_TEXT,
            "mark": {"enum": ["none", "at_risk", "breached"]},
            "overdue": _YES_NO,
            "left": _MAYBE_WHOLE,
        }
    ),
    "Held": _object(
        {"ticket": _TEXT, "number": _TEXT, "why": _TEXT, "until": _MAYBE_INSTANT},
    ),
    "Ticket": _object(
        {
            "ticket": _object({"id": _TEXT, "number": _TEXT, "title": _TEXT}),
            "as_of": _INSTANT,
            "policy_set": _MAYBE_TEXT,
            "source": _TEXT,
            "held": _MAYBE_TEXT,
            "marks": {"type": "object"},
            "next_check_at": _MAYBE_INSTANT,
            "instances": _listed(_ref("Instance")),
            "written": _listed({"type": "object"}),
        }
    ),
    "Instance": _object(
        {
            **_CLOCK,
            "spans": _listed({"type": "object"}),
            "trace": _listed({"type": "object"}),
            "steps": _listed({"type": "object"}),
            "changes": _listed({"type": "object"}),
            "reckoning": {"type": ["object", "null"]},
            "ended_by": {"type": ["object", "null"]},
        }
    ),
    "Cycles": _object({"kept": _WHOLE, "cycles": _listed(_ref("Cycle"))}),
    "Cycle": _object(_CYCLE),
    "Document": _object(
        {"openapi": _TEXT, "info": {"type": "object"}, "paths": {"type": "object"}}
    ),
    "Hint": _object({"hint": {"enum": ["accepted", "known", "repeated"]}}),
    "Hook": {
        "type": "object",
        "description": "Anything that names a ticket; the rest is not looked at.",
        "anyOf": [
            _object({"ticket": {"anyOf": [_ID, _object({"id": _ID})]}}),
            _object({"ticket_id": _ID}),
            _object({"TicketID": _ID}),
            _object({"Ticket": _object({"TicketID": _ID})}),
            _object({"Event": _object({"TicketID": _ID})}),
        ],
    },
    "HookForm": _object({"ticket": _ID}),
}
