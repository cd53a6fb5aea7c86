"""A policy set cut into subjects and aspects: what ``describe`` reads out and ``diff`` compares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from slaplugin.core.conditions import ALWAYS_TRUE, describe
from slaplugin.core.durations import format_duration
from slaplugin.core.policies import SPAM, Policy, PolicySet
from slaplugin.policyfiles.profilewords import profile_words
from slaplugin.policyfiles.words import (
    calendar_words,
    change_words,
    clock_words,
    joined,
    objective_words,
    patterns_words,
    step_words,
    target_words,
)

Facets = Mapping[str, str]
"""Aspect -> phrase, in the order of reading."""

_MODES = {
    "observe": "measures only",
    "mark": "writes marks and its own fields, nothing else",
    "act": "does all steps",
}
_MARKS = {
    "keep": "the breach mark stays after the clock has stopped",
    "while_overdue": "the breach mark stays only while the clock runs",
}


def facets(policy_set: PolicySet) -> dict[str, Facets]:
    """Subject (``policy vip``, ``calendar berlin``) -> its aspects."""
    found: dict[str, Facets] = {}
    for name, spec in policy_set.calendars.items():
        found[f"calendar {name}"] = {"hours": calendar_words(spec)}
    for name, clock in policy_set.clocks.items():
        found[f"clock {name}"] = {"rules": clock_words(clock)}
    for policy in policy_set.policies:
        found[f"policy {policy.name}"] = dict(_policy(policy))
    whole = dict(_whole(policy_set))
    if whole:
        found["the set"] = whole
    return found


def _whole(policy_set: PolicySet) -> Iterator[tuple[str, str]]:
    if policy_set.void != (SPAM,):
        yield "void", f"void all clocks at {patterns_words(policy_set.void)}"
    if policy_set.profile:
        yield "profile", profile_words(policy_set.profile)


def _policy(policy: Policy) -> Iterator[tuple[str, str]]:
    yield "condition", _applies(policy)
    if policy.rank is not None:
        yield "rank", f"rank {policy.rank}"
    if policy.effective_from or policy.effective_until:
        yield "effective", _effective(policy)
    if policy.calendar:
        yield "calendar", f"counts in {policy.calendar}"
    for clock, entries in policy.targets.items():
        yield f"target {clock}", target_words(entries)
    yield from _handling(policy)
    yield from _steps(policy)
    for place, objective in enumerate(policy.objectives or (), start=1):
        yield f"objective {place}", objective_words(objective)


def _applies(policy: Policy) -> str:
    what = (
        "every ticket" if policy.when == ALWAYS_TRUE else f"tickets where {describe(policy.when)}"
    )
    return f"{what} (inside {policy.parent})" if policy.parent else what


def _effective(policy: Policy) -> str:
    first = f"from {policy.effective_from}" if policy.effective_from else ""
    last = f"until {policy.effective_until}" if policy.effective_until else ""
    return f"in force {first} {last}".replace("  ", " ").strip()


def _handling(policy: Policy) -> Iterator[tuple[str, str]]:
    if policy.pause is not None:
        paused = joined(sorted(policy.pause)) if policy.pause else "no clock"
        yield "pause", f"while waiting on the customer these stand still: {paused}"
    if policy.reopen_within is not None:
        yield "reopen", f"a reopen within {format_duration(policy.reopen_within)} continues"
    if policy.change is not None:
        yield "change", change_words(policy.change)
    if policy.mode is not None:
        yield "mode", _MODES[policy.mode]
    if policy.enforce_from is not None:
        yield "enforce_from", f"acts on steps due from {policy.enforce_from} on"
    if policy.marks is not None:
        yield "marks", _MARKS[policy.marks]
    if policy.count_unanswered is not None:
        counted = "counts" if policy.count_unanswered else "is left out"
        yield "count_unanswered", f"a ticket closed unanswered {counted} in attainment"


def _steps(policy: Policy) -> Iterator[tuple[str, str]]:
    if policy.steps == ():
        yield "steps", "no steps"
    seen: dict[str, int] = {}
    for step in policy.steps or ():
        seen[step.at] = seen.get(step.at, 0) + 1
        again = f" ({seen[step.at]})" if seen[step.at] > 1 else ""
        yield f"step {step.at}{again}", step_words(step)
