"""Who was forgotten, recognised when the helpdesk shows them again (tombstones).

A tombstone is an HMAC of an id, address or login with the store's own secret. Whoever it fits is
stored under an alias alone; the same alias as at the forgetting, so that nothing changes by it.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Protocol

from slaplugin.app.ports import Party, Snapshot
from slaplugin.core.anonymous import IDENTITY, Forgetting, Person, names_in
from slaplugin.core.model import Event

PSEUDONYM_KEY = "pseudonym_key"
"""Store flag: hex of the store's secret, made with the store."""
_KEY_FACT = "customer.id"


def again_flag(host: str) -> str:
    """Store flag: a backup was restored that may know people who were forgotten since."""
    return f"forget_again:{host}"


class TombstoneStore(Protocol):
    """The part of a store that knows who was forgotten."""

    def flag(self, name: str) -> str | None: ...

    def tombstones(self, host: str) -> Mapping[str, str]:
        """Token -> what stands for the person."""


def secret_of(store: TombstoneStore) -> bytes:
    """The store's secret."""
    return bytes.fromhex(store.flag(PSEUDONYM_KEY) or "")


def token(secret: bytes, host: str, kind: str, value: str) -> str:
    """The tombstone of an id (``kind`` is ``key``) or of a name (``name``), without its case."""
    told = f"{host}\0{kind}\0{value.casefold()}"
    return hmac.new(secret, told.encode(), sha256).hexdigest()


def tokens_of(secret: bytes, host: str, person: Person) -> Iterator[str]:
    """Every tombstone of a person."""
    yield from (token(secret, host, "key", each) for each in sorted(person.keys))
    yield from (token(secret, host, "name", each) for each in sorted(person.names))


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The forgotten customers of one helpdesk; :meth:`without` is asked for every reading."""

    host: str
    aliases: Mapping[str, str]
    secret: bytes = field(default=b"", repr=False)
    kept: frozenset[str] = frozenset()
    """Facts that policies ask about; of a forgotten customer they stay."""

    def without(self, snapshot: Snapshot) -> Snapshot:
        """The reading without anybody who was forgotten."""
        if not self.aliases:
            return snapshot
        own = self._customer(snapshot)
        found = _without(snapshot, Forgetting(own, self.kept), own=True) if own else snapshot
        for person in self._others(found.timeline.events):
            found = _without(found, Forgetting(person, self.kept), own=False)
        return found

    def party(self, party: Party) -> Party:
        """What changed about a customer, under the alias where that one was forgotten."""
        if not self.aliases or party.kind != "customer":
            return party
        alias = self._alias([party.key], names_in(party.facts))
        if alias is None:
            return party
        facts = {name: value for name, value in party.facts.items() if name in self.kept}
        facts = {name: value for name, value in facts.items() if name not in IDENTITY}
        return replace(party, key=alias, facts=facts)

    def alias_of(self, key: str | None, facts: Mapping[str, Any]) -> str | None:
        """What stands for a ticket's customer; None: nobody asked to be forgotten."""
        keys = _texts(key, facts.get(_KEY_FACT))
        alias = self._alias(keys, names_in(facts))
        return None if alias in keys else alias

    def _customer(self, snapshot: Snapshot) -> Person | None:
        facts = snapshot.timeline.ticket.facts
        keys = _texts(snapshot.customer_key, facts.get(_KEY_FACT))
        return self._person(keys, names_in(facts))

    def _others(self, events: Iterable[Event]) -> Iterator[Person]:
        """Forgotten people who only act in a ticket, or whose ticket it once was."""
        known: dict[str, Person] = {}
        for event in _each(events):
            for keys, names in _named_by(event):
                person = self._person(keys, names)
                if person is not None:
                    known.setdefault(person.alias, person)
        yield from known.values()

    def _person(self, keys: frozenset[str], names: frozenset[str]) -> Person | None:
        alias = self._alias(keys, names)
        return None if alias is None else Person(alias, keys, names)

    def _alias(self, keys: Iterable[str], names: Iterable[str]) -> str | None:
        tokens = [token(self.secret, self.host, "key", each) for each in keys]
        tokens += [token(self.secret, self.host, "name", each) for each in names]
        return next((self.aliases[each] for each in tokens if each in self.aliases), None)


def forgotten_of(store: TombstoneStore, host: str, kept: Callable[[], frozenset[str]]) -> Forgotten:
    """Whom the store has forgotten of a helpdesk; ``kept`` is asked where it is anybody."""
    aliases = store.tombstones(host)
    if not aliases:
        return Forgotten(host, aliases)
    return Forgotten(host, aliases, secret_of(store), kept())


def _without(snapshot: Snapshot, forgetting: Forgetting, *, own: bool) -> Snapshot:
    timeline = snapshot.timeline
    bare = replace(
        timeline,
        ticket=forgetting.ticket(timeline.ticket, own=own),
        events=forgetting.events(timeline.events, own=own),
    )
    key = forgetting.person.alias if own else snapshot.customer_key
    return replace(snapshot, timeline=bare, seen=forgetting.seen(snapshot.seen), customer_key=key)


def _each(events: Iterable[Event]) -> Iterator[Event]:
    for event in events:
        yield event
        yield from _each(event.data.get("events", ()))


def _named_by(event: Event) -> Iterator[tuple[frozenset[str], frozenset[str]]]:
    """(keys, names) of the customers in an event."""
    if event.actor is not None and event.actor.role == "customer":
        yield _texts(event.actor.key), frozenset()
    party: Any = event.data.get("to")
    if event.kind == "customer_changed" and isinstance(party, Mapping):
        facts = {f"customer.{name.removeprefix('customer.')}": party[name] for name in party}
        yield _texts(facts.get(_KEY_FACT)), names_in(facts)


def _texts(*values: object) -> frozenset[str]:
    return frozenset(str(value) for value in values if value is not None)
