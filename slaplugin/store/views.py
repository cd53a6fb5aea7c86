"""The read-only SQL views for people's own tools: stable names over tables that may change.

Instants stand twice: as ISO 8601 text in UTC and, with ``_s`` behind the name, as epoch seconds.
Columns are only ever added. A later change of the tables drops and makes the views again in its
own step of the schema; docs/exports.md describes each column, and a test holds it to this file.
"""

# ruff: noqa: S608 - every name in the queries is a constant of this module.
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["text", "integer", "boolean", "json", "instant"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a view. ``boolean`` is 0 or 1, ``instant`` ISO text, ``json`` JSON text."""

    name: str
    type: ColumnType
    sql: str


@dataclass(frozen=True, slots=True)
class View:
    """A view: its columns, and where their values come from."""

    name: str
    columns: tuple[Column, ...]
    source: str
    order: str
    """A total order of the rows, by columns of the view."""

    @property
    def select(self) -> str:
        """The query behind it, which a connection that trusts no view can run itself."""
        columns = ",\n  ".join(f"{column.sql} AS {column.name}" for column in self.columns)
        return f"SELECT\n  {columns}\n{self.source}"

    @property
    def create(self) -> str:
        """The statement that makes it."""
        return f"CREATE VIEW {self.name} AS {self.select}"


def _plain(prefix: str, **types: ColumnType) -> Iterable[Column]:
    for name, type_ in types.items():
        yield Column(name, type_, f"{prefix}.{name}")


def _instant(name: str, seconds: str) -> tuple[Column, Column]:
    text = f"strftime('%Y-%m-%dT%H:%M:%SZ', {seconds}, 'unixepoch')"
    return Column(name, "instant", text), Column(f"{name}_s", "integer", seconds)


def _inside(text: str, **types: ColumnType) -> Iterable[Column]:
    """Values of a JSON column by their own names."""
    for name, type_ in types.items():
        yield Column(name, type_, f"json_extract({text}, '$.{name}')")


_TICKETS = View(
    "sla_tickets",
    (
        *_plain("t", host="text"),
        Column("ticket", "text", "t.id"),
        *_plain("t", number="text", title="text", url="text", open="boolean", live="boolean"),
        *_instant(
            "created_at",
            "(SELECT min(e.at_ms) / 1000 FROM events e"
            " WHERE e.ticket_key = t.ticket_key AND e.kind = 'created')",
        ),
        *_instant("first_seen_at", "t.first_seen_at"),
        *_plain("t", customer_key="text", organization_key="text"),
        Column("group_name", "text", "json_extract(t.seen, '$.group')"),
        *_plain("t", owner="text"),
        *_inside("t.seen", priority="text", state="text", state_kind="text"),
        Column("facts_at_creation", "json", "t.facts"),
        *_plain("t", held="text", missing="text", policy_set="text"),
    ),
    "FROM tickets t",
    "host, ticket",
)

_CLOCKS = View(
    "sla_clocks",
    (
        *_plain("t", host="text"),
        Column("ticket", "text", "t.id"),
        *_plain("t", number="text"),
        *_plain("i", clock="text"),
        *_inside(
            "i.body",
            instance="integer",
            policy="text",
            calendar="text",
            party="text",
            status="text",
            outcome="text",
            void_reason="text",
        ),
        *_instant("started_at", "json_extract(i.body, '$.started_at')"),
        *_instant("stopped_at", "json_extract(i.body, '$.stopped_at')"),
        *_instant("due_at", "json_extract(i.body, '$.due_at')"),
        *_instant("breached_at", "json_extract(i.body, '$.breached_at')"),
        *_inside("i.body", breach_reason="text"),
        Column("target", "text", "CAST(json_extract(i.body, '$.target') AS TEXT)"),
        Column(
            "target_seconds",
            "integer",
            "CASE json_type(i.body, '$.target') WHEN 'integer'"
            " THEN json_extract(i.body, '$.target') END",
        ),
        *_inside(
            "i.body",
            elapsed="integer",
            paused="integer",
            remaining="integer",
            waived="boolean",
            confidence="text",
        ),
        *_plain("i", start_event="text", policy_set="text", finished="boolean", revision="integer"),
    ),
    "FROM instances i JOIN tickets t USING (ticket_key)",
    "host, ticket, clock, started_at_s, start_event",
)


def _events(table: str, source: str, vanished: str) -> str:
    return (
        f"SELECT ticket_key, at_ms, seq, identity, kind, actor_key, actor_role, actor_name, ours,"
        f" payload, '{source}' AS source, {vanished} AS vanished FROM {table}"
    )


_EVENTS = View(
    "sla_events",
    (
        *_plain("t", host="text"),
        Column("ticket", "text", "t.id"),
        *_plain("t", number="text"),
        Column("id", "text", "e.identity"),
        *_instant("at", "e.at_ms / 1000"),
        *_plain("e", at_ms="integer", seq="integer"),
        Column("event", "text", "e.kind"),
        *_plain(
            "e",
            source="text",
            actor_key="text",
            actor_role="text",
            actor_name="text",
            ours="boolean",
            vanished="boolean",
        ),
        Column("data", "json", "e.payload"),
    ),
    "FROM ("
    + " UNION ALL ".join(
        (
            _events("events", "host", "vanished"),
            _events("observed_events", "observed", "0"),
            _events("amendments", "amendment", "0"),
        )
    )
    + ") e JOIN tickets t USING (ticket_key)",
    "host, ticket, at_ms, seq, id",
)

_ACTIONS = View(
    "sla_actions",
    (
        *_plain("a", host="text"),
        Column("ticket", "text", "t.id"),
        *_plain("t", number="text"),
        *_plain("a", key="text", kind="text", clock="text", step="text", policy="text"),
        *_plain("a", field="text"),
        Column("value", "json", "a.value"),
        Column("value_before", "json", "a.before"),
        *_plain("a", why="text", status="text", attempts="integer", result="text"),
        *_instant("due_at", "a.due_at"),
        *_instant("at", "a.at"),
    ),
    "FROM actions a JOIN tickets t USING (ticket_key)",
    "host, at_s, key",
)

_AUDIT = View(
    "sla_audit",
    (
        Column("entry", "integer", "e.entry_no"),
        Column("link", "integer", "e.link_no"),
        *_instant("at", "e.at"),
        *_plain("e", kind="text", host="text", ticket="text"),
        Column("payload", "json", "p.payload"),
        Column("erased", "boolean", "p.payload IS NULL"),
    ),
    "FROM audit_entries e LEFT JOIN audit_payloads p USING (entry_no)",
    "entry",
)

_POLICY_SETS = View(
    "sla_policy_sets",
    (
        *_plain("p", hash="text", engine="text"),
        *_instant("saved_at", "p.saved_at"),
        Column("files", "json", "p.text"),
    ),
    "FROM policy_sets p",
    "saved_at_s, hash",
)

VIEWS: Mapping[str, View] = {
    view.name.removeprefix("sla_"): view
    for view in (_TICKETS, _CLOCKS, _EVENTS, _ACTIONS, _AUDIT, _POLICY_SETS)
}
"""By the name that ``slaplugin export`` knows them by."""

CREATE_VIEWS: tuple[str, ...] = tuple(view.create for view in VIEWS.values())
