"""Shipped for authors of plugins and adapters: a clock that is moved by hand, plain ports."""

from __future__ import annotations

from slaplugin.testing.clock import FrozenClock
from slaplugin.testing.ports import FixedPolicies, NoHooks, SilentProgress

__all__ = ["FixedPolicies", "FrozenClock", "NoHooks", "SilentProgress"]
