"""Sections of all files put together to one policy set, and what only the whole can tell."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from slaplugin import __version__
from slaplugin.core.calendars import CalendarSpec, closed_dates
from slaplugin.core.clocks.allowance import text_of
from slaplugin.core.policies import (
    SPAM,
    BusinessDays,
    ByTime,
    CustomClock,
    EventPattern,
    NoTarget,
    Policy,
    PolicySet,
    TargetEntry,
)
from slaplugin.policyfiles.calendars import parse_calendar, report_circles
from slaplugin.policyfiles.clocks import parse_clock, parse_patterns
from slaplugin.policyfiles.closeddays import ClosedDates
from slaplugin.policyfiles.context import Names
from slaplugin.policyfiles.cursor import Cursor, Findings
from slaplugin.policyfiles.policies import Layers
from slaplugin.policyfiles.vocabulary import PROFILE_NAMES, SET_KEYS, TEST_KEYS


@dataclass(frozen=True, slots=True)
class Source:
    """What a set is read from beside its nodes."""

    text: Mapping[str, str] = field(default_factory=dict)
    """File name -> contents."""
    priorities: Mapping[str, str] = field(default_factory=dict)
    closed: ClosedDates = field(default_factory=ClosedDates)


@dataclass(slots=True)
class _Sections:
    """The entries of each section over all files; a name defined twice is reported."""

    calendars: dict[str, Cursor] = field(default_factory=dict)
    clocks: dict[str, Cursor] = field(default_factory=dict)
    policies: list[Cursor] = field(default_factory=list)
    single: dict[str, Cursor] = field(default_factory=dict)

    def add(self, root: Cursor) -> None:
        fields = root.fields("a policy file", SET_KEYS | TEST_KEYS)
        for key, into in (("calendars", self.calendars), ("clocks", self.clocks)):
            if key in fields:
                _merge(fields[key], key, into)
        if "policies" in fields:
            self.policies.append(fields["policies"])
        for key in ("void", "profile"):
            if key in fields:
                _once(fields[key], key, self.single)


def _merge(at: Cursor, section: str, into: dict[str, Cursor]) -> None:
    for name, child in at.table(section).items():
        first = into.setdefault(name, child)
        if first is not child:
            _twice(child, f"{section.removesuffix('s')} '{name}'", first)


def _once(at: Cursor, key: str, into: dict[str, Cursor]) -> None:
    first = into.setdefault(key, at)
    if first is not at:
        _twice(at, f"'{key}'", first)


def _twice(at: Cursor, what: str, first: Cursor) -> None:
    where = first.key_place or first.node.place
    at.fail_key(
        f"{what} is defined twice, first in {where.file} line {where.line}", "keep one of the two"
    )


@dataclass(frozen=True, slots=True)
class ReadSet:
    """A set as far as it could be read; only without errors is it fit for use."""

    policy_set: PolicySet
    policies: Mapping[str, Cursor]
    """Policy name -> where it stands."""
    clocks: Mapping[str, Cursor]
    """Custom clock -> where it stands."""


def read_set(roots: Iterable[Cursor], source: Source) -> ReadSet:
    """Read every section of every file; problems go to the cursors' findings."""
    sections = _Sections()
    findings = Findings()
    for root in roots:
        findings = root.findings
        sections.add(root)
    names = Names(frozenset(sections.calendars), frozenset(sections.clocks), source.priorities)
    calendars = _calendars(sections, names, source.closed)
    clocks = _clocks(sections, names)
    layers = Layers(names)
    for at in sections.policies:
        layers.read(at)
    _check_targets(layers, calendars)
    policy_set = PolicySet(
        calendars=calendars,
        clocks=clocks,
        policies=tuple(layers.policies.values()),
        void=_void(sections.single.get("void")),
        priorities=dict(source.priorities),
        profile=_profile(sections.single.get("profile")),
        hash="" if findings.errors else set_hash(source, calendars),
        text=dict(source.text),
    )
    return ReadSet(policy_set, layers.places, sections.clocks)


def set_hash(source: Source, calendars: Mapping[str, CalendarSpec]) -> str:
    """SHA-256 over text, resolved closed dates, priorities and the version of the engine."""
    content = {
        "text": dict(source.text),
        "closed": closed_dates(calendars),
        "priorities": dict(source.priorities),
        "engine": __version__,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _calendars(sections: _Sections, names: Names, closed: ClosedDates) -> dict[str, CalendarSpec]:
    found = {
        name: spec
        for name, at in sections.calendars.items()
        if (spec := parse_calendar(name, at, names.calendars, closed)) is not None
    }
    report_circles(found, sections.calendars)
    return found


def _clocks(sections: _Sections, names: Names) -> dict[str, CustomClock]:
    return {
        name: clock
        for name, at in sections.clocks.items()
        if (clock := parse_clock(name, at, names)) is not None
    }


def _void(at: Cursor | None) -> tuple[EventPattern, ...]:
    return (SPAM,) if at is None else parse_patterns(at)


def _profile(at: Cursor | None) -> str | None:
    return None if at is None else at.one_of("profile", PROFILE_NAMES)


# ---------------------------------------------------------------------- targets' calendars


def effective_calendar(
    entry: TargetEntry, policy: Policy, policies: Mapping[str, Policy]
) -> str | None:
    """The calendar a target has by itself, its policy or the policy's parents (details 28)."""
    if entry.calendar is not None:
        return entry.calendar
    layer: Policy | None = policy
    while layer is not None:
        if layer.calendar is not None:
            return layer.calendar
        layer = policies.get(layer.parent) if layer.parent else None
    return None


def _check_targets(layers: Layers, calendars: Mapping[str, CalendarSpec]) -> None:
    for policy in layers.policies.values():
        for clock, entries in policy.targets.items():
            for entry in entries:
                if not isinstance(entry.goal, NoTarget):
                    _check_calendar(layers, policy, clock, entry, calendars)


def _check_calendar(
    layers: Layers,
    policy: Policy,
    clock: str,
    entry: TargetEntry,
    calendars: Mapping[str, CalendarSpec],
) -> None:
    names = layers.names.calendars
    name = effective_calendar(entry, policy, layers.policies)
    if name is None:
        if len(names) > 1:
            target_place(layers.places[policy.name], clock).fail(
                f"target '{clock}' of policy '{policy.name}' has no calendar",
                f"say which: {', '.join(sorted(names))}, or 24x7",
            )
            return
        name = next(iter(names), None)
    spec = calendars.get(name) if name else None
    if spec is not None and spec.members and isinstance(entry.goal, BusinessDays | ByTime):
        target_place(layers.places[policy.name], clock).fail(
            f"target '{text_of(entry.goal)}' cannot use '{name}', a union of calendars",
            "a day is the day of one calendar: name one of " + ", ".join(spec.members),
        )


def target_place(policy: Cursor, clock: str) -> Cursor:
    """Where a policy's target for a clock stands."""
    targets = policy.table("a policy").get("targets")
    found: Any = targets.table("targets").get(clock) if targets is not None else None
    return found if isinstance(found, Cursor) else policy
