"""JSON Schema (draft 2020-12) of policy files, for editors (``policy schema``).

It knows the shape of every section; what only the whole set can tell (names that exist, hours
that overlap) stays with ``policy check``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from slaplugin.core.conditions import OPERATORS
from slaplugin.core.model import EVENT_KINDS
from slaplugin.policyfiles.objectives import PERIODS
from slaplugin.policyfiles.policies import LOOSEN, MARKS
from slaplugin.policyfiles.steps import ACTIONS
from slaplugin.policyfiles.vocabulary import (
    BUILT_IN_CLOCKS,
    CLOSED_VALUES,
    CYCLES,
    FIELDS,
    MODES,
    PROFILE_NAMES,
)

Schema = dict[str, Any]
_AMOUNT = r"(\d+h)?(\d+m)?(\d+s)?"
_DURATION = rf"^(?=\d){_AMOUNT}$"
_DURATION_OR_DAYS = rf"^(?=\d)(\d+d)?{_AMOUNT}$"
_GOAL = rf"^(none|[1-9]\d*bd|(?=\d){_AMOUNT})$"
_DAYS = r"(mon|tue|wed|thu|fri|sat|sun)"
_DAY_KEY = rf"^{_DAYS}(-{_DAYS})?(\s*,\s*{_DAYS}(-{_DAYS})?)*$"
_INTERVAL = r"\d{1,2}:\d{2}\s*-\s*\d{1,2}:\d{2}"
_HOURS = rf"^\s*(closed|{_INTERVAL}(\s*,\s*{_INTERVAL})*)\s*$"
_DATE = r"^\d{4}-\d{2}-\d{2}$"
_SHARE = r"^\d+(\.\d+)?\s*%$"
_STEP_AT = rf"^(start|met|breach|\d+(\.\d+)?%|(?=\d){_AMOUNT} (before|after) due)$"
_TEXT: Schema = {"type": "string"}
_VALUE: Schema = {"type": ["string", "number", "boolean"]}


def policy_schema() -> Schema:
    """The whole schema; every call gives a new document."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "slaplugin policy file",
        "description": "Calendars, clocks and policies; all files of a directory are one set.",
        **_object(
            {
                "calendars": _map_of(
                    _ref("calendar"), "Opening hours by name; 24x7 always exists."
                ),
                "clocks": _map_of(_ref("clock"), "Clocks of your own beside the built-in ones."),
                "policies": {"type": "array", "items": _ref("policy")},
                "void": _ref("patterns"),
                "profile": {
                    "enum": list(PROFILE_NAMES),
                    "description": "The helpdesk family whose native choices (what pauses, what is "
                    "a reply, reopen) stand in for the defaults.",
                },
            }
        ),
        "$defs": {
            **_calendar_defs(),
            **_condition_defs(),
            **_clock_defs(),
            **_target_defs(),
            **_step_defs(),
            **_objective_defs(),
            "policy": _policy(),
        },
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _pattern(pattern: str, description: str = "") -> Schema:
    found: Schema = {"type": "string", "pattern": pattern}
    return {**found, "description": description} if description else found


def _object(properties: Mapping[str, Any], required: Iterable[str] = ()) -> Schema:
    found: Schema = {
        "type": "object",
        "properties": dict(properties),
        "additionalProperties": False,
    }
    return {**found, "required": list(required)} if required else found


def _map_of(values: Schema, description: str) -> Schema:
    return {"type": "object", "additionalProperties": values, "description": description}


def _one_or_many(values: Schema) -> Schema:
    return {"anyOf": [values, {"type": "array", "items": values}]}


def _calendar_defs() -> dict[str, Schema]:
    version = {
        "timezone": {**_TEXT, "description": "IANA name, such as Europe/Berlin."},
        "hours": {
            "type": "object",
            "patternProperties": {_DAY_KEY: _pattern(_HOURS)},
            "additionalProperties": False,
        },
        "holidays": _one_or_many(_pattern(r"^[A-Z]{2,3}(-.+)?$", "ISO country or subdivision.")),
        "exceptions": {
            "type": "object",
            "patternProperties": {_DATE: _pattern(_HOURS)},
            "additionalProperties": False,
        },
        "ics": _one_or_many(_TEXT),
    }
    dated = {**version, "from": _pattern(_DATE)}
    union = {"union": {"type": "array", "items": _TEXT, "minItems": 1}, "timezone": _TEXT}
    return {
        "calendar": {
            "anyOf": [
                _object(version, ["timezone"]),
                _object(union, ["union"]),
                {"type": "array", "items": _object(dated, ["timezone"]), "minItems": 1},
            ]
        }
    }


def _condition_defs() -> dict[str, Schema]:
    values = _one_or_many(_VALUE)
    operators: dict[str, Schema] = dict.fromkeys(OPERATORS, values)
    operators["set"] = {"type": "boolean"}
    tested = {"anyOf": [values, _object(operators)]}
    closed = {name: _closed_field(allowed) for name, allowed in CLOSED_VALUES.items()}
    return {
        "condition": {
            "type": "object",
            "description": "All entries must hold.",
            "properties": {
                **{name: tested for name in sorted(FIELDS) if name not in closed},
                **closed,
                "all": {"type": "array", "items": _ref("condition"), "minItems": 1},
                "any": {"type": "array", "items": _ref("condition"), "minItems": 1},
                "not": _ref("condition"),
            },
            "patternProperties": {r"^(customer|organization|fields|facts)\..+$": tested},
            "additionalProperties": False,
        }
    }


