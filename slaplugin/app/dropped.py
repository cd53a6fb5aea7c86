"""An owner whom the host drops because of our change of group: ``undo`` puts him back.

Hosts let only people of a ticket's group own it, and say nothing when they take it from somebody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from slaplugin.core.actions import ActionRow, Seen


def dropped_owner(
    rows: Iterable[ActionRow], before: Seen | None, seen: Seen
) -> tuple[ActionRow, ...]:
    """The row of the journal for that side effect of ``rows``; empty where there was none.

    ``before`` is what the host showed before the rows were written, ``seen`` what it shows now.
    """
    done = [row for row in rows if row.status == "done"]
    moved = next((row for row in done if row.kind == "set_group"), None)
    if moved is None or any(row.kind == "set_owner" for row in done):
        return ()
    if before is None or before.owner is None or seen.owner is not None:
        return ()
    dropped = replace(
        moved,
        key=f"{moved.key}:owner",
        kind="set_owner",
        value=None,
        before=before.owner,
        result="dropped by the host with the change of group",
    )
    return (dropped,)
