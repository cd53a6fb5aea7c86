"""Our custom fields on the host: examined, made, and what is left to an administrator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from slaplugin.app.errors import HostError, HostPermanentError
from slaplugin.hosts.http import Call
from slaplugin.hosts.office import FieldFinding, FieldKind, WantedField
from slaplugin.hosts.rt.client import Client
from slaplugin.hosts.rt.wire import Record, whole

_OF_TICKETS = "RT::Queue-RT::Ticket"
_TYPES: dict[FieldKind, tuple[str, ...]] = {
    "datetime": ("DateTime",),
    "text": ("Freeform", "Text", "Wikitext", "Select", "Combobox", "Autocomplete"),
    "tags": ("Freeform", "Select", "Autocomplete", "Combobox"),
}
_MADE: dict[FieldKind, tuple[str, int]] = {
    "datetime": ("DateTime", 1),
    "text": ("Freeform", 1),
    "tags": ("Freeform", 0),
}
"""Type and most values (0: any number) of a field that we make."""
_IN_WORDS: dict[FieldKind, str] = {
    "datetime": "Select datetime",
    "text": "Enter one value",
    "tags": "Enter multiple values",
}
_IN_DATA: dict[FieldKind, str] = {
    "datetime": "DateTimeSingle",
    "text": "FreeformSingle",
    "tags": "FreeformMultiple",
}
_INSERT = "rt-setup-database --action insert --skip-create --datafile sla-fields.pl"
_QUEUES = 30
"""Queues that are looked at, one request each."""


class TicketFields:
    """Custom fields of tickets as far as one account sees them; asked for once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._declared: dict[str, frozenset[str]] = {}

    @cached_property
    def _known(self) -> dict[str, Record] | None:
        """Name in lower case, as the host compares them -> field; None where none are listed."""
        rows = self._client.fields()
        return None if rows is None else {str(row.get("Name")).lower(): row for row in rows}

    def refuses(self, name: str | None, value: str) -> str | None:
        """Why the field would not take the value; None: it would, or cannot be known."""
        if self._known is None or name is None:
            return None
        row = self._known.get(name.lower())
        if row is None:
            return f"there is no custom field {name} for this account"
        if not value or row.get("Type") != "Select" or value.lower() in self.declared(row):
            return None
        return f"the custom field {name} does not declare the value {value}"

    def findings(self, wanted: Sequence[WantedField]) -> Iterator[FieldFinding]:
        """There, of the right type, taking our values, and applied to every queue?"""
        known = self._known
        if known is None:
            yield from (FieldFinding(one, True, doubt=f"{one.name}: no list") for one in wanted)
            return
        lacking = self._queues_without([field.name for field in wanted])
        for field in wanted:
            row = known.get(field.name.lower())
            if row is None:
                yield FieldFinding(field, there=False)
                continue
            wrong, remedy = self._wrong(field, row)
            if not wrong and lacking.get(field.name):
                queues = ", ".join(lacking[field.name])
                wrong = f"{field.name} is not applied to the queues {queues}"
                remedy = _apply(field.name)
            yield FieldFinding(field, True, wrong, remedy)

    def _wrong(self, field: WantedField, row: Record) -> tuple[str, str]:
        kind, most = str(row.get("Type")), whole(row.get("MaxValues"))
        if kind not in _TYPES[field.kind]:
            said = f"{field.name} is a {kind} field"
            return said, f"make it '{_IN_WORDS[field.kind]}', or name another"
        if field.kind == "tags" and most == 1:
            said = f"{field.name} takes one value alone, and a ticket may have several tags"
            return said, "make it 'Enter multiple values', or name another"
        undeclared = self._undeclared(field, row) if kind == "Select" else []
        if undeclared:
            said = f"{field.name} does not declare the values {', '.join(undeclared)}"
            return said, f"Admin > Custom Fields > {field.name}: add them to its values"
        return "", ""

    def _undeclared(self, field: WantedField, row: Record) -> list[str]:
        declared = self.declared(row)
        return [value for value in field.values if value.lower() not in declared]

    def declared(self, row: Record) -> frozenset[str]:
        """Values of a selection, in lower case as the host compares them."""
        number = str(row["id"])
        if number not in self._declared:
            values = (self._client.allowed(f"customfield/{number}") or {}).get("Values") or ()
            self._declared[number] = frozenset(str(value).lower() for value in values)
        return self._declared[number]

    def _queues_without(self, names: Sequence[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for queue in self._client.queues()[:_QUEUES]:
            page = self._client.allowed(f"queue/{queue['id']}") or {}
            applied = {str(one.get("name")).lower() for one in page.get("TicketCustomFields") or ()}
            for name in names:
                if name.lower() not in applied:
                    found.setdefault(name, []).append(str(queue.get("Name")))
        return found

    def create(self, wanted: Sequence[WantedField]) -> list[str]:
        """Make those that are missing (right AdminCustomField); they apply to no queue yet."""
        new = [field for field in wanted if field.name.lower() not in (self._known or ())]
        for field in new:
            self._make(field)
        return [field.name for field in new]

    def _make(self, field: WantedField) -> None:
        kind, most = _MADE[field.kind]
        body: dict[str, Any] = {
            "Name": field.name,
            "Type": kind,
            "MaxValues": most,
            "LookupType": _OF_TICKETS,
            "Description": "Written by slaplugin",
        }
        call = Call("POST", "REST/2.0/customfield", body=body, repeatable=False)
        try:
            self._client.send(call)
        except HostPermanentError:
            raise
        except HostError as error:
            raise HostPermanentError(f"{field.name} may have been made: {error}") from error


def by_hand(wanted: Sequence[WantedField]) -> tuple[str, ...]:
    """The administrator's pages, and the same as a file for the console."""
    made = (
        f"Admin > Custom Fields > Create: Name {field.name}, Type '{_IN_WORDS[field.kind]}', "
        "Applies to Tickets"
        for field in wanted
    )
    names = [field.name for field in wanted]
    return (*made, *map(_apply, names), _rights(names), _on_the_console(wanted))


def _on_the_console(wanted: Sequence[WantedField]) -> str:
    lines = (
        f"push @CustomFields, {{ Name => '{_quoted(field.name)}', "
        f"Type => '{_IN_DATA[field.kind]}', LookupType => '{_OF_TICKETS}', ApplyTo => 0 }};"
        for field in wanted
    )
    return "\n".join(
        (
            "all of this but the rights at once, on the console: a file sla-fields.pl with",
            *lines,
            f"and then {_INSERT} (Debian: rt-setup-database-5)",
        )
    )


def after_creation(created: Sequence[str]) -> tuple[str, ...]:
    """REST 2 makes a field, and applies it to no queue."""
    return (*map(_apply, created), _rights(created)) if created else ()


def _apply(name: str) -> str:
    return f"Admin > Custom Fields > {name} > Applies to: check the box of 'Apply globally', Submit"


def _rights(names: Sequence[str]) -> str:
    return (
        f"Admin > Custom Fields > {', '.join(names)} > Group Rights: SeeCustomField for agents, "
        "SeeCustomField and ModifyCustomField for our account's group alone"
    )


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