def _closed_field(allowed: Iterable[str]) -> Schema:
    values = _one_or_many({"enum": list(allowed)})
    operators: dict[str, Schema] = dict.fromkeys(("is", "not", "in", "not_in"), values)
    operators.update({"matches": _TEXT, "contains": _TEXT, "set": {"type": "boolean"}})
    return {"anyOf": [values, _object(operators)]}


def _clock_defs() -> dict[str, Schema]:
    pattern = {
        "type": "object",
        "properties": {"event": {"enum": sorted(EVENT_KINDS)}},
        "required": ["event"],
    }
    parts = {
        "party": _TEXT,
        "cycle": {"enum": list(CYCLES)},
        "pause": _ref("condition"),
        "void": _ref("patterns"),
    }
    return {
        "patterns": {"type": "array", "items": pattern},
        "clock": {
            "anyOf": [
                _object({"like": {"enum": list(BUILT_IN_CLOCKS)}, "party": _TEXT}, ["like"]),
                _object({**parts, "while": _ref("condition")}, ["while"]),
                _object(
                    {**parts, "start": _ref("patterns"), "stop": _ref("patterns")},
                    ["start", "stop"],
                ),
            ]
        },
    }


def _target_defs() -> dict[str, Schema]:
    goal = _pattern(_GOAL, "Open time (4h), business days (2bd) or none.")
    by = _pattern(r"^(close|\d{1,2}:\d{2})$")
    shared = {"calendar": _TEXT, "when": _ref("condition")}
    entry = {
        "anyOf": [
            goal,
            _object({**shared, "within": goal}, ["within"]),
            _object({**shared, "by": by, "after": _pattern(r"^[1-9]\d*bd$")}, ["by"]),
        ]
    }
    table = {
        "type": "object",
        "description": "By priority: the host's name, a common name, or default.",
        "propertyNames": {"not": {"enum": ["within", "by", "after", "calendar", "when"]}},
        "additionalProperties": _ref("target_entry"),
        "minProperties": 1,
    }
    return {
        "target_entry": entry,
        "target": {
            "anyOf": [
                _ref("target_entry"),
                table,
                {"type": "array", "items": _ref("target_entry"), "minItems": 1},
            ]
        },
    }


def _step_defs() -> dict[str, Schema]:
    values: dict[str, Schema] = {
        "notify": _one_or_many(_TEXT),
        "field": {"anyOf": [_TEXT, {"type": "object", "minProperties": 1, "maxProperties": 1}]},
        "priority": {"type": ["string", "integer"]},
    }
    recover = {"enum": ["restore", "keep"]}
    modifiers = {"only": {"enum": ["raise"]}, "to": _VALUE, "on_recover": recover}
    kinds = [kind for kind in ACTIONS if kind != "mark"]
    actions = [{"const": "mark"}] + [
        _object({kind: values.get(kind, _TEXT), **modifiers}, [kind]) for kind in kinds
    ]
    step = {
        "at": _pattern(_STEP_AT, "start, 75%, 1h before due, breach, 2h after due or met."),
        "do": _one_or_many({"anyOf": actions}),
        "clocks": _one_or_many(_TEXT),
        "retarget": {"type": "boolean"},
        "on_recover": recover,
    }
    return {"step": _object(step, ["at", "do"])}


def _objective_defs() -> dict[str, Schema]:
    share = _pattern(_SHARE)
    line = _object({"below": share, "credit": share}, ["below", "credit"])
    money = {
        "base": {"anyOf": [{"type": ["number", "string"]}, _object({"field": _TEXT}, ["field"])]},
        "currency": _TEXT,
        "cap": share,
        "rounding": {"type": ["number", "string"]},
        "min_count": {"type": "integer", "minimum": 0},
    }
    table = {"type": "array", "items": line}
    shared = {
        **money,
        "share": share,
        "per": {"enum": list(PERIODS)},
        "timezone": _TEXT,
        "credits": {"anyOf": [table, _object({**money, "table": table}, ["table"])]},
    }
    attained = {"clock": _TEXT, "within": _pattern(_DURATION), "during": _TEXT}
    return {
        "objective": {
            "anyOf": [
                _object({**shared, **attained}, ["clock", "share"]),
                _object(
                    {**shared, "availability": _TEXT, "calendar": _TEXT}, ["availability", "share"]
                ),
            ]
        }
    }


def _policy() -> Schema:
    floor = _object({"floor": _pattern(_DURATION)}, ["floor"])
    date = _pattern(_DATE)
    return _object(
        {
            "name": {**_TEXT, "description": "Unique in all files of the set."},
            "rank": {"type": "integer"},
            "when": _ref("condition"),
            "effective": _object({"from": date, "until": date}),
            "calendar": _TEXT,
            "targets": {"type": "object", "additionalProperties": _ref("target")},
            "pause": _one_or_many(_TEXT),
            "reopen_within": _pattern(_DURATION_OR_DAYS),
            "change": _object(
                {
                    "tighten": {"anyOf": [{"enum": ["retroactive", "restart"]}, floor]},
                    "loosen": {"enum": list(LOOSEN)},
                }
            ),
            "mode": {"enum": list(MODES)},
            "enforce_from": date,
            "steps": {"type": "array", "items": _ref("step")},
            "objectives": _one_or_many(_ref("objective")),
            "marks": {"enum": list(MARKS)},
            "count_unanswered": {"type": "boolean"},
            "sub": {"type": "array", "items": _ref("policy")},
        },
        ["name"],
    )
