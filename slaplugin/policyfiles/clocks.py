"""The ``clocks:`` section, event patterns, and the set's ``void:`` list (policy-language §5)."""

from __future__ import annotations

from typing import Any, cast

from slaplugin.core.model import EVENT_KINDS
from slaplugin.core.policies import CustomClock, Cycle, EventPattern
from slaplugin.policyfiles.conditions import parse_condition
from slaplugin.policyfiles.context import Names
from slaplugin.policyfiles.cursor import Cursor, suggestion
from slaplugin.policyfiles.scalars import number_as_text
from slaplugin.policyfiles.vocabulary import BUILT_IN_CLOCKS, CYCLES, PAYLOADS, TEXT_PAYLOADS

CLOCK_KEYS = frozenset({"like", "party", "cycle", "while", "start", "stop", "pause", "void"})
_WITH_LIKE = frozenset({"like", "party"})


def parse_clock(name: str, at: Cursor, names: Names) -> CustomClock | None:
    """One custom clock: like a built-in one, or from its own parts (details 22 and 47)."""
    if name in BUILT_IN_CLOCKS:
        at.fail_key(f"'{name}' is a built-in clock", f"choose another name, with like: {name}")
        return None
    before = len(at.findings.errors)
    fields = at.fields(f"clock '{name}'", CLOCK_KEYS)
    if len(at.findings.errors) == before:
        _check_parts(name, at, fields)
    party = fields["party"].text("party") if "party" in fields else None
    if "like" in fields:
        like = fields["like"].one_of("built-in clock", BUILT_IN_CLOCKS)
        return CustomClock(name, like=like, party=party)
    return CustomClock(
        name,
        party=party,
        cycle=_cycle(fields),
        runs_while=parse_condition(fields["while"], names) if "while" in fields else None,
        start=parse_patterns(fields["start"]) if "start" in fields else (),
        stop=parse_patterns(fields["stop"]) if "stop" in fields else (),
        pause=parse_condition(fields["pause"], names) if "pause" in fields else None,
        void=parse_patterns(fields["void"]) if "void" in fields else (),
    )


def _cycle(fields: dict[str, Cursor]) -> Cycle:
    word = fields["cycle"].one_of("cycle", CYCLES) if "cycle" in fields else None
    return cast(Cycle, word or "each")


def _check_parts(name: str, at: Cursor, fields: dict[str, Cursor]) -> None:
    if "like" in fields:
        for key in sorted(set(fields) - _WITH_LIKE):
            fields[key].fail_key(
                f"'{key}' beside 'like' in clock '{name}'", "only party is allowed"
            )
    elif "while" in fields:
        for key in sorted({"start", "stop"} & set(fields)):
            fields[key].fail_key(
                f"'{key}' beside 'while' in clock '{name}'", "use while, or start and stop"
            )
    elif "start" not in fields:
        at.fail_key(f"clock '{name}' never starts", "give it while:, start: and stop:, or like:")
    elif "stop" not in fields:
        at.fail_key(f"clock '{name}' never stops", "give it stop: [{event: closed}]")


def parse_patterns(at: Cursor) -> tuple[EventPattern, ...]:
    """A list of event patterns, any of which is enough."""
    found = (_pattern(item) for item in at.items("a list of events"))
    return tuple(pattern for pattern in found if pattern is not None)


def _pattern(at: Cursor) -> EventPattern | None:
    fields = dict(at.table("an event pattern"))
    if not at.is_table:
        return None
    if "event" not in fields:
        at.fail("an event pattern needs its 'event'", "write {event: tag_added, tag: spam}")
        return None
    event = fields.pop("event").one_of("event", EVENT_KINDS)
    if event is None:
        return None
    reason = fields.pop("reason").text("reason") if "reason" in fields else None
    keys: dict[str, Any] = {}
    for key, child in fields.items():
        if key not in PAYLOADS[event]:
            hint = suggestion(key, PAYLOADS[event] | {"event"})
            child.fail_key(f"{event} carries no '{key}'", hint)
        else:
            wanted = _wanted(child, key)
            texts = TEXT_PAYLOADS.get(event, ())
            keys[key] = number_as_text(wanted) if key in texts else wanted
    return EventPattern(event, keys, reason)


def _wanted(at: Cursor, key: str) -> Any:
    """A value, None for nobody, or a tuple of which any is enough."""
    if at.is_list:
        return tuple(item.value for item in at.items(key))
    if at.is_table:
        at.fail(f"{key} must be a value or a list of values", f"write {key}: spam")
        return None
    return at.value
