"""Rendering: clocks, cycles and timelines as text, HTML and JSON. Pure functions on core values.

Nothing here reads a clock, a file or a terminal: the caller says how wide the page is, whether it
can show colours and UTF-8, and in which zone instants are written (:class:`Look`).
"""

from __future__ import annotations

from slaplugin.report.look import Look
from slaplugin.report.values import Explanation, StatusRow, Written

__all__ = ["Explanation", "Look", "StatusRow", "Written"]
