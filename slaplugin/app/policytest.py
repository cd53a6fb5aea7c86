"""Running policy tests: every case evaluated, every named key compared (policy-language §9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from slaplugin.core.evaluate import evaluate
from slaplugin.core.model import ClockInstance, Evaluation, Timeline
from slaplugin.core.objectives import attainment
from slaplugin.core.policies import PolicySet
from slaplugin.core.policytests import (
    DURATION_KEYS,
    INSTANT_KEYS,
    ErrorCase,
    ExpectedClock,
    ObjectiveCase,
    PolicyTestFile,
    TestCase,
)
from slaplugin.core.rulebook import RuleBook


@dataclass(frozen=True, slots=True)
class Difference:
    """One key that is not as expected; ``unit`` says how to print the two values."""

    where: str
    """``first_response[1].due_at``, ``steps[2].status``, ``marks.mark`` …"""
    expected: Any
    actual: Any
    unit: str = "value"
    """``instant`` (UTC epoch seconds), ``duration`` (seconds) or ``value``."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """The outcome of one case."""

    file: str
    line: int
    name: str
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        return not self.differences


def run_file(tests: PolicyTestFile) -> list[CaseResult]:
    """Every case of a file, in its order: cases, rejected sets, objectives."""
    rules: dict[int, RuleBook] = {}
    results = [_run_case(case, _rules(rules, case.policy_set)) for case in tests.cases]
    results += [_run_error(case) for case in tests.errors]
    results += [_run_objective(case, rules) for case in tests.objective_cases]
    return results


def _rules(known: dict[int, RuleBook], policy_set: PolicySet) -> RuleBook:
    # The cases of a file share their set; it is compiled once.
    if id(policy_set) not in known:
        known[id(policy_set)] = RuleBook.compile(policy_set)
    return known[id(policy_set)]


def _run_case(case: TestCase, rules: RuleBook) -> CaseResult:
    verdict = evaluate(Timeline(case.ticket, case.events), rules, case.as_of, detail=False)
    found: list[Difference] = []
    for clock, expected in (case.expect or {}).items():
        instances = [item for item in verdict.instances if item.clock == clock]
        found += _compare_clock(clock, expected, instances)
    if case.expect_steps is not None:
        found += _compare_steps(case.expect_steps, step_rows(verdict))
    if case.expect_marks is not None:
        found += _compare_marks(case.expect_marks, verdict)
    return CaseResult(case.origin.file, case.origin.line, case.name, tuple(found))


def _unit(key: str) -> str:
    if key in INSTANT_KEYS or key in ("at", "due"):
        return "instant"
    return "duration" if key in DURATION_KEYS or key == "target" else "value"


def _compare_clock(
    clock: str, expected: ExpectedClock, instances: list[ClockInstance]
) -> Iterable[Difference]:
    if len(expected.instances) != len(instances):
        yield Difference(f"{clock}: instances", len(expected.instances), len(instances))
    for place, (wanted, actual) in enumerate(zip(expected.instances, instances, strict=False), 1):
        label = clock if expected.exactly_one else f"{clock}[{place}]"
        for key, value in wanted.items():
            seen = getattr(actual, key)
            if not _equal(seen, value):
                yield Difference(f"{label}.{key}", value, seen, _unit(key))


def step_rows(verdict: Evaluation) -> list[dict[str, Any]]:
    """The steps of a verdict as ``expect_steps`` lists them, in its order (details 42)."""
    places = {item.clock: place for place, item in reversed(list(enumerate(verdict.instances)))}
    rows = [
        (record.at, places[item.clock], item.instance, record.severity, item, record)
        for item in verdict.instances
        for record in item.steps
    ]
    rows.sort(key=lambda row: row[:4])
    return [
        {
            "at": record.at,
            "clock": item.clock,
            "instance": item.instance,
            "step": record.step,
            "do": record.do,
            "status": record.status,
        }
        for *_, item, record in rows
    ]


def _compare_steps(
    expected: tuple[Mapping[str, Any], ...], actual: list[dict[str, Any]]
) -> Iterable[Difference]:
    for place in range(max(len(expected), len(actual))):
        label = f"steps[{place + 1}]"
        if place >= len(actual):
            yield Difference(label, dict(expected[place]), None)
        elif place >= len(expected):
            yield Difference(label, None, actual[place])
        else:
            for key, value in expected[place].items():
                if not _equal(actual[place][key], value):
                    yield Difference(f"{label}.{key}", value, actual[place][key], _unit(key))


def _compare_marks(expected: Mapping[str, Any], verdict: Evaluation) -> Iterable[Difference]:
    for key, value in expected.items():
        seen = getattr(verdict.marks, key)
        if seen != value:
            yield Difference(f"marks.{key}", value, seen, _unit(key))


def _equal(seen: Any, wanted: Any) -> bool:
    return bool(plain(seen) == plain(wanted))


def plain(value: Any) -> Any:
    """Lists and tuples, mappings of any kind: compared by what is in them."""
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return value


def _run_error(case: ErrorCase) -> CaseResult:
    text = "\n".join(case.messages).casefold()
    found = [
        Difference("message_contains", wanted, "; ".join(case.messages) or "no error")
        for wanted in case.message_contains
        if wanted.casefold() not in text
    ]
    if not case.messages and not found:
        found = [Difference("rejected", True, False)]
    return CaseResult(case.origin.file, case.origin.line, case.name, tuple(found))


def _run_objective(case: ObjectiveCase, rules: dict[int, RuleBook]) -> CaseResult:
    calendars = _rules(rules, case.policy_set).calendars
    result = attainment(case.objective, case.instances, case.now, calendars)
    found = []
    for key, wanted in case.expect.items():
        seen = getattr(result, key)
        if not _same_figure(seen, wanted):
            found.append(Difference(key, str(wanted), str(seen)))
    return CaseResult(case.origin.file, case.origin.line, case.name, tuple(found))


def _same_figure(seen: Any, wanted: Any) -> bool:
    if isinstance(wanted, Fraction) and seen is not None:
        return Fraction(seen) == wanted
    return bool(seen == wanted)
