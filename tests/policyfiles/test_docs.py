"""``docs/policies.md`` under test: its examples load, and it names every key of the language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from slaplugin.app.policytest import run_file
from slaplugin.core.clocks.definitions import BUILTIN
from slaplugin.core.conditions import OPERATORS
from slaplugin.policyfiles.calendars import UNION_KEYS, VERSION_KEYS
from slaplugin.policyfiles.clocks import CLOCK_KEYS
from slaplugin.policyfiles.loader import load_policy_texts
from slaplugin.policyfiles.objectives import CREDIT_KEYS, OBJECTIVE_KEYS
from slaplugin.policyfiles.policies import POLICY_KEYS
from slaplugin.policyfiles.steps import ACTIONS, STEP_KEYS
from slaplugin.policyfiles.targets import TARGET_KEYS
from slaplugin.policyfiles.testfiles import load_policy_tests
from slaplugin.policyfiles.vocabulary import FIELDS, PLACEHOLDERS, SET_KEYS, TEST_KEYS

PAGE = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
WORDS = frozenset(re.findall(r"[a-z_]+", PAGE))
KEYS = {
    *(SET_KEYS | TEST_KEYS | POLICY_KEYS | STEP_KEYS | TARGET_KEYS | CLOCK_KEYS),
    *(VERSION_KEYS | UNION_KEYS | OBJECTIVE_KEYS | CREDIT_KEYS | FIELDS),
    *(*ACTIONS, *OPERATORS, *PLACEHOLDERS, *BUILTIN),
}


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_valid_and_beyond_doubt(example: str, tmp_path: Path) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(example, encoding="utf-8")
    if re.search(r"^(cases|errors):", example, re.MULTILINE):
        assert all(result.passed for result in run_file(load_policy_tests(path)))
        return
    loaded = load_policy_texts({"example.yaml": example})
    assert loaded.problems == ()
    assert loaded.warnings == ()


def test_every_key_is_told() -> None:
    assert set() == KEYS - WORDS
