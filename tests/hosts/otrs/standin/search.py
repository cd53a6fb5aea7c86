"""TicketSearch (facts 4): what it filters by, and how it hides most mistakes behind ``{}``.

Left out: full-text search, archives, filters on native pre-application rights.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from .access import Access, Caller
from .model import Ticket
from .native import CLOCKS, closings
from .people import Desk

DEFAULT_LIMIT = 500

Filter = Callable[[Ticket], bool]
Window = tuple[int | None, int | None]


class NothingFoundError(Exception):
    """A mistake in the request that the server answers like an empty result."""


def listed(value: Any) -> list[str]:
    """A scalar or a list, as texts."""
    return [str(one) for one in (value if isinstance(value, list) else [value])]


class Search:
    """One desk's TicketSearch."""

    def __init__(self, desk: Desk, access: Access) -> None:
        self._desk = desk
        self._access = access
        self._dice = random.Random(7)

    def run(
        self, caller: Caller, params: Mapping[str, Any], broken: frozenset[str]
    ) -> dict[str, list[str]]:
        """``{"TicketID": […]}``, or ``{}`` for nothing, for mistakes and for failed SQL."""
        try:
            filters = self._filters(params, broken)
            order = self._order(params)
            limit = self._limit(params.get("Limit"))
        except NothingFoundError:
            return {}
        found = [
            ticket
            for ticket in self._desk.acts.tickets.values()
            if self._access.may(caller, ticket) and all(one(ticket) for one in filters)
        ]
        self._dice.shuffle(found)  # ties come in no order that could be relied upon
        for key, down in reversed(order):
            found.sort(key=key, reverse=down)
        return {"TicketID": [str(one.id) for one in found[:limit]]} if found else {}

    # ------------------------------------------------------------------ size and order

    @staticmethod
    def _limit(wanted: Any) -> int:
        if wanted is None or wanted == "":
            return DEFAULT_LIMIT
        if not str(wanted).isdecimal():
            raise NothingFoundError
        return int(wanted) or DEFAULT_LIMIT

    def _order(self, params: Mapping[str, Any]) -> list[tuple[Callable[[Ticket], Any], bool]]:
        columns = listed(params.get("SortBy") or "Age")
        ways = listed(params["OrderBy"]) if params.get("OrderBy") else ["Down"] * len(columns)
        if len(ways) != len(columns) or not {*ways} <= {"Up", "Down"}:
            raise NothingFoundError
        pairs = zip(columns, ways, strict=True)
        return [(self._column(name), way == "Down") for name, way in pairs]

    def _column(self, name: str) -> Callable[[Ticket], Any]:
        known = self._desk.catalog
        columns: dict[str, Callable[[Ticket], Any]] = {
            "Age": lambda one: one.created,
            "Created": lambda one: one.created,
            "Changed": lambda one: one.changed,
            "TicketNumber": lambda one: one.number,
            "Ticket": lambda one: one.number,
            "Title": lambda one: one.title.casefold(),
            "Queue": lambda one: known.queues[one.queue].name,
            "State": lambda one: known.states[one.state].name,
            "Priority": lambda one: known.priorities[one.priority],
            "Lock": lambda one: one.lock,
            "Owner": lambda one: known.agents[one.owner].login,
            "Responsible": lambda one: known.agents[one.responsible].login,
            "CustomerID": lambda one: one.customer,
            "Type": lambda one: known.types[one.type],
            "Service": lambda one: one.service or 0,
            "SLA": lambda one: one.sla or 0,
            "PendingTime": lambda one: one.pending_until,
            "EscalationTime": _next_due,
        }
        for _, attribute, long_name in CLOCKS:
            columns[f"Escalation{long_name}Time"] = _due_reader(attribute)
        if name.startswith("DynamicField_") and name[13:] in known.fields:
            return lambda one: one.fields.get(name[13:], [""])[0]
        if name not in columns:
            raise NothingFoundError
        return columns[name]

    # ------------------------------------------------------------------ filters

    def _filters(self, params: Mapping[str, Any], broken: frozenset[str]) -> list[Filter]:
        if broken & {"search", "ticket"}:
            raise NothingFoundError
        return [
            *self._windows(params, broken),
            *self._names(params),
            *self._texts(params),
            *self._fields(params, broken),
        ]

    def _windows(self, params: Mapping[str, Any], broken: frozenset[str]) -> Iterable[Filter]:
        for name, read, table in self._times():
            start, end = self._window(name, params)
            if start is None and end is None:
                continue
            if table in broken:
                raise NothingFoundError
            yield _within(read, start, end)

    def _times(self) -> Iterable[tuple[str, Callable[[Ticket], Iterable[int]], str]]:
        """Filter name, the instants of a ticket that it looks at, and their table."""
        catalog = self._desk.catalog
        yield "TicketCreateTime", lambda one: [one.created], "ticket"
        yield "TicketLastChangeTime", lambda one: [one.changed], "ticket"
        yield "TicketChangeTime", lambda one: (e.at for e in one.history), "ticket_history"
        yield "TicketCloseTime", lambda one: closings(one, catalog), "ticket_history"
        yield "TicketPendingTime", lambda one: _set(one.pending_until), "ticket"
        yield "ArticleCreateTime", lambda one: (a.at for a in one.articles), "article"
        yield "TicketEscalationTime", lambda one: _set(_next_due(one)), "ticket"
        for _, attribute, long_name in CLOCKS:
            read = _due_reader(attribute)
            yield f"TicketEscalation{long_name}Time", _one_of(read), "ticket"

    def _window(self, name: str, params: Mapping[str, Any]) -> Window:
        now = self._desk.clock.now()
        start = self._date(params.get(f"{name}NewerDate"))
        end = self._date(params.get(f"{name}OlderDate"))
        if (minutes := params.get(f"{name}NewerMinutes")) is not None:
            start = now - self._minutes(minutes)
        if (minutes := params.get(f"{name}OlderMinutes")) is not None:
            end = now - self._minutes(minutes)
        looks_ahead = "Escalation" in name or "Pending" in name
        if start is not None and start > now and not looks_ahead:
            raise NothingFoundError
        return start, end

    def _date(self, text: Any) -> int | None:
        if text is None or text == "":
            return None
        found = self._desk.clock.read(str(text))
        if found is None:
            raise NothingFoundError
        return found

    @staticmethod
    def _minutes(value: Any) -> int:
        if not str(value).isdecimal():
            raise NothingFoundError
        return int(value) * 60

    def _names(self, params: Mapping[str, Any]) -> Iterable[Filter]:
        """Filters by name or id: unknown names find nothing."""
        known = self._desk.catalog
        states = {row.id: row.name for row in known.states.values()}
        tables: tuple[tuple[str, str, Mapping[Any, str], Callable[[Ticket], Any]], ...] = (
            ("Queues", "QueueIDs", self._queue_names(params), lambda one: one.queue),
            ("States", "StateIDs", states, lambda one: one.state),
            ("Priorities", "PriorityIDs", known.priorities, lambda one: one.priority),
            ("Types", "TypeIDs", known.types, lambda one: one.type),
            ("Locks", "LockIDs", known.locks, lambda one: known.lock_id(one.lock)),
            (
                "Services",
                "ServiceIDs",
                {s.id: s.name for s in known.services.values()},
                lambda one: one.service,
            ),
            ("SLAs", "SLAIDs", {s.id: s.name for s in known.slas.values()}, lambda one: one.sla),
            ("Owners", "OwnerIDs", {}, lambda one: one.owner),
            ("Responsibles", "ResponsibleIDs", {}, lambda one: one.responsible),
        )
        for by_name, by_id, rows, read in tables:
            if rows and by_name in params:
                yield _one_in(read, _ids_of(rows, listed(params[by_name])))
            if by_id in params:
                yield _one_in(read, _numbers(listed(params[by_id])))
        yield from self._state_types(params)

    def _queue_names(self, params: Mapping[str, Any]) -> Mapping[Any, str]:
        return {row.id: row.name for row in self._desk.catalog.queues.values()}

    def _state_types(self, params: Mapping[str, Any]) -> Iterable[Filter]:
        """``Open`` is the type open alone here, ``Closed`` the type closed."""
        if "StateType" not in params:
            return
        states = self._desk.catalog.states
        wanted = {name.casefold() for name in listed(params["StateType"])}
        if not wanted <= {state.type for state in states.values()}:
            raise NothingFoundError
        yield lambda one: states[one.state].type in wanted

    def _texts(self, params: Mapping[str, Any]) -> Iterable[Filter]:
        if "TicketID" in params:
            yield _one_in(lambda one: one.id, _numbers(listed(params["TicketID"])))
        readers: dict[str, Callable[[Ticket], str]] = {
            "TicketNumber": lambda one: one.number,
            "Title": lambda one: one.title,
            "CustomerID": lambda one: one.customer,
            "CustomerUserLogin": lambda one: one.customer_user,
        }
        for name, read in readers.items():
            if params.get(name):
                yield _like_one(read, listed(params[name]))

    # ------------------------------------------------------------------ dynamic fields

    def _fields(self, params: Mapping[str, Any], broken: frozenset[str]) -> Iterable[Filter]:
        wanted = params.get("DynamicField", [])
        for clause in wanted if isinstance(wanted, list) else [wanted]:
            yield from self._field(clause.get("Name"), clause, broken)
        for name, clause in params.items():
            if name.startswith("DynamicField_") and isinstance(clause, dict):
                yield from self._field(name[13:], clause, broken)

    def _field(
        self, name: Any, clause: Mapping[str, Any], broken: frozenset[str]
    ) -> Iterable[Filter]:
        if name not in self._desk.catalog.fields:
            return
        if "dynamic_field_value" in broken:
            raise NothingFoundError
        for operator, operand in clause.items():
            if operator == "Empty":
                yield _is_empty(name, str(operand) == "1")
            elif operator in OPERATORS:
                yield _any_value(name, OPERATORS[operator], listed(operand))


