"""What a store holds, for comparing two stores that came about in different ways."""

from __future__ import annotations

from typing import Any

from slaplugin.store import SqliteStore

DIFFERENT = frozenset({"lease", "audit_links", "audit_payloads"})
"""Who wrote and with which salt, and how writes were put together to links of the chain."""
_ENTRIES = (
    "SELECT e.at, e.kind, e.host, e.ticket, p.payload FROM audit_entries e"
    " JOIN audit_payloads p USING (entry_no) ORDER BY e.entry_no"
)
_READ = {
    "_sqlite_migrations": "SELECT name FROM _sqlite_migrations",
    "flags": "SELECT * FROM flags WHERE name <> 'pseudonym_key'",
    "audit_entries": _ENTRIES,
    "past_marks": "SELECT run FROM past_marks",
}
"""Tables of which something is left out: when they were made, and random keys."""


def contents(store: SqliteStore) -> dict[str, list[Any]]:
    """Table -> rows in a stable order, audit entries in theirs and with what they say."""
    names = store.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    found: dict[str, list[Any]] = {}
    for (name,) in names:
        if name in DIFFERENT:
            continue
        rows = store.rows(_READ.get(name, f"SELECT * FROM {name}"))
        found[name] = rows if name == "audit_entries" else sorted(rows, key=repr)
    return found


def differences(one: SqliteStore, other: SqliteStore) -> list[str]:
    """The tables in which two stores differ, each with the first row that does."""
    left, right = contents(one), contents(other)
    return [
        f"{name}: {_first(left.get(name, []), right.get(name, []))}"
        for name in sorted(left.keys() | right.keys())
        if left.get(name) != right.get(name)
    ]


def _first(left: list[Any], right: list[Any]) -> str:
    for one, other in zip(left, right, strict=False):
        if one != other:
            return f"{one} / {other}"
    return f"{len(left)} rows / {len(right)} rows"
