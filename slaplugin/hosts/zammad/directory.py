"""The directory: states, priorities, groups and people, learnt as cheaply as the account allows.

States and priorities cost one request each, once, and only when first needed. Groups need
``admin.group`` up to 6.0 (facts 1.3), so they are learnt from every answer that names them; people
likewise. What is still unknown afterwards is asked for one by one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from slaplugin.app.errors import HostPermanentError
from slaplugin.hosts.config import HostConfig, StateMeaning
from slaplugin.hosts.refusals import RefusedError
from slaplugin.hosts.zammad.client import Client
from slaplugin.hosts.zammad.names import (
    KIND_OF_TYPE,
    NOBODY,
    Names,
    Person,
    State,
    full_name,
    ticket_fields,
)
from slaplugin.hosts.zammad.wire import Assets, Record, by_id, rows_of

_CUSTOMER_ROLE = 3
_STAFF_PAGE = 100
_STAFF_SECONDS = 300


class Directory:
    """Grows while the adapter reads; :meth:`names` gives the frozen picture for one ticket."""

    def __init__(self, client: Client, config: HostConfig) -> None:
        self._client = client
        self._config = config
        self._states: dict[int, State] | None = None
        self._priorities: dict[int, str] | None = None
        self._groups: dict[int, str] = {}
        self._groups_listed = False
        self._people: dict[int, Person] = {}
        self._strangers: set[int] = set()
        self._organizations: dict[int, Record | None] = {}
        self._roles: dict[int, Record] = {}
        self._staff: list[Person] = []
        self._staff_until = 0
        self._asked: set[tuple[str, int]] = set()
        self._samples: dict[str, Any] = {}
        self._me: Record | None = None

    # ---------------------------------------------------------------- learning

    def learn(self, assets: Assets) -> None:
        """Take in the side table of an answer."""
        self._roles.update(by_id(assets.get("Role", {})))
        self.learn_people(assets.get("User", {}).values())
        self._organizations.update(by_id(assets.get("Organization", {})))
        for number, group in by_id(assets.get("Group", {})).items():
            self._groups[number] = str(group["name"])
        for ticket in assets.get("Ticket", {}).values():
            self._learn_fields(ticket)

    def _learn_fields(self, ticket: Record) -> None:
        for name in ticket_fields(ticket):
            if ticket[name] is not None and not isinstance(ticket[name], str):
                self._samples[name] = ticket[name]

    def counts(self, field: str) -> bool:
        """Whether a custom ticket field is known to hold whole numbers."""
        sample = self._samples.get(field)
        return isinstance(sample, int) and not isinstance(sample, bool)

    def learn_people(self, records: Iterable[Record]) -> None:
        """Take in users of a list."""
        for number, record in by_id(records).items():
            self._people[number] = self.person(record)

    def learn_organizations(self, records: Iterable[Record]) -> None:
        """Take in organizations of a list."""
        self._organizations.update(by_id(records))

    def require(self, people: Iterable[int], organizations: Iterable[int]) -> None:
        """Make sure these are known, asking one by one for those that no answer showed."""
        for number in people:
            if number == NOBODY or number in self._people or number in self._strangers:
                continue
            record = self._client.person(number)
            if record is None:
                self._strangers.add(number)
            else:
                self._people[number] = self.person(record)
        for number in organizations:
            if number not in self._organizations:
                self._organizations[number] = self._organization(number)

    def require_tables(self, states: Iterable[int], priorities: Iterable[int]) -> None:
        """Read states and priorities again for one made since; once for each such one."""
        wanted = {("state", number) for number in set(states) - self.states().keys()}
        wanted |= {("priority", number) for number in set(priorities) - self.priorities().keys()}
        if not wanted <= self._asked:
            self._asked |= wanted
            self._states = self._priorities = None

    def _organization(self, number: int) -> Record | None:
        try:
            found = self._client.get(f"organizations/{number}")
        except RefusedError as refused:
            if refused.status in (403, 404):
                return None
            raise
        return found if isinstance(found, dict) else None

    # ---------------------------------------------------------------- tables

    def names(self) -> Names:
        """Everything known so far; people and organizations as a view, there may be very many."""
        return Names(
            host=self._config.name,
            base=self._client.transport.base,
            states=self.states(),
            priorities=self.priorities(),
            groups=dict(self._groups),
            people=MappingProxyType(self._people),
            organizations=MappingProxyType(self._organizations),
            bots=self._config.bots,
            samples=dict(self._samples),
        )

    def states(self) -> Mapping[int, State]:
        """Ticket states by id, with the settings' meaning before the type's."""
        if self._states is None:
            rows = rows_of(self._client.get("ticket_states", {"expand": "true"}))
            types = {row["id"]: str(row.get("state_type", "")) for row in rows}
            self._states = {int(row["id"]): self._state(row, types) for row in rows}
        return self._states

    def _state(self, row: Record, types: Mapping[Any, str]) -> State:
        """``closes`` only where the state leads to a closed one: an admin may set another."""
        name = str(row["name"])
        unknown = StateMeaning("")
        chosen = self._config.states.get(name)
        meaning = chosen or KIND_OF_TYPE.get(types[row["id"]], unknown)
        following = types.get(row.get("next_state_id"), "closed")
        closes = meaning.closes and (chosen is not None or following == "closed")
        creates = bool(row.get("default_create"))
        return State(int(row["id"]), name, meaning.kind or None, closes, creates)

    def priorities(self) -> Mapping[int, str]:
        """Priority names by id."""
        if self._priorities is None:
            rows = rows_of(self._client.get("ticket_priorities"))
            self._priorities = {int(row["id"]): str(row["name"]) for row in rows}
        return self._priorities

    def groups(self) -> Mapping[int, str]:
        """Group names by id: all of them, or those this account has to do with."""
        if not self._groups_listed:
            rows = self._client.allowed("groups", {"per_page": 1000})
            if rows is not None:
                self._groups.update({int(row["id"]): str(row["name"]) for row in rows})
            else:
                self._groups.update(self.own_groups())
            self._groups_listed = True
        return dict(self._groups)

    def group_id(self, name: str) -> int | None:
        """Id of a group by name."""
        for number, known in self._groups.items():
            if known == name:
                return number
        return next((number for number, known in self.groups().items() if known == name), None)

    # ---------------------------------------------------------------- accounts

    def me(self) -> Record:
        """The account behind the credentials."""
        if self._me is None:
            self._me = self._client.me()
        return self._me

    def own_groups(self) -> dict[int, str]:
        """Groups of this account, id -> name; ids and names come as two tables in one order."""
        me = self.me()
        ids, groups = me.get("group_ids") or {}, me.get("groups") or {}
        return {int(number): str(name) for number, name in zip(ids, groups, strict=False)}

    def person(self, record: Record) -> Person:
        """A user record as a person."""
        organizations = {record.get("organization_id"), *(record.get("organization_ids") or ())}
        return Person(
            id=int(record["id"]),
            login=str(record.get("login", "")),
            name=full_name(record),
            staff=self._is_staff(record),
            organizations=frozenset(number for number in organizations if number),
            full_groups=self._full_groups(record),
            record=record,
        )

    def _is_staff(self, record: Record) -> bool:
        """A role that may do more than a customer's; groups left over from before are no access."""
        roles = record.get("role_ids")
        if not roles:
            return bool(record.get("group_ids"))
        return any(self._is_staff_role(number) for number in roles)

    def _is_staff_role(self, number: int) -> bool:
        role = self._roles.get(number)
        if role is None:
            return number != _CUSTOMER_ROLE
        if role.get("group_ids"):
            return True
        customer = self._roles.get(_CUSTOMER_ROLE)
        if customer is None or "permission_ids" not in role:
            return number != _CUSTOMER_ROLE
        return not set(role["permission_ids"]) <= set(customer.get("permission_ids") or ())

    def _full_groups(self, record: Record) -> frozenset[int]:
        tables = [record.get("group_ids") or {}]
        roles = (self._roles.get(number) for number in record.get("role_ids") or ())
        tables.extend(role.get("group_ids") or {} for role in roles if role is not None)
        return frozenset(
            int(number) for table in tables for number, levels in table.items() if "full" in levels
        )

    # ---------------------------------------------------------------- staff

    def staff(self) -> list[Person]:
        """Active accounts that work on tickets; read again after five minutes."""
        if self._client.transport.now() >= self._staff_until:
            self._learn_roles()
            records = self._search_staff() or self._walk_users()
            self.learn_people(records)
            found = (self.person(record) for record in records if record.get("active"))
            self._staff = sorted(
                (person for person in found if person.staff), key=lambda person: person.login
            )
            self._staff_until = self._client.transport.now() + _STAFF_SECONDS
        return self._staff

    def _learn_roles(self) -> None:
        rows = self._client.allowed("roles", {"per_page": 1000})
        self._roles.update(by_id(rows or ()))

    def _search_staff(self) -> list[Record]:
        """Staff alone, without every customer; ``*`` keeps old versions from failing (facts 7).

        Empty where the host does not search that way or ignores what was asked.
        """
        found: dict[int, Record] = {}
        body = {"query": "*", "permissions": ["ticket.agent"], "per_page": _STAFF_PAGE}
        for page in itertools.count(1):
            try:
                rows = by_id(rows_of(self._client.post("users/search", {**body, "page": page})))
            except HostPermanentError:
                return []
            if not all(self._is_staff(record) for record in rows.values()):
                return []
            if rows.keys() <= found.keys():
                break
            found |= rows
        return list(found.values())

    def _walk_users(self) -> list[Record]:
        found: list[Record] = []
        page = 1
        while rows := rows_of(self._client.get("users", {"page": page, "per_page": 500})):
            found.extend(rows)
            page += 1
        return found


def away(record: Record, today: date) -> bool:
    """Whether the account is out of office on that day (facts 7; both ends included)."""
    if not record.get("out_of_office"):
        return False
    start, end = (
        _day(record.get("out_of_office_start_at")),
        _day(record.get("out_of_office_end_at")),
    )
    return (start is None or start <= today) and (end is None or today <= end)


def _day(value: Any) -> date | None:
    return date.fromisoformat(str(value)[:10]) if value else None
