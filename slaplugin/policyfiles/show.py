"""``policy show``: targets resolved, per layer or for one ticket with the trace of layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from slaplugin.core.calendars import ALWAYS
from slaplugin.core.clocks.definitions import ClockDef, all_clocks
from slaplugin.core.conditions import describe
from slaplugin.core.durations import format_duration
from slaplugin.core.model import ClockInstance, Evaluation
from slaplugin.core.policies import NoTarget, PolicySet, TargetEntry
from slaplugin.core.profiles import REOPEN_WITHIN, WHENEVER, profile_of
from slaplugin.core.rulebook import (
    Layer,
    pauses_while_waiting,
    reopen_window,
    resolve_layers,
)
from slaplugin.core.texts import utc_text
from slaplugin.policyfiles.words import joined, target_words
from slaplugin.report.explain_json import layer_json


@dataclass(frozen=True, slots=True)
class Target:
    """One entry of one layer with everything it inherits."""

    clock: str
    goal: str
    """In words, with its priority and condition."""
    calendar: str | None
    """None for a target ``none``."""
    pauses: bool
    """While the ticket waits on the customer."""
    at_reopen: str | None
    """What a reopen does, where that is not the usual thing."""


@dataclass(frozen=True, slots=True)
class LayerView:
    """A policy as the cascade sees it."""

    policy: str
    rank: int
    parent: str | None
    condition: str
    mode: str
    steps: tuple[str, ...]
    targets: tuple[Target, ...]


def layers(policy_set: PolicySet) -> list[LayerView]:
    """Every layer in the order in which the cascade asks them, inheritance resolved."""
    return [_layer(layer, policy_set) for layer in resolve_layers(policy_set.policies)]


def _layer(layer: Layer, policy_set: PolicySet) -> LayerView:
    return LayerView(
        policy=layer.name,
        rank=layer.rank,
        parent=layer.policy.parent,
        condition=describe(layer.policy.when),
        mode=layer.mode,
        steps=tuple(step.at for step in layer.steps),
        targets=tuple(_targets(layer, policy_set)),
    )


def _targets(layer: Layer, policy_set: PolicySet) -> Iterator[Target]:
    profile = profile_of(policy_set.profile)
    clocks = {clock.name: clock for clock in all_clocks(policy_set.clocks, profile)}
    for name, entries in layer.policy.targets.items():
        for entry in entries:
            yield Target(
                clock=name,
                goal=target_words((replace(entry, calendar=None),)),
                calendar=_calendar(entry, layer, policy_set),
                pauses=pauses_while_waiting(layer, entry.goal, clocks[name]),
                at_reopen=_at_reopen(layer, clocks[name]),
            )


def _at_reopen(layer: Layer, clock: ClockDef) -> str | None:
    window = reopen_window(layer, clock)
    if clock.cycle != "resume" or window == REOPEN_WITHIN:
        return None
    if window is None:
        return "the first close is final"
    within = "" if window == WHENEVER else f" within {format_duration(window)}"
    return f"every reopen{within} continues"


def _calendar(entry: TargetEntry, layer: Layer, policy_set: PolicySet) -> str | None:
    if isinstance(entry.goal, NoTarget):
        return None
    only = next(iter(policy_set.calendars)) if len(policy_set.calendars) == 1 else ALWAYS
    return entry.calendar or layer.calendar or only


def layers_text(shown: list[LayerView]) -> str:
    """One block a layer, highest rank first."""
    return "\n\n".join("\n".join(_layer_lines(layer)) for layer in shown)


def _layer_lines(layer: LayerView) -> Iterator[str]:
    inside = f", inside {layer.parent}" if layer.parent else ""
    yield f"{layer.policy} (rank {layer.rank}{inside}, mode {layer.mode}): {layer.condition}"
    for target in layer.targets:
        calendar = f" in {target.calendar}" if target.calendar else ""
        pauses = ", pauses while waiting on the customer" if target.pauses else ""
        reopen = f", {target.at_reopen}" if target.at_reopen else ""
        yield f"  {target.clock}: {target.goal}{calendar}{pauses}{reopen}"
    yield f"  steps: {joined(layer.steps) if layer.steps else 'none'}"


# ---------------------------------------------------------------------- one ticket


def ticket_view(evaluation: Evaluation) -> dict[str, Any]:
    """The targets of a ticket, each with the layers that did and did not give it; JSON-able.

    Only the latest instance of each clock is shown; ``explain`` tells all of them.
    """
    latest: dict[str, ClockInstance] = {item.clock: item for item in evaluation.instances}
    return {
        "as_of": utc_text(evaluation.as_of),
        "clocks": [_instance(item) for item in latest.values()],
    }


def _instance(item: ClockInstance) -> dict[str, Any]:
    return {
        "clock": item.clock,
        "instance": item.instance,
        "policy": item.policy,
        "calendar": item.calendar,
        "target": item.target,
        "status": item.status,
        "due_at": None if item.due_at is None else utc_text(item.due_at),
        "trace": [layer_json(layer) for layer in item.trace],
    }


def ticket_text(view: Mapping[str, Any]) -> str:
    """The same for people."""
    lines: list[str] = []
    for clock in view["clocks"]:
        target = clock["target"]
        shown = format_duration(target) if isinstance(target, int) else target or "no target"
        due = f", due {clock['due_at']}" if clock["due_at"] else ""
        given = f" from {clock['policy']} in {clock['calendar']}" if clock["policy"] else ""
        lines.append(f"{clock['clock']} ({clock['status']}): {shown}{given}{due}")
        for layer in clock["trace"]:
            sign = "*" if layer["gave_target"] else "+" if layer["matched"] else "-"
            lines.append(f"  {sign} {layer['policy']} (rank {layer['rank']}): {layer['why']}")
    return "\n".join(lines) or "no clock runs for this ticket"
