"""The worked cases of the policy language: every one must come out as written."""

from __future__ import annotations

from pathlib import Path

import pytest

from slaplugin.app.policytest import CaseResult, run_file
from slaplugin.policyfiles.testfiles import load_policy_tests

SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.yaml"))


def results() -> list[CaseResult]:
    return [result for path in SCENARIOS for result in run_file(load_policy_tests(path))]


def test_there_are_scenarios() -> None:
    assert len(SCENARIOS) == 17


@pytest.mark.parametrize("result", results(), ids=lambda item: f"{item.file}:{item.name}")
def test_scenario(result: CaseResult) -> None:
    assert result.differences == ()
