"""Writing: one request for everything but tags, in the host's spelling (facts 6, live facts 6, 7).

Nothing is compared here: the application sends only what differs. What the host accepts and drops
(an owner without full access) shows in the read that verifies the write.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from slaplugin.app.errors import HostPermanentError
from slaplugin.app.ports import Change
from slaplugin.hosts.notes import marker, note_text
from slaplugin.hosts.refusals import RefusedError
from slaplugin.hosts.zammad.client import Client
from slaplugin.hosts.zammad.directory import Directory
from slaplugin.hosts.zammad.names import NOBODY

_NO_SUCH_VALUE = 422
"""The host's own status for a value that it does not have; here it is not even sent."""


class Writer:
    """Applies changes to tickets."""

    def __init__(self, client: Client, directory: Directory) -> None:
        self._client = client
        self._directory = directory

    def write(self, ticket_id: str, changes: Sequence[Change]) -> None:
        """Apply the changes: first the attributes and the note, then tags, added before removed.

        Raises HostPermanentError with the host's reason and what was asked for, when it refuses.
        """
        body = self._body(changes)
        adds = [str(change.value) for change in changes if change.kind == "add_tag"]
        removes = [str(change.value) for change in changes if change.kind == "remove_tag"]
        try:
            if body:
                self._client.update(ticket_id, body)
            self._write_tags(ticket_id, adds, removes)
        except RefusedError as refused:
            raise HostPermanentError(
                f"ticket {ticket_id}: the helpdesk refused {_asked(changes)}: "
                f"{refused.reason or f'status {refused.status}'}. {_remedy(refused)}",
                status=refused.status,
            ) from refused

    def has_note(self, ticket_id: str, key: str) -> bool:
        """Whether a note with this action key is on the ticket."""
        articles = self._client.articles(ticket_id)
        return any(marker(key) in str(article.get("body") or "") for article in articles)

    def _write_tags(self, ticket_id: str, adds: list[str], removes: list[str]) -> None:
        """Adding or removing only what is needed: even an empty removal touches the ticket."""
        if not adds and not removes:
            return
        present = set(self._client.tags(ticket_id))
        for tag in adds:
            if tag not in present:
                self._client.add_tag(ticket_id, tag)
        for tag in removes:
            if tag in present:
                self._client.remove_tag(ticket_id, tag)

    def _body(self, changes: Sequence[Change]) -> dict[str, Any]:
        body: dict[str, Any] = {}
        for change in changes:
            body.update(self._attribute(change))
        return body

    def _attribute(self, change: Change) -> dict[str, Any]:
        value = change.value
        match change.kind:
            case "set_priority":
                return self._named("priority", value, self._directory.priorities())
            case "set_state":
                return self._named("state", value, self._state_names())
            case "set_group":
                return self._group(str(value))
            case "set_owner":
                return {"owner": value} if value else {"owner_id": NOBODY}
            case "set_field":
                return {str(change.field): self._field_value(str(change.field), value)}
        return {"article": _note(change)} if change.kind == "add_note" else {}

    def _state_names(self) -> dict[int, str]:
        return {number: state.name for number, state in self._directory.states().items()}

    def _named(self, attribute: str, value: Any, table: Mapping[int, str]) -> dict[str, Any]:
        for number, name in table.items():
            if name == value:
                return {f"{attribute}_id": number}
        raise HostPermanentError(
            f"{attribute} {value!r} does not exist on the helpdesk; it has "
            f"{', '.join(map(repr, table.values()))}",
            status=_NO_SUCH_VALUE,
        )

    def _field_value(self, field: str, value: str | int | None) -> str | int | None:
        """Dates are written as ISO with ``Z``; the host stores null for anything it cannot read.

        Numbers of a field that counts, and flags, go back as they were read.
        """
        if not isinstance(value, int) or isinstance(value, bool) or self._directory.counts(field):
            return value
        return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%dT%H:%M:%S}.000Z"

    def _group(self, name: str) -> dict[str, Any]:
        """By id where it is known; a group that this account cannot list goes by its name."""
        number = self._directory.group_id(name)
        return {"group": name} if number is None else {"group_id": number}


def _note(change: Change) -> dict[str, Any]:
    body = note_text(str(change.value or ""), change.key)
    return {"type": "note", "internal": True, "content_type": "text/plain", "body": body}


def _asked(changes: Sequence[Change]) -> str:
    return ", ".join(_words(change) for change in changes)


def _words(change: Change) -> str:
    what = change.kind.replace("_", " ").replace("set field", f"set {change.field}")
    return what if change.kind == "add_note" else f"{what} {change.value!r}"


def _remedy(refused: RefusedError) -> str:
    if refused.status == 403:
        return "Give the account change access to the ticket's group."
    return (
        "The value may not exist, a workflow may forbid it, or the ticket lacks a field that the "
        "helpdesk requires on every change; fill that field, or change the step."
    )
