"""The names that policies may use, and who can own tickets, as far as this account may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from slaplugin.app.errors import HostPermanentError
from slaplugin.app.ports import Agent, Reference
from slaplugin.hosts.config import HostConfig
from slaplugin.hosts.rt.client import Client
from slaplugin.hosts.rt.directory import Directory
from slaplugin.hosts.rt.names import (
    CORE_DATES,
    DEFAULT_STATES,
    NOBODY,
    FieldDef,
    priority_names,
)
from slaplugin.hosts.rt.wire import Record, literal, ref

_TYPES = {"Select": "select", "DateTime": "datetime"}
_OWN_SLA = frozenset({"group", "fields.SLA"})
"""A change of queue or level makes the host's own SLA feature compute Due anew (facts 9)."""


def reference(client: Client, directory: Directory, config: HostConfig) -> Reference:
    """Every name, and whether the list is whole.

    Lifecycles are not to be read over REST 2 (facts 5): the statuses are the host's own and those
    of the settings. Fields that the account may use in a queue and not list are known by the last
    hundred tickets.
    """
    newest = client.latest("id>0", "CustomFields").items
    queues = directory.queues()
    fields = directory.fields()
    staff = directory.staff_logins()
    tags = next((one for one in fields.values() if one.name == directory.tags_field), None)
    return Reference(
        groups=tuple(sorted(queues.values())),
        priorities=tuple(priority_names(config)),
        states=_states(config),
        owners=tuple(sorted(staff or ())),
        fields={
            "title": "text",
            "SLA": "text",
            **dict.fromkeys(CORE_DATES, "datetime"),
            **_types(newest, directory),
        },
        customer_fields=client.people_fields(),
        tags=client.values_of(directory.tags_number()) if _declares(tags) else None,
        tags_field=directory.tags_field,
        complete=bool(queues) and staff is not None and directory.fields_listed,
        escalation_fields=_OWN_SLA,
    )


def _declares(field: FieldDef | None) -> bool:
    return field is not None and field.type == "Select"


def _types(tickets: Iterable[Record], directory: Directory) -> dict[str, str]:
    """Custom fields without that of the tags."""
    shown = {
        str(one.get("name")): "unknown" for row in tickets for one in row.get("CustomFields") or ()
    }
    listed = {one.name: _TYPES.get(one.type or "", "text") for one in directory.fields().values()}
    return {name: kind for name, kind in (shown | listed).items() if name != directory.tags_field}


def _states(config: HostConfig) -> Mapping[str, str]:
    return {name: one.kind for name, one in {**DEFAULT_STATES, **config.states}.items()}


class Owners:
    """Who can own tickets of a queue.

    The right OwnTicket is not to be read over REST 2. Who owned one of the queue's last hundred
    tickets, or is its AdminCc, has it; where nobody did, everybody privileged is named, and
    the host refuses those who may not (decision 98).
    """

    def __init__(self, client: Client, directory: Directory, config: HostConfig) -> None:
        self._client = client
        self._directory = directory
        self._config = config

    def of(self, queue: str) -> Sequence[Agent]:
        """Active staff by login; without our own account and the listed bots."""
        number = next((n for n, name in self._directory.queues().items() if name == queue), None)
        if number is None:
            raise HostPermanentError(
                f"queue {queue!r} does not exist on the helpdesk, or this account may not see it; "
                "check its name in the policies"
            )
        proven = self._owners(queue) | self._watchers(number)
        staff = self._directory.staff_logins()
        if staff is not None:
            proven &= staff
        logins = proven - self._machines() or (staff or frozenset()) - self._machines() - {"root"}
        people = self._directory.people(sorted(logins))
        return [Agent(one.login, one.name) for one in people if one.staff and not one.disabled]

    def _machines(self) -> frozenset[str]:
        return self._config.bots | {NOBODY, self._directory.own_login() or ""}

    def _owners(self, queue: str) -> frozenset[str]:
        query = f"Queue={literal(queue)} AND Owner!='{NOBODY}'"
        rows = self._client.latest(query, "Owner").items
        return frozenset(login for row in rows if (login := ref(row.get("Owner"))) is not None)

    def _watchers(self, number: str) -> frozenset[str]:
        """The queue's AdminCc, members of its groups included."""
        found: set[str] = set()
        for one in self._client.queue(number).get("AdminCc") or ():
            if one.get("type") == "group":
                found |= set(self._client.members(str(one["id"])) or ())
            elif one.get("id"):
                found.add(str(one["id"]))
        return frozenset(found)
