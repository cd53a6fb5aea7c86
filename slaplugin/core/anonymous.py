"""Tickets without the people in them: what ``forget`` and ``retention`` leave of a past.

Clocks, their instants and outcomes, and every fact that a policy asks about stay as they are, so
that no figure moves. What tells who somebody is goes: names, addresses, logins, ids, titles, texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from slaplugin.core.actions import Seen
from slaplugin.core.clocks.replay import STATE_EVENTS
from slaplugin.core.model import Actor, Event, Ticket

ERASED = "(erased)"
"""Stands where a text was."""
IDENTITY = ("customer.login", "customer.email", "customer.name", "customer.id")
"""What tells a customer apart, in the order in which reports name one (core/dimensions)."""
SETTLING = frozenset({"created", "merged", "deleted", *STATE_EVENTS})
"""Kinds of events of which the last one left the ticket in the state that it is in."""
TITLES = frozenset({"title", "fields.title", "fields.subject"})
"""Facts that are the ticket's title by another name."""
_TEXTS = ("fields.", "facts.")
_SHORTEST_NAME = 5
"""Characters; a shorter name would be found in texts that do not mean the person."""


@dataclass(frozen=True, slots=True)
class Person:
    """A customer who is to be forgotten, as the helpdesk's facts name them."""

    alias: str
    """What stands for the person from then on: reports still count one customer."""
    keys: frozenset[str] = frozenset()
    """Ids on the host, as actors and tickets have them."""
    names: frozenset[str] = frozenset()
    """Logins, addresses and full names."""
    _known: frozenset[str] = field(init=False, repr=False)
    _pattern: re.Pattern[str] | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        known = frozenset(each.casefold() for each in (*self.keys, *self.names))
        object.__setattr__(self, "_known", known)
        object.__setattr__(self, "_pattern", _pattern(self.names))

    def is_named(self, *given: object) -> bool:
        """Whether one of these ids or names is the person's."""
        return any(str(each).casefold() in self._known for each in given if each is not None)

    def within(self, text: str) -> bool:
        """Whether a text speaks of the person, by address or full name."""
        return self._pattern is not None and self._pattern.search(text) is not None

    def without(self, text: str) -> str:
        """The text without the person's addresses and full names."""
        return text if self._pattern is None else self._pattern.sub(ERASED, text)


def _pattern(names: Iterable[str]) -> re.Pattern[str] | None:
    """Names that mean somebody wherever they stand: addresses, and names of several words."""
    telling = [
        name.strip()
        for name in names
        if "@" in name or (" " in name.strip() and len(name.strip()) >= _SHORTEST_NAME)
    ]
    if not telling:
        return None
    either = "|".join(re.escape(name) for name in sorted(telling, key=len, reverse=True))
    return re.compile(rf"(?<![\w.+-])(?:{either})(?![\w-])", re.IGNORECASE)


def names_in(facts: Mapping[str, Any]) -> frozenset[str]:
    """The logins, addresses and full names of a ticket's customer."""
    found = (facts.get(name) for name in IDENTITY if name != "customer.id")
    return frozenset(str(value) for value in found if value)


def first_name(facts: Mapping[str, Any]) -> str | None:
    """What reports call the customer by; None: the ticket has none."""
    return next((str(facts[name]) for name in IDENTITY if facts.get(name) is not None), None)


