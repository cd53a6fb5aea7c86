"""Names: the frozen table that turns the host's numbers into words, and what words mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from slaplugin.app.errors import TicketHeldError
from slaplugin.hosts.config import HostConfig, StateMeaning
from slaplugin.hosts.rt.wire import Record, seconds, whole

NOBODY = "Nobody"
"""Login of the owner of what nobody owns."""
SYSTEM = "RT_System"
"""Login under which the host does what it does by itself."""
TAGS_FIELD = "SLA Tags"
CORE_DATES = ("Due", "Starts")
"""Dates that every ticket has; told like custom fields of these names."""
ENDED = frozenset({"closed", "merged", "removed"})

DEFAULT_STATES: Mapping[str, StateMeaning] = MappingProxyType(
    {
        "new": StateMeaning("new"),
        "open": StateMeaning("open"),
        "stalled": StateMeaning("waiting_customer"),
        "resolved": StateMeaning("closed"),
        "rejected": StateMeaning("closed"),
        "deleted": StateMeaning("removed"),
    }
)
"""The statuses of the host's own lifecycles (facts 5); others come from the settings."""

_NUMBERS = range(1001)
"""The host's pages offer 0 to 100; its interface takes larger numbers, and none below 0."""
_LABELS = {"low": 0, "medium": 50, "high": 100}
_IDENTITY = ("id", "login", "email", "name")
_PERSON_FACTS = {"EmailAddress": "email", "City": "city", "Country": "country", "Lang": "language"}


@dataclass(frozen=True, slots=True)
class FieldDef:
    """A custom field of tickets."""

    name: str
    type: str | None = None
    """The host's word: ``Freeform``, ``Select``, ``DateTime`` …; None: the account may not see."""
    multiple: bool | None = None
    """Whether it takes several values; None: not told."""

    @property
    def dated(self) -> bool:
        """Whether its values are instants."""
        return self.type == "DateTime"


@dataclass(frozen=True, slots=True)
class Person:
    """A user account as it is today."""

    login: str
    number: int | None
    staff: bool
    record: Record

    @property
    def name(self) -> str:
        return str(self.record.get("RealName") or self.login)

    @property
    def organization(self) -> str | None:
        """What the account's Organization says; people of one share it."""
        return str(self.record.get("Organization") or "").strip() or None

    @property
    def disabled(self) -> bool:
        return str(self.record.get("Disabled") or "0") != "0"


@dataclass(frozen=True, slots=True)
class Names:
    """What the words of raw tickets mean; built by the directory, then frozen."""

    host: str
    base: str
    """The helpdesk's address, for links to tickets."""
    states: Mapping[str, StateMeaning] = field(default_factory=lambda: DEFAULT_STATES)
    queues: Mapping[str, str] = field(default_factory=dict)
    """Number -> name."""
    fields: Mapping[str, FieldDef] = field(default_factory=dict)
    """Number -> custom field."""
    people: Mapping[str, Person] = field(default_factory=dict)
    """Login -> account."""
    logins: Mapping[str, str] = field(default_factory=dict)
    """Number -> login."""
    bots: frozenset[str] = frozenset()
    tags_field: str = TAGS_FIELD

    def state(self, status: str) -> StateMeaning:
        """What a status means; raises TicketHeldError for one that nobody told."""
        found = self.states.get(status) or self.states.get(status.lower())
        if found is None:
            raise TicketHeldError(
                f"status {status!r} is of a lifecycle that slaplugin does not know; add "
                f'states."{status}" = "open" (or waiting_customer, waiting_other, closed …) to '
                "the settings"
            )
        return found

    def queue(self, number: str | None) -> str | None:
        """Today's name of a queue; one this account may not see keeps its number."""
        return None if not number else self.queues.get(number, f"queue {number}")

    def owner(self, login: str | None) -> str | None:
        """Login of an owner; None for nobody."""
        return None if login in (None, "", NOBODY) else login

    def login(self, number: str | None) -> str | None:
        """Login behind a user's number; one that is gone keeps its number."""
        if not number or number == "0":
            return None
        return self.logins.get(number, f"user {number}")

    def staff(self, login: str) -> bool:
        """Whether the account is privileged today."""
        person = self.people.get(login)
        return person is not None and person.staff

    def field_named(self, number: str, name: str | None = None) -> FieldDef:
        """A custom field by its number; ``name`` as the ticket shows it."""
        return self.fields.get(number) or FieldDef(name or f"field {number}")

    def customer_facts(self, login: str | None) -> dict[str, Any]:
        """``customer.*`` and ``organization.*`` as of today; empty for nobody."""
        if login is None:
            return {}
        person = self.people.get(login)
        if person is None:
            return {"customer.id": login, "customer.login": login, "customer.name": login}
        return person_facts(person)


