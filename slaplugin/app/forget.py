"""``forget``: one customer out of the store, for good; figures and the audit chain stay.

What remains of the person's tickets are clocks, instants and the facts that policies ask about,
under an alias. Audit entries that speak of the person are erased: the chain holds over them. A
tombstone sees to it that no later reading brings the person back (docs/privacy.md).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from slaplugin.app.erasing import rewritten
from slaplugin.app.errors import ConfigurationError
from slaplugin.app.forgotten import Forgotten, TombstoneStore, again_flag, secret_of, tokens_of
from slaplugin.app.ports import AuditEntry, StoredTicket
from slaplugin.app.tenure import LeaseStore, exclusive
from slaplugin.core.anonymous import Forgetting, Person, first_name, names_in
from slaplugin.core.pseudonyms import pseudonym

_HELD = (
    "another slaplugin is writing to this store; stop it (the daemon, too), forget, and start it "
    "again: nothing was changed"
)


class ForgettingTransaction(Protocol):
    """The part of a transaction that forgets."""

    def forget_in(self, stored: StoredTicket, change: Callable[[str], str]) -> None: ...

    def erase_history(self, host: str, ticket: str) -> int: ...

    def erase_speaking(self, within: Callable[[str], bool]) -> int: ...

    def remember_forgotten(self, host: str, tokens: Iterable[str], alias: str, at: int) -> None: ...

    def set_flag(self, name: str, value: str | None) -> None: ...

    def audit(self, entry: AuditEntry) -> None: ...


class ErasingStore(TombstoneStore, LeaseStore, Protocol):
    """The part of a store that people can be taken out of. Raises StoreError."""

    def tx(self) -> AbstractContextManager[ForgettingTransaction]: ...

    def ticket(self, host: str, ticket: str) -> StoredTicket | None: ...

    def customers(self, host: str) -> Iterator[tuple[str | None, Mapping[str, Any]]]:
        """Key and facts of every ticket's customer, each key once."""

    def of_customer(self, host: str, text: str) -> Sequence[str]:
        """Tickets whose customer has this key, login or address, in any case."""

    def speaking(
        self, host: str, keys: Iterable[str], within: Callable[[str], bool]
    ) -> Sequence[str]:
        """Tickets in which a customer of these keys acts, or of whom a text speaks."""

    def policies_naming(self, within: Callable[[str], bool]) -> Sequence[str]:
        """Policy files that speak so."""

    def overwriting(self) -> AbstractContextManager[None]:
        """What is erased within the block is overwritten in the file when it is committed."""

    def vacuum(self) -> None:
        """Leave nothing of what was erased in free pages."""


@dataclass(frozen=True, slots=True)
class Request:
    """Who is to be forgotten, and by whose order."""

    host: str
    customer: str
    """Key, login or address."""
    holder: str = "forget"
    kept: frozenset[str] = frozenset()
    """Facts that policies ask about."""


@dataclass(frozen=True, slots=True)
class ForgetPlan:
    """What the store knows of the person."""

    person: Person
    tickets: tuple[str, ...]
    """Whose customer the person is."""
    mentions: tuple[str, ...]
    """Others in which the person acts or is spoken of."""
    open: int
    """Of the person's tickets."""
    policies: tuple[str, ...]
    """Policy files that name the person; they are the administrator's to change."""


def plan_forget(store: ErasingStore, request: Request) -> ForgetPlan:
    """Look, and change nothing; ConfigurationError where nobody of that name is known."""
    own = _own(store, request)
    person = _person(store, request, own)
    everywhere = store.speaking(request.host, sorted(person.keys), person.within)
    if not own and not everywhere:
        raise ConfigurationError(
            f"the store knows no customer {request.customer!r} of {request.host}: name the key, "
            "login or mail address that the helpdesk has; who was forgotten already is not found"
        )
    told = [store.ticket(request.host, ticket) for ticket in own]
    return ForgetPlan(
        person=person,
        tickets=tuple(own),
        mentions=tuple(ticket for ticket in everywhere if ticket not in own),
        open=sum(one.row.open for one in told if one is not None),
        policies=tuple(store.policies_naming(person.within)),
    )


@dataclass(frozen=True, slots=True)
class Forgot:
    """What was done."""

    plan: ForgetPlan
    entries: int
    """Audit entries that say nothing any more."""


