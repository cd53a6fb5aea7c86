"""Tickets that are only measured: known through a backfill, judged, never written."""

from __future__ import annotations

from dataclasses import replace

from slaplugin.app.hold import Held
from slaplugin.app.sync import Outcome


def measured(result: Outcome | Held) -> Outcome | Held:
    """The same result with nothing to do: the ticket is measured, never written."""
    if isinstance(result, Held):
        return replace(result, row=replace(result.row, live=False))
    row = replace(result.known.row, live=False, next_check_at=None)
    return replace(
        result,
        known=replace(result.known, row=row),
        plan=replace(result.plan, actions=(), next_check_at=None),
    )


def still_measured(result: Outcome | Held) -> Outcome | Held:
    """A past ticket that was held and is read again by a cycle does not become a live one by it."""
    if isinstance(result, Held):
        return result
    was, row = result.known.was, result.known.row
    past = was is not None and not was.live and was.held is not None and not row.open
    return measured(result) if past else result
