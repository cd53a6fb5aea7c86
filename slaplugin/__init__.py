"""SLA clocks for helpdesks: each due time, mark and reassignment by the right rule, explained."""

from __future__ import annotations

__version__ = "0.1.0"
