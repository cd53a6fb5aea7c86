"""Whatever is done to a policy file, reading it gives a set or problems, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slaplugin.core.rulebook import RuleBook
from slaplugin.policyfiles.describe import sentences
from slaplugin.policyfiles.loader import load_policy_texts

ROOT = Path(__file__).parents[2]
FULL = (ROOT / "policies" / "full" / "agreements.yaml").read_text(encoding="utf-8")
CALENDARS = (ROOT / "policies" / "full" / "calendars.yaml").read_text(encoding="utf-8")
# With what is commented out in it the full set uses nearly every key of the language.
EVERYTHING = (
    re.sub(r"^(\s*)# (?=(- )?[{a-z_]+:|- |  )", r"\1", FULL, flags=re.MULTILINE) + CALENDARS
)
WORD = re.compile(r"[^\s{}\[\],:]+")
WORDS = [
    *("", "~", "[]", "{}", "[1]", "{a: b}", "-1", "0", "1.5", "true", "24:00", '"x"', "1d"),
    *("99999999999999999999h", "9" * 5000 + "h", "2026-02-30", "9999-12-31", "0001-01-01", "*x"),
    *("&x y", "mon", "25:00-26:00", "!!int x", ".nan", ".inf", "{{", "}", "0bd", "99999bd"),
    *("150%", "DE-", "-", "١h", "<<", "? a", "null", "9" * 400 + "%", "{clock}", "none", "close"),
]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    text = EVERYTHING
    for _ in range(draw(st.integers(1, 3))):
        found = list(WORD.finditer(text))
        chosen = found[draw(st.integers(0, len(found) - 1))]
        other = found[draw(st.integers(0, len(found) - 1))].group()
        new = draw(st.sampled_from(WORDS) | st.just(other) | st.text(max_size=3))
        text = text[: chosen.start()] + new + text[chosen.end() :]
    return text


def test_the_text_to_be_mutated_is_valid() -> None:
    assert load_policy_texts({"sla.yaml": EVERYTHING}).problems == ()


@given(mutated())
@settings(
    max_examples=80, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
def test_a_set_or_problems(text: str) -> None:
    loaded = load_policy_texts({"sla.yaml": text})
    if loaded.policy_set is None:
        assert loaded.problems
        assert all(problem.line and problem.column for problem in loaded.problems)
    else:
        RuleBook.compile(loaded.policy_set)
        assert sentences(loaded.policy_set)
