"""The shipped policies: valid, without a doubt, tested, and as quiet as they claim to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from slaplugin.app.policytest import run_file
from slaplugin.policyfiles.loader import load_policy_dir
from slaplugin.policyfiles.testfiles import find_test_files, load_policy_tests

POLICIES = Path(__file__).parents[2] / "policies"
SETS = ["starter", "full"]


@pytest.mark.parametrize("name", SETS)
def test_it_is_valid_and_beyond_doubt(name: str) -> None:
    loaded = load_policy_dir(POLICIES / name)
    assert loaded.problems == ()
    assert loaded.warnings == ()


@pytest.mark.parametrize("name", SETS)
def test_its_own_tests_pass(name: str) -> None:
    files = find_test_files(POLICIES / name)
    results = [result for file in files for result in run_file(load_policy_tests(file))]
    assert len(results) >= 4
    assert [result for result in results if not result.passed] == []


def test_the_starter_set_has_nine_lines() -> None:
    text = (POLICIES / "starter" / "sla.yaml").read_text(encoding="utf-8")
    assert len([line for line in text.splitlines() if not line.startswith("#")]) == 9


def test_the_full_set_writes_marks_only() -> None:
    found = load_policy_dir(POLICIES / "full").required()
    assert {step.do[0].kind for policy in found.policies for step in policy.steps or ()} == {"mark"}
    assert all(policy.mode == "mark" for policy in found.policies if policy.parent is None)
    assert len(found.calendars) == 3