def person_facts(person: Person) -> dict[str, Any]:
    """``customer.*`` of an account, and ``organization.*`` by the name it gives."""
    record = person.record
    facts: dict[str, Any] = {"customer.id": person.login, "customer.login": person.login}
    facts["customer.name"] = person.name
    facts |= {f"customer.{name}": record.get(column) for column, name in _PERSON_FACTS.items()}
    facts["organization.id"] = facts["organization.name"] = person.organization
    for custom in record.get("CustomFields") or ():
        facts[f"customer.fields.{custom.get('name')}"] = plain(custom.get("values") or [])
    return {key: value for key, value in facts.items() if value not in (None, "")}


def plain(values: list[Any]) -> Any:
    """Values of a custom field as a fact: None, the value, or several as a sorted tuple."""
    texts = [str(value) for value in values if value not in (None, "")]
    if not texts:
        return None
    return texts[0] if len(texts) == 1 else tuple(sorted(texts))


def known_only_today(key: str) -> bool:
    """Facts that change without a trace (R14); who somebody is does not count as one of them."""
    part, _, name = key.partition(".")
    return part == "organization" or (part == "customer" and name not in _IDENTITY)


# --------------------------------------------------------------------------- priorities


def common_priority(number: int) -> str:
    """The common name of a priority number: the host's are 0 to 100, unlabelled at heart."""
    for bound, name in ((80, "urgent"), (50, "high"), (10, "normal")):
        if number >= bound:
            return name
    return "low"


def priority_text(value: Any) -> str | None:
    """A priority as text of its number; labels, which some versions show, become theirs."""
    if value in (None, ""):
        return None
    label = _LABELS.get(str(value).lower())
    return str(value) if label is None else str(label)


def priority_names(config: HostConfig) -> Mapping[str, str]:
    """Number as text -> common name.

    The settings' own come first, then one canonical number for each name: where a step names a
    priority commonly, the first number of that meaning is written.
    """
    chosen = {str(priority_text(name)): common for name, common in config.priorities.items()}
    canonical = {str(number): common_priority(number) for number in (80, 50, 10, 0)}
    others = {str(number): common_priority(number) for number in _NUMBERS}
    return {**chosen, **{k: v for k, v in {**canonical, **others}.items() if k not in chosen}}


def priority_number(value: Any) -> int | None:
    """The number to write for a priority; None where it is none."""
    return whole(priority_text(value))


# --------------------------------------------------------------------------- custom fields


def field_value(found: FieldDef, values: list[Any]) -> Any:
    """What a custom field shows: text, UTC epoch seconds of a date, a sorted tuple of several."""
    shown = [value for value in values if value not in (None, "")]
    if found.multiple:
        return tuple(sorted(str(value) for value in shown)) or None
    if not shown:
        return None
    if found.dated or (found.type is None and len(shown) == 1 and _is_instant(shown[0])):
        return seconds(shown[0])
    return plain(shown)


def _is_instant(value: Any) -> bool:
    """``2026-03-11T14:30:00Z``: only DateTime fields are spelled so (facts 6)."""
    if not isinstance(value, str) or len(value) != 20 or value[10] != "T" or value[-1] != "Z":
        return False
    try:
        return seconds(value) is not None
    except ValueError:
        return False
