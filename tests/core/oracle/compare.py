"""Both engines on one case, and where they differ."""

from __future__ import annotations

from typing import Any

from slaplugin.app.policytest import plain, step_rows
from slaplugin.core.evaluate import evaluate_fully, last_instant
from slaplugin.core.model import Evaluation, Timeline
from slaplugin.core.policytests import MARK_KEYS, TestCase
from slaplugin.core.rulebook import RuleBook

from .engine import Oracle

UNSPECIFIED = {"not_applicable": {"stopped_at", "confidence"}}


def differences(case: TestCase) -> list[str]:
    """One line per key in which engine and oracle differ; empty: they agree."""
    rules = RuleBook.compile(case.policy_set)
    timeline = Timeline(case.ticket, case.events)
    as_of = last_instant(timeline) if case.as_of is None else case.as_of
    verdict = evaluate_fully(timeline, rules, as_of)
    oracle = Oracle(timeline, case.policy_set, as_of)
    return [
        *_instances(verdict, oracle.answer()),
        *_steps(verdict, oracle.steps()),
        *_marks(verdict, oracle.marks()),
    ]


def misses(case: TestCase) -> list[str]:
    """Where the oracle is not what the case expects."""
    timeline = Timeline(case.ticket, case.events)
    as_of = last_instant(timeline) if case.as_of is None else case.as_of
    oracle = Oracle(timeline, case.policy_set, as_of)
    found = []
    for clock, expected in (case.expect or {}).items():
        rows = oracle.answer().get(clock, [])
        if len(rows) != len(expected.instances):
            found.append(f"{clock}: {len(rows)} instances")
        for row, wanted in zip(rows, expected.instances, strict=False):
            found += [f"{clock}: {key}" for key in wanted if plain(row[key]) != plain(wanted[key])]
    steps = oracle.steps()
    if case.expect_steps is not None:
        same = len(steps) == len(case.expect_steps) and all(
            plain(step[key]) == plain(wanted[key])
            for step, wanted in zip(steps, case.expect_steps, strict=True)
            for key in wanted
        )
        found += [] if same else [f"steps: {steps}"]
    marks = oracle.marks()
    return found + [
        f"marks: {key}" for key, value in (case.expect_marks or {}).items() if marks[key] != value
    ]


def _instances(verdict: Evaluation, answer: dict[str, list[dict[str, Any]]]) -> list[str]:
    found = []
    for clock, rows in answer.items():
        seen = [item for item in verdict.instances if item.clock == clock]
        if len(seen) != len(rows):
            found.append(f"{clock}: engine {len(seen)} instances, oracle {len(rows)}")
        for item, row in zip(seen, rows, strict=False):
            for key, value in row.items():
                if key in UNSPECIFIED.get(row["status"], ()):
                    continue
                actual = getattr(item, key)
                if actual != value:
                    label = f"{clock}[{row['instance']}].{key}"
                    found.append(f"{label}: engine {actual}, oracle {value}")
    return found


def _steps(verdict: Evaluation, wanted: list[dict[str, Any]]) -> list[str]:
    seen = step_rows(verdict)
    found = []
    for place in range(max(len(seen), len(wanted))):
        one = seen[place] if place < len(seen) else None
        other = wanted[place] if place < len(wanted) else None
        if plain(one) != plain(other):
            found.append(f"steps[{place}]: engine {one}, oracle {other}")
    return found


def _marks(verdict: Evaluation, wanted: dict[str, Any]) -> list[str]:
    return [
        f"marks.{key}: engine {getattr(verdict.marks, key)}, oracle {wanted[key]}"
        for key in sorted(MARK_KEYS)
        if getattr(verdict.marks, key) != wanted[key]
    ]
