"""Names: the frozen table that turns the host's ids into words, and what words mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slaplugin.app.errors import TicketHeldError
from slaplugin.hosts.config import StateMeaning
from slaplugin.hosts.zammad.columns import (
    ORGANIZATION_COLUMNS,
    PERSON_COLUMNS,
    TICKET_COLUMNS,
)
from slaplugin.hosts.zammad.wire import Record, plain

NOBODY = 1
"""The host's system user: owner of what nobody owns, author of what the host does itself."""

DEFAULT_PRIORITIES: Mapping[str, str] = {"1 low": "low", "2 normal": "normal", "3 high": "high"}

KIND_OF_TYPE: Mapping[str, StateMeaning] = {
    "new": StateMeaning("new"),
    "open": StateMeaning("open"),
    "pending reminder": StateMeaning("waiting_customer"),
    "pending action": StateMeaning("waiting_customer", closes=True),
    "closed": StateMeaning("closed"),
    "merged": StateMeaning("merged"),
    "removed": StateMeaning("removed"),
}

ENDED = frozenset({"closed", "merged", "removed"})

_PERSON_FACTS = ("id", "login", "email", "vip", "active", "department", "city", "country")
_ORGANIZATION_FACTS = ("id", "name", "vip", "domain", "active", "shared")

IDENTITY = frozenset(
    {
        "customer.id",
        "customer.login",
        "customer.email",
        "customer.name",
        "organization.id",
        "organization.name",
        "organization.domain",
    }
)
"""Facts that say who somebody is: not marked as known only today (decision 0051)."""


@dataclass(frozen=True, slots=True)
class State:
    """A ticket state and what it means; ``kind`` None: of a type nobody knows."""

    id: int
    name: str
    kind: str | None
    closes: bool = False
    creates: bool = False
    """New tickets begin in it (``default_create``)."""

    @property
    def ended(self) -> bool:
        return self.kind in ENDED


@dataclass(frozen=True, slots=True)
class Person:
    """A user account as it is today."""

    id: int
    login: str
    name: str
    staff: bool
    organizations: frozenset[int]
    full_groups: frozenset[int]
    """Groups it may own tickets of (``full``), directly or by a role."""
    record: Record


@dataclass(frozen=True, slots=True)
class Names:
    """What the words of one ticket's raw data mean; built by the directory, then frozen."""

    host: str
    base: str
    """The helpdesk's address, for links to tickets."""
    states: Mapping[int, State] = field(default_factory=dict)
    priorities: Mapping[int, str] = field(default_factory=dict)
    groups: Mapping[int, str] = field(default_factory=dict)
    people: Mapping[int, Person] = field(default_factory=dict)
    organizations: Mapping[int, Record | None] = field(default_factory=dict)
    """None: it cannot be read."""
    bots: frozenset[str] = frozenset()
    samples: Mapping[str, Any] = field(default_factory=dict)
    """A value of each custom ticket field that is no text, by which history's text is read."""

    def state(self, number: int | None, name: str | None = None) -> State:
        """The state of that id; raises TicketHeldError when nobody knows what it means."""
        found = self.states.get(number or 0) or self._state_named(name)
        if found is None or found.kind is None:
            shown = name or (found.name if found else f"id {number}")
            raise TicketHeldError(
                f"state {shown!r} is of a type that slaplugin does not know; add "
                f'states."{shown}" = "open" (or waiting_customer, waiting_other, closed …) to the '
                "settings"
            )
        return found

    def _state_named(self, name: str | None) -> State | None:
        return next((state for state in self.states.values() if state.name == name), None)

    def priority(self, number: int | None, name: str | None = None) -> str | None:
        """Today's name of a priority, else the one history has."""
        return self.priorities.get(number or 0) or name or None

    def group(self, number: int | None, name: str | None = None) -> str | None:
        """Today's name of a group, else the one history has."""
        return self.groups.get(number or 0) or name or None

    def login(self, number: int | None, name: str | None = None) -> str | None:
        """Login of an owner; None for nobody. An account nobody may see keeps its shown name."""
        if number is None or number == NOBODY:
            return None
        person = self.people.get(number)
        return person.login if person else name or f"user {number}"

    def staff(self, number: int) -> bool:
        """Whether the account is staff today."""
        person = self.people.get(number)
        return person is not None and person.staff

    def bot(self, number: int) -> bool:
        """Whether the account is listed in ``bots``."""
        person = self.people.get(number)
        return person is not None and person.login in self.bots

    def customer_facts(self, number: int | None) -> dict[str, Any]:
        """``customer.*`` as of today; empty for nobody."""
        if number is None or number == NOBODY:
            return {}
        person = self.people.get(number)
        if person is None:
            return {"customer.id": number}
        return person_facts(person.record)

    def organization_facts(self, number: int | None) -> dict[str, Any]:
        """``organization.*`` as of today; empty for none."""
        if number is None:
            return {}
        record = self.organizations.get(number)
        return {"organization.id": number} if record is None else organization_facts(record)


def person_facts(record: Record) -> dict[str, Any]:
    """``customer.*`` facts of a user record."""
    facts = {f"customer.{name}": record.get(name) for name in _PERSON_FACTS}
    facts["customer.name"] = full_name(record)
    facts |= {f"customer.fields.{name}": plain(record[name]) for name in person_fields(record)}
    return {key: value for key, value in facts.items() if value is not None and value != ""}


def organization_facts(record: Record) -> dict[str, Any]:
    """``organization.*`` facts of an organization record."""
    facts = {f"organization.{name}": record.get(name) for name in _ORGANIZATION_FACTS}
    facts |= {
        f"organization.fields.{name}": plain(record[name]) for name in organization_fields(record)
    }
    return {key: value for key, value in facts.items() if value is not None and value != ""}


def full_name(record: Record) -> str:
    """First and last name, else the login."""
    parts = (str(record.get("firstname") or ""), str(record.get("lastname") or ""))
    return " ".join(part for part in parts if part.strip("- ")) or str(record.get("login") or "")


def ticket_fields(record: Record) -> list[str]:
    """Custom columns of a ticket record (any flavour)."""
    return _others(record, TICKET_COLUMNS)


def person_fields(record: Record) -> list[str]:
    """Custom columns of a user record."""
    return _others(record, PERSON_COLUMNS)


def organization_fields(record: Record) -> list[str]:
    """Custom columns of an organization record."""
    return _others(record, ORGANIZATION_COLUMNS)


def is_custom(attribute: str) -> bool:
    """Whether a ticket attribute is none of the host's own."""
    own = attribute in TICKET_COLUMNS or f"{attribute}_id" in TICKET_COLUMNS
    return not own and not attribute.endswith(("_id", "_ids"))


def _others(record: Record, known: frozenset[str]) -> list[str]:
    return [name for name in record if name not in known and not name.endswith(("_id", "_ids"))]
