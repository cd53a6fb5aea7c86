"""The worked cases of the policy language: every one must come out as written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core.worked import results, worked

SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.yaml"))


def test_there_are_scenarios() -> None:
    assert len(SCENARIOS) == 17


@pytest.mark.parametrize("file, place", worked(SCENARIOS))
def test_scenario(file: Path, place: int) -> None:
    assert results(file)[place].differences == ()
