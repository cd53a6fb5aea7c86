"""The scheduler: every quarter of an hour it closes what waits to be closed (facts 2.7, 12 no. 21).

Nothing runs by itself: `run_due` is called before each request and each played action and does
what would have happened until now, stamped with the quarter in which it would have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from slaplugin.demo import history
from slaplugin.demo.history import Actor
from slaplugin.demo.schema import NOBODY

if TYPE_CHECKING:
    from slaplugin.demo.db import Row
    from slaplugin.demo.desk import Desk

QUARTER_MS = 15 * 60_000


def run_due(desk: Desk) -> None:
    """Handle pending times that were reached at a quarter since the last run."""
    now = desk.now()
    until = now // QUARTER_MS * QUARTER_MS
    since = desk.db.value("SELECT last_run FROM jobs WHERE name = 'pending'") or 0
    if until <= since:
        return
    rows = desk.db.all(
        "SELECT * FROM tickets WHERE pending_time IS NOT NULL AND pending_time < ?"
        " ORDER BY pending_time, id",
        (until,),
    )
    for row in rows:
        _reach(desk, row, since)
    sql = "INSERT INTO jobs VALUES ('pending', ?1) ON CONFLICT DO UPDATE SET last_run = ?1"
    desk.db.execute(sql, (until,))


def _reach(desk: Desk, ticket: Row, since: int) -> None:
    """Close a pending close; a reached reminder only leaves a notification row."""
    reached = max((ticket["pending_time"] // QUARTER_MS + 1) * QUARTER_MS, since)
    next_state = desk.states()[ticket["state_id"]]["next_state_id"]
    if next_state is not None:
        _close(desk, ticket, next_state, max(reached, ticket["updated_at"] + 1))
    elif desk.state_type(ticket["state_id"]) == "pending reminder" and reached > since:
        history.notified(desk, ticket, "reminder_reached", Actor(NOBODY, reached))


def _close(desk: Desk, ticket: Row, state_id: int, at: int) -> None:
    after = {
        **ticket,
        "state_id": state_id,
        "pending_time": None,
        "close_at": ticket["close_at"] or at,
        "last_close_at": at,
        "last_owner_update_at": None,
    }
    actor = Actor(NOBODY, at)
    history.changes(desk, ticket, after, actor)
    after |= {"updated_at": at, "updated_by_id": NOBODY}
    changed = {name: value for name, value in after.items() if ticket[name] != value}
    desk.db.update("tickets", ticket["id"], changed)
    history.notified(desk, after, "update", actor)
