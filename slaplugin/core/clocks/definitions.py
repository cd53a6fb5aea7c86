"""The built-in clocks and the admin's own, in the order in which they are listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from slaplugin.core.conditions import Condition, Predicate, compile_condition
from slaplugin.core.policies import CustomClock, Cycle


@dataclass(frozen=True, slots=True)
class ClockDef:
    """A clock ready to run: what it is like, how it repeats, who is accountable."""

    name: str
    base: str | None
    """The built-in clock whose rules it has; None for a custom one."""
    cycle: Cycle
    pauses: bool
    """Stands still while waiting on the customer unless a policy's list says otherwise."""
    party: str
    custom: CustomClock | None = None
    runs_while: Predicate | None = None
    pause: Predicate | None = None


def _builtin(name: str, cycle: Cycle, pauses: bool, party: str = "us") -> ClockDef:
    return ClockDef(name, name, cycle, pauses, party)


BUILTIN: Mapping[str, ClockDef] = {
    clock.name: clock
    for clock in (
        _builtin("first_response", "once", pauses=False),
        _builtin("next_response", "each", pauses=False),
        _builtin("update", "each", pauses=True),
        _builtin("resolution", "resume", pauses=True),
        _builtin("first_resolution", "once", pauses=True),
        _builtin("assignment", "each", pauses=False),
        _builtin("ownership", "each", pauses=True, party="group"),
        _builtin("customer_wait", "each", pauses=False, party="customer"),
        _builtin("handle_time", "accumulate", pauses=True),
        _builtin("requester_wait", "resume", pauses=True),
    )
}


def all_clocks(custom: Mapping[str, CustomClock]) -> tuple[ClockDef, ...]:
    """Built-in clocks in the order of policy-language §5, then custom ones as declared."""
    return (*BUILTIN.values(), *(define(clock) for clock in custom.values()))


def define(clock: CustomClock) -> ClockDef:
    """A custom clock; with ``like`` it has all rules of the built-in one (details 47)."""
    if clock.like is None:
        return ClockDef(
            clock.name,
            None,
            clock.cycle,
            pauses=False,
            party=clock.party or "us",
            custom=clock,
            runs_while=_compiled(clock.runs_while),
            pause=_compiled(clock.pause),
        )
    base = BUILTIN[clock.like]
    return ClockDef(clock.name, base.base, base.cycle, base.pauses, clock.party or base.party)


def _compiled(condition: Condition | None) -> Predicate | None:
    return None if condition is None else compile_condition(condition)
