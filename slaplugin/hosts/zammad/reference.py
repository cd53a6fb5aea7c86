"""The names a policy set may use, learnt with or without an admin's rights."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from slaplugin.app.ports import Reference
from slaplugin.hosts.zammad.agreements import facts_asked
from slaplugin.hosts.zammad.client import Client
from slaplugin.hosts.zammad.directory import Directory
from slaplugin.hosts.zammad.names import (
    organization_fields,
    person_fields,
    ticket_fields,
)
from slaplugin.hosts.zammad.wire import Record, is_time, rows_of

Custom = Callable[[Record], list[str]]
"""Picks the custom columns out of a record's."""

_TYPES = {
    "datetime": "datetime",
    "select": "select",
    "tree_select": "select",
    "multiselect": "select",
    "multi_tree_select": "select",
    "boolean": "boolean",
    "integer": "number",
}
_OWN_SLA = frozenset({"priority", "group", "organization", "customer", "type", "state"})
"""What SLAs usually ask for (live facts 8): counts where the account may not read them."""


class TicketFields:
    """Custom fields of tickets with their types: defined, or inferred from what tickets show."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._found: dict[str, str] | None = None
        self.defined = False
        """Whether the definitions could be read (``admin.object``)."""
        self._definitions: list[Record] = []

    def known(self) -> Mapping[str, str]:
        """Field -> ``text``, ``datetime``, ``select``, ``number``, ``boolean`` or ``unknown``."""
        if self._found is None:
            self._found = self._defined() or self._inferred()
        return self._found

    def of(self, kind: str, custom: Custom) -> tuple[str, ...]:
        """Custom fields of ``User`` or ``Organization``, where definitions can be read."""
        self.known()
        defined = {str(row["name"]): row for row in self._definitions if row.get("object") == kind}
        return tuple(sorted(custom(defined)))

    def _defined(self) -> dict[str, str] | None:
        rows = self._client.allowed("object_manager_attributes")
        if rows is None:
            return None
        self.defined = True
        self._definitions = [
            row for row in rows if row.get("active", True) and not row.get("to_create")
        ]
        tickets = [row for row in self._definitions if row.get("object") == "Ticket"]
        custom = ticket_fields({str(row["name"]): row for row in tickets})
        types = {str(row["name"]): str(row.get("data_type")) for row in tickets}
        return {name: _TYPES.get(types[name], "text") for name in custom}

    def _inferred(self) -> dict[str, str]:
        """Every ticket shows every field; a few tell the types that are filled."""
        newest = {"sort_by": "updated_at", "order_by": "desc", "page": 1, "per_page": 20}
        everything = {"operator": "after (absolute)", "value": "1970-01-01T00:00:00.000Z"}
        rows = rows_of(
            self._client.search({"condition": {"ticket.updated_at": everything}, **newest})
        )
        found: dict[str, str] = {}
        for row in rows:
            for name in ticket_fields(row):
                guessed = _type_of(row[name])
                if guessed or name not in found:
                    found[name] = guessed or "unknown"
        return found


def reference(client: Client, directory: Directory, fields: TicketFields) -> Reference:
    """Every name, and whether the list is whole."""
    groups = client.allowed("groups", {"per_page": 1000})
    names = [row["name"] for row in groups] if groups is not None else directory.groups().values()
    tags = client.allowed("tag_list")
    slas = client.allowed("slas")
    states = directory.states().values()
    people = fields.of("User", person_fields) or _shown(client, "users", person_fields)
    organizations = fields.of("Organization", organization_fields) or _shown(
        client, "organizations", organization_fields
    )
    return Reference(
        groups=tuple(sorted(str(name) for name in names)),
        priorities=tuple(directory.priorities().values()),
        states={state.name: state.kind for state in states if state.kind is not None},
        owners=tuple(person.login for person in directory.staff()),
        fields={"title": "text", **fields.known()},
        customer_fields=tuple(people),
        organization_fields=tuple(organizations),
        tags=None if tags is None else tuple(sorted(str(row["name"]) for row in tags)),
        complete=groups is not None,
        escalation_fields=_OWN_SLA if slas is None else facts_asked(slas),
    )


def _shown(client: Client, path: str, custom: Custom) -> tuple[str, ...]:
    rows = client.allowed(path, {"page": 1, "per_page": 1})
    return tuple(custom(rows[0])) if rows else ()


def _type_of(value: object) -> str | None:
    if value is None or value in ("", []):
        return None
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if is_time(value):
        return "datetime"
    return "text"
