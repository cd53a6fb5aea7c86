"""What the host's words mean: states by their type, accounts that are machines, fields of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slaplugin.app.errors import TicketHeldError
from slaplugin.hosts.config import HostConfig, StateMeaning
from slaplugin.hosts.otrs.wire import Zone, is_stamp, text

NOBODY = 1
"""``root@localhost``: owner of what nobody owns; customers and jobs act under this id (facts 7)."""

DEFAULT_TAGS_FIELD = "SLATags"
"""The dynamic field in which tags live: Multiselect or Text (facts 1)."""

DEFAULT_PRIORITIES: Mapping[str, str] = {
    "1 very low": "low",
    "2 low": "low",
    "3 normal": "normal",
    "4 high": "high",
    "5 very high": "urgent",
}

KIND_OF_TYPE: Mapping[str, StateMeaning] = {
    "new": StateMeaning("new"),
    "open": StateMeaning("open"),
    "pending reminder": StateMeaning("waiting_customer"),
    "pending auto": StateMeaning("waiting_customer", closes=True),
    "closed": StateMeaning("closed"),
    "merged": StateMeaning("merged"),
    "removed": StateMeaning("removed"),
}
"""State types are fixed in the product; states are the admin's."""

TYPE_OF_STATE: Mapping[str, str] = {
    "new": "new",
    "open": "open",
    "pending reminder": "pending reminder",
    "pending auto close+": "pending auto",
    "pending auto close-": "pending auto",
    "closed successful": "closed",
    "closed unsuccessful": "closed",
    "merged": "merged",
    "removed": "removed",
}
"""The states that every installation begins with."""

OPEN_TYPES = ("new", "open", "pending reminder", "pending auto")
"""The types of unfinished tickets, as a search wants them (facts 4)."""

WAITING = frozenset({"waiting_customer", "waiting_other"})
ENDED = frozenset({"closed", "merged", "removed"})


@dataclass(frozen=True, slots=True)
class State:
    """A ticket state and what it means."""

    name: str
    kind: str
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """What the words of one ticket's raw data mean; frozen."""

    host: str
    site: str
    """The helpdesk's address, for links to tickets."""
    zone: Zone
    states: Mapping[str, State] = field(default_factory=dict)
    state_ids: Mapping[int, State] = field(default_factory=dict)
    """States by id, as tickets showed them: a state that was renamed keeps its id."""
    logins: Mapping[int, str] = field(default_factory=dict)
    """Account ids with their logins, as tickets showed them: history tells who by the id alone."""
    lists: frozenset[str] = frozenset()
    """Custom fields that were seen with several values."""
    bots: frozenset[str] = frozenset()
    """Logins or account ids."""
    tags_field: str = DEFAULT_TAGS_FIELD
    own_fields: frozenset[str] = frozenset()
    """Host names of the fields that we write."""

    def state(self, name: str, number: int = 0) -> State:
        """The state of that name, else of that id (0: unknown).

        Raises TicketHeldError when nobody knows what it means.
        """
        found = self.states.get(name) or self.state_ids.get(number)
        if found is None:
            raise TicketHeldError(
                f"state {name!r} is of a type that slaplugin does not know, and no ticket is in it "
                f'that would tell; add states."{name}" = "open" (or waiting_customer, '
                "waiting_other, closed …) to the settings"
            )
        return found

    def told(self, name: str) -> bool:
        """Whether a custom field belongs to the timeline: not our own ones, nor the tags."""
        return name != self.tags_field and name not in self.own_fields


def names_of(config: HostConfig, site: str, zone: Zone) -> Names:
    """The names before any ticket was seen: the product's own states and the settings'."""
    known = {name: state_of(name, kind, config) for name, kind in TYPE_OF_STATE.items()}
    told = {name: state_of(name, "", config) for name in config.states}
    found = {name: state for name, state in (known | told).items() if state is not None}
    own = frozenset(name for name in config.own_fields.values() if name)
    tags_field = config.tags_field or DEFAULT_TAGS_FIELD
    return Names(
        config.name, site, zone, found, bots=config.bots, tags_field=tags_field, own_fields=own
    )


def state_of(name: str, state_type: str, config: HostConfig) -> State | None:
    """A state by its type, the settings' meaning before the type's; None: of an unknown type."""
    meaning = config.states.get(name) or KIND_OF_TYPE.get(state_type)
    return None if meaning is None else State(name, meaning.kind, meaning.closes)


def values_of(ticket: Mapping[str, Any]) -> dict[str, Any]:
    """Custom fields of a ticket as the host gives them, by name."""
    rows = ticket.get("DynamicField")
    rows = rows if isinstance(rows, list) else []
    return {text(row.get("Name")): row.get("Value") for row in rows if isinstance(row, dict)}


def tags_of(value: Any) -> tuple[str, ...]:
    """The tags in a field's value: a list, or a text with commas between them."""
    found = value if isinstance(value, list | tuple) else text(value).split(",")
    return tuple(sorted({tag for item in found if (tag := text(item).strip())}))


def shown(value: Any, zone: Zone) -> Any:
    """A field's value as ``Seen`` has it, so that undo can put it back; dates as epoch seconds."""
    if value is None or isinstance(value, list):
        return value
    return zone.seconds(value) if is_stamp(value) else text(value)


def fact(value: Any, zone: Zone) -> Any:
    """A field's value as a fact: empty ones are None, lists are tuples, dates epoch seconds."""
    if value in (None, "", []):
        return None
    if isinstance(value, list):
        return tuple(text(item) for item in value)
    return zone.seconds(value) if is_stamp(value) else text(value)
