"""The action table's rows as a report wants them."""

from __future__ import annotations

from collections.abc import Sequence

from slaplugin.core.actions import ActionRow
from slaplugin.report.cycle import write_phrase
from slaplugin.report.values import Written


def written_of(actions: Sequence[ActionRow]) -> tuple[Written, ...]:
    """What was done on a ticket, in order of time."""
    rows = [
        Written(
            at=row.at,
            what=write_phrase(
                {"action": row.kind, "field": row.field, "from": row.before, "to": row.value}
            ),
            status=row.status,
            why=row.why,
            clock=row.clock,
            start_event=row.start_event,
            step=row.step,
            result=row.result,
        )
        for row in actions
    ]
    return tuple(sorted(rows, key=lambda row: row.at))
