"""What a week has left on the helpdesk and told to people, and how two weeks differ."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

from slaplugin.core.texts import told_in
from slaplugin.store import SqliteStore
from tests.week.weeks import Week

STAMPS = frozenset({"updated_at", "updated_by_id", "last_owner_update_at"})
"""Columns that tell when something was written and by whom, not what."""
_KEY = re.compile(r"\[sla:[0-9a-f]{16}\]")
"""A note's key follows from the number of its ticket's first row in the helpdesk's journal, and the
journal numbers the rows of all tickets: one is another where a ticket comes in before a late write
to another ticket instead of after it."""
_HISTORY = (
    "SELECT ticket_id, type, attribute, id_from, id_to, value_from, value_to FROM history"
    " WHERE created_by_id = ? AND type <> 'notification'"
    " AND coalesce(attribute, '') <> 'last_owner_update_at'"
)


def shown(week: Week) -> dict[str, Any]:
    """(ticket and what) -> everything that the helpdesk has of it.

    Columns without stamps, tags as often as they are there, texts of the messages, and each change
    that our account made, as often as it did: a second reassignment to the same person leaves no
    other trace.
    """
    db = week.town.server.desk.db
    found: dict[str, Any] = {}
    for row in db.all("SELECT * FROM tickets"):
        for name in row.keys() - STAMPS:
            found[f"ticket {row['id']} {name}"] = row[name]
    tags = "SELECT ticket_id, name FROM tags JOIN tag_items ON tag_items.id = item_id ORDER BY name"
    for row in db.all(tags):
        found.setdefault(f"ticket {row['ticket_id']} tags", []).append(row["name"])
    for row in db.all("SELECT ticket_id, internal, body FROM articles"):
        kind = "notes" if row["internal"] else "messages"
        text = _KEY.sub("[sla]", row["body"])
        found.setdefault(f"ticket {row['ticket_id']} {kind}", Counter())[text] += 1
    (bot,) = db.column("SELECT user_id FROM tokens WHERE value = ?", (week.town.bot,))
    for row in db.all(_HISTORY, (bot,)):
        ticket, *change = row.values()
        found.setdefault(f"ticket {ticket} changes", Counter())[tuple(change)] += 1
    return found


def differences(expected: Mapping[str, Any], actual: Mapping[str, Any]) -> list[str]:
    """A line for everything that is not the same."""
    return [
        f"{name}: {_told(expected.get(name), actual.get(name))}"
        for name in sorted(expected.keys() | actual.keys())
        if expected.get(name) != actual.get(name)
    ]


def _told(expected: Any, actual: Any) -> str:
    if isinstance(expected, Counter) and isinstance(actual, Counter):
        return f"missing {dict(expected - actual)}, too many {dict(actual - expected)}"
    return f"{expected!r} became {actual!r}"


def amiss(expected: Week, actual: Week) -> list[str]:
    """What is wrong with the messages of a disturbed week.

    Nothing may be told that was not told in the other one, or twice; what was not told there must
    be shown as uncertain.
    """
    wanted, told = expected.channels.told(), actual.channels.told()
    uncertain = set(of_messages(actual, "uncertain"))
    return [
        *(f"told {count} times: {what}" for what, count in told.items() if count > 1),
        *(f"told for no reason: {what}" for what in told.keys() - wanted.keys()),
        *(f"lost: {what}" for what in wanted.keys() - told.keys() - uncertain),
        *(f"failed for good: {what}" for what in of_messages(actual, "failed")),
    ]


def of_messages(week: Week, status: str) -> Iterator[tuple[str, str, str]]:
    """(channel, number of the ticket, reason) of the messages that ended so."""
    with closing(SqliteStore.open_readonly(week.file)) as store:
        for ticket in store.ids("zammad"):
            row = store.row("zammad", ticket)
            for action in store.actions_of("zammad", ticket):
                if action.kind == "notify" and action.status == status and row is not None:
                    machine = action.value == "chat"
                    said = action.why if machine else told_in("Europe/Berlin", action.why)
                    yield str(action.value), row.number, said