@dataclass(frozen=True, slots=True)
class Forgetting:
    """Takes one person out of tickets.

    ``kept`` are facts that policies ask about: those of a customer stay unless they tell who it is.
    """

    person: Person
    kept: frozenset[str] = frozenset()

    def ticket(self, ticket: Ticket, *, own: bool) -> Ticket:
        """``own``: the person is its customer, and not only spoken of in it."""
        title = ERASED if own else self.person.without(ticket.title)
        return replace(ticket, title=title, facts=self.facts(ticket.facts, own=own))

    def facts(self, facts: Mapping[str, Any], *, own: bool) -> dict[str, Any]:
        """The facts without the person; one fact that names the customer becomes the alias."""
        found = {name: _mapped(value, self.person.without) for name, value in facts.items()}
        if not own:
            return found
        kept = {name: value for name, value in found.items() if self._stays(name)}
        kept |= {name: ERASED for name in kept if name in TITLES}
        if first_name(facts) is not None:
            kept["customer.login"] = self.person.alias
        return kept

    def _stays(self, name: str) -> bool:
        if not name.startswith("customer."):
            return True
        return name in self.kept and name not in IDENTITY

    def events(self, events: Iterable[Event], *, own: bool) -> tuple[Event, ...]:
        """The events without the person, each at its instant and with its identity."""
        return tuple(self._event(event, own=own) for event in events)

    def _event(self, event: Event, *, own: bool) -> Event:
        data = {name: self._value(name, value, own=own) for name, value in event.data.items()}
        told = data.get("field")
        if own and isinstance(told, str) and (told in TITLES or not self._stays(told)):
            data |= _nothing(data)
        if event.kind == "customer_changed" and isinstance(event.data.get("to"), Mapping):
            data["to"] = self._party(event.data["to"])
        return replace(event, data=data, actor=self._actor(event.actor, own=own))

    def _value(self, name: str, value: Any, *, own: bool) -> Any:
        if name == "events":
            return self.events(value, own=own)
        if name == "message" and isinstance(value, str) and "@" in value:
            return None  # a mail's own id names the server or the account it came from
        return _mapped(value, self.person.without)

    def _party(self, party: Mapping[str, Any]) -> Any:
        if not self.person.is_named(*(party.get(name) for name in _bare_and_full())):
            return _mapped(party, self.person.without)
        kept = {name: value for name, value in party.items() if self._stays(_full(name))}
        return {**kept, "login": self.person.alias}

    def _actor(self, actor: Actor | None, *, own: bool) -> Actor | None:
        if actor is None or actor.role != "customer":
            return actor
        if self.person.is_named(actor.key):
            return replace(actor, key=self.person.alias, name=None)
        # Who else writes on the person's ticket as a customer may be the same one by another name.
        return replace(actor, key=None, name=None) if own else actor

    def seen(self, seen: Seen) -> Seen:
        """What the ticket shows, without the person."""
        fields = {name: _mapped(value, self.person.without) for name, value in seen.fields.items()}
        return replace(seen, fields=fields)


def _nothing(data: Mapping[str, Any]) -> dict[str, None]:
    """That something changed stays, from what to what goes."""
    return {name: None for name in ("from", "to") if name in data}


def _bare_and_full() -> tuple[str, ...]:
    return (*IDENTITY, *(name.removeprefix("customer.") for name in IDENTITY))


def _full(name: str) -> str:
    return name if name.startswith("customer.") else f"customer.{name}"


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    """The value with every text in it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {name: _mapped(item, change) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_mapped(item, change) for item in value)
    if isinstance(value, set | frozenset):
        return frozenset(_mapped(item, change) for item in value)
    return value


# --------------------------------------------------------------------------- retention


@dataclass(frozen=True, slots=True)
class Pruning:
    """Leaves of old tickets what figures need: nobody's name, no title, no text.

    ``agent`` gives what stands for the login of an agent; ``kept`` are facts that policies ask
    about, which stay unless they name a customer.
    """

    agent: Callable[[str], str]
    kept: frozenset[str] = frozenset()

    def ticket(self, ticket: Ticket) -> Ticket:
        """Facts of the customer and texts of custom fields go, the owner gets a pseudonym."""
        facts = {name: value for name, value in ticket.facts.items() if self._stays(name, value)}
        if isinstance(facts.get("owner"), str):
            facts["owner"] = self.agent(facts["owner"])
        return replace(ticket, title=ERASED, facts=facts)

    def _stays(self, name: str, value: Any) -> bool:
        if name in TITLES:
            return False
        if name.startswith("customer."):
            return name in self.kept and name not in IDENTITY
        if name.startswith(_TEXTS):
            return name in self.kept or isinstance(value, bool | int | float)
        return True

    def events(self, events: Iterable[Event]) -> tuple[Event, ...]:
        """The events, each at its instant and with its identity, by nobody in particular."""
        return tuple(self._event(event) for event in events)

    def _event(self, event: Event) -> Event:
        actor = event.actor and replace(event.actor, key=self._key(event.actor), name=None)
        data = {name: value for name, value in event.data.items() if name != "message"}
        if event.kind == "owner_changed":
            data |= {k: self.agent(v) for k, v in data.items() if isinstance(v, str)}
        elif event.kind == "customer_changed":
            data["to"] = {}
        elif event.kind == "field_changed" and not self._stays(str(data.get("field")), None):
            data |= _nothing(data)
        elif "reason" in data:
            data["reason"] = ERASED
        if "events" in data:
            data["events"] = self.events(data["events"])
        return replace(event, data=data, actor=actor)

    def _key(self, actor: Actor) -> str | None:
        if actor.key is None or actor.role != "agent":
            return None
        return self.agent(actor.key)

    def seen(self, seen: Seen) -> Seen:
        """What the ticket shows, without tags and fields."""
        owner = None if seen.owner is None else self.agent(seen.owner)
        return replace(seen, owner=owner, tags=frozenset(), fields={})


def settled_at(events: Iterable[Event]) -> int | None:
    """When a ticket came into the state it is in, UTC epoch seconds; None: nothing tells."""
    return max((event.at for event in events if event.kind in SETTLING), default=None)
