"""How one instance stands on a side of a what-if (details 46, decision 185)."""

from __future__ import annotations

import pytest

from slaplugin.core.model import ClockInstance, Outcome, Status
from slaplugin.core.whatif.pairs import Standing, Standings

CASES: tuple[tuple[Status, Outcome, int | None, Standing], ...] = (
    ("stopped", "met", 3600, "hits"),
    ("stopped", "breached", 3600, "misses"),
    ("stopped", "breached", None, "misses"),
    ("void", "breached", None, "misses"),
    ("running", "breached", None, "misses"),
    ("running", "pending", 3600, "not_due"),
    ("void", "void", 3600, "void"),
    ("void", "void", None, "none"),
    ("stopped", "closed_unanswered", None, "none"),
    ("stopped", "not_applicable", None, "none"),
    ("not_applicable", "not_applicable", None, "none"),
)


@pytest.mark.parametrize(("status", "outcome", "target", "standing"), CASES)
def test_an_instance_stands_by_its_own_target(
    status: Status, outcome: Outcome, target: int | None, standing: Standing
) -> None:
    instance = ClockInstance("resolution", 1, status, outcome, 0, "e", "standard", target=target)
    assert Standings(frozenset()).of(instance) == standing


def test_without_an_instance_nothing_stands() -> None:
    assert Standings(frozenset()).of(None) == "none"
