"""What ``undo`` took back stays away until a new cause comes."""

from __future__ import annotations

from collections.abc import Sequence

from slaplugin.core.actions import ActionRow

UNDO_STEP = "undo"
"""The ``step`` of an action row written by ``undo``."""


def undone_at(past: Sequence[ActionRow], policy: str | None = None) -> int:
    """Instant of the last undo that took back anything of this policy; -1: there was none.

    UTC epoch seconds; without ``policy`` that of any undo.
    """
    return max(
        (
            row.at
            for row in past
            if row.step == UNDO_STEP
            and row.status == "done"
            and (policy is None or row.policy is None or row.policy == policy)
        ),
        default=-1,
    )
