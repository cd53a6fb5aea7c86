"""Marks: a random value for each run of tickets that changes whenever one of their rows does.

What is derived from the rows, and kept with the mark that stood when they were read, is what the
rows still are for as long as the mark is the same. Triggers set it, so that no writer can forget
to, whatever tool it uses; it is random, so that a restored store cannot come to it a second time.
"""

# ruff: noqa: S608 - names are constants of this module.
from __future__ import annotations

from slaplugin.app.history import RUN

_TABLE = """
CREATE TABLE past_marks (
  run INTEGER PRIMARY KEY,
  mark BLOB NOT NULL
) STRICT
"""
_FIRST = (
    "INSERT INTO past_marks SELECT run, randomblob(16)"
    f" FROM (SELECT DISTINCT ticket_key / {RUN} AS run FROM tickets)"
)
_SET = (
    "INSERT INTO past_marks (run, mark) VALUES ({row}.ticket_key / {run}, randomblob(16))"
    " ON CONFLICT (run) DO UPDATE SET mark = excluded.mark;"
)
_TIMELINE = ("ticket_key", "at_ms", "seq", "identity", "kind", "ours", "retarget", "payload")
_WATCHED = {
    "tickets": ("ticket_key", "host", "id", "number", "title", "facts", "current_only", "open"),
    "events": _TIMELINE,
    "observed_events": _TIMELINE,
    "amendments": _TIMELINE,
    "instances": ("ticket_key", "policy_set", "finished", "revision", "body"),
}
"""The columns that a verdict on the past rests on."""
_UNREAD = {"body": " AND NEW.finished = 1"}
"""What is recorded of an open instance changes with every look at it, and is never read."""


def _triggers(table: str, columns: tuple[str, ...]) -> tuple[str, ...]:
    new, old = (_SET.format(row=row, run=RUN) for row in ("NEW", "OLD"))
    differs = " OR ".join(
        f"OLD.{name} IS NOT NEW.{name}{_UNREAD.get(name, '')}" for name in columns
    )
    return (
        f"CREATE TRIGGER {table}_mark_new AFTER INSERT ON {table} BEGIN {new} END",
        f"CREATE TRIGGER {table}_mark_gone AFTER DELETE ON {table} BEGIN {old} END",
        (
            f"CREATE TRIGGER {table}_mark_changed AFTER UPDATE OF {', '.join(columns)} ON {table}"
            f" WHEN {differs} BEGIN {new} END"
        ),
        (
            f"CREATE TRIGGER {table}_mark_moved AFTER UPDATE OF ticket_key ON {table}"
            f" WHEN OLD.ticket_key IS NOT NEW.ticket_key BEGIN {old} END"
        ),
    )


CREATE_MARKS = (
    _TABLE,
    _FIRST,
    *(trigger for table, columns in _WATCHED.items() for trigger in _triggers(table, columns)),
)
