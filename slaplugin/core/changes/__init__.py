"""Why a due time is what it is: every change of a clock's target, and the sum behind the due."""

from __future__ import annotations

from slaplugin.core.changes.adopted import Era, changes_over
from slaplugin.core.changes.journal import story_of
from slaplugin.core.changes.values import (
    Cause,
    Change,
    ChangeKind,
    FactChange,
    Identity,
    Reckoning,
    Rule,
    Story,
    Terms,
    Wait,
)

__all__ = [
    "Cause",
    "Change",
    "ChangeKind",
    "Era",
    "FactChange",
    "Identity",
    "Reckoning",
    "Rule",
    "Story",
    "Terms",
    "Wait",
    "changes_over",
    "story_of",
]
