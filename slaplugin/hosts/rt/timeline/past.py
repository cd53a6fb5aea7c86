"""What is known about a ticket's past before any event is told: creation, customers, roles.

The host records no value of a creation: it is what the first change of an attribute replaced, else
what the ticket shows today (facts 4).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from slaplugin.core.model import Role
from slaplugin.hosts.rt.names import NOBODY, SYSTEM, FieldDef, Names, field_value
from slaplugin.hosts.rt.timeline.raw import RawTicket, Row
from slaplugin.hosts.rt.wire import ref, seconds

_SQL_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_SAME_REQUEST = 2
"""Seconds within which the host's own changes belong to the request that made the ticket."""


class Past:
    """One ticket's transactions with the questions that the tellers ask."""

    def __init__(self, raw: RawTicket, names: Names) -> None:
        self.raw = raw
        self.names = names
        self.birth = next(row for row in raw.rows if row.type == "Create")
        at_creation = frozenset(row.id for row in self._creation_rows())
        self.later = tuple(
            row for row in raw.rows if row.id > self.birth.id and row.id not in at_creation
        )
        self._shown = {str(one["id"]): one for one in raw.ticket.get("CustomFields") or ()}
        self._customers = tuple(self._customer_history())
        self._workers = frozenset(self._who_worked())

    # ---------------------------------------------------------------- the creation

    def _creation_rows(self) -> Iterator[Row]:
        """What scrips did while the ticket was made: nobody ever saw it without (decision 50)."""
        for row in self.raw.rows:
            if row.id <= self.birth.id:
                continue
            if row.by != SYSTEM or row.message or row.at - self.birth.at > _SAME_REQUEST:
                return
            yield row

    def first(self, attribute: str) -> Row | None:
        """The first change of an attribute after the creation."""
        return next((row for row in self.later if row.attribute == attribute), None)

    def created_with(self, attribute: str) -> str | None:
        """The value right after the creation, as transactions spell it."""
        row = self.first(attribute)
        if row is not None:
            return row.old
        value = self.raw.ticket.get(attribute)
        return ref(value)

    def owner_at_creation(self) -> str | None:
        """Login of the first owner; None for nobody."""
        row = self.first("Owner")
        if row is not None:
            return self.names.owner(self.names.login(row.old))
        return self.names.owner(ref(self.raw.ticket.get("Owner")))

    def date_at_creation(self, attribute: str) -> int | None:
        """A core date as UTC epoch seconds; None where it was not set."""
        row = self.first(attribute)
        return seconds(row.old if row is not None else self.raw.ticket.get(attribute))

    # ---------------------------------------------------------------- custom fields

    def field(self, number: str) -> FieldDef:
        """A custom field, by what is known of it or by how the ticket shows it.

        Where the account may not list it, its values tell whether it holds instants.
        """
        shown = self._shown.get(number) or {}
        found = self.names.field_named(number, shown.get("name"))
        if found.type is not None:
            return found
        rows = (row for row in self.raw.rows if row.attribute == f"CF.{number}")
        values = {value for row in rows for value in (row.old, row.new) if value}
        dated = bool(values) and all(_SQL_TIME.fullmatch(value) for value in values)
        return replace(found, type="DateTime") if dated else found

    def field_numbers(self) -> list[str]:
        """Every custom field that the ticket shows or that was ever changed on it."""
        changed = {row.field for row in self.raw.rows if row.type == "CustomField"}
        return sorted(changed | self._shown.keys(), key=lambda number: (len(number), number))

    def values_at_creation(self, number: str) -> list[str]:
        """Today's values with every later change undone."""
        values = [str(value) for value in (self._shown.get(number) or {}).get("values") or ()]
        later = [row for row in self.later if row.attribute == f"CF.{number}"]
        if later and self.field(number).multiple is False:
            return [later[0].old] if later[0].old else []
        for row in reversed(later):
            if row.new in values:
                values.remove(row.new)
            if row.old and row.old not in values:
                values.append(row.old)
        return values

    def field_at_creation(self, number: str) -> Any:
        """The custom field's first value as a fact."""
        return field_value(self.field(number), list(self.values_at_creation(number)))

    # ---------------------------------------------------------------- the customer

    def customers_at(self, order: int) -> tuple[str, ...]:
        """Requestors after the transaction with this number, oldest first.

        A ticket made over REST without naming one has none (facts 5): then it is its creator's,
        unless that is somebody of the staff.
        """
        found: tuple[str, ...] = ()
        for since, customers in self._customers:
            if since > order:
                break
            found = customers
        creator = self.birth.by
        if found or creator == SYSTEM or self.names.staff(creator) or creator in self.names.bots:
            return found
        return (creator,)

    def customer_at(self, order: int) -> str | None:
        """Login of the one requestor whose facts count: whoever wrote in, else the first."""
        customers = self.customers_at(order)
        return self.birth.by if self.birth.by in customers else next(iter(customers), None)

    def _customer_history(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """(transaction, requestors from then on): today's, every later change undone."""
        people = self._requestors_today()
        known = [(row, self.names.login(row.old or row.new) or "") for row in self._watcher_rows()]
        states = [(self.birth.id, people)]
        for row, login in reversed(known):
            states[-1] = (row.id, people)
            if row.type == "AddWatcher":
                people = tuple(one for one in people if one != login)
            elif login not in people:
                people = (login, *people)
            states.append((self.birth.id, people))
        return reversed(states)

    def _requestors_today(self) -> tuple[str, ...]:
        value = self.raw.ticket.get("Requestor") or ()
        found = value if isinstance(value, (list, tuple)) else (value,)
        people = (ref(one) for one in found if not _is_group(one))
        return tuple(one for one in people if one not in (None, NOBODY))

    def _watcher_rows(self) -> list[Row]:
        kinds = ("AddWatcher", "DelWatcher")
        return [row for row in self.later if row.type in kinds and row.field == "Requestor"]

    # ---------------------------------------------------------------- who did it

    def role_of(self, login: str, order: int) -> Role:
        """The role an account had on this ticket when the transaction was made."""
        if login in (SYSTEM, NOBODY, "") or login in self.names.bots:
            return "system"
        customers = self.customers_at(order)
        if login in customers:
            return "customer"
        if self.names.staff(login) or login in self._workers:
            return "agent"
        return "customer" if self._colleague(login, customers) else "third_party"

    def _colleague(self, login: str, customers: tuple[str, ...]) -> bool:
        """Whether the account is of the customer's organization (policy-language §6)."""
        person = self.names.people.get(login)
        own = person.organization if person else None
        others = (self.names.people.get(one) for one in customers)
        return own is not None and any(one and one.organization == own for one in others)

    def _who_worked(self) -> Iterator[str]:
        """People who owned the ticket or noted something on it were staff then, whatever today."""
        for row in self.raw.rows:
            if row.attribute == "Owner":
                yield from (one for one in map(self.names.login, (row.old, row.new)) if one)
            elif row.type == "Comment":
                yield row.by

    # ---------------------------------------------------------------- merges

    def source_of(self, row: Row) -> RawTicket | None:
        """The ticket that came in by the survivor's row of a merge (both have one, facts 4)."""
        best: tuple[int, RawTicket] | None = None
        for other in self.raw.absorbed.values():
            for theirs in other.rows:
                here = theirs.merge and theirs.target == self.raw.id and other.id != self.raw.id
                near = here and theirs.at == row.at and theirs.id < row.id
                if near and (best is None or theirs.id > best[0]):
                    best = (theirs.id, other)
        return None if best is None else best[1]


def _is_group(reference: Any) -> bool:
    return isinstance(reference, dict) and reference.get("type") == "group"
