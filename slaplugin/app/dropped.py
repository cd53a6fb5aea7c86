"""An owner whom the host drops because of our change: told as a write, and ``undo`` restores him.

Some hosts let only people of a ticket's group own it, some unlock what is moved or closed and give
it to nobody. They say nothing when they take a ticket from somebody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from slaplugin.core.actions import ActionRow, Seen

_CAUSES: Mapping[str, str] = {"set_group": "group", "set_state": "state"}


def dropped_owner(
    rows: Iterable[ActionRow], before: Seen | None, seen: Seen
) -> tuple[ActionRow, ...]:
    """The row of the journal for that side effect of ``rows``; empty where there was none.

    ``before`` is what the host showed before the rows were written, ``seen`` what it shows now.
    """
    done = [row for row in rows if row.status == "done"]
    cause = next((row for row in done if row.kind in _CAUSES), None)
    if cause is None or any(row.kind == "set_owner" for row in done):
        return ()
    if before is None or before.owner is None or seen.owner is not None:
        return ()
    what = _CAUSES[cause.kind]
    dropped = replace(
        cause,
        key=f"{cause.key}:owner",
        kind="set_owner",
        value=None,
        before=before.owner,
        why=f"the helpdesk did this by itself with the change of {what}; undo takes it back",
        result=f"dropped by the host with the change of {what}",
    )
    return (dropped,)
