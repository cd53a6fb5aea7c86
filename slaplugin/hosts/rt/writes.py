"""Writing: one request for everything but a note, and only onto what was looked at (facts 6).

The host answers 200 to whatever it is asked, with sentences in the account's language about what
it did and what not, and drops without a word what it does not know. So the ticket is read again
and decides; the sentences are quoted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slaplugin.app.errors import HostPermanentError, HostTemporaryError
from slaplugin.app.ports import Change
from slaplugin.core.actions import Seen
from slaplugin.core.plan import shows
from slaplugin.core.plan.steps import shown
from slaplugin.hosts.http import Answer
from slaplugin.hosts.notes import marker, note_text
from slaplugin.hosts.refusals import RefusedError
from slaplugin.hosts.rt.client import Client
from slaplugin.hosts.rt.directory import Directory
from slaplugin.hosts.rt.names import CORE_DATES, NOBODY, priority_number
from slaplugin.hosts.rt.reader import seen_of
from slaplugin.hosts.rt.search import TICKETS_ONLY
from slaplugin.hosts.rt.wire import Record, ref, sql_time
from slaplugin.hosts.rt.zone import Zone

_NOT_DONE = 422
"""Status of what is refused inside a 200: it is about this ticket, and the others go on."""
_TAGS = frozenset({"add_tag", "remove_tag"})
_REMEDIES: Mapping[str, str] = {
    "set_group": "moving needs the right CreateTicket in the target queue, its name spelled as "
    "there, and a lifecycle there that knows the ticket's status",
    "set_owner": "an owner needs the right OwnTicket in the ticket's queue",
    "set_state": "the queue's lifecycle must know the status and allow the step to it",
    "set_priority": "the account needs the right ModifyTicket in the queue",
    "set_field": "the account needs ModifyCustomField on the field, and a selection must have the "
    "value",
}


class Writer:
    """Applies changes to tickets."""

    def __init__(self, client: Client, directory: Directory, zone: Zone) -> None:
        self._client = client
        self._directory = directory
        self._zone = zone

    def write(self, ticket_id: str, changes: Sequence[Change]) -> None:
        """Apply the changes: first all attributes, fields and tags together, then the note.

        Raises HostPermanentError with the host's sentences and what was asked for, when the ticket
        does not show it afterwards; HostTemporaryError when somebody else is changing it.
        """
        asked = [change for change in changes if change.kind != "add_note"]
        if asked:
            self._apply(ticket_id, asked)
        for change in changes:
            if change.kind == "add_note":
                self._note(ticket_id, change)

    def _apply(self, ticket_id: str, asked: Sequence[Change]) -> None:
        before = self._current(ticket_id)
        self._directory.require_shown([before.data])
        body = self._body(ticket_id, before.data, asked)
        if not body:
            return
        said = self._put(ticket_id, body, before, asked)
        after = self._current(ticket_id)
        self._directory.require_shown([after.data])
        seen = self._seen(ticket_id, after)
        undone = [
            change for change in asked if not shows(seen, change.kind, change.field, change.value)
        ]
        if undone:
            raise _refused(ticket_id, undone, asked, said)

    def _current(self, ticket_id: str) -> Answer:
        """The ticket itself; one that lives on in another is not written to."""
        answer = self._client.ticket(ticket_id)
        if str(answer.data.get("id")) != ticket_id:
            raise HostPermanentError(
                f"ticket {ticket_id} was merged into {answer.data.get('id')}; nothing is written "
                "to it any more",
                status=_NOT_DONE,
            )
        return answer

    def _seen(self, ticket_id: str, answer: Answer) -> Seen:
        return seen_of(ticket_id, answer.data, self._directory.names())

    def _put(
        self, ticket_id: str, body: dict[str, Any], before: Answer, asked: Sequence[Change]
    ) -> list[str]:
        """Write onto the version that was read; once more where only other things changed."""
        try:
            return self._update(ticket_id, body, before.etag, asked)
        except _OvertakenError:
            now = self._current(ticket_id)
        if _touched(self._seen(ticket_id, before), self._seen(ticket_id, now), asked):
            raise _busy(ticket_id)
        try:
            return self._update(ticket_id, self._body(ticket_id, now.data, asked), now.etag, asked)
        except _OvertakenError:
            raise _busy(ticket_id) from None

    def _update(
        self, ticket_id: str, body: dict[str, Any], etag: str | None, asked: Sequence[Change]
    ) -> list[str]:
        try:
            return self._client.update(ticket_id, body, etag)
        except RefusedError as refused:
            if refused.status == 412:
                raise _OvertakenError from refused
            raise HostPermanentError(
                f"ticket {ticket_id}: the helpdesk refused {_asked(asked)}: "
                f"{refused.reason or f'status {refused.status}'}",
                status=refused.status,
            ) from refused

    # ---------------------------------------------------------------- what is sent

    def _body(self, ticket_id: str, ticket: Record, asked: Sequence[Change]) -> dict[str, Any]:
        body: dict[str, Any] = {}
        fields: dict[str, Any] = {}
        for change in asked:
            if change.kind == "set_field" and change.field not in CORE_DATES:
                fields |= self._field(ticket_id, ticket, change)
            elif change.kind not in _TAGS:
                body |= _attribute(change)
        fields |= self._tags(ticket_id, ticket, asked)
        return body | {"CustomFields": fields} if fields else body

    def _tags(self, ticket_id: str, ticket: Record, asked: Sequence[Change]) -> dict[str, Any]:
        """The whole list with what others put there; nothing where it stays as it is."""
        adds = [str(change.value) for change in asked if change.kind == "add_tag"]
        removes = {str(change.value) for change in asked if change.kind == "remove_tag"}
        if not adds and not removes:
            return {}
        name = self._directory.tags_field
        values = [str(one) for one in _shown_field(ticket_id, ticket, name).get("values") or ()]
        wanted = [one for one in dict.fromkeys([*values, *adds]) if one not in removes]
        return {} if wanted == values else {name: wanted}

    def _field(self, ticket_id: str, ticket: Record, change: Change) -> dict[str, Any]:
        """A custom field. ``null`` empties one that takes one value, ``[]`` one of many: the
        other way round empty values are stored (facts 6)."""
        name = str(change.field)
        own = _shown_field(ticket_id, ticket, name)
        found = self._directory.names().field_named(str(own.get("id")), name)
        several = found.multiple or len(own.get("values") or ()) > 1
        value: Any = change.value
        if isinstance(value, int) and not isinstance(value, bool):
            if found.type not in (None, "DateTime"):
                raise HostPermanentError(
                    f"ticket {ticket_id}: the custom field {name} is of type {found.type}; a date "
                    "needs one of type DateTime (enter one value)",
                    status=_NOT_DONE,
                )
            self._zone.require_utc()
            value = sql_time(value)
        if value is None:
            return {name: [] if several else None}
        if isinstance(value, str):
            return {name: [value] if several else value}
        return {name: list(value)}

    # ---------------------------------------------------------------- notes

    def _note(self, ticket_id: str, change: Change) -> None:
        """Looked at right before: the host would hand the note of a merged ticket on, unasked."""
        self._current(ticket_id)
        try:
            self._client.comment(ticket_id, note_text(str(change.value or ""), change.key))
        except RefusedError as refused:
            raise HostPermanentError(
                f"ticket {ticket_id}: the helpdesk refused the note: "
                f"{refused.reason or f'status {refused.status}'}; the account needs the right "
                "CommentOnTicket in the queue",
                status=refused.status,
            ) from refused

    def has_note(self, ticket_id: str, key: str) -> bool:
        """Whether a comment of ours with this action key is on the ticket."""
        mark, own = marker(key), self._directory.own_login()
        query = f"{TICKETS_ONLY} AND ObjectId={int(ticket_id)} AND Type='Comment'"
        page = 1
        while rows := self._client.transactions(query, page=page, order="DESC").items:
            for row in rows:
                if own in (None, ref(row.get("Creator"))) and self._says(str(row["id"]), mark):
                    return True
            page += 1
        return False

    def _says(self, transaction: str, mark: str) -> bool:
        parts = self._client.attachments(transaction)
        return any(mark in str(part.get("Content") or "") for part in parts)


class _OvertakenError(Exception):
    """The ticket was changed since it was read (412)."""


def _attribute(change: Change) -> dict[str, Any]:
    match change.kind:
        case "set_state":
            return {"Status": change.value}
        case "set_group":
            return {"Queue": change.value}
        case "set_owner":
            return {"Owner": change.value or NOBODY}
        case "set_priority":
            number = priority_number(change.value)
            if number is None:
                raise HostPermanentError(
                    f"priority {change.value!r} is no number; the helpdesk knows 0 to 100, and "
                    "would take any word for 0",
                    status=_NOT_DONE,
                )
            return {"Priority": number}
        case _:
            at = change.value
            return {str(change.field): sql_time(at) if isinstance(at, int) else ""}


def _shown_field(ticket_id: str, ticket: Record, name: str) -> Record:
    """A custom field as the ticket shows it: what it does not show, it drops without a word."""
    for one in ticket.get("CustomFields") or ():
        if str(one.get("name")).lower() == name.lower():
            return dict(one)
    raise HostPermanentError(
        f"ticket {ticket_id} has no custom field {name!r} for this account: apply the field to the "
        "ticket's queue (Admin, Custom Fields, Applies to), and grant SeeCustomField and "
        "ModifyCustomField",
        status=_NOT_DONE,
    )


def _touched(before: Seen, now: Seen, asked: Sequence[Change]) -> bool:
    """Whether somebody else changed what is to be written (tags are put together anew)."""
    attributes = (change for change in asked if change.kind not in _TAGS)
    return any(
        shown(before, change.kind, change.field) != shown(now, change.kind, change.field)
        for change in attributes
    )


def _busy(ticket_id: str) -> HostTemporaryError:
    return HostTemporaryError(
        f"ticket {ticket_id} is being changed by somebody else at this moment; the next cycle "
        "looks at it again",
        status=412,
    )


def _refused(
    ticket_id: str, undone: Sequence[Change], asked: Sequence[Change], said: Sequence[str]
) -> HostPermanentError:
    remedies = dict.fromkeys(_REMEDIES.get(one.kind, _REMEDIES["set_field"]) for one in undone)
    done = [change for change in asked if change not in undone]
    words = "; ".join(said) or "nothing, as it does with what it does not know"
    return HostPermanentError(
        f"ticket {ticket_id}: the helpdesk did not do {_asked(undone)}"
        + (f" (it did {_asked(done)})" if done else "")
        + f". It said: {words}. To mend it: {'; '.join(remedies)}",
        status=_NOT_DONE,
    )


def _asked(changes: Sequence[Change]) -> str:
    return ", ".join(_words(change) for change in changes)


def _words(change: Change) -> str:
    what = change.kind.replace("_", " ").replace("set field", f"set {change.field}")
    return f"{what} {change.value!r}"