def forget(store: ErasingStore, request: Request, now: int) -> Forgot:
    """Take the person out, in one transaction; ``now`` in UTC epoch seconds.

    Raises LeaseHeldError while another process writes.
    """
    with exclusive(store, request.holder, now, _HELD):
        # Killed before the vacuum, nothing is left either: who is unknown is not forgotten again.
        with store.overwriting():
            done = _forget(store, request, now)
        store.vacuum()
    return done


def forget_again(store: ErasingStore, request: Request, now: int) -> int:
    """After a restore: take out who was forgotten since the backup; how many people.

    ``request.customer`` does not matter. Raises LeaseHeldError while another process writes.
    """
    if store.flag(again_flag(request.host)) is None:
        return 0
    with exclusive(store, request.holder, now, _HELD):
        return _forget_all(store, request, now)


def _forget_all(store: ErasingStore, request: Request, now: int) -> int:
    stones = Forgotten(request.host, store.tombstones(request.host), secret_of(store))
    people: dict[str, str] = {}
    for key, facts in store.customers(request.host):
        alias = stones.alias_of(key, facts)
        name = key or first_name(facts)
        if alias is not None and name is not None:
            people[name] = alias
    with store.overwriting():
        for name in people:
            _forget(store, replace(request, customer=name), now)
    with store.tx() as tx:
        tx.set_flag(again_flag(request.host), None)
    store.vacuum()
    return len(people)


def _forget(store: ErasingStore, request: Request, now: int) -> Forgot:
    plan = plan_forget(store, request)
    forgetting = Forgetting(plan.person, request.kept)
    with store.tx() as tx:
        entries = _take_out(store, tx, request, plan, forgetting)
        tokens = tokens_of(secret_of(store), request.host, plan.person)
        tx.remember_forgotten(request.host, tokens, plan.person.alias, now)
        payload = {
            "alias": plan.person.alias,
            "tickets": len(plan.tickets),
            "mentions": len(plan.mentions),
            "entries": entries,
        }
        tx.audit(AuditEntry("forgotten", now, payload, request.host))
    return Forgot(plan, entries)


def _take_out(
    store: ErasingStore,
    tx: ForgettingTransaction,
    request: Request,
    plan: ForgetPlan,
    forgetting: Forgetting,
) -> int:
    """Out of every ticket that knows the person; how many audit entries were erased."""
    entries = 0
    for ticket in (*plan.tickets, *plan.mentions):
        own = ticket in plan.tickets
        stored = store.ticket(request.host, ticket)
        if stored is not None:
            tx.forget_in(_without(stored, forgetting, own=own), plan.person.without)
        if own:
            entries += tx.erase_history(request.host, ticket)
    return entries + tx.erase_speaking(plan.person.within)


def _without(stored: StoredTicket, forgetting: Forgetting, *, own: bool) -> StoredTicket:
    row = stored.row
    key = forgetting.person.alias if own else row.customer_key
    bare = replace(row, customer_key=key, seen=forgetting.seen(row.seen))
    ticket = forgetting.ticket(row.ticket, own=own)
    return rewritten(replace(stored, row=bare), ticket, partial(forgetting.events, own=own))


def _own(store: ErasingStore, request: Request) -> list[str]:
    """The person's tickets: those that fit what was asked for, and those of the keys they tell."""
    found = dict.fromkeys(store.of_customer(request.host, request.customer))
    for key in sorted(_keys(store, request, found)):
        found |= dict.fromkeys(store.of_customer(request.host, key))
    return list(found)


def _keys(store: ErasingStore, request: Request, tickets: Iterable[str]) -> set[str]:
    told = (store.ticket(request.host, ticket) for ticket in tickets)
    return {one.row.customer_key for one in told if one is not None and one.row.customer_key}


def _person(store: ErasingStore, request: Request, own: Sequence[str]) -> Person:
    """Under all the names that the tickets know, and under the one that was asked for."""
    keys, names, called = set[str](), {request.customer}, request.customer
    for ticket in own:
        stored = store.ticket(request.host, ticket)
        if stored is None:
            continue
        facts = stored.row.facts
        told = (stored.row.customer_key, facts.get("customer.id"))
        keys |= {str(key) for key in told if key is not None}
        names |= names_in(facts)
        called = first_name(facts) or called
    if not own or request.customer in keys:
        keys.add(request.customer)
    alias = pseudonym(called, secret_of(store), "customer")
    return Person(alias, frozenset(keys), frozenset(names - keys) | _addresses(names))


def _addresses(names: Iterable[str]) -> frozenset[str]:
    """Mail addresses among names: on some hosts an address is the key, too."""
    return frozenset(name for name in names if "@" in name)
