"""The names a policy set may use, as recent tickets show them: nothing is listed (facts 1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from slaplugin.app.errors import HostPermanentError
from slaplugin.app.ports import Agent, Reference
from slaplugin.hosts.otrs.client import Client
from slaplugin.hosts.otrs.directory import Directory
from slaplugin.hosts.otrs.names import NOBODY, values_of
from slaplugin.hosts.otrs.reader import Reader
from slaplugin.hosts.otrs.wire import Record, is_stamp, number, text

_SAMPLE = 300
"""Tickets that are looked at, the last changed ones first."""
_OWN_FIELDS = ("title", "responsible", "lock", "service", "sla")
"""Attributes of every ticket that policies know as ``fields.*``."""
_OWN_SLA = frozenset({"group", "fields.service", "fields.sla"})
"""A change of these gives other targets at once, counted from the creation (facts 14)."""
_NEWEST: Mapping[str, Any] = {
    "SortBy": ["Changed", "TicketNumber"],
    "OrderBy": ["Down", "Down"],
    "Limit": _SAMPLE,
}


class Samples:
    """What recent tickets tell about the helpdesk."""

    def __init__(self, client: Client, reader: Reader, directory: Directory) -> None:
        self._client = client
        self._reader = reader
        self._directory = directory

    def reference(self) -> Reference:
        """Names seen on recent tickets; never complete."""
        tickets = self._recent({})
        names = self._directory.names
        kinds = {state.name: state.kind for state in names.states.values()}
        seen = {text(ticket.get("State")) for ticket in tickets}
        fields = _fields(tickets)
        fields.pop(names.tags_field, None)
        return Reference(
            groups=_sorted(ticket.get("Queue") for ticket in tickets),
            priorities=_sorted(ticket.get("Priority") for ticket in tickets),
            states={name: kinds[name] for name in sorted(seen & kinds.keys())},
            owners=tuple(sorted(_owners(tickets))),
            fields={**dict.fromkeys(_OWN_FIELDS, "text"), **fields},
            tags_field=names.tags_field,
            complete=False,
            escalation_fields=_OWN_SLA,
        )

    def agents_of(self, queue: str, left_out: frozenset[str]) -> list[Agent]:
        """Who owns or answers for recent tickets of the queue, by login.

        HostPermanentError where nobody does: the host lists neither agents nor their rights.
        """
        tickets = self._recent({"Queues": [queue]})
        logins = _owners(tickets) | _responsible(tickets)
        found = [Agent(login, login) for login in sorted(logins - left_out)]
        if not found:
            raise HostPermanentError(
                f"queue {queue!r}: this family of helpdesks does not list its agents, and no "
                "recent ticket of the queue (if it exists) belongs to anybody; name the people in "
                "the step itself",
                status=404,
            )
        return found

    def _recent(self, criteria: Mapping[str, Any]) -> list[Record]:
        tickets = self._reader.plain_many(self._client.search({**criteria, **_NEWEST}))
        self._directory.learn(tickets)
        return tickets


def _owners(tickets: Iterable[Record]) -> set[str]:
    return _logins(tickets, "Owner")


def _responsible(tickets: Iterable[Record]) -> set[str]:
    return _logins(tickets, "Responsible")


def _logins(tickets: Iterable[Record], column: str) -> set[str]:
    return {
        text(ticket.get(column))
        for ticket in tickets
        if number(ticket.get(f"{column}ID")) not in (0, NOBODY)
    }


def _fields(tickets: Sequence[Record]) -> dict[str, str]:
    """Every valid custom field is on every ticket; its type shows where it has a value."""
    found: dict[str, str] = {}
    for ticket in tickets:
        for name, value in values_of(ticket).items():
            kind = _kind(value)
            if kind != "unknown" or name not in found:
                found[name] = kind
    return dict(sorted(found.items()))


def _kind(value: Any) -> str:
    if value in (None, "", []):
        return "unknown"
    if isinstance(value, list):
        return "select"
    return "datetime" if is_stamp(value) else "text"


def _sorted(names: Iterable[Any]) -> tuple[str, ...]:
    return tuple(sorted({text(name) for name in names} - {""}))
