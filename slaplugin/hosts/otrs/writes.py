"""Writing: fields, priority and state in one request; move, owner and note in one each.

A request is not atomic (facts 9): a move that the host cannot make would leave the rest half done,
so it stands alone. Nothing is compared here; the application sends only what differs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slaplugin.app.errors import HostPermanentError
from slaplugin.app.ports import Change
from slaplugin.hosts.notes import marker, note_text
from slaplugin.hosts.otrs.client import Client, FaultError, OperationError
from slaplugin.hosts.otrs.names import NOBODY, Names, tags_of, values_of
from slaplugin.hosts.otrs.reader import Reader
from slaplugin.hosts.otrs.wire import text

_SUBJECT = "SLA"
_TAGS = ("add_tag", "remove_tag")


@dataclass(slots=True)
class Request:
    """One ``TicketUpdate`` and the changes that it makes."""

    parts: dict[str, Any] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)


class Writer:
    """Applies changes to tickets."""

    def __init__(self, client: Client, reader: Reader, names: Names) -> None:
        self._client = client
        self._reader = reader
        self._zone = names.zone
        self._tags_field = names.tags_field
        self._tags_are_a_list: bool | None = None
        """Whether the field takes several values; learnt from its values."""

    def write(self, ticket_id: str, changes: Sequence[Change]) -> None:
        """Apply the changes, in the order fields, move, owner, note.

        Raises HostPermanentError with the host's reason and what was asked for, when it refuses;
        HostTemporaryError after which a part may be done.
        """
        if any(change.kind in _TAGS or _clears(change) for change in changes):
            values = values_of(self._reader.plain(ticket_id))
        else:
            values = {}
        self._learn(values)
        for request in self._requests(changes, values):
            self._send(ticket_id, request)

    def has_note(self, ticket_id: str, key: str) -> bool:
        """Whether a note of ours with this action key is on the ticket."""
        mark, me = marker(key), self._client.me().get("UserID")
        return any(
            mark in text(article.get("Body")) and text(article.get("CreateBy")) == me
            for article in self._client.notes(ticket_id)
        )

    # ---------------------------------------------------------------- requests

    def _requests(self, changes: Sequence[Change], values: Mapping[str, Any]) -> Iterator[Request]:
        main, others = Request(), list[Request]()
        fields: dict[str, Any] = {}
        for change in changes:
            match change.kind:
                case "set_priority":
                    _put(main, change, {"Priority": change.value})
                case "set_state":
                    _put(main, change, {"State": change.value})
                case "set_field":
                    name = text(change.field)
                    fields[name] = self._field_value(change.value, values.get(name))
                    main.changes.append(change)
                case "set_group" | "set_owner" | "add_note":
                    others.append(_alone(change))
        yield from self._tag_requests(changes, values, fields, main)
        if fields:
            main.parts["DynamicField"] = [_field(name, fields[name]) for name in sorted(fields)]
        if main.parts:
            yield main
        yield from sorted(others, key=_turn)

    def _tag_requests(
        self,
        changes: Sequence[Change],
        values: Mapping[str, Any],
        fields: dict[str, Any],
        main: Request,
    ) -> Iterator[Request]:
        """The whole new list goes with the other fields.

        While nothing tells whether the field takes a list, a single value does for both kinds: it
        is written first, and what the field then shows tells.
        """
        asked = [change for change in changes if change.kind in _TAGS]
        if not asked:
            return
        present = tags_of(values.get(self._tags_field))
        wanted = _after(present, asked)
        main.changes.extend(asked)
        if wanted == present:
            return
        if self._tags_are_a_list is None and len(wanted) > 1:
            first = {"DynamicField": [_field(self._tags_field, wanted[0])]}
            yield Request(first, asked)
        fields[self._tags_field] = wanted

    def _send(self, ticket_id: str, request: Request) -> None:
        try:
            self._client.update(ticket_id, self._spelled(ticket_id, request.parts))
        except OperationError as refused:
            if refused.status == 401:
                raise
            raise HostPermanentError(
                f"ticket {ticket_id}: the helpdesk refused {_asked(request.changes)}: "
                f"{refused.reason}. {self._remedy(refused, request)}",
                status=refused.status,
            ) from refused
        except FaultError as fault:
            if all(change.kind != "set_group" for change in request.changes):
                raise
            raise HostPermanentError(
                f"ticket {ticket_id}: the helpdesk refused {_asked(request.changes)}: "
                f"{fault.reason}. Give the account move_into on the queue to move to",
                status=403,
            ) from fault

    # ---------------------------------------------------------------- values

    def _spelled(self, ticket_id: str, parts: dict[str, Any]) -> dict[str, Any]:
        """The tags in the spelling of their field, as late as possible: it may just be learnt."""
        rows = parts.get("DynamicField", [])
        tags = next((row for row in rows if isinstance(row["Value"], tuple)), None)
        if tags is None:
            return parts
        if self._tags_are_a_list is None and len(tags["Value"]) > 1:
            self._learn(values_of(self._reader.plain(ticket_id)))
        others = [row for row in rows if row is not tags]
        return {**parts, "DynamicField": [*others, _field(tags["Name"], self._tags(tags["Value"]))]}

    def _tags(self, tags: tuple[str, ...]) -> str | list[str]:
        if self._tags_are_a_list is None and len(tags) == 1:
            return tags[0]
        return list(tags) if self._tags_are_a_list else ", ".join(tags)

    def _learn(self, values: Mapping[str, Any]) -> None:
        value = values.get(self._tags_field)
        if value is not None:
            self._tags_are_a_list = isinstance(value, list)

    def _field_value(self, value: Any, present: Any) -> Any:
        """Dates as local texts; lists sorted, since another order counts as a change (facts 9)."""
        if isinstance(value, list | tuple):
            return sorted(text(item) for item in value)
        if value is None or value == "":
            return [] if isinstance(present, list) else ""
        if isinstance(value, int) and not isinstance(value, bool):
            return self._zone.text(value)
        return text(value)

    def _remedy(self, refused: OperationError, request: Request) -> str:
        if refused.status == 403:
            return (
                "Give the account ro, move_into, note, owner, priority and rw on the queue's group"
            )
        if "DynamicField->Value" in refused.reason:
            tags = any(change.kind in _TAGS for change in request.changes)
            return (
                f"Add the value to the possible values of the dynamic field {self._tags_field}"
                if tags
                else "The field does not take this value: it must be one of its possible values"
            )
        if "DynamicField" in refused.reason:
            return "Create the dynamic field for tickets, or correct its name in the settings"
        return "The name may not exist on the helpdesk, or need more than a step can give"


def _put(request: Request, change: Change, attributes: Mapping[str, Any]) -> None:
    request.parts.setdefault("Ticket", {}).update(attributes)
    request.changes.append(change)


def _alone(change: Change) -> Request:
    if change.kind == "add_note":
        return Request({"Article": _note(change)}, [change])
    if change.kind == "set_group":
        return Request({"Ticket": {"Queue": change.value}}, [change])
    # A locked ticket of nobody would be in nobody's list.
    owner = {"Owner": change.value} if change.value else {"OwnerID": NOBODY, "Lock": "unlock"}
    return Request({"Ticket": owner}, [change])


def _turn(request: Request) -> int:
    """A move takes the ticket from its owner (facts 7): the new one is set after it."""
    return ("set_group", "set_owner", "add_note").index(request.changes[0].kind)


def _note(change: Change) -> dict[str, Any]:
    """Hidden and by the system: the defaults would make a public answer of it (facts 9)."""
    return {
        "Subject": _SUBJECT,
        "Body": note_text(text(change.value), change.key),
        "ContentType": "text/plain; charset=utf8",
        "CommunicationChannel": "Internal",
        "SenderType": "system",
        "IsVisibleForCustomer": 0,
        "NoAgentNotify": 1,
    }


def _field(name: str, value: Any) -> dict[str, Any]:
    return {"Name": name, "Value": value}


def _clears(change: Change) -> bool:
    return change.kind == "set_field" and change.value in (None, "")


def _after(present: Sequence[str], asked: Sequence[Change]) -> tuple[str, ...]:
    """The tags after the changes: added before removed, others' tags kept, sorted (facts 9)."""
    adds = {text(change.value) for change in asked if change.kind == "add_tag"}
    removes = {text(change.value) for change in asked if change.kind == "remove_tag"}
    return tuple(sorted((set(present) | adds) - removes))


def _asked(changes: Sequence[Change]) -> str:
    return ", ".join(_words(change) for change in changes)


def _words(change: Change) -> str:
    what = change.kind.replace("_", " ").replace("set field", f"set {change.field}")
    return what if change.kind == "add_note" else f"{what} {change.value!r}"