def _next_due(ticket: Ticket) -> int:
    running = (ticket.due.response, ticket.due.update, ticket.due.solution)
    return min((due for due in running if due), default=0)


def _due_reader(attribute: str) -> Callable[[Ticket], int]:
    return lambda one: getattr(one.due, attribute)


def _one_of(read: Callable[[Ticket], int]) -> Callable[[Ticket], list[int]]:
    return lambda one: _set(read(one))


def _set(instant: int) -> list[int]:
    return [instant] if instant else []


def _within(read: Callable[[Ticket], Iterable[int]], start: int | None, end: int | None) -> Filter:
    """Some instant lies in the window, both ends included."""
    low = start if start is not None else 0
    high = end if end is not None else 1 << 62
    return lambda one: any(low <= at <= high for at in read(one))


def _one_in(read: Callable[[Ticket], Any], wanted: set[int]) -> Filter:
    return lambda one: read(one) in wanted


def _numbers(texts: list[str]) -> set[int]:
    return {int(text) for text in texts if text.isdecimal()}


def _ids_of(rows: Mapping[Any, str], names: list[str]) -> set[int]:
    found = {key for key, name in rows.items() if name in names}
    if len(found) < len({*names}):
        raise NothingFoundError
    return found


def _like(value: str, pattern: str) -> bool:
    """``*`` and ``%`` stand for anything; case does not count."""
    plain = pattern.replace("[", "[[]").replace("?", "[?]").replace("%", "*")
    return fnmatchcase(value.casefold(), plain.casefold())


def _like_one(read: Callable[[Ticket], str], patterns: list[str]) -> Filter:
    return lambda one: any(_like(read(one), pattern) for pattern in patterns)


OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "Equals": lambda value, operand: value == operand,
    "Like": _like,
    "GreaterThan": lambda value, operand: value > operand,
    "GreaterThanEquals": lambda value, operand: value >= operand,
    "SmallerThan": lambda value, operand: value < operand,
    "SmallerThanEquals": lambda value, operand: value <= operand,
}


def _is_empty(name: str, wanted: bool) -> Filter:
    return lambda one: (not one.fields.get(name)) == wanted


def _any_value(name: str, holds: Callable[[str, str], bool], operands: list[str]) -> Filter:
    """A list of operands means *or*."""
    return lambda one: any(
        holds(value, operand) for value in one.fields.get(name, []) for operand in operands
    )
