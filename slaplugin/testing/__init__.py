"""Shipped for authors of plugins and adapters: the contract of hosts, a clock, plain ports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slaplugin.testing.clock import FrozenClock
from slaplugin.testing.desk import Ability, Desk, FaultKind, Words
from slaplugin.testing.ports import FixedPolicies, NoHooks, SilentProgress

if TYPE_CHECKING:
    from slaplugin.testing.contract import HostContract

__all__ = [
    "Ability",
    "Desk",
    "FaultKind",
    "FixedPolicies",
    "FrozenClock",
    "HostContract",
    "NoHooks",
    "SilentProgress",
    "Words",
]


def __getattr__(name: str) -> type[HostContract]:
    """``HostContract`` on demand: it alone needs pytest, which an installation has not."""
    if name != "HostContract":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from slaplugin.testing.contract import HostContract

    return HostContract
