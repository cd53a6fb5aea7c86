"""Questions put as writes that the host must refuse as a whole, so that nothing is ever written.

The host has no operation that lists queues, agents, states or the values of a field (facts 1), but
it judges every value of a TicketUpdate before it does anything (facts 9). So the value in question
travels together with a custom field *without a value*, which every version refuses: if the refusal
is about our value, the host would not take it; if it is about the field without a value, it would.
Before the first question that field travels alone; unless the host refuses it, nothing is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slaplugin.core.actions import ChangeKind
from slaplugin.hosts.otrs.client import Client, OperationError

_REFUSED: Mapping[str, str] = {"Name": "SLApluginProbe"}
"""No value: ``MissingParameter``, whether a field of this name exists or not."""
_ATTRIBUTES: Mapping[ChangeKind, str] = {
    "set_group": "Queue",
    "set_owner": "Owner",
    "set_priority": "Priority",
    "set_state": "State",
}


class Probe:
    """Asks on one ticket whether the host would take a value."""

    def __init__(self, client: Client, ticket_id: str) -> None:
        self._client = client
        self._ticket = ticket_id
        self._control: str | None = None

    def works(self) -> bool:
        """Whether the host refuses the field without a value, as it must."""
        if self._control is None:
            self._control = self._refusal({"DynamicField": [dict(_REFUSED)]}) or ""
        return bool(self._control)

    def refuses(self, kind: ChangeKind, value: str, field: str | None = None) -> str | None:
        """The host's reason against the value; None: it would take it, or cannot be asked."""
        attribute = _ATTRIBUTES.get(kind)
        if attribute is not None:
            # A pending state is judged together with its date, the others do not mind one.
            pending = {"PendingTime": {"Diff": 60}} if kind == "set_state" else {}
            return self._asked({"Ticket": {attribute: value, **pending}})
        return self.refuses_field(field, value) if field is not None else None

    def refuses_field(self, name: str, value: str) -> str | None:
        """The same for the value of a custom field; a field that does not exist is refused."""
        return self._asked({"DynamicField": [{"Name": name, "Value": value}]})

    def _asked(self, parts: Mapping[str, Any]) -> str | None:
        if not self.works():
            return None
        fields = [*parts.get("DynamicField", ()), dict(_REFUSED)]
        refusal = self._refusal({**parts, "DynamicField": fields})
        return None if refusal in (None, self._control) else refusal

    def _refusal(self, parts: Mapping[str, Any]) -> str | None:
        try:
            self._client.update(self._ticket, parts)
        except OperationError as refused:
            return refused.reason
        return None
