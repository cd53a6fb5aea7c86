"""The ``targets:`` of a policy (policy-language §3 and §4, details 28)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from slaplugin.core.conditions import ALWAYS_TRUE
from slaplugin.core.policies import (
    BusinessDays,
    ByTime,
    Duration,
    Goal,
    NoTarget,
    TargetEntry,
)
from slaplugin.policyfiles.calendars import known_calendar
from slaplugin.policyfiles.conditions import parse_condition
from slaplugin.policyfiles.context import Names
from slaplugin.policyfiles.cursor import Cursor, nearest, suggestion
from slaplugin.policyfiles.scalars import business_days, duration, wall_seconds
from slaplugin.policyfiles.vocabulary import PRIORITIES

TARGET_KEYS = frozenset({"within", "by", "after", "calendar", "when"})
Targets = dict[str, tuple[TargetEntry, ...]]


def parse_targets(at: Cursor, names: Names) -> Targets:
    """Clock -> its entries, in the order of the file."""
    found: Targets = {}
    for clock, child in at.table("targets").items():
        if clock not in names.clocks:
            child.fail_key(f"unknown clock '{clock}'", suggestion(clock, names.clocks))
            continue
        found[clock] = _entries(child, names)
    return found


def _entries(at: Cursor, names: Names) -> tuple[TargetEntry, ...]:
    if at.is_list:
        return _listed(at, names)
    if at.is_table and not TARGET_KEYS & set(at.key_names):
        return _by_priority(at, names)
    return _one(at, names)


def _one(at: Cursor, names: Names) -> tuple[TargetEntry, ...]:
    entry = _entry(at, names) if at.is_table else _plain(at)
    return () if entry is None else (entry,)


def _plain(at: Cursor) -> TargetEntry | None:
    goal = parse_goal(at)
    return None if goal is None else TargetEntry(goal)


def _listed(at: Cursor, names: Names) -> tuple[TargetEntry, ...]:
    items = at.items("a list of targets")
    if not items:
        at.fail("a list of targets needs an entry", "write none for no target")
    entries: list[TargetEntry] = []
    for item in items:
        if any(entry.when == ALWAYS_TRUE for entry in entries):
            item.warn("this entry is never reached: an entry without 'when' stands before it")
        entries.extend(_one(item, names))
    return tuple(entries)


def _by_priority(at: Cursor, names: Names) -> tuple[TargetEntry, ...]:
    entries: list[TargetEntry] = []
    for priority, child in at.table("a target").items():
        _check_priority(priority, child, names)
        entries.extend(replace(entry, priority=priority) for entry in _one(child, names))
    if at.is_table and not at.key_names:
        at.fail("a target is empty", "write 4h, or none for no target")
    return tuple(entries)


def _check_priority(priority: str, at: Cursor, names: Names) -> None:
    """Host priorities are free words: only what looks like a key of a target is refused."""
    known = {*PRIORITIES, "default", *names.priorities}
    if priority in known:
        return
    near = nearest(priority, known | TARGET_KEYS)
    if near in TARGET_KEYS or near == "default":
        at.fail_key(f"unknown key '{priority}' in a target", f"did you mean '{near}'?")
    elif near is not None or names.priorities:
        at.warn(f"'{priority}' is no known priority", suggestion(priority, known))


def _entry(at: Cursor, names: Names) -> TargetEntry | None:
    fields = at.fields("a target", TARGET_KEYS)
    calendar = None
    if "calendar" in fields:
        calendar = fields["calendar"].text("calendar")
        if calendar is not None:
            known_calendar(fields["calendar"], calendar, names.calendars)
    when = parse_condition(fields["when"], names) if "when" in fields else ALWAYS_TRUE
    goal = _goal_of(at, fields)
    return None if goal is None else TargetEntry(goal, calendar, when)


def _goal_of(at: Cursor, fields: Mapping[str, Cursor]) -> Goal | None:
    if ("within" in fields) == ("by" in fields):
        at.fail("a target needs either 'within' or 'by'", "write {within: 4h} or {by: close}")
        return None
    if "within" in fields:
        if "after" in fields:
            fields["after"].fail_key("'after' belongs to 'by'", 'write {by: "12:00", after: 1bd}')
        return parse_goal(fields["within"])
    return _by(fields["by"], fields.get("after"))


def parse_goal(at: Cursor) -> Goal | None:
    """``4h``, ``2bd`` or ``none``."""
    if at.is_nothing:
        at.fail("a target is empty", "write a duration such as 4h, or none for no target")
        return None
    text = at.text("a target")
    if text is None:
        return None
    if text == "none":
        return NoTarget()
    days = business_days(text)
    if days is not None:
        if days == 0:
            at.fail(f"target '{text}' must be longer than nothing", "write none for no target")
            return None
        return BusinessDays(days)
    return _duration(at, text)


def _duration(at: Cursor, text: str) -> Goal | None:
    if text.strip("0hms") == "" and "0" in text:
        at.fail(f"target '{text}' must be longer than nothing", "write none for no target")
        return None
    if text == "close" or wall_seconds(text) is not None:
        at.fail(f"target '{text}' is no duration", f'write {{by: "{text}"}}')
        return None
    seconds = duration(at, "target")
    return None if seconds is None else Duration(seconds)


def _by(at: Cursor, after: Cursor | None) -> Goal | None:
    text = at.text("by")
    if text is None:
        return None
    wall = None if text == "close" else wall_seconds(text)
    if wall is None and text != "close":
        at.fail(f"by '{text}' is no time of day", 'write by: "12:00" or by: close')
        return None
    if after is None:
        return ByTime(wall)
    days_text = after.text("after")
    days = business_days(days_text) if days_text is not None else None
    if not days:
        if days_text is not None:
            after.fail(f"after '{days_text}' is no number of business days", "write after: 1bd")
        return None
    return ByTime(wall, days)
