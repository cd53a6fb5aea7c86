"""The built-in clocks and the admin's own, in the order in which they are listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from slaplugin.core.conditions import Condition, Predicate, compile_condition
from slaplugin.core.policies import CustomClock, Cycle
from slaplugin.core.profiles import OWN, REOPEN_WITHIN, Profile


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
    by_state: bool = False
    """Stands still as long as the waiting state lasts (core/profiles)."""
    reopen_within: int | None = REOPEN_WITHIN
    """Window of a resume unless a policy names one; None: the first close is final."""


def _builtin(name: str, cycle: Cycle, party: str = "us") -> ClockDef:
    return ClockDef(name, name, cycle, name in OWN.pauses, party)


BUILTIN: Mapping[str, ClockDef] = {
    clock.name: clock
    for clock in (
        _builtin("first_response", "once"),
        _builtin("next_response", "each"),
        _builtin("update", "each"),
        _builtin("resolution", "resume"),
        _builtin("first_resolution", "once"),
        _builtin("assignment", "each"),
        _builtin("ownership", "each", party="group"),
        _builtin("customer_wait", "each", party="customer"),
        _builtin("handle_time", "accumulate"),
        _builtin("requester_wait", "resume"),
    )
}


def all_clocks(custom: Mapping[str, CustomClock], profile: Profile = OWN) -> tuple[ClockDef, ...]:
    """Built-in clocks in the order of policy-language §5, then custom ones as declared."""
    clocks = (*BUILTIN.values(), *(define(clock) for clock in custom.values()))
    return tuple(_as_in(profile, clock) for clock in clocks)


def _as_in(profile: Profile, clock: ClockDef) -> ClockDef:
    """The clock with the family's defaults, if the family has one like it."""
    if clock.base not in profile.native:
        return clock
    pauses = clock.base in profile.pauses
    return replace(
        clock,
        pauses=pauses,
        by_state=pauses and profile.by_state,
        reopen_within=profile.reopen_within,
    )


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
