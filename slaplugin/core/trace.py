"""Why a layer gave a clock its target, and why the others did not (policy-language §4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from slaplugin.core.conditions import first_failure
from slaplugin.core.model import LayerTrace

if TYPE_CHECKING:
    from slaplugin.core.rulebook import Layer, RuleBook


def explain_layers(
    rules: RuleBook, clock: str, facts: Mapping[str, Any], start: int, winner: Layer | None
) -> tuple[LayerTrace, ...]:
    """One entry per layer in the order of the cascade, highest rank first."""
    return tuple(
        _explain(rules, layer, clock, _Situation(facts, start, winner)) for layer in rules.layers
    )


class _Situation:
    __slots__ = ("facts", "start", "winner")

    def __init__(self, facts: Mapping[str, Any], start: int, winner: Layer | None) -> None:
        self.facts = facts
        self.start = start
        self.winner = winner


def _explain(rules: RuleBook, layer: Layer, clock: str, now: _Situation) -> LayerTrace:
    matched = layer.matches(now.facts)
    gave = layer is now.winner
    why = _why(rules, layer, clock, now)
    return LayerTrace(layer.name, layer.rank, matched, gave, why)


def _why(rules: RuleBook, layer: Layer, clock: str, now: _Situation) -> str:
    failure = _failure(rules, layer, now.facts)
    if failure:
        return f"does not match, it needs {failure}"
    if clock not in layer.policy.targets:
        return f"matches, but says nothing about {clock}"
    choice = rules.entry_of(layer, clock, now.facts)
    if choice is None:
        return f"matches, but none of its {clock} targets applies to these facts"
    day = choice.calendar.local_date(now.start)
    if not layer.in_force(day):
        return f"matches, but is not in force on {day.isoformat()}, when the clock started"
    return _against(layer, now.winner)


def _against(layer: Layer, winner: Layer | None) -> str:
    if layer is winner:
        return "matches, and has the highest rank that defines this clock"
    if winner is None:
        return "matches, but the clock had ended before"
    if winner.rank == layer.rank:
        return f"matches, but of equal rank {winner.name} is due earlier, or first by name"
    return f"matches, but {winner.name} has the higher rank {winner.rank}"


def _failure(rules: RuleBook, layer: Layer, facts: Mapping[str, Any]) -> str | None:
    by_name = {other.name: other.policy for other in rules.layers}
    chain = []
    policy = layer.policy
    while True:
        chain.append(policy)
        if policy.parent is None:
            break
        policy = by_name[policy.parent]
    for link in reversed(chain):
        reason = first_failure(link.when, facts)
        if reason:
            return reason if link is layer.policy else f"its parent {link.name} to match: {reason}"
    return None
